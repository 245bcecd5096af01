package quote

import (
	"unicode"
	"unicode/utf8"

	"syft-space/app/text"
)

// similarForm is what another form of a word is worth, as far as its beginning
// tells one.
const similarForm = 0.7

// bag holds the terms of a sentence or of several.
type bag map[string]bool

func bagOf(a *text.Analyzer, texts ...string) bag {
	b := bag{}
	for _, t := range texts {
		a.Each(t, func(term []byte) { b[string(term)] = true })
	}
	return b
}

// holds returns 1 where the bag holds the term, less for another form of it.
func (b bag) holds(term string) float64 {
	if b[term] {
		return 1
	}
	if !inflects(term) {
		return 0
	}
	for other := range b {
		if sameStem(term, other) {
			return similarForm
		}
	}
	return 0
}

// shared returns the share of the smaller bag's terms that the other one holds.
func (b bag) shared(other bag) float64 {
	if len(b) > len(other) {
		b, other = other, b
	}
	n := 0
	for t := range b {
		if other[t] {
			n++
		}
	}
	return float64(n) / float64(max(len(b), 1))
}

// inflects reports whether a term is a word long enough to have other forms.
func inflects(term string) bool {
	if utf8.RuneCountInString(term) < 5 {
		return false
	}
	for _, r := range term {
		if !unicode.IsLetter(r) || text.ScriptOf(r).Spaceless() {
			return false
		}
	}
	return true
}

// sameStem reports whether two words begin alike for five letters and for most
// of their length. It stands in for a stemmer of the many languages that the
// analysis has none for.
func sameStem(a, b string) bool {
	n, longer := 0, max(len(a), len(b))
	for n < len(a) && n < len(b) && a[n] == b[n] {
		n++
	}
	return utf8.RuneCountInString(a[:n]) >= 5 && n*10 >= longer*7
}
