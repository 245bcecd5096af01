package codes

import (
	"context"
	"errors"
	"hash/crc32"
	"io"
	"slices"
	"sync"
	"sync/atomic"
)

// tailSize is the number of vectors that are gathered in memory before they
// become a chunk of the file. What is not in the file when the program dies
// comes from storage again.
const tailSize = 4096

// Index finds the nearest vectors of one dataset. Searches may run at any time
// in any number of goroutines and never wait for a change; the methods that
// change the index are serialised.
type Index struct {
	encoder *Encoder
	scan    scanner
	share   int // see the constant
	path    string
	id      Identity
	scratch sync.Pool // of *scratch
	snap    atomic.Pointer[snapshot]

	mu         sync.Mutex
	file       *file
	parts      []part        // chunks of the file
	tail       part          // in memory, in the order of arrival
	tailAt     map[int64]int // position of each live row of the tail
	gone       []int64       // rows that parts lost since the last chunk was written
	seq        int64         // of the last change taken
	saved      int64         // of the last chunk
	unwritable error         // why the tail cannot leave memory any more
	scattered  error         // why the file cannot be compacted any more
	compacting bool
	background sync.WaitGroup
}

// snapshot is what searches read. It never changes, and whoever reads it holds
// its file.
type snapshot struct {
	file  *file
	parts []part // the tail last
	live  int
}

// ErrClosed is returned by searches in an index that was closed.
var ErrClosed = errors.New("the vector index is closed")

// Open opens the index at path, a prefix of its files' names, and discards what
// is there if it is damaged or not derived from id. Seq tells from where on
// changes are missing.
func Open(path string, id Identity) (*Index, error) {
	id.Centre = slices.Clone(id.Centre)
	encoder, err := NewEncoder(id.Centre)
	if err != nil {
		return nil, err
	}
	f, err := openNewest(path, id.preamble())
	if err != nil {
		return nil, err
	}
	ix := &Index{encoder: encoder, scan: fastest(), share: share, path: path, id: id, file: f}
	ix.scratch.New = func() any { return new(scratch) }
	ix.resetTail()
	if err := ix.load(); err != nil {
		return nil, errors.Join(err, f.release())
	}
	ix.publish()
	return ix, nil
}

// load reads the chunks of the file, up to the first that is damaged, and cuts
// off the rest.
func (ix *Index) load() error {
	for {
		c, gone, h, err := ix.file.read(ix.encoder.bits, ix.encoder.dim)
		if errors.Is(err, ErrDamaged) {
			ix.saved = ix.seq
			return ix.file.Truncate(ix.file.end)
		}
		if err != nil {
			return err
		}
		for _, row := range gone {
			ix.killSaved(row)
		}
		ix.parts = append(ix.parts, part{chunk: c})
		ix.seq = h.seq
	}
}

// Seq returns the sequence number of the last change that the index holds.
func (ix *Index) Seq() int64 {
	ix.mu.Lock()
	defer ix.mu.Unlock()
	return ix.seq
}

// Len returns the number of vectors that searches see.
func (ix *Index) Len() int {
	if s := ix.snap.Load(); s != nil {
		return s.live
	}
	return 0
}

// hold returns the newest snapshot with its file held, or ErrClosed.
func (ix *Index) hold() (*snapshot, error) {
	for {
		s := ix.snap.Load()
		if s == nil {
			return nil, ErrClosed
		}
		if s.file.acquire() {
			return s, nil
		}
	}
}

// Close waits for the work in the background, writes what is only in memory,
// and closes the file once the last search is done. It returns why the file
// could not be written, which costs nothing but time at the next start.
func (ix *Index) Close() error {
	ix.mu.Lock()
	if ix.snap.Swap(nil) == nil {
		ix.mu.Unlock()
		return nil
	}
	ix.mu.Unlock()
	ix.background.Wait()
	ix.mu.Lock()
	defer ix.mu.Unlock()
	if ix.seq > ix.saved {
		ix.flush()
	}
	return errors.Join(ix.unwritable, ix.scattered, ix.file.release())
}

// Discard closes the index and removes its files.
func (ix *Index) Discard() error {
	ix.mu.Lock()
	ix.unwritable = errors.Join(ix.unwritable, errDiscarded)
	ix.mu.Unlock()
	err := ix.Close()
	if errors.Is(err, errDiscarded) {
		err = nil
	}
	return errors.Join(err, Remove(ix.path))
}

var errDiscarded = errors.New("the vector index was discarded")

// Verify reads the exact vectors, which Open does not, and reports damage. An
// index that is damaged must be discarded and filled again. It may run beside
// everything else.
func (ix *Index) Verify(ctx context.Context) error {
	ix.mu.Lock()
	f, checks := ix.file, slices.Clone(ix.file.checks)
	held := f.acquire()
	ix.mu.Unlock()
	if !held {
		return ErrClosed
	}
	buf := make([]byte, 1<<20)
	for _, c := range checks {
		sum := uint32(0)
		for at := c.from; at < c.to; {
			if err := ctx.Err(); err != nil {
				return errors.Join(err, f.release())
			}
			b := buf[:min(int64(len(buf)), c.to-at)]
			if _, err := f.ReadAt(b, at); err != nil && !errors.Is(err, io.EOF) {
				return errors.Join(err, f.release())
			}
			sum = crc32.Update(sum, crcTable, b)
			at += int64(len(b))
		}
		if sum != c.sum {
			return errors.Join(ErrDamaged, f.release())
		}
	}
	return f.release()
}
