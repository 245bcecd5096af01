package quote

import (
	"maps"
	"slices"

	"syft-space/app/text"
)

// vocabulary knows the function words of some languages, as text.Terms writes
// them. They weigh little in a question, and tell its language.
type vocabulary struct {
	languages map[string]map[string]bool // by the language's code
	all       map[string]bool
}

func newVocabulary() *vocabulary {
	v := &vocabulary{languages: map[string]map[string]bool{}, all: map[string]bool{}}
	for code, terms := range text.FunctionWords() {
		set := map[string]bool{}
		for _, term := range terms {
			set[term] = true
		}
		v.languages[code] = set
		maps.Copy(v.all, set)
	}
	return v
}

// language guesses the language of terms from its function words; "" where
// fewer than two of them, or as many of another language, are there.
func (v *vocabulary) language(terms []string) string {
	best, most, second := "", 1, 0
	for _, code := range slices.Sorted(maps.Keys(v.languages)) {
		n := 0
		for _, t := range terms {
			if v.languages[code][t] {
				n++
			}
		}
		switch {
		case n > most:
			best, most, second = code, n, most
		case n > second:
			second = n
		}
	}
	if most == second {
		return ""
	}
	return best
}
