package quote

import (
	"cmp"
	"context"
	"maps"
	"math"
	"slices"
	"strings"

	"syft-space/app/text"
)

// What a term of the question is worth to a sentence where it stands
// elsewhere. The values, and the ones in fit.go and choose.go, were settled on
// questions about software help, manuals and small tables in five languages.
const (
	underHeading = 0.65 // in the heading or the lead above
	underAsking  = 0.9  // in the question above
	fading       = 0.9  // of that, for each sentence in between
	goesOn       = 0.75 // in the sentence before, where this one refers to it
	justBefore   = 0.35 // in the sentence before
	samePassage  = 0.25 // anywhere else in its passage
	rankLoss     = 0.06 // lost with each rank of the passage
)

// weakest is the least score by words that counts as a good one.
const weakest = 0.4

// mostCompared bounds how many sentences are compared by meaning.
const mostCompared = 24

// scoreWords rates every candidate by the words of the question.
func scoreWords(ctx context.Context, q asked, passages []Passage, all []candidate, a *text.Analyzer) {
	ofPassage(all, func(passage int, part []candidate) {
		if ctx.Err() != nil {
			return
		}
		title := bagOf(a, passages[passage].Headings...)
		anywhere := anywhereIn(part, title, q.terms)
		above, distance, worth := title, 0, underHeading
		for i := range part {
			c := &part[i]
			before, nearness := bag(nil), justBefore
			if i > 0 && !part[i-1].kind.announces() {
				before = part[i-1].bag
				if refersBack(c.text) {
					nearness = goesOn
				}
			}
			faded := worth * math.Pow(fading, float64(distance))
			for j, term := range q.terms {
				own, over := c.bag.holds(term), faded*above.holds(term)
				c.met += q.weight[j] * max(own, over)
				c.words += q.weight[j] * max(own, over, nearness*before.holds(term), samePassage*anywhere[j])
			}
			distance++
			if c.kind.announces() {
				above, distance, worth = c.bag, 0, underHeading
				if c.kind == question {
					worth = underAsking
				}
			}
		}
	})
}

// anywhereIn returns how far a passage holds each of the terms, in any of its
// sentences or in its title.
func anywhereIn(part []candidate, title bag, terms []string) []float64 {
	whole := maps.Clone(title)
	for _, c := range part {
		maps.Copy(whole, c.bag)
	}
	out := make([]float64, len(terms))
	for j, term := range terms {
		out[j] = whole.holds(term)
	}
	return out
}

// compare asks for the similarity of the most promising candidates, each under
// its heading, to the question; it reports false where that cannot be told.
func compare(question string, all []candidate, similar Similar) bool {
	var order []int
	for i := range all {
		if all[i].kind.quotable() {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(all[j].words, all[i].words) })
	order = order[:min(len(order), mostCompared)]
	texts := make([]string, len(order))
	for n, i := range order {
		texts[n] = strings.TrimLeft(strings.TrimSuffix(all[i].above, ":")+": "+all[i].text, ": ")
	}
	values := similar(question, texts)
	if len(values) != len(order) || len(values) == 0 {
		return false
	}
	for n, i := range order {
		all[i].similar = values[n]
	}
	return true
}

// combine makes one score of words and meaning, as the search does for whole
// passages: each relative to the best, meaning counting more the longer the
// question is.
func combine(q asked, all []candidate, known bool) {
	const least = 0.01 // so that the only one, or equal ones, count
	best, low, high := weakest, 1.0, 0.0
	for _, c := range all {
		if c.kind.quotable() {
			best = max(best, c.words)
		}
		if c.similar >= 0 {
			low, high = min(low, c.similar), max(high, c.similar)
		}
	}
	meaning := 0.0
	if known {
		meaning = min(0.6, 0.3+0.05*float64(q.words-1))
	}
	for i := range all {
		c := &all[i]
		score := (1 - meaning) * c.words / best
		if c.similar >= 0 {
			score += meaning * (c.similar - low + least) / (high - low + least)
		}
		c.score = score * c.kind.worth() * lengthWorth(c.sentence.words) / (1 + rankLoss*float64(c.passage))
	}
}

// lengthWorth prefers sentences of an ordinary length.
func lengthWorth(words int) float64 {
	switch {
	case words < 4:
		return 0.85
	case words > 45:
		return math.Sqrt(45 / float64(words))
	}
	return 1
}

// refersBack reports whether a sentence can only be understood after the one
// before it.
func refersBack(s string) bool {
	first, _, _ := strings.Cut(s, " ")
	switch strings.ToLower(strings.Trim(first, ",.;:'\"")) {
	case "it", "its", "this", "that", "these", "those", "they", "their", "them", "he", "she", "however", "therefore",
		"otherwise", "then", "also", "so", "but", "such", "both", "instead",
		"er", "sie", "es", "dies", "diese", "dieser", "dieses", "dabei", "dann", "danach", "dazu", "jedoch", "sonst", "deshalb", "daher",
		"il", "elle", "ils", "elles", "cela", "ceci", "ce", "cette", "ces", "sinon",
		"este", "esta", "esto", "ese", "eso", "ello", "ellos", "questo", "questa", "essi", "isso", "isto":
		return true
	}
	return false
}
