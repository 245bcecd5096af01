package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// LongestSentence bounds the spans that Sentences returns, in bytes. Text that
// goes on without a sentence mark, a table or a script without them, is cut at
// white space, or failing that between two characters.
const LongestSentence = 2000

// thaiClause is how many bytes of Thai, Lao, Khmer or Burmese must stand before
// a space for it to end a span: these scripts put spaces between clauses and
// have no sentence mark.
const thaiClause = 120

// Span is the part [Start, End) of a text, in bytes.
type Span struct{ Start, End int }

// Sentences cuts s into its sentences. Spans are in order, do not overlap,
// begin and end with something other than white space, and leave out nothing
// else. Blank lines and list items end a sentence too.
func Sentences(s string) []Span {
	var spans []Span
	start := 0
	for i := 0; i < len(s); {
		end, next := boundary(s, start, i)
		if end >= 0 {
			spans = appendSpan(spans, s, start, end)
			start = end
		}
		i = next
	}
	return appendSpan(spans, s, start, len(s))
}

// boundary looks at the character of s at i, in a sentence that began at
// start. It returns where the sentence ends, or -1, and where to look next.
func boundary(s string, start, i int) (end, next int) {
	r, n := utf8.DecodeRuneInString(s[i:])
	next = i + n
	switch {
	case r == '\n':
		if lineEnds(s[next:]) {
			return i, next
		}
	case r == '.' || r == '!' || r == '?' || r == 0x2026:
		after := skipClosers(s, next)
		if spaceFollows(s, after) && !goesOn(s, start, i, r, after) {
			return after, after
		}
	case isFullStop(r):
		after := skipClosers(s, next)
		return after, after
	case r == ' ' && i-start >= thaiClause:
		before, _ := utf8.DecodeLastRuneInString(s[:i])
		if script := asianScript(before); script >= ScriptThai && script <= ScriptMyanmar {
			return i, next
		}
	}
	return -1, next
}

// isFullStop reports whether r ends a sentence whatever follows it.
func isFullStop(r rune) bool {
	switch r {
	case 0x3002, 0xFF01, 0xFF1F, 0xFF61, 0xFE52, // CJK and fullwidth
		0x0964, 0x0965, // danda
		0x061F, 0x06D4, // Arabic and Urdu
		0x0589,         // Armenian
		0x1362, 0x1367, // Ethiopic
		0x104A, 0x104B, // Burmese
		0x17D4, 0x17D5, // Khmer
		0x0F0D, 0x0F0E: // Tibetan
		return true
	}
	return false
}

// skipClosers returns the offset after the quotes, brackets and further marks
// that belong to the sentence which ends before i.
func skipClosers(s string, i int) int {
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		closer := r == '"' || r == '\'' || r == '.' || r == '!' || r == '?' || r == 0x2026 || isFullStop(r) ||
			unicode.In(r, unicode.Pe, unicode.Pf)
		if !closer {
			return i
		}
		i += n
	}
	return i
}

func spaceFollows(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return i >= len(s) || unicode.IsSpace(r)
}

// lineEnds reports whether the line break before rest ends a sentence: a blank
// line or an item of a list follows.
func lineEnds(rest string) bool {
	rest = strings.TrimLeft(rest, " \t\r")
	if rest == "" || rest[0] == '\n' {
		return true
	}
	r, n := utf8.DecodeRuneInString(rest)
	switch {
	case r == '-', r == '*', r == '+', r == 0x2022, r == 0x2013:
		return strings.HasPrefix(rest[n:], " ")
	case r == '#', r == '|', r == '>':
		return true
	}
	digits := len(rest) - len(strings.TrimLeft(rest, "0123456789"))
	return digits > 0 && digits <= 3 && len(rest) > digits+1 &&
		(rest[digits] == '.' || rest[digits] == ')') && rest[digits+1] == ' '
}

// appendSpan appends s[start:end] without the white space around it, in pieces
// where it is too long.
func appendSpan(spans []Span, s string, start, end int) []Span {
	for {
		part := s[start:end]
		start += len(part) - len(strings.TrimLeftFunc(part, unicode.IsSpace))
		end = start + len(strings.TrimRightFunc(s[start:end], unicode.IsSpace))
		if start >= end {
			return spans
		}
		if end-start <= LongestSentence {
			return append(spans, Span{start, end})
		}
		cut := cutPoint(s[start:end])
		spans = appendSpan(spans, s, start, start+cut)
		start += cut
	}
}

// cutPoint returns where to cut a text longer than LongestSentence.
func cutPoint(s string) int {
	head := s[:LongestSentence]
	if i := strings.LastIndexFunc(head, unicode.IsSpace); i > LongestSentence/2 {
		return i
	}
	cut := LongestSentence
	for cut > LongestSentence-64 && (!utf8.RuneStart(s[cut]) || markAt(s, cut)) {
		cut--
	}
	return cut
}

// markAt reports whether a combining mark stands at i.
func markAt(s string, i int) bool {
	r, _ := utf8.DecodeRuneInString(s[i:])
	return unicode.IsMark(r)
}
