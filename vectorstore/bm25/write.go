package bm25

import (
	"slices"

	"syft-space/app/text"
)

// A segment with more than a quarter of its passages deleted is rewritten.
const rewriteShare = 4

// Put stages the passage at row with its terms as text.Encode wrote them, in
// place of what was there. Searches see it after Commit. The blob is copied.
func (ix *Index) Put(row int64, terms []byte) error {
	set, err := text.Decode(terms)
	if err != nil {
		return err
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.staged.add(row, set)
	if len(ix.staged.entries) == segmentSize {
		ix.flush()
	}
	return nil
}

// Delete stages the removal of the passage at row; an unknown row is ignored.
func (ix *Index) Delete(row int64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.staged.remove(row)
	if len(ix.staged.entries) == segmentSize {
		ix.flush()
	}
}

// Commit shows all that is staged to searches that begin from now on.
func (ix *Index) Commit() {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.flush()
	ix.staged.release()
	ix.compact()
	next := &snapshot{shards: slices.Clone(ix.shards)}
	for i := range ix.shards {
		sh := &ix.shards[i]
		sh.shared = true
		next.live += len(sh.rows) - sh.deaths
		next.length += sh.total - sh.lost
	}
	ix.snap.Store(next)
}

// flush turns what is staged into a segment, and into deletions from others.
func (ix *Index) flush() {
	for _, e := range ix.staged.entries {
		ix.kill(e.row)
	}
	ix.staged.settle()
	if len(ix.staged.entries) > 0 {
		ix.shards = append(ix.shards, shard{segment: ix.staged.build()})
	}
	ix.staged.reset()
}

// kill marks the passage at row as deleted, wherever it is.
func (ix *Index) kill(row int64) {
	for i := range ix.shards {
		sh := &ix.shards[i]
		doc, found := sh.find(row)
		if !found || sh.isDead(doc) {
			continue
		}
		if sh.dead == nil {
			sh.dead, sh.shared = new(bitset), false
		} else if sh.shared {
			dead := *sh.dead
			sh.dead, sh.shared = &dead, false
		}
		sh.dead.set(doc)
		sh.deaths++
		sh.lost += int64(sh.lengths[doc])
		return
	}
}

// compact keeps the number of segments logarithmic in the number of passages,
// outside of the full ones, and their deletions few.
func (ix *Index) compact() {
	kept := ix.shards[:0:0]
	for _, sh := range ix.shards {
		if sh.deaths*rewriteShare > len(sh.rows) {
			sh = shard{segment: merge(sh, shard{segment: &segment{}})}
		}
		if len(sh.rows) > 0 {
			kept = append(kept, sh)
		}
	}
	// Larger segments first; a segment joins its larger neighbour unless that
	// is more than twice its size, like the digits of a binary counter.
	slices.SortStableFunc(kept, func(a, b shard) int { return len(b.rows) - len(a.rows) })
	for i := len(kept) - 1; i > 0; i-- {
		a, b := kept[i-1], kept[i]
		small := len(a.rows) <= 2*len(b.rows)
		if small && a.size()+b.size() <= segmentSize {
			kept[i-1] = shard{segment: merge(a, b)}
			kept = slices.Delete(kept, i, i+1)
		}
	}
	ix.shards = kept
}

// size returns the number of live passages.
func (sh shard) size() int { return len(sh.rows) - sh.deaths }
