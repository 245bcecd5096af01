package pii

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// nameList finds the names of a list.
type nameList struct {
	pattern *regexp.Regexp // at the start of a text; nil where the list is empty
	initial map[rune]bool  // what names begin with, in every case
	window  int            // bytes of the longest text that is one name
	// longest bounds the texts, in bytes, that are one name and go over the
	// end of a sentence or of a list's line. A name of letters alone does not.
	longest int
}

// between is the white space between the words of a name: on one line, or
// across one line break.
const (
	between        = `[ \t\x{00A0}]{0,3}[\s\x{00A0}][ \t\x{00A0}]{0,3}`
	longestBetween = 14
)

func newNameList(names []string) *nameList {
	list := &nameList{initial: map[rune]bool{}}
	var spacedOut, written []string // by whether words of the script stand apart
	for _, name := range spellings(names) {
		words := strings.Fields(name)
		if len(words) == 0 {
			continue
		}
		list.measure(words)
		for i, w := range words {
			words[i] = strings.ReplaceAll(regexp.QuoteMeta(w), "'", "['\u2019]")
		}
		last, _ := utf8.DecodeLastRuneInString(strings.TrimSpace(name))
		if pattern := strings.Join(words, between); unspaced(last) {
			written = append(written, pattern)
		} else {
			spacedOut = append(spacedOut, pattern)
		}
	}
	var forms []string
	if len(spacedOut) > 0 {
		forms = append(forms, alternatives(spacedOut)+`(?:[^\p{L}\p{N}]|\z)`)
	}
	if len(written) > 0 {
		forms = append(forms, alternatives(written))
	}
	if len(forms) > 0 {
		list.pattern = regexp.MustCompile("^(?i:" + strings.Join(forms, "|") + ")")
	}
	return list
}

// spellings adds to names the form in which accents are characters of their
// own, as text out of PDF files and off Macs often has them.
func spellings(names []string) []string {
	var all []string
	for _, name := range names {
		name = strings.ReplaceAll(name, "\u2019", "'")
		composed, decomposed := norm.NFC.String(name), norm.NFD.String(name)
		if all = append(all, composed); decomposed != composed {
			all = append(all, decomposed)
		}
	}
	return all
}

// measure takes the name of these words into the list's bounds.
func (l *nameList) measure(words []string) {
	whole := strings.Join(words, "")
	// Another case of a letter may be longer, and one character must follow.
	size := (len(words)-1)*longestBetween + (utf8.RuneCountInString(whole)+1)*utf8.UTFMax
	l.window = max(l.window, size)
	if strings.ContainsFunc(whole, notLetter) {
		l.longest = max(l.longest, size)
	}
	first, _ := utf8.DecodeRuneInString(whole)
	for r := unicode.SimpleFold(first); !l.initial[r]; r = unicode.SimpleFold(r) {
		l.initial[r] = true
	}
}

// alternatives is a group of patterns. The first that matches wins, so the
// longest must come first.
func alternatives(patterns []string) string {
	slices.SortFunc(patterns, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	return "(" + strings.Join(patterns, "|") + ")"
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

func (l *nameList) find(text string) []Match {
	var out []Match
	for i := 0; i < len(text) && l.pattern != nil; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if l.initial[r] && starts(text, i, r) {
			if size := l.match(text[i:min(len(text), i+l.window)]); size > 0 {
				out = append(out, Match{Name, i, i + size})
				n = size
			}
		}
		i += n
	}
	return out
}

// match returns the length of the name at the start of text, 0 where none is.
func (l *nameList) match(text string) int {
	at := l.pattern.FindStringSubmatchIndex(text)
	for group := 2; group < len(at); group += 2 {
		if at[group] >= 0 {
			return at[group+1]
		}
	}
	return 0
}

// starts reports whether a word may begin at i, where r stands. Scripts that
// write no spaces have no such bounds.
func starts(text string, i int, r rune) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	return unspaced(r) || !wordRune(before, i > 0)
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
