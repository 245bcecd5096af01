package quote

import (
	"context"

	"syft-space/app/text"
)

// Passage is one passage that a search found.
type Passage struct {
	Text       string
	Headings   []string // outermost first
	Similarity float64  // to the question, 0..1, as space.Hit has it
	ByWords    bool     // Similarity says only how many of the question's words the passage holds
}

// Quote is one sentence of a passage, whole, on one line.
type Quote struct {
	Passage int // index of the passage
	Text    string
}

// Similar returns how similar each sentence is to the question, on the scale
// of Passage.Similarity; nil where it cannot tell.
type Similar func(question string, sentences []string) []float64

// Picker finds the sentences of passages that answer a question. It is safe
// for concurrent use.
type Picker struct{ words *vocabulary }

// NewPicker makes a Picker.
func NewPicker() *Picker { return &Picker{words: newVocabulary()} }

// candidate is a sentence with what the question makes of it.
type candidate struct {
	sentence
	bag     bag
	above   string  // the heading, the question or the lead that it stands under
	met     float64 // share of the question in it and in what stands above it
	words   float64 // score by words, 0..1
	similar float64 // to the question, 0..1; unknown where nobody told
	score   float64
}

// unknown is a similarity that nobody told.
const unknown = -1

// Pick returns the sentences of passages, best passage first as they are
// handed in, that answer the question: at most words words, but one sentence
// at least. It returns nothing where nothing answers, or where ctx ends first.
// similar may be nil.
func (p *Picker) Pick(ctx context.Context, question string, passages []Passage, words int, similar Similar) []Quote {
	var a text.Analyzer
	all := candidates(ctx, passages, &a)
	q := p.ask(ctx, question, all, &a)
	if len(q.terms) == 0 || len(all) == 0 {
		return nil
	}
	scoreWords(ctx, q, passages, all, &a)
	if ctx.Err() != nil {
		return nil
	}
	known := similar != nil && compare(question, all, similar)
	combine(q, all, known)
	switch {
	case p.fits(q, passages, all, known, &a):
		return choose(all, words)
	case !known:
		return p.opening(q, passages, all, words, &a)
	}
	return nil
}

// candidates takes the passages apart.
func candidates(ctx context.Context, passages []Passage, a *text.Analyzer) []candidate {
	var all []candidate
	for i, passage := range passages {
		if ctx.Err() != nil {
			return nil
		}
		above := ""
		if n := len(passage.Headings); n > 0 {
			above = passage.Headings[n-1]
		}
		for _, s := range sentences(i, passage.Text, passage.Headings) {
			all = append(all, candidate{sentence: s, bag: bagOf(a, s.text, s.columns), above: above, similar: unknown})
			if s.kind.announces() {
				above = s.text
			}
		}
	}
	return all
}

// ofPassage calls f with the candidates of each passage in turn.
func ofPassage(all []candidate, f func(passage int, part []candidate)) {
	for start := 0; start < len(all); {
		end := start
		for end < len(all) && all[end].passage == all[start].passage {
			end++
		}
		f(all[start].passage, all[start:end])
		start = end
	}
}
