package parse

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cleanText returns running text in the form of Block.Text: one space between
// words, no empty lines, nothing that does not show.
func cleanText(s string) string {
	if isClean(s) {
		return s
	}
	var out strings.Builder
	out.Grow(len(s))
	var gap byte // what stands between the words around a run of white space
	for i, r := range s {
		switch {
		case r == '\n', r == 0x2028, r == 0x2029, r == '\v', r == '\f', r == 0x85,
			r == '\r' && !strings.HasPrefix(s[i+1:], "\n"):
			gap = '\n'
		case unicode.IsSpace(r), r == 0x1680, r == 0x3000:
			if gap == 0 {
				gap = ' '
			}
		case !shows(r):
		default:
			if gap != 0 && out.Len() > 0 {
				out.WriteByte(gap)
			}
			gap = 0
			out.WriteRune(r)
		}
	}
	return out.String()
}

// isClean reports whether s is ASCII that cleanText would return as it is.
func isClean(s string) bool {
	before := byte(' ')
	for i := range len(s) {
		c := s[i]
		if c >= utf8.RuneSelf || c < ' ' && c != '\n' || c == 0x7f {
			return false
		}
		if (c == ' ' || c == '\n') && (before == ' ' || before == '\n') {
			return false
		}
		before = c
	}
	return before != ' ' && before != '\n'
}

// cleanCode returns lines whose indentation matters without trailing white
// space, without what does not show and without empty lines around them.
func cleanCode(s string) string {
	var out strings.Builder
	breaks := 0 // since the last line that is not empty
	for line := range strings.SplitSeq(strings.ReplaceAll(s, "\r\n", "\n"), "\n") {
		line = strings.TrimRight(strings.Map(func(r rune) rune {
			switch {
			case r == '\t':
				return r
			case unicode.IsSpace(r):
				return ' '
			case !shows(r):
				return -1
			}
			return r
		}, line), " \t")
		if line != "" {
			if out.Len() > 0 {
				out.WriteString(strings.Repeat("\n", breaks))
			}
			out.WriteString(line)
			breaks = 0
		}
		breaks++
	}
	return out.String()
}

// shows reports whether r is part of the text rather than of its display:
// control characters, soft hyphens, zero-width spaces, direction marks and
// code points that are no character are not. Joiners are: they change the letters.
func shows(r rune) bool {
	switch {
	case r < ' ', r >= 0x7f && r < 0xa0, r == 0xad, r == utf8.RuneError, r == 0xfeff:
		return false
	case r == 0x200b, r == 0x200e, r == 0x200f, r >= 0x202a && r <= 0x202e, r >= 0x2060 && r <= 0x2069:
		return false
	case r >= 0xe000 && r <= 0xf8ff, r >= 0xfff0 && r <= 0xffff: // private use: icons and symbol fonts
		return false
	}
	return true
}

// clip returns at most n bytes of s, cut between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimSpace(s[:n])
}
