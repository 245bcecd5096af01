package pii

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// nameList finds the names of a list.
type nameList struct {
	pattern *regexp.Regexp // at the start of a text; nil where the list is empty
	initial map[rune]bool  // what names begin with, in every case
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
	var patterns []string
	for _, name := range names {
		words := strings.Fields(name)
		if len(words) == 0 {
			continue
		}
		size := (len(words) - 1) * longestBetween
		for i, w := range words {
			size += 4 * utf8.RuneCountInString(w) // another case of a letter may be longer
			words[i] = regexp.QuoteMeta(w)
		}
		if strings.ContainsFunc(strings.Join(strings.Fields(name), ""), notLetter) {
			list.longest = max(list.longest, size)
		}
		patterns = append(patterns, strings.Join(words, between))
		first, _ := utf8.DecodeRuneInString(strings.TrimSpace(name))
		for r := unicode.SimpleFold(first); !list.initial[r]; r = unicode.SimpleFold(r) {
			list.initial[r] = true
		}
	}
	if len(patterns) == 0 {
		return list
	}
	// The first alternative that matches wins, so the longest must come first.
	slices.SortFunc(patterns, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	list.pattern = regexp.MustCompile("^(?i:" + strings.Join(patterns, "|") + ")")
	return list
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

func (l *nameList) find(text string) []Match {
	var out []Match
	for i := 0; i < len(text) && l.pattern != nil; {
		r, n := utf8.DecodeRuneInString(text[i:])
		if l.initial[r] && starts(text, i, r) {
			if at := l.pattern.FindStringIndex(text[i:]); at != nil && wordEnds(text, i+at[1]) {
				out = append(out, Match{Name, i, i + at[1]})
				n = at[1]
			}
		}
		i += n
	}
	return out
}

// starts reports whether a word may begin at i, where r stands. Scripts that
// write no spaces have no such bounds.
func starts(text string, i int, r rune) bool {
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	return unspaced(r) || !wordRune(before, i > 0)
}

// wordEnds reports whether a word may end at end.
func wordEnds(text string, end int) bool {
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return unspaced(last) || !wordRune(after, end < len(text))
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
