package parse

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/text"
)

// lineText returns the text of a line without the marks of hyphenation and
// with the rows of dots in tables of contents made short.
func lineText(s string) string {
	s = strings.ReplaceAll(s, string(softHyphen), "")
	return leaders.ReplaceAllString(s, " ... ")
}

// leaders are rows of dots that lead the eye to a page number.
var leaders = regexp.MustCompile(`(?:\s*\.){5,}\s*|(?:\s+\.){3,}\s+`)

// wordJoint returns what stands between the end of a line and the next line: a
// space, or nothing within a word and between characters that need none.
func wordJoint(before, next string) string {
	last, n := utf8.DecodeLastRuneInString(before)
	first, _ := utf8.DecodeRuneInString(next)
	switch {
	case last == softHyphen:
		return ""
	case last == '-' || last == 0x2010:
		beforeHyphen, _ := utf8.DecodeLastRuneInString(before[:len(before)-n])
		if unicode.IsLetter(beforeHyphen) && unicode.IsLetter(first) {
			return "" // a compound: the hyphen stays
		}
	case spaceless(last) && spaceless(first):
		return ""
	}
	return " "
}

// spaceless reports whether r belongs to a way of writing without spaces.
func spaceless(r rune) bool {
	return text.ScriptOf(r).Spaceless() || r >= 0x3000 && r <= 0x303f || r >= 0xff00 && r <= 0xffef
}

// endsSentence reports whether text ends with a mark that closes a sentence or
// announces something.
func endsSentence(text string) bool {
	text = strings.TrimRight(text, " \"')]\u201d\u2019\u300d\u300f")
	last, _ := utf8.DecodeLastRuneInString(text)
	return strings.ContainsRune(".!?:;\u2026\u3002\uff01\uff1f\uff1a\u0964", last)
}

// listMarker returns the length of the bullet or the number that text begins
// with, its space included; 0 without one.
func listMarker(text string) int {
	first, n := utf8.DecodeRuneInString(text)
	if strings.ContainsRune("\u2022\u25e6\u25aa\u2023\u25cf\u25cb\u25a0\u00b7\u2013\u2014-*", first) {
		if strings.HasPrefix(text[n:], " ") {
			return n + 1
		}
		return 0
	}
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	if digits == 0 || digits > 2 || len(text) < digits+3 {
		return 0
	}
	if (text[digits] == '.' || text[digits] == ')') && text[digits+1] == ' ' {
		return digits + 2
	}
	return 0
}

// bulletToDash writes the bullet of an item the way other formats do.
func bulletToDash(text string) string {
	if first, _ := utf8.DecodeRuneInString(text); first >= '0' && first <= '9' {
		return text
	}
	return bullet + text[listMarker(text):]
}
