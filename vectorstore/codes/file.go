package codes

import (
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"sync/atomic"
	"unsafe"
)

// The file begins with a text that says what it is derived from; a file that
// begins otherwise is thrown away. Chunks follow, each on a border of 64 KiB,
// which every system can map. A chunk is, in the machine's byte order:
//
//	header   headerSize bytes, see chunkHeader
//	gone     8 bytes a row that the chunks before lose
//	rows     8 bytes a vector, ascending
//	factors  8 bytes a vector
//	codes    bits/8 bytes a vector, on a border of 64 bytes
//	vectors  4 bytes a component, on a border of 64 bytes
//
// A chunk is written before its header, so that what a crash leaves behind does
// not count. Everything up to the last good chunk is the state of storage at
// that chunk's sequence number.
const (
	border     = 64 << 10
	headerSize = 64
	chunkMagic = 0x6B6E6863
)

// Identity says what an index is derived from.
type Identity struct {
	Database string    // space.Source.DatabaseID
	Binding  string    // of the embedder whose vectors it holds
	Centre   []float32 // of the codes; one component for each of the vectors'
}

// preamble is the text at the beginning of the file.
func (id Identity) preamble() []byte {
	order := binary.NativeEndian.Uint16([]byte{1, 0})
	return fmt.Appendf(nil, "one-bit codes and vectors, derived, can be deleted\nformat 1 codes %d order %d\ndatabase %q\nbinding %q\ncentre %d %x\n\n",
		Version, order, id.Database, id.Binding, len(id.Centre), sha256.Sum256(raw(id.Centre)))
}

// chunkHeader precedes every chunk. Its own checksum comes last.
type chunkHeader struct {
	magic, gone, vectors uint32
	indexSum             uint32 // CRC-32C of gone, rows, factors and codes
	vectorSum            uint32
	_                    uint32
	seq                  int64 // of storage, when the chunk was written
	size                 int64 // to the next border
	_                    [20]byte
	sum                  uint32
}

var crcTable = crc32.MakeTable(crc32.Castagnoli)

func crc(parts ...[]byte) uint32 {
	sum := uint32(0)
	for _, p := range parts {
		sum = crc32.Update(sum, crcTable, p)
	}
	return sum
}

func (h *chunkHeader) bytes() []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(h)), headerSize)
}

func (h *chunkHeader) seal() {
	h.sum = 0
	h.sum = crc(h.bytes())
}

func (h *chunkHeader) intact() bool {
	c := *h
	c.seal()
	return c.sum == h.sum && h.magic == chunkMagic
}

// layout is where the sections of a chunk begin and where it ends.
type layout struct{ gone, rows, factors, codes, vectors, end int64 }

func layOut(bits, dim int, gone, vectors uint32) layout {
	n := int64(vectors)
	var l layout
	l.gone = headerSize
	l.rows = l.gone + 8*int64(gone)
	l.factors = l.rows + 8*n
	l.codes = up(l.factors+8*n, 64)
	l.vectors = up(l.codes+int64(bits/8)*n, 64)
	l.end = up(l.vectors+4*int64(dim)*n, border)
	return l
}

func up(n, multiple int64) int64 { return (n + multiple - 1) / multiple * multiple }

// file is one generation of the derived file. Snapshots that read from it hold
// it open; the last to let go unmaps it, and removes it if it was replaced.
type file struct {
	*os.File
	path     string
	end      int64 // where the next chunk goes
	views    [][]byte
	checks   []check
	refs     atomic.Int64
	obsolete atomic.Bool // a newer generation took its place
}

// check is what remains to be verified of a chunk: its vectors.
type check struct {
	from, to int64
	sum      uint32
}

// acquire reports whether the file was still open and holds it if so.
func (f *file) acquire() bool {
	for {
		n := f.refs.Load()
		if n == 0 {
			return false
		}
		if f.refs.CompareAndSwap(n, n+1) {
			return true
		}
	}
}

// release lets go of the file.
func (f *file) release() error {
	if f.refs.Add(-1) > 0 {
		return nil
	}
	var errs []error
	for _, v := range f.views {
		errs = append(errs, unmap(v))
	}
	errs = append(errs, f.Close())
	if f.obsolete.Load() {
		if err := os.Remove(f.path); !errors.Is(err, os.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// append writes a chunk and maps it.
func (f *file) append(bits, dim int, c *chunk, gone []int64, seq int64) (*chunk, error) {
	l := layOut(bits, dim, uint32(len(gone)), uint32(len(c.rows)))
	h := chunkHeader{
		magic: chunkMagic, gone: uint32(len(gone)), vectors: uint32(len(c.rows)), seq: seq, size: l.end,
		indexSum:  crc(raw(gone), raw(c.rows), raw(c.factors), raw(c.codes)),
		vectorSum: crc(raw(c.vectors)),
	}
	h.seal()
	for _, s := range []struct {
		at   int64
		data []byte
	}{
		{l.end - 1, []byte{0}}, {l.gone, raw(gone)}, {l.rows, raw(c.rows)}, {l.factors, raw(c.factors)},
		{l.codes, raw(c.codes)}, {l.vectors, raw(c.vectors)}, {0, h.bytes()},
	} {
		if _, err := f.WriteAt(s.data, f.end+s.at); err != nil {
			return nil, fmt.Errorf("write the vector index: %w", err)
		}
	}
	mapped, _, _, err := f.read(bits, dim)
	return mapped, err
}

// ErrDamaged is what Verify reports where vectors changed on disk.
var ErrDamaged = errors.New("the vector index is damaged")

// read maps the chunk at f.end, checks all but its vectors, and moves the end
// behind it.
func (f *file) read(bits, dim int) (*chunk, []int64, chunkHeader, error) {
	var h chunkHeader
	if _, err := f.ReadAt(h.bytes(), f.end); err != nil || !h.intact() {
		return nil, nil, h, ErrDamaged
	}
	l := layOut(bits, dim, h.gone, h.vectors)
	if info, err := f.Stat(); err != nil || h.size != l.end || info.Size() < f.end+l.end {
		return nil, nil, h, ErrDamaged
	}
	b, err := mapPart(f.File, f.end, int(l.end))
	if err != nil {
		return nil, nil, h, fmt.Errorf("map the vector index: %w", err)
	}
	n := int64(h.vectors)
	gone := view[int64](b[l.gone:l.rows])
	c := &chunk{
		rows:    view[int64](b[l.rows:l.factors]),
		factors: view[float32](b[l.factors:][:8*n]),
		codes:   view[uint64](b[l.codes:][:int64(bits/8)*n]),
		vectors: view[float32](b[l.vectors:][:4*int64(dim)*n]),
	}
	if crc(raw(gone), raw(c.rows), raw(c.factors), raw(c.codes)) != h.indexSum {
		return nil, nil, h, errors.Join(ErrDamaged, unmap(b))
	}
	f.views = append(f.views, b)
	f.checks = append(f.checks, check{f.end + l.vectors, f.end + l.vectors + 4*int64(dim)*n, h.vectorSum})
	f.end += l.end
	return c, gone, h, nil
}
