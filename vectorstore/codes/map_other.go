//go:build !unix && !windows

package codes

import (
	"os"
	"unsafe"
)

// mapPart reads a part of f into memory where the system cannot map it.
func mapPart(f *os.File, offset int64, size int) ([]byte, error) {
	words := make([]uint64, (size+7)/8) // aligned as view wants it
	b := unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), size)
	_, err := f.ReadAt(b, offset)
	return b, err
}

func unmap([]byte) error { return nil }
