package quote

import "syft-space/app/text"

// Similarities between which passages turn from unrelated to right, on the
// scale of space.Hit. Measured with the built-in embedder on the sample
// documents: of 64 questions in four languages nine in ten of the right passages
// lie above 0.61, the lowest at 0.56; of 24 questions about something else
// entirely the best passage lies at 0.59 in the middle, at 0.68 at most.
const (
	unrelated = 0.60
	related   = 0.72
	abroad    = 0.60
)

// mostNeeded is the share of the question that an answer must hold where
// similarity says nothing for it; leastNeeded where it says everything.
const (
	mostNeeded  = 0.55
	leastNeeded = 0.15
)

// fits reports whether anything answers the question: enough of its words are
// met, fewer where the similarity is higher, or a sentence is similar enough
// by itself.
func (p *Picker) fits(q asked, passages []Passage, all []candidate, known bool, a *text.Analyzer) bool {
	foreign := map[int]bool{}
	if known && q.language != "" {
		for i, passage := range passages {
			l := p.language(passage.Text, a)
			foreign[i] = l != "" && l != q.language
		}
	}
	for _, c := range all {
		if !c.kind.quotable() {
			continue
		}
		passage := passages[c.passage]
		if c.met >= needed(max(passage.Similarity, c.similar), passage.ByWords && !known) {
			return true
		}
		if c.similar >= related || foreign[c.passage] && c.similar >= abroad && passage.Similarity >= abroad {
			return true
		}
	}
	return false
}

// needed returns the share of the question that must be met.
func needed(similarity float64, byWords bool) float64 {
	if byWords {
		return mostNeeded
	}
	share := (related - similarity) / (related - unrelated)
	return leastNeeded + (mostNeeded-leastNeeded)*max(0, min(1, share))
}

// opening answers from passages that share no words with the question, but are
// similar to it or in another language: with the first sentences of the best.
func (p *Picker) opening(q asked, passages []Passage, all []candidate, words int, a *text.Analyzer) []Quote {
	for i, passage := range passages {
		l := p.language(passage.Text, a)
		foreign := q.language != "" && l != "" && l != q.language
		if passage.ByWords || passage.Similarity < related && !(foreign && passage.Similarity >= abroad) {
			continue
		}
		picked := selection{all: all, left: words}
		for j, c := range all {
			if c.passage == i && c.kind == prose && len(picked.taken) < 3 {
				picked.take(j)
			}
		}
		if len(picked.taken) > 0 {
			return picked.arranged()
		}
	}
	return nil
}

func (p *Picker) language(s string, a *text.Analyzer) string {
	var terms []string
	a.Each(s, func(t []byte) { terms = append(terms, string(t)) })
	return p.words.language(terms)
}
