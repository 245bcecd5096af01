package e5

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"slices"
)

// Kinds of section. A section's length follows from its kind, rows and columns.
const (
	kindBytes   = 0 // rows x cols bytes
	kindFloat32 = 1 // rows x cols x 4 bytes
	kindUint32  = 2 // rows x cols x 4 bytes
	kindQ4      = 3 // see Matrix
)

// section is an entry of the directory with its bytes, which are not checked.
type section struct {
	kind, rows, cols int
	checksum         uint32
	data             []byte
}

func readDirectory(data, entries []byte) (map[string]section, error) {
	dir := make(map[string]section, len(entries)/entrySize)
	for entry := range slices.Chunk(entries, entrySize) {
		name := string(bytes.TrimRight(entry[:32], "\x00"))
		field := func(at int) uint32 { return binary.LittleEndian.Uint32(entry[at:]) }
		offset, length := binary.LittleEndian.Uint64(entry[48:]), binary.LittleEndian.Uint64(entry[56:])
		if offset%sectionAlign != 0 || offset > uint64(len(data)) || length > uint64(len(data))-offset {
			return nil, fmt.Errorf("section %s lies outside the file", name)
		}
		dir[name] = section{
			kind: int(field(32)), rows: int(field(36)), cols: int(field(40)), checksum: field(44),
			data: data[offset : offset+length],
		}
	}
	return dir, nil
}

// sectionReader checks sections, hands them out, and keeps the first thing found
// wrong.
type sectionReader struct {
	dir map[string]section
	err error
}

// bytes returns the bytes of a section of the given kind and shape; rows and
// cols of -1 accept any number. It returns nil once an error is kept.
func (r *sectionReader) bytes(name string, kind, rows, cols int) []byte {
	if r.err != nil {
		return nil
	}
	s, ok := r.dir[name]
	switch {
	case !ok:
		r.err = fmt.Errorf("section %s is missing", name)
	case s.kind != kind || rows >= 0 && s.rows != rows || cols >= 0 && s.cols != cols:
		r.err = fmt.Errorf("section %s has kind %d and shape %dx%d where kind %d and %dx%d are expected",
			name, s.kind, s.rows, s.cols, kind, rows, cols)
	case len(s.data) != s.rows*rowBytes(kind, s.cols):
		r.err = fmt.Errorf("section %s has %d bytes, which its shape %dx%d does not explain",
			name, len(s.data), s.rows, s.cols)
	case checksum(s.data) != s.checksum:
		r.err = fmt.Errorf("the checksum of section %s does not match", name)
	default:
		return s.data
	}
	return nil
}

func rowBytes(kind, cols int) int {
	switch kind {
	case kindFloat32, kindUint32:
		return cols * 4
	case kindQ4:
		return cols / blockWeights * blockBytes
	}
	return cols
}

// floats copies a section out, because the embedded bytes need not lie at a
// multiple of four.
func (r *sectionReader) floats(name string, rows, cols int) []float32 {
	b := r.bytes(name, kindFloat32, rows, cols)
	out := make([]float32, len(b)/4)
	for i := range out {
		out[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return out
}

func (r *sectionReader) matrix(name string, rows, cols int) Matrix {
	return Matrix{Rows: rows, Cols: cols, data: r.bytes(name, kindQ4, rows, cols)}
}
