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
	pattern *regexp.Regexp // nil where the list is empty
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
	list := &nameList{}
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
	}
	if len(patterns) == 0 {
		return list
	}
	// The first alternative that matches wins, so the longest must come first.
	slices.SortFunc(patterns, func(a, b string) int { return cmp.Compare(len(b), len(a)) })
	list.pattern = regexp.MustCompile("(?i:" + strings.Join(patterns, "|") + ")")
	return list
}

func notLetter(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) }

func (l *nameList) find(text string) []Match {
	if l.pattern == nil {
		return nil
	}
	var out []Match
	for from := 0; from < len(text); {
		at := l.pattern.FindStringIndex(text[from:])
		if at == nil {
			break
		}
		start, end := from+at[0], from+at[1]
		if bounded(text, start, end) {
			out = append(out, Match{Name, start, end})
			from = end
			continue
		}
		_, n := utf8.DecodeRuneInString(text[start:])
		from = start + n
	}
	return out
}

// bounded reports whether [start, end) of text is whole words. Scripts that
// write no spaces have no such bounds.
func bounded(text string, start, end int) bool {
	first, _ := utf8.DecodeRuneInString(text[start:])
	last, _ := utf8.DecodeLastRuneInString(text[:end])
	before, _ := utf8.DecodeLastRuneInString(text[:start])
	after, _ := utf8.DecodeRuneInString(text[end:])
	return (unspaced(first) || !wordRune(before, start > 0)) && (unspaced(last) || !wordRune(after, end < len(text)))
}

func unspaced(r rune) bool {
	return unicode.In(r, unicode.Han, unicode.Hiragana, unicode.Katakana, unicode.Thai, unicode.Lao, unicode.Khmer, unicode.Myanmar)
}
