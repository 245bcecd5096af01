package bm25

// noDoc stands for a deleted passage in a renumbering.
const noDoc = -1

// merge returns one segment with the live passages of both.
func merge(a, b shard) *segment {
	out := &segment{}
	n := a.size() + b.size()
	out.rows = make([]int64, 0, n)
	out.lengths = make([]uint16, 0, n)
	toA, toB := out.number(a, b)
	postings := len(a.docs) + len(b.docs)
	out.terms = make([]uint32, 0, max(len(a.terms), len(b.terms)))
	out.docs = make([]uint16, 0, postings)
	out.freqs = make([]uint8, 0, postings)
	for i, j := 0, 0; i < len(a.terms) || j < len(b.terms); {
		var pa, pb list
		var term uint32
		switch {
		case j == len(b.terms) || i < len(a.terms) && a.terms[i] < b.terms[j]:
			term, pa = a.terms[i], a.list(i, toA)
			i++
		case i == len(a.terms) || b.terms[j] < a.terms[i]:
			term, pb = b.terms[j], b.list(j, toB)
			j++
		default:
			term, pa, pb = a.terms[i], a.list(i, toA), b.list(j, toB)
			i, j = i+1, j+1
		}
		start := len(out.docs)
		out.join(pa, pb)
		if len(out.docs) > start {
			out.terms = append(out.terms, term)
			out.starts = append(out.starts, uint32(start))
		}
	}
	out.starts = append(out.starts, uint32(len(out.docs)))
	return out
}

// number gives the live passages of both segments their numbers in s, in the
// order of their rows, and returns the two renumberings.
func (s *segment) number(a, b shard) (toA, toB []int32) {
	toA, toB = make([]int32, len(a.rows)), make([]int32, len(b.rows))
	for i, j := 0, 0; i < len(a.rows) || j < len(b.rows); {
		if j == len(b.rows) || i < len(a.rows) && a.rows[i] < b.rows[j] {
			toA[i] = s.adopt(a, uint16(i))
			i++
		} else {
			toB[j] = s.adopt(b, uint16(j))
			j++
		}
	}
	return toA, toB
}

func (s *segment) adopt(from shard, doc uint16) int32 {
	if from.isDead(doc) {
		return noDoc
	}
	s.rows = append(s.rows, from.rows[doc])
	s.lengths = append(s.lengths, from.lengths[doc])
	s.total += int64(from.lengths[doc])
	return int32(len(s.rows) - 1)
}

// list is the postings of one term with their renumbering.
type list struct {
	docs  []uint16
	freqs []uint8
	to    []int32
}

func (s *segment) list(i int, to []int32) list {
	from, end := s.starts[i], s.starts[i+1]
	return list{s.docs[from:end], s.freqs[from:end], to}
}

// next drops deleted passages from the front and returns the new number of the
// first that lives, or a number beyond all at the end.
func (l *list) next() int32 {
	for len(l.docs) > 0 {
		if doc := l.to[l.docs[0]]; doc != noDoc {
			return doc
		}
		l.docs, l.freqs = l.docs[1:], l.freqs[1:]
	}
	return segmentSize
}

// join appends the postings of both lists in the order of the passages.
func (s *segment) join(a, b list) {
	da, db := a.next(), b.next()
	for da != db { // both are segmentSize at the end, and otherwise differ
		if da < db {
			s.docs = append(s.docs, uint16(da))
			s.freqs = append(s.freqs, a.freqs[0])
			a.docs, a.freqs = a.docs[1:], a.freqs[1:]
			da = a.next()
		} else {
			s.docs = append(s.docs, uint16(db))
			s.freqs = append(s.freqs, b.freqs[0])
			b.docs, b.freqs = b.docs[1:], b.freqs[1:]
			db = b.next()
		}
	}
}
