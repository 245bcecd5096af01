package bm25

import "slices"

// smallSort is the number of postings below which the standard sort is quicker
// than counting.
const smallSort = 512

// sortBucket orders packed postings that agree in the top byte of their hash
// by the rest of it; those of one hash keep their order, in which passages
// ascend. It is a radix sort in two passes. The buffer spare has the same length.
func sortBucket(pairs, spare []uint64) {
	if len(pairs) < smallSort {
		slices.Sort(pairs)
		return
	}
	countingPass(spare, pairs, hashShift)
	countingPass(pairs, spare, hashShift+12)
}

// countingPass copies src to dst in the order of the 12 bits at shift.
func countingPass(dst, src []uint64, shift uint) {
	var ends [1 << 12]uint32
	for _, p := range src {
		ends[p>>shift&(1<<12-1)]++
	}
	at := uint32(0)
	for d, n := range &ends {
		ends[d] = at
		at += n
	}
	for _, p := range src {
		d := p >> shift & (1<<12 - 1)
		dst[ends[d]] = p
		ends[d]++
	}
}
