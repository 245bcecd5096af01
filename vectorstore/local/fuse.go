package local

import (
	"cmp"
	"math"
	"slices"

	"syft-space/app/text"
	"syft-space/vectorstore/bm25"
)

// depth is how many candidates words and vectors contribute each.
const depth = 100

// tiny keeps the denominators of normalisation away from zero.
const tiny = 1e-9

// candidate is a passage that words or vectors found.
type candidate struct {
	row       int64
	bm25      float64
	share     float64 // of the question's terms, weighted by idf
	cosine    float64
	hasVector bool
	fused     float64
}

// weight is how much vectors count: a bare identifier leans on words, a
// sentence on meaning. Measured, see docs/adr.
func weight(question string) float64 {
	if text.HasCJK(question) {
		return 0.75
	}
	return min(0.8, 0.4+0.1*float64(max(1, text.WordCount(question))-1))
}

// fuse orders candidates by the convex combination of Bruch, Gai and Ingber,
// "An Analysis of Fusion Functions for Hybrid Retrieval", TOIS 2023: BM25
// divided by its highest value, cosines by min-max, w being the vectors' share.
// BM25 counts by the share of the question that the passage holds, or else the
// best of what has only a word by accident, as questions in another language
// find it, would count as much as a passage with all the words.
func fuse(list []candidate, w float64) {
	best, low, high := 0.0, math.Inf(1), math.Inf(-1)
	for _, c := range list {
		best = max(best, c.bm25)
		if c.hasVector {
			low, high = min(low, c.cosine), max(high, c.cosine)
		}
	}
	if best == 0 {
		w = 1 // no word hit at all
	}
	for i := range list {
		c := &list[i]
		x := c.bm25 / max(best, tiny) * c.share
		if !c.hasVector {
			c.fused = x
			continue
		}
		y := (c.cosine - low) / max(high-low, tiny)
		c.fused = (1-w)*x + w*y
	}
	order(list)
}

// order sorts candidates best first, by row where they are equal.
func order(list []candidate) {
	slices.SortFunc(list, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.fused, a.fused), cmp.Compare(a.row, b.row))
	})
}

// byWords ranks by BM25 alone.
func byWords(hits []bm25.Hit) []candidate {
	list := make([]candidate, len(hits))
	for i, h := range hits {
		list[i] = candidate{row: h.Row, bm25: float64(h.Score), share: float64(h.Share), fused: float64(h.Score) / max(float64(hits[0].Score), tiny)}
	}
	return list
}

// byVectors ranks by cosine alone.
func byVectors(found []near) []candidate {
	list := make([]candidate, len(found))
	for i, n := range found {
		list[i] = candidate{row: n.row, cosine: float64(n.cosine), hasVector: true, fused: float64(n.cosine)}
	}
	return list
}

// similarity is the contract's score in [0,1]: (1+cosine)/2, stretched so that
// the cosine of unrelated texts, floor, becomes one half.
func similarity(cosine, floor float64) float64 {
	return min(1, max(0, 0.5+0.5*(cosine-floor)/(1-floor)))
}

// wordSimilarity stands in for similarity where a passage has no vector: the
// more of the question it holds, and the better it ranks, the higher.
func wordSimilarity(share, x float64) float64 { return min(1, 0.5+0.5*share*x) }
