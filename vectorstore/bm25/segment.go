package bm25

import "slices"

// segmentSize is the largest number of passages in a segment.
const segmentSize = 1 << 16

// segment is an immutable set of passages with their postings. Passages are
// numbered in the order of their rows.
type segment struct {
	rows    []int64  // row of each passage, ascending
	lengths []uint16 // length of each passage in terms, at most maxLength
	total   int64    // sum of lengths

	terms  []uint32 // hashes, ascending
	starts []uint32 // where the postings of each term begin; one more than terms
	docs   []uint16 // passages of each term, ascending
	freqs  []uint8  // how often the term occurs in each
}

// maxLength is the longest passage that the score tells from longer ones.
const maxLength = 1<<16 - 1

// postings are the passages that hold a term, ascending, and how often it
// occurs in each.
type postings struct {
	docs  []uint16
	freqs []uint8
}

func (s *segment) postings(term uint32) postings {
	i, found := slices.BinarySearch(s.terms, term)
	if !found {
		return postings{}
	}
	from, to := s.starts[i], s.starts[i+1]
	return postings{s.docs[from:to], s.freqs[from:to]}
}

// find returns the number of the passage at row.
func (s *segment) find(row int64) (doc uint16, found bool) {
	n := len(s.rows)
	if n == 0 || row < s.rows[0] || row > s.rows[n-1] {
		return 0, false
	}
	i, found := slices.BinarySearch(s.rows, row)
	return uint16(i), found
}

func (s *segment) bytes() int {
	return 8*len(s.rows) + 2*len(s.lengths) + 4*len(s.terms) + 4*len(s.starts) + 2*len(s.docs) + len(s.freqs)
}
