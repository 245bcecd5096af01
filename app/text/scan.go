package text

import (
	"unicode"
	"unicode/utf8"
)

// runeClass is the part that a character plays in finding words.
type runeClass uint8

const (
	otherRune runeClass = iota // ends a word
	wordRune                   // letter or digit of a script with spaces
	pairRune                   // letter of a script that is indexed in pairs
	innerRune                  // a mark, or invisible: belongs to the word around it
)

// classify returns the class of the first character of s and its length.
func classify(s string) (runeClass, int) {
	if c := s[0]; c < utf8.RuneSelf {
		if l := c | 0x20; 'a' <= l && l <= 'z' || '0' <= c && c <= '9' {
			return wordRune, 1
		}
		return otherRune, 1
	}
	r, n := utf8.DecodeRuneInString(s)
	switch {
	case unicode.IsLetter(r):
		if paired(ScriptOf(r)) {
			return pairRune, n
		}
		return wordRune, n
	case r == 0x3007: // the ideographic zero is a number to Unicode
		return pairRune, n
	case unicode.IsNumber(r):
		return wordRune, n
	case unicode.IsMark(r), isInvisible(r):
		return innerRune, n
	}
	return otherRune, n
}

// wordEnd returns the length of the word that s begins with, inner joiners
// included.
func wordEnd(s string) int {
	for i := 0; i < len(s); {
		class, n := classify(s[i:])
		if class == wordRune || class == innerRune {
			i += n
			continue
		}
		j := joiner(s[i:])
		if j == 0 || i+j >= len(s) {
			return i
		}
		if class, _ := classify(s[i+j:]); class != wordRune {
			return i
		}
		i += j
	}
	return len(s)
}

// joiner returns the length of the joiner that s begins with, 0 without one.
// Underscores may repeat, as in Django's lookups.
func joiner(s string) int {
	switch s[0] {
	case '-', '.', '/':
		return 1
	case '_':
		n := 1
		for n < len(s) && s[n] == '_' {
			n++
		}
		return n
	case ':':
		if len(s) > 1 && s[1] == ':' {
			return 2
		}
	}
	return 0
}

// runEnd returns the length of the run of paired characters that s begins with.
func runEnd(s string) int {
	for i := 0; i < len(s); {
		class, n := classify(s[i:])
		if class != pairRune && class != innerRune {
			return i
		}
		i += n
	}
	return len(s)
}

// humpEnd returns the length of the first hump of s: "get" of "getName", "HTTP"
// of "HTTPServer", all of "name".
func humpEnd(s string) int {
	var before, last rune // the two characters before r
	lastAt := 0
	for i, r := range s {
		switch {
		case i == 0:
		case unicode.IsUpper(r) && unicode.IsLower(last):
			return i
		case unicode.IsLower(r) && unicode.IsUpper(last) && unicode.IsUpper(before):
			return lastAt
		}
		before, last, lastAt = last, r, i
	}
	return len(s)
}
