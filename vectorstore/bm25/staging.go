package bm25

import (
	"cmp"
	"slices"

	"syft-space/app/text"
)

// staging gathers passages until they become a segment. Their postings are
// packed into one number each, hash, then place of the passage in entries,
// then frequency, so that ordering the numbers orders the postings; and they
// are spread over buckets by the top byte of the hash, so that each bucket can
// be sorted within the processor's cache.
type staging struct {
	entries  []entry
	settled  bool // entries ascend by row, without repetition and deletion
	postings int
	buckets  [buckets][]uint64
	spare    []uint64 // second buffer of the sort
}

// entry is one staged change of a row.
type entry struct {
	row    int64
	length uint16
	gone   bool
}

const (
	buckets     = 256
	bucketShift = 24 // of a hash
	hashShift   = 24 // of a packed posting
	docShift    = 8
)

func (s *staging) add(row int64, set text.TermSet) {
	doc := uint64(len(s.entries)) << docShift
	for i := range set.Len() {
		h := set.Hash(i)
		b := &s.buckets[h>>bucketShift]
		*b = append(*b, uint64(h)<<hashShift|doc|uint64(set.Freq(i)))
	}
	s.postings += set.Len()
	s.push(entry{row: row, length: uint16(min(set.Length(), maxLength))})
}

func (s *staging) remove(row int64) { s.push(entry{row: row, gone: true}) }

func (s *staging) push(e entry) {
	n := len(s.entries)
	s.settled = !e.gone && (n == 0 || s.settled && s.entries[n-1].row < e.row)
	s.entries = append(s.entries, e)
}

// settle brings the entries into the order of their rows, with the last change
// of each row only and without deletions.
func (s *staging) settle() {
	if s.settled {
		return
	}
	order := make([]int32, len(s.entries))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortStableFunc(order, func(a, b int32) int {
		return cmp.Compare(s.entries[a].row, s.entries[b].row)
	})
	to := make([]int32, len(s.entries))
	var kept []entry
	for i, from := range order {
		e := s.entries[from]
		to[from] = noDoc
		if last := i+1 == len(order) || s.entries[order[i+1]].row != e.row; last && !e.gone {
			to[from] = int32(len(kept))
			kept = append(kept, e)
		}
	}
	s.entries = kept
	for i := range s.buckets {
		s.buckets[i] = renumber(s.buckets[i], to)
	}
}

// renumber gives packed postings the new places of their passages and brings
// the passages into order.
func renumber(pairs []uint64, to []int32) []uint64 {
	const mask = (segmentSize - 1) << docShift
	kept := pairs[:0]
	for _, p := range pairs {
		if doc := to[p&mask>>docShift]; doc != noDoc {
			kept = append(kept, p&^mask|uint64(doc)<<docShift)
		}
	}
	slices.Sort(kept)
	return kept
}

func (s *staging) reset() {
	s.entries, s.postings = s.entries[:0], 0
	for i := range s.buckets {
		s.buckets[i] = s.buckets[i][:0]
	}
}

// release gives the buffers of a large load back.
func (s *staging) release() {
	if cap(s.entries) > segmentSize/16 {
		*s = staging{}
	}
}

// build makes a segment of the settled entries.
func (s *staging) build() *segment {
	seg := &segment{
		rows:    make([]int64, len(s.entries)),
		lengths: make([]uint16, len(s.entries)),
		docs:    make([]uint16, 0, s.postings),
		freqs:   make([]uint8, 0, s.postings),
	}
	for i, e := range s.entries {
		seg.rows[i], seg.lengths[i] = e.row, e.length
		seg.total += int64(e.length)
	}
	for i := range s.buckets {
		b := s.buckets[i]
		if cap(s.spare) < len(b) {
			s.spare = make([]uint64, 2*len(b))
		}
		sortBucket(b, s.spare[:len(b)])
		seg.append(b)
	}
	seg.starts = append(seg.starts, uint32(len(seg.docs)))
	return seg
}

// append adds postings, which are in order and follow those of the segment.
func (s *segment) append(pairs []uint64) {
	last := ^uint64(0)
	at := len(s.docs)
	s.docs = s.docs[:at+len(pairs)]
	s.freqs = s.freqs[:at+len(pairs)]
	docs, freqs := s.docs[at:], s.freqs[at:]
	for i, p := range pairs {
		if h := p >> hashShift; h != last {
			last = h
			s.terms = append(s.terms, uint32(h))
			s.starts = append(s.starts, uint32(at+i))
		}
		docs[i] = uint16(p >> docShift)
		freqs[i] = uint8(p)
	}
}
