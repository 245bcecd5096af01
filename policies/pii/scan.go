package pii

import (
	"unicode"
	"unicode/utf8"
)

func isDigit(b byte) bool { return b >= '0' && b <= '9' }

func isAlnum(b byte) bool {
	return isDigit(b) || b >= 'a' && b <= 'z' || b >= 'A' && b <= 'Z'
}

// apart reports whether [start, end) stands by itself in text: no letter or
// digit touches it.
func apart(text string, start, end int) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return !wordRune(before, start > 0) && !wordRune(after, end < len(text))
}

func wordRune(r rune, there bool) bool {
	return there && (unicode.IsLetter(r) || unicode.IsDigit(r))
}

// separator returns the length of the separator of digit groups at the start
// of s, 0 where there is none: one space, also a no-break one, hyphen or dot.
func separator(s string) int {
	r, n := utf8.DecodeRuneInString(s)
	switch r {
	case ' ', '-', '.', 0x00A0, 0x202F, 0x2011, 0x2013:
		return n
	}
	return 0
}

// group is a run of characters of a number that is written in groups.
type group struct{ start, end int }

// groups cuts text from i on, where a character of the number stands, into
// groups with one separator between them. It stops behind the group that
// reaches limit characters in all; a longer run is cut at limit + 1.
func groups(text string, i, limit int, member func(byte) bool) []group {
	var out []group
	for count := 0; count < limit && i < len(text) && member(text[i]); {
		g := group{start: i}
		for i < len(text) && member(text[i]) && count <= limit {
			i++
			count++
		}
		g.end = i
		out = append(out, g)
		n := separator(text[i:])
		if n == 0 {
			break
		}
		i += n
	}
	return out
}

// compact returns text without separators: its letters and digits.
func compact(text string) string {
	b := make([]byte, 0, len(text))
	for i := range len(text) {
		if isAlnum(text[i]) {
			b = append(b, text[i])
		}
	}
	return string(b)
}
