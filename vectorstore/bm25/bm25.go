// Package bm25 finds passages by their words. It holds postings in memory, a
// copy that can always be made again from the terms that storage keeps with
// each passage.
//
// The postings lie in segments of at most 65,536 passages, so that a passage
// is two bytes in a posting and the scores of a segment stay in the processor's
// cache. Segments never change. A deletion is a bit beside them; Commit merges
// small segments and rewrites those with many deletions, and then puts a new
// snapshot in the place of the old one, on which running searches go on.
package bm25

import (
	"math/bits"
	"sync"
	"sync/atomic"
)

// Parameters of the score as in Robertson and Zaragoza, "The Probabilistic
// Relevance Framework: BM25 and Beyond", 2009.
const (
	K1 = 1.2
	B  = 0.75
)

// MaxTerms is how many distinct terms of a question take part, the rarest.
const MaxTerms = 256

// Index is the word index of one dataset. Search may be called at any time by
// any number of goroutines and never waits; the writing methods are serialised.
type Index struct {
	mu     sync.Mutex
	staged staging
	shards []shard // the work in progress; dead sets are copied before a change
	snap   atomic.Pointer[snapshot]
	pool   sync.Pool // of *scratch
}

// New returns an empty index.
func New() *Index {
	ix := &Index{}
	ix.snap.Store(&snapshot{})
	ix.pool.New = func() any { return &scratch{scores: make([]float32, segmentSize)} }
	return ix
}

// shard is a segment with the passages that were deleted from it since.
type shard struct {
	*segment
	dead   *bitset // nil while all live
	deaths int
	lost   int64 // length of the dead passages together
	shared bool  // dead belongs to a snapshot
}

func (sh *shard) isDead(doc uint16) bool { return sh.dead != nil && sh.dead.has(doc) }

// snapshot is what searches read. It never changes.
type snapshot struct {
	shards []shard
	live   int   // passages
	length int64 // of all live passages together, in terms
}

// Stats describes the size of an index.
type Stats struct {
	Passages int // that can be found
	Segments int
	Bytes    int // of memory, without the staging area
}

// Stats returns the size of the index as searches see it.
func (ix *Index) Stats() Stats {
	s := ix.snap.Load()
	st := Stats{Passages: s.live, Segments: len(s.shards)}
	for _, sh := range s.shards {
		st.Bytes += sh.bytes()
		if sh.dead != nil {
			st.Bytes += len(sh.dead) * 8
		}
	}
	return st
}

// bitset is a set of the passages of one segment.
type bitset [segmentSize / 64]uint64

func (b *bitset) has(doc uint16) bool { return b[doc>>6]&(1<<(doc&63)) != 0 }
func (b *bitset) set(doc uint16)      { b[doc>>6] |= 1 << (doc & 63) }

// count returns the number of members that satisfy test.
func (b *bitset) count(test func(doc uint16) bool) int {
	n := 0
	for i, word := range b {
		for ; word != 0; word &= word - 1 {
			if test(uint16(i<<6 | bits.TrailingZeros64(word))) {
				n++
			}
		}
	}
	return n
}
