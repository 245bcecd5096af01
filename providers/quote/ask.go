package quote

import (
	"context"
	"math"
	"unicode"

	"syft-space/app/text"
)

// Shares of an ordinary word's weight in a question.
const (
	functionWord = 0.1
	bareNumber   = 0.5
	commonest    = 0.25 // of a word that every sentence holds
)

// mostTerms bounds how many distinct terms of a question are looked for: more
// than anybody asks, and few enough that a pasted book keeps no core busy.
const mostTerms = 200

// asked is a question, taken apart.
type asked struct {
	terms    []string
	weight   []float64 // of each term; they sum to 1
	language string    // "" where it cannot be told
	words    int
}

// ask weighs the terms of a question by how rare they are among the sentences
// (the inverse document frequency of BM25, see app/text and retrieval).
func (p *Picker) ask(ctx context.Context, question string, all []candidate, a *text.Analyzer) asked {
	q := asked{words: text.WordCount(question)}
	seen := map[string]bool{}
	bare := true
	a.Each(question, func(term []byte) {
		if t := string(term); len(q.terms) < mostTerms && !seen[t] {
			seen[t] = true
			q.terms = append(q.terms, t)
			bare = bare && p.words.all[t]
		}
	})
	q.language = p.words.language(q.terms)
	rarest := idf(0, len(all))
	total := 0.0
	for _, t := range q.terms {
		if ctx.Err() != nil {
			return asked{}
		}
		df := 0.0
		for i := range all {
			df += all[i].bag.holds(t)
		}
		w := commonest + (1-commonest)*idf(df, len(all))/rarest
		switch {
		case !bare && p.words.all[t]:
			w *= functionWord
		case isNumber(t):
			w *= bareNumber
		}
		q.weight = append(q.weight, w)
		total += w
	}
	for i := range q.weight {
		q.weight[i] /= total
	}
	return q
}

func idf(df float64, n int) float64 {
	return math.Log(1 + (float64(n)-df+0.5)/(df+0.5))
}

func isNumber(term string) bool {
	for _, r := range term {
		if !unicode.IsDigit(r) {
			return false
		}
	}
	return true
}
