package text

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/kljensen/snowball/english"
	"golang.org/x/text/unicode/norm"
)

// Bounds that keep a hostile text from costing more than its length.
const (
	longestStem  = 40      // bytes; no English word is longer
	longestHumps = 64      // bytes; a longer word with humps is encoded data
	cacheLimit   = 1 << 15 // words
)

// Analyzer turns text into terms. It keeps buffers and the stems of words it
// has met, so one that is used again is several times faster; it must not be
// used by two goroutines at once. The zero value is ready.
//
// The terms are those of NFKC text, case-folded and without diacritics. A run
// of Chinese, Japanese or Korean characters, or of another script without
// spaces, becomes overlapping pairs, a single character itself. A word with
// inner '_', '-', '.', '/' or "::" is one term and is also split there, and a
// part with camelCase humps is one term and is also split at the humps. What
// is not split further and holds only the letters a to z is stemmed (Porter's
// English stemmer in its second version); whole identifiers are not.
type Analyzer struct {
	folder
	stems map[string]string
	text  []byte   // the text in NFKC, where it was not
	term  []byte   // the term under construction
	hash  []uint32 // scratch of Encode
}

// Terms returns the terms of s in the order of the text, repeated ones
// included.
func Terms(s string) []string {
	var (
		a     Analyzer
		terms []string
	)
	a.Each(s, func(term []byte) { terms = append(terms, string(term)) })
	return terms
}

// Hash is the 32-bit FNV-1a hash by which indexes know a term.
func Hash[T string | []byte](term T) uint32 {
	h := uint32(2166136261)
	for i := range len(term) {
		h = (h ^ uint32(term[i])) * 16777619
	}
	return h
}

// AppendHashes appends the hashes of the terms of s to dst, in the order of the
// text, repeated ones included.
func (a *Analyzer) AppendHashes(dst []uint32, s string) []uint32 {
	a.Each(s, func(term []byte) { dst = append(dst, Hash(term)) })
	return dst
}

// Each calls visit with every term of s in order. The bytes are only valid
// during the call.
func (a *Analyzer) Each(s string, visit func(term []byte)) {
	if !isASCII(s) && !norm.NFKC.IsNormalString(s) {
		a.text = norm.NFKC.AppendString(a.text[:0], s)
		s = string(a.text)
	}
	for i := 0; i < len(s); {
		class, n := classify(s[i:])
		switch class {
		case wordRune:
			end := i + wordEnd(s[i:])
			a.compound(s[i:end], visit)
			i = end
		case pairRune:
			end := i + runEnd(s[i:])
			a.pairs(s[i:end], visit)
			i = end
		default:
			i += n
		}
	}
}

// pairs visits the overlapping pairs of a run of characters, each taken with
// the marks that follow it.
func (a *Analyzer) pairs(run string, visit func([]byte)) {
	a.term = a.appendFold(a.term[:0], run)
	b := a.term
	first := unitEnd(b)
	if first == len(b) {
		if len(b) > 0 {
			visit(b)
		}
		return
	}
	for first < len(b) {
		second := unitEnd(b[first:])
		visit(b[:first+second])
		b, first = b[first:], second
	}
}

// unitEnd returns the length of the first character of b with its marks.
func unitEnd(b []byte) int {
	_, n := utf8.DecodeRune(b)
	for n < len(b) {
		r, size := utf8.DecodeRune(b[n:])
		if !unicode.IsMark(r) {
			break
		}
		n += size
	}
	return n
}

// compound visits a word with its inner joiners: whole where there are any,
// then each part.
func (a *Analyzer) compound(word string, visit func([]byte)) {
	joined := false
	for start := 0; start < len(word); {
		end, next := partEnd(word, start)
		if !joined && next < len(word) {
			joined = true
			a.visitWhole(word, visit)
		}
		a.part(word[start:end], visit)
		start = next
	}
}

// partEnd returns where the part of word that begins at start ends, and where
// the next one begins. Every joiner stands between two parts.
func partEnd(word string, start int) (end, next int) {
	for end = start; end < len(word); end++ {
		switch word[end] {
		case '_', '-', '.', '/', ':':
			next = end + 1
			for next < len(word) && (word[next] == '_' || word[next] == ':') {
				next++
			}
			return end, next
		}
	}
	return end, end
}

// part visits a word without joiners: whole and hump by hump where it has
// humps, else stemmed.
func (a *Analyzer) part(part string, visit func([]byte)) {
	end := humpEnd(part)
	if end == len(part) || len(part) > longestHumps {
		a.visitStem(part, visit)
		return
	}
	a.visitWhole(part, visit)
	for len(part) > 0 {
		a.visitStem(part[:end], visit)
		part = part[end:]
		end = humpEnd(part)
	}
}

func (a *Analyzer) visitWhole(word string, visit func([]byte)) {
	a.term = a.appendFold(a.term[:0], word)
	if len(a.term) > 0 {
		visit(a.term)
	}
}

func (a *Analyzer) visitStem(word string, visit func([]byte)) {
	if len(word) > longestHumps {
		a.visitWhole(word, visit)
		return
	}
	stem, known := a.stems[word]
	if !known {
		a.term = a.appendFold(a.term[:0], word)
		stem = string(a.term)
		if stemmable(stem) {
			stem = english.Stem(stem, true)
		}
		if a.stems == nil || len(a.stems) >= cacheLimit {
			a.stems = make(map[string]string, 256)
		}
		a.stems[strings.Clone(word)] = stem // the word itself would keep its text alive
	}
	if stem != "" {
		a.term = append(a.term[:0], stem...)
		visit(a.term)
	}
}

// stemmable reports whether the folded word is one that an English stemmer
// knows what to do with.
func stemmable(word string) bool {
	if len(word) < 3 || len(word) > longestStem {
		return false
	}
	for i := range len(word) {
		if word[i] < 'a' || word[i] > 'z' {
			return false
		}
	}
	return true
}
