package codes

import (
	"errors"
	"os"
)

// maybeCompact starts to rewrite the file in the background when a quarter of
// it is deleted, or when it lies in many more pieces than it must.
func (ix *Index) maybeCompact() {
	stored, deaths := 0, 0
	for i := range ix.parts {
		stored += len(ix.parts[i].rows)
		deaths += ix.parts[i].deaths
	}
	wanted := deaths*4 > stored || len(ix.parts) > 16+2*stored/tailSize
	if !wanted || ix.compacting || ix.scattered != nil || ix.unwritable != nil {
		return
	}
	ix.compacting = true
	before := make([]part, len(ix.parts)) // the deletions that the rewrite knows of
	copy(before, ix.parts)
	for i := range ix.parts {
		ix.parts[i].shared = true
	}
	old, seq := ix.file, ix.saved
	ix.background.Go(func() {
		next, parts, err := ix.rewrite(old, before, seq)
		ix.mu.Lock()
		defer ix.mu.Unlock()
		ix.compacting = false
		if err != nil { // the old file goes on to serve; one attempt a run is enough
			ix.scattered = err
			return
		}
		ix.replace(next, before, parts)
	})
}

// rewrite makes the next generation of the file from the live vectors of parts.
func (ix *Index) rewrite(old *file, parts []part, seq int64) (*file, []part, error) {
	name := ix.path + ".new"
	f, err := createFile(name, ix.id.preamble())
	if err != nil {
		return nil, nil, err
	}
	places := living(parts)
	for first := true; first || len(places) > 0; first = false {
		n := min(len(places), tailSize)
		c := ix.encoder.gather(parts, places[:n])
		places = places[n:]
		// Only the whole file stands for seq: cut short by damage, it must be
		// filled from the beginning.
		stands := int64(0)
		if len(places) == 0 {
			stands = seq
		}
		if _, err := f.append(ix.encoder.bits, ix.encoder.dim, c, nil, stands); err != nil {
			f.obsolete.Store(true)
			return nil, nil, errors.Join(err, f.release())
		}
	}
	if err := f.release(); err != nil { // some systems rename only what is closed
		return nil, nil, err
	}
	target := old.successor(ix.path)
	if err := os.Rename(name, target); err != nil {
		return nil, nil, err
	}
	return ix.reopen(target)
}

// reopen opens a file that was just written.
func (ix *Index) reopen(name string) (*file, []part, error) {
	raw, err := os.OpenFile(name, os.O_RDWR, 0o600)
	if err != nil {
		return nil, nil, err
	}
	f := newFile(raw)
	var parts []part
	for {
		c, _, _, err := f.read(ix.encoder.bits, ix.encoder.dim)
		if errors.Is(err, ErrDamaged) { // its end
			return f, parts, nil
		}
		if err != nil {
			return nil, nil, errors.Join(err, f.release())
		}
		parts = append(parts, part{chunk: c})
	}
}

// replace puts the rewritten file in the place of the old one, with the
// deletions that came in the meantime.
func (ix *Index) replace(next *file, before, parts []part) {
	old, was := ix.file, ix.parts
	ix.file, ix.parts = next, parts
	for i := range was {
		p := &was[i]
		if p.deaths == before[i].deaths {
			continue
		}
		for pos, row := range p.rows {
			if p.isDead(pos) && !before[i].isDead(pos) {
				ix.killSaved(row)
			}
		}
	}
	if ix.snap.Load() != nil {
		ix.sortTail()
		ix.publish()
	}
	old.obsolete.Store(true)
	ix.scattered = old.release()
}
