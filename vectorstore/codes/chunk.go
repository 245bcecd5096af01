package codes

import (
	"slices"
	"unsafe"
)

// chunk holds vectors in the order of their rows. Its slices are views of a
// mapped part of the file, or lie in memory.
type chunk struct {
	rows    []int64
	factors []float32 // two for each vector, see Encode
	codes   []uint64
	vectors []float32
}

// find returns the position of row.
func (c *chunk) find(row int64) (int, bool) {
	n := len(c.rows)
	if n == 0 || row < c.rows[0] || row > c.rows[n-1] {
		return 0, false
	}
	return slices.BinarySearch(c.rows, row)
}

// part is a chunk with the vectors that were deleted from it since.
type part struct {
	*chunk
	dead   []uint64 // bits by position; nil while all live
	deaths int
	shared bool // dead belongs to a snapshot
}

// isDead reports whether the vector at pos was deleted. The bits end with the
// last deletion, the chunk may have grown since.
func (p *part) isDead(pos int) bool {
	return pos>>6 < len(p.dead) && p.dead[pos>>6]>>(pos&63)&1 == 1
}

// kill marks the vector at pos as deleted.
func (p *part) kill(pos int) {
	if words := (len(p.rows) + 63) / 64; p.shared || len(p.dead) < words {
		dead := make([]uint64, words)
		copy(dead, p.dead)
		p.dead, p.shared = dead, false
	}
	p.dead[pos>>6] |= 1 << (pos & 63)
	p.deaths++
}

// live returns the number of vectors that were not deleted.
func (p *part) live() int { return len(p.rows) - p.deaths }

// number is what the file holds, in the machine's own byte order.
type number interface{ ~int64 | ~uint64 | ~float32 }

// view reads b in place as numbers. It must be aligned to 8 bytes.
func view[T number](b []byte) []T {
	if len(b) == 0 {
		return nil
	}
	var zero T
	return unsafe.Slice((*T)(unsafe.Pointer(unsafe.SliceData(b))), len(b)/int(unsafe.Sizeof(zero)))
}

// raw returns the bytes of numbers in place.
func raw[T number](s []T) []byte {
	var zero T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(s))), len(s)*int(unsafe.Sizeof(zero)))
}
