package codes

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Put takes the vector of row, in place of an earlier one, as the change with
// the number seq. An empty code is computed. Searches see it after Commit. The
// slices are copied.
func (ix *Index) Put(seq, row int64, vector []float32, code []byte) error {
	if err := ix.encoder.Check(vector); err != nil {
		return err
	}
	switch {
	case len(code) == 0:
		code = ix.encoder.Encode(make([]byte, 0, ix.encoder.Size()), vector)
	case len(code) != ix.encoder.Size():
		return fmt.Errorf("a code has %d bytes where %d are wanted", len(code), ix.encoder.Size())
	}
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.kill(row)
	t := ix.tail.chunk
	ix.tailAt[row] = len(t.rows)
	t.rows = append(t.rows, row)
	words := code[:ix.encoder.bits/8]
	for i := 0; i < len(words); i += 8 {
		t.codes = append(t.codes, binary.LittleEndian.Uint64(words[i:]))
	}
	for i := len(words); i < len(code); i += 4 {
		t.factors = append(t.factors, math.Float32frombits(binary.LittleEndian.Uint32(code[i:])))
	}
	t.vectors = append(t.vectors, vector...)
	ix.seq = seq
	if len(t.rows) >= tailSize {
		ix.flush()
	}
	return nil
}

// Delete takes the removal of row's vector as the change with the number seq.
// An unknown row is ignored.
func (ix *Index) Delete(seq, row int64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.kill(row)
	ix.seq = seq
}

// Commit shows all changes so far to searches that begin from now on. The
// index holds everything up to seq, changes that were none of its own included.
func (ix *Index) Commit(seq int64) {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	ix.seq = max(ix.seq, seq)
	if len(ix.gone) >= tailSize {
		ix.flush()
	}
	if ix.snap.Load() == nil {
		return // closed
	}
	ix.sortTail()
	ix.publish()
	ix.maybeCompact()
}

// publish makes a snapshot of the work in progress.
func (ix *Index) publish() {
	tail := ix.tail
	chunk := *ix.tail.chunk
	tail.chunk = &chunk // later appends must not show
	next := &snapshot{file: ix.file, parts: append(slices.Clone(ix.parts), tail)}
	for i := range next.parts {
		next.live += next.parts[i].live()
	}
	for i := range ix.parts {
		ix.parts[i].shared = true
	}
	ix.tail.shared = true
	ix.snap.Store(next)
}

// kill deletes the vector of row, wherever it is.
func (ix *Index) kill(row int64) {
	if pos, found := ix.tailAt[row]; found {
		ix.tail.kill(pos)
		delete(ix.tailAt, row)
		return
	}
	if ix.killSaved(row) {
		ix.gone = append(ix.gone, row)
	}
}

// killSaved deletes the vector of row from the chunks of the file.
func (ix *Index) killSaved(row int64) bool {
	for i := len(ix.parts) - 1; i >= 0; i-- {
		p := &ix.parts[i]
		if pos, found := p.find(row); found && !p.isDead(pos) {
			p.kill(pos)
			return true
		}
	}
	return false
}

func (ix *Index) resetTail() {
	ix.tail = part{chunk: &chunk{}}
	ix.tailAt = make(map[int64]int)
}

// sortTail brings the tail into the order of rows, as searches expect it.
func (ix *Index) sortTail() {
	if slices.IsSorted(ix.tail.rows) {
		return
	}
	c := ix.tailChunk()
	ix.resetTail()
	ix.tail.chunk = c
	for pos, row := range c.rows {
		ix.tailAt[row] = pos
	}
}

// tailChunk returns the live vectors of the tail in the order of their rows.
func (ix *Index) tailChunk() *chunk {
	if ix.tail.deaths == 0 && slices.IsSorted(ix.tail.rows) {
		return ix.tail.chunk
	}
	tail := []part{ix.tail}
	return ix.encoder.gather(tail, living(tail))
}

// flush moves the tail to the file. While that is being compacted the tail
// waits; when it cannot be written the tail stays in memory for good.
func (ix *Index) flush() {
	if ix.compacting || ix.unwritable != nil {
		return
	}
	c, err := ix.file.append(ix.encoder.bits, ix.encoder.dim, ix.tailChunk(), ix.gone, ix.seq)
	if err != nil {
		ix.unwritable = err
		return
	}
	ix.parts = append(ix.parts, part{chunk: c})
	ix.resetTail()
	ix.gone = nil
	ix.saved = ix.seq
}

// place is where the vector of a row lies.
type place struct {
	row       int64
	part, pos int32
}

// living lists the vectors that were not deleted, in the order of their rows.
func living(parts []part) []place {
	n := 0
	for i := range parts {
		n += parts[i].live()
	}
	places := make([]place, 0, n)
	for i := range parts {
		p := &parts[i]
		for pos, row := range p.rows {
			if !p.isDead(pos) {
				places = append(places, place{row, int32(i), int32(pos)})
			}
		}
	}
	slices.SortFunc(places, func(a, b place) int { return cmp.Compare(a.row, b.row) })
	return places
}

// gather copies vectors into a chunk in memory.
func (e *Encoder) gather(parts []part, places []place) *chunk {
	words := e.bits / 64
	c := &chunk{
		rows:    make([]int64, 0, len(places)),
		factors: make([]float32, 0, 2*len(places)),
		codes:   make([]uint64, 0, words*len(places)),
		vectors: make([]float32, 0, e.dim*len(places)),
	}
	for _, at := range places {
		p, pos := &parts[at.part], int(at.pos)
		c.rows = append(c.rows, at.row)
		c.factors = append(c.factors, p.factors[2*pos:2*pos+2]...)
		c.codes = append(c.codes, p.codes[words*pos:words*(pos+1)]...)
		c.vectors = append(c.vectors, p.vectors[e.dim*pos:e.dim*(pos+1)]...)
	}
	return c
}
