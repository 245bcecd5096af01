package catalog

import (
	"cmp"
	"slices"
	"strings"
	"unicode"

	"syft-space/app/text"
)

// Word is a word with the number of questions that hold it.
type Word struct {
	Text  string
	Count int
}

// wordCount counts the forms of one word: "lamp" and "lamps".
type wordCount struct {
	questions int
	last      int            // number of the question that was counted last
	forms     map[string]int // as written, in lower case
}

// countWords returns the words that most questions hold, each in its most
// frequent form. Words that ask or join, single letters and numbers are left
// out; scripts without spaces are counted in pairs of characters, as the word
// index has them.
func countWords(questions []string, limit int) []Word {
	skip := map[string]bool{}
	for _, terms := range text.FunctionWords() {
		for _, term := range terms {
			skip[term] = true
		}
	}
	counts := map[string]*wordCount{}
	for i, question := range questions {
		for _, form := range strings.FieldsFunc(strings.ToLower(question), notOfWord) {
			for term, form := range formsOf(form) {
				if !skip[term] && !skip[form] && naming(form) {
					count(counts, term, form, i+1)
				}
			}
		}
	}
	words := make([]Word, 0, len(counts))
	for _, c := range counts {
		words = append(words, Word{c.form(), c.questions})
	}
	slices.SortFunc(words, func(a, b Word) int { return cmp.Or(b.Count-a.Count, strings.Compare(a.Text, b.Text)) })
	return words[:min(limit, len(words))]
}

func notOfWord(r rune) bool {
	return !unicode.IsLetter(r) && !unicode.IsNumber(r) && !unicode.IsMark(r)
}

// formsOf yields the index's terms of a word, each with how to show it.
func formsOf(word string) func(yield func(term, form string) bool) {
	return func(yield func(term, form string) bool) {
		terms := text.Terms(word)
		if len(terms) == 1 {
			yield(terms[0], word)
			return
		}
		for _, term := range terms {
			if !yield(term, term) {
				return
			}
		}
	}
}

// naming reports whether a word can stand alone in a cloud.
func naming(form string) bool {
	letters := 0
	for _, r := range form {
		if unicode.IsLetter(r) {
			letters++
		}
	}
	return letters > 1 || letters == 1 && text.HasCJK(form)
}

func count(counts map[string]*wordCount, term, form string, question int) {
	c := counts[term]
	if c == nil {
		c = &wordCount{forms: map[string]int{}}
		counts[term] = c
	}
	c.forms[form]++
	if c.last != question {
		c.questions, c.last = c.questions+1, question
	}
}

// form is the most frequent form, the first in the alphabet of several.
func (c *wordCount) form() string {
	best := ""
	for form, n := range c.forms {
		if most := c.forms[best]; n > most || n == most && form < best {
			best = form
		}
	}
	return best
}
