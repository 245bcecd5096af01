package bm25

import (
	"cmp"
	"math"
	"slices"
)

// Hit is a passage that holds terms of the question.
type Hit struct {
	Row   int64
	Score float32 // BM25, positive
	Share float32 // of the question's terms, weighted by idf, that the passage holds, in (0,1]
}

// scratch is the memory of one search.
type scratch struct {
	scores  []float32 // of the passages of one segment; all zero between uses
	allowed bitset
	terms   []term
	lists   []postings // of each term, segment after segment
	best    heap
}

// term is one distinct term of the question.
type term struct {
	hash uint32
	df   int // passages that hold it
	idf  float32
}

// Search returns the k best passages for the question whose terms have the
// given hashes, best first and by row where scores are equal. Repeated terms
// count once, and only the MaxTerms rarest take part. Where rows is not nil,
// only passages at these rows are considered, which must ascend; how rare a
// term is does not depend on them.
func (ix *Index) Search(hashes []uint32, k int, rows []int64) []Hit {
	snap := ix.snap.Load()
	if k <= 0 || snap.live == 0 || len(hashes) == 0 || rows != nil && len(rows) == 0 {
		return nil
	}
	sc := ix.pool.Get().(*scratch)
	defer ix.pool.Put(sc)
	sc.prepare(snap, hashes)
	sc.best.reset(k)
	norm := normaliser(snap)
	for i := range snap.shards {
		sh := &snap.shards[i]
		if sh.accumulate(sc, i, norm) {
			sh.collect(sc, i, rows)
		}
	}
	found := sc.best.sorted()
	hits := make([]Hit, len(found))
	for i, c := range found {
		_, share := snap.shards[c.shard].rate(sc, c.shard, c.doc, norm)
		hits[i] = Hit{Row: c.row, Score: c.score, Share: share}
	}
	return hits
}

// Score returns what Search would say of each of the rows; where a row holds no
// term of the question, or is not there, its score is 0.
func (ix *Index) Score(hashes []uint32, rows []int64) []Hit {
	snap := ix.snap.Load()
	hits := make([]Hit, len(rows))
	sc := ix.pool.Get().(*scratch)
	defer ix.pool.Put(sc)
	sc.prepare(snap, hashes)
	norm := normaliser(snap)
	for i, row := range rows {
		hits[i].Row = row
		for j := range snap.shards {
			sh := &snap.shards[j]
			if doc, found := sh.find(row); found && !sh.isDead(doc) {
				hits[i].Score, hits[i].Share = sh.rate(sc, j, doc, norm)
				break
			}
		}
	}
	return hits
}

// prepare chooses the terms and looks up their postings.
func (sc *scratch) prepare(s *snapshot, hashes []uint32) {
	sc.terms = s.choose(sc.terms[:0], hashes)
	clear(sc.lists) // of a search in another snapshot, whose segments may go
	sc.lists = sc.lists[:0]
	for i := range s.shards {
		for _, t := range sc.terms {
			sc.lists = append(sc.lists, s.shards[i].postings(t.hash))
		}
	}
}

// of returns the postings of all terms in one segment.
func (sc *scratch) of(shard int) []postings {
	n := len(sc.terms)
	return sc.lists[shard*n : (shard+1)*n]
}

// choose returns the distinct terms that take part: the rarest that occur, then
// ones that occur nowhere, which count only for the share.
func (s *snapshot) choose(terms []term, hashes []uint32) []term {
	distinct := slices.Clone(hashes)
	slices.Sort(distinct)
	for _, h := range slices.Compact(distinct) {
		terms = append(terms, term{hash: h, df: s.frequency(h)})
	}
	if len(terms) > MaxTerms {
		slices.SortStableFunc(terms, func(a, b term) int {
			if (a.df == 0) != (b.df == 0) {
				return b.df - a.df
			}
			return cmp.Compare(a.df, b.df)
		})
		terms = terms[:MaxTerms]
	}
	for i := range terms {
		df := float64(terms[i].df)
		terms[i].idf = float32(math.Log1p((float64(s.live) - df + 0.5) / (df + 0.5)))
	}
	return terms
}

// frequency returns the number of live passages that hold the term.
func (s *snapshot) frequency(hash uint32) int {
	n := 0
	for i := range s.shards {
		sh := &s.shards[i]
		docs := sh.postings(hash).docs
		n += len(docs) - sh.deadAmong(docs)
	}
	return n
}

// deadAmong counts the deleted passages among docs, which ascend.
func (sh *shard) deadAmong(docs []uint16) int {
	switch {
	case sh.deaths == 0:
		return 0
	case sh.deaths*32+len(sh.dead) < len(docs): // looking each up is less work
		return sh.dead.count(func(doc uint16) bool {
			_, found := slices.BinarySearch(docs, doc)
			return found
		})
	}
	n := 0
	for _, doc := range docs {
		n += int(sh.dead[doc>>6] >> (doc & 63) & 1)
	}
	return n
}

// norm holds the parts of the score's denominator that depend on the length:
// tf + base + perTerm*length.
type norm struct{ base, perTerm float32 }

func normaliser(s *snapshot) norm {
	average := max(float64(s.length)/float64(max(s.live, 1)), 1e-9)
	return norm{base: K1 * (1 - B), perTerm: float32(K1 * B / average)}
}

// saturate is what a term that occurs freq times adds to the score of a passage
// of the given length, but for its weight.
func (n norm) saturate(freq uint8, length uint16) float32 {
	tf := float32(freq)
	return tf / (tf + n.base + n.perTerm*float32(length))
}

// accumulate adds up the scores of the segment's passages, term after term,
// and reports whether it found any term.
func (sh *shard) accumulate(sc *scratch, number int, n norm) bool {
	found := false
	scores := sc.scores[:segmentSize]
	lengths := sh.lengths
	for t, list := range sc.of(number) {
		if len(list.docs) == 0 {
			continue
		}
		found = true
		weight := sc.terms[t].idf * (K1 + 1)
		freqs := list.freqs[:len(list.docs)]
		for i, doc := range list.docs {
			scores[doc] += weight * n.saturate(freqs[i], lengths[doc])
		}
	}
	return found
}

// collect offers the segment's passages to the best ones, and clears the scores.
func (sh *shard) collect(sc *scratch, number int, rows []int64) {
	scores := sc.scores[:len(sh.rows)]
	allowed := sh.allow(sc, rows)
	least := sc.best.least()
	for doc, score := range scores {
		if score <= 0 || score < least {
			continue
		}
		d := uint16(doc)
		if sh.isDead(d) || allowed != nil && !allowed.has(d) {
			continue
		}
		sc.best.offer(candidate{score: score, shard: number, doc: d, row: sh.rows[doc]})
		least = sc.best.least()
	}
	clear(scores)
}

// allow turns rows into a set of the segment's passages; nil means all.
func (sh *shard) allow(sc *scratch, rows []int64) *bitset {
	if rows == nil {
		return nil
	}
	sc.allowed = bitset{}
	from, _ := slices.BinarySearch(rows, sh.rows[0])
	rows = rows[from:]
	rest := sh.rows
	for _, row := range rows {
		i, found := slices.BinarySearch(rest, row)
		if found {
			sc.allowed.set(uint16(len(sh.rows) - len(rest) + i))
		}
		if rest = rest[i:]; len(rest) == 0 {
			break
		}
	}
	return &sc.allowed
}

// rate returns the score of one passage, and how much of the question, weighted
// by idf, it holds.
func (sh *shard) rate(sc *scratch, number int, doc uint16, n norm) (score, share float32) {
	var held, all float32
	for t, list := range sc.of(number) {
		idf := sc.terms[t].idf
		all += idf
		if i, found := slices.BinarySearch(list.docs, doc); found {
			held += idf
			score += idf * (K1 + 1) * n.saturate(list.freqs[i], sh.lengths[doc])
		}
	}
	return score, held / max(all, 1e-9)
}
