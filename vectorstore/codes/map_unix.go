//go:build unix

package codes

import (
	"os"

	"golang.org/x/sys/unix"
)

// mapPart maps a part of f for reading; offset is on a border.
func mapPart(f *os.File, offset int64, size int) ([]byte, error) {
	return unix.Mmap(int(f.Fd()), offset, size, unix.PROT_READ, unix.MAP_SHARED)
}

func unmap(b []byte) error { return unix.Munmap(b) }
