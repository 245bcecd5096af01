package codes

import (
	"cmp"
	"math"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// Hit is a vector near the question.
type Hit struct {
	Row    int64
	Cosine float32
}

// exactBelow is the number of filtered rows up to which all are scored exactly.
const exactBelow = 2 * Rescored

// blockSize is how many codes are compared before their estimates are looked at.
const blockSize = 256

// share is how many codes a processor compares before it pays to wake another
// one, which costs some microseconds: about a millisecond's work.
const share = 1 << 17

// scratch is the memory of one search, or of what one processor does of it.
type scratch struct {
	question question
	h        [blockSize]uint32
	allowed  []uint64
	near     selection
	best     selection
}

// Search returns the k vectors nearest to query, a unit vector, by descending
// cosine and then by row. Where rows is not nil only vectors of these rows are
// considered, which must ascend.
func (ix *Index) Search(query []float32, k int, rows []int64) ([]Hit, error) {
	if err := ix.encoder.Check(query); err != nil {
		return nil, err
	}
	s, err := ix.hold()
	if err != nil {
		return nil, err
	}
	if k <= 0 || s.live == 0 {
		return nil, s.file.release()
	}
	sc := ix.scratch.Get().(*scratch)
	defer ix.scratch.Put(sc)
	sc.best.reset(k)
	if rows != nil && len(rows) <= exactBelow {
		for _, row := range rows {
			if at, found := s.find(row); found {
				sc.best.offer(candidate{s.cosine(query, at), at.part, at.pos})
			}
		}
	} else {
		ix.encoder.ask(&sc.question, query)
		for _, c := range ix.scanAll(sc, s, max(Rescored, k), rows) {
			at := place{part: c.part, pos: c.pos}
			sc.best.offer(candidate{s.cosine(query, at), c.part, c.pos})
		}
	}
	hits := make([]Hit, 0, k)
	for _, c := range sc.best.done() {
		hits = append(hits, Hit{s.parts[c.part].rows[c.pos], c.score})
	}
	slices.SortFunc(hits, func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Row, b.Row))
	})
	return hits, s.file.release()
}

// Cosines returns the cosine of query, a unit vector, with the vector of each
// row, and NaN where a row has none.
func (ix *Index) Cosines(query []float32, rows []int64) ([]float32, error) {
	if err := ix.encoder.Check(query); err != nil {
		return nil, err
	}
	s, err := ix.hold()
	if err != nil {
		return nil, err
	}
	cosines := make([]float32, len(rows))
	for i, row := range rows {
		cosines[i] = float32(math.NaN())
		if at, found := s.find(row); found {
			cosines[i] = s.cosine(query, at)
		}
	}
	return cosines, s.file.release()
}

// find returns where the live vector of row lies.
func (s *snapshot) find(row int64) (place, bool) {
	for i := len(s.parts) - 1; i >= 0; i-- {
		p := &s.parts[i]
		if pos, found := p.find(row); found && !p.isDead(pos) {
			return place{row, int32(i), int32(pos)}, true
		}
	}
	return place{}, false
}

func (s *snapshot) cosine(query []float32, at place) float32 {
	from := int(at.pos) * len(query)
	return dot(query, s.parts[at.part].vectors[from:from+len(query)])
}

// scanAll returns the candidates that are the best by their estimates. Where
// there are many codes, processors share the parts.
func (ix *Index) scanAll(sc *scratch, s *snapshot, keep int, rows []int64) []candidate {
	var next atomic.Int32
	scan := func(own *scratch) {
		own.near.reset(keep)
		for i := next.Add(1) - 1; int(i) < len(s.parts); i = next.Add(1) - 1 {
			ix.scanPart(own, &sc.question, &s.parts[i], i, rows)
		}
	}
	others := make([]*scratch, min(runtime.GOMAXPROCS(0), 1+s.live/ix.share)-1)
	var running sync.WaitGroup
	for i := range others {
		others[i] = ix.scratch.Get().(*scratch)
		running.Go(func() { scan(others[i]) })
	}
	scan(sc)
	running.Wait()
	for _, other := range others {
		for _, c := range other.near.done() {
			sc.near.offer(c)
		}
		ix.scratch.Put(other)
	}
	return sc.near.done()
}

// scanPart offers the vectors of a part by their estimated cosines, less the
// shift that is the same for all.
func (ix *Index) scanPart(sc *scratch, q *question, p *part, number int32, rows []int64) {
	var allowed []uint64
	if rows != nil {
		sc.allowed = p.mark(sc.allowed, rows)
		allowed = sc.allowed
	}
	words := ix.encoder.bits / 64
	for from := 0; from < len(p.rows); from += blockSize {
		n := min(blockSize, len(p.rows)-from)
		h := sc.h[:n]
		ix.scan(h, p.codes[from*words:(from+n)*words], q.planes, words/lineWords)
		factors := p.factors[2*from : 2*(from+n)]
		for i, h := range h {
			estimate := factors[2*i]*(q.base-q.slope*float32(h)) + factors[2*i+1]
			if estimate <= sc.near.floor {
				continue
			}
			pos := from + i
			if p.isDead(pos) || allowed != nil && allowed[pos>>6]>>(pos&63)&1 == 0 {
				continue
			}
			sc.near.offer(candidate{estimate, number, int32(pos)})
		}
	}
}

// mark returns the positions of the rows as bits, in the memory of into.
func (p *part) mark(into []uint64, rows []int64) []uint64 {
	n := (len(p.rows) + 63) / 64
	into = slices.Grow(into[:0], n)[:n]
	clear(into)
	if len(p.rows) == 0 {
		return into
	}
	from, _ := slices.BinarySearch(rows, p.rows[0])
	at := 0
	for _, row := range rows[from:] {
		step, found := slices.BinarySearch(p.rows[at:], row)
		if at += step; at == len(p.rows) {
			break
		}
		if found {
			into[at>>6] |= 1 << (at & 63)
		}
	}
	return into
}
