package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/text"
)

// Split returns the length in bytes of the beginning of s that can be searched
// by itself, whatever follows it: whole sentences that nothing found reaches
// out of. 0 means that more must come first.
func (f *Finder) Split(s string) int {
	spans := text.Sentences(s)
	var found []Match
	searched := false
	for i := len(spans) - 1; i > 0; i-- {
		cut := spans[i].Start
		// A name may hold a full stop, so it may go on in what has not come yet.
		if len(s)-cut < f.names.longest || !ends(s, spans[i-1].End, cut) {
			continue
		}
		if !searched {
			found, searched = f.candidates(s), true
		}
		if !crossed(found, cut) {
			return cut
		}
	}
	return 0
}

// ends reports whether a sentence really ends at end, and was not cut for its
// length: a number written in groups would go on behind such a cut.
func ends(s string, end, next int) bool {
	if strings.ContainsRune(s[end:next], '\n') {
		return true
	}
	body := strings.TrimRightFunc(s[:end], func(r rune) bool {
		return r == '"' || r == '\'' || unicode.In(r, unicode.Pe, unicode.Pf)
	})
	last, _ := utf8.DecodeLastRuneInString(body)
	if last < utf8.RuneSelf {
		return end < next && strings.ContainsRune(".!?", last)
	}
	return unicode.Is(unicode.Po, last)
}

func crossed(found []Match, cut int) bool {
	for _, m := range found {
		if m.Start < cut && m.End > cut {
			return true
		}
	}
	return false
}
