package codes

import (
	"os"
	"unsafe"

	"golang.org/x/sys/windows"
)

// mapPart maps a part of f for reading; offset is on a border.
func mapPart(f *os.File, offset int64, size int) ([]byte, error) {
	end := uint64(offset) + uint64(size)
	h, err := windows.CreateFileMapping(windows.Handle(f.Fd()), nil, windows.PAGE_READONLY, uint32(end>>32), uint32(end), nil)
	if err != nil {
		return nil, os.NewSyscallError("CreateFileMapping", err)
	}
	defer windows.CloseHandle(h) // the view keeps the mapping
	at, err := windows.MapViewOfFile(h, windows.FILE_MAP_READ, uint32(uint64(offset)>>32), uint32(offset), uintptr(size))
	if err != nil {
		return nil, os.NewSyscallError("MapViewOfFile", err)
	}
	// The address is not of Go's memory; the conversion through a pointer to
	// it is the form that vet knows to be deliberate.
	return unsafe.Slice(*(**byte)(unsafe.Pointer(&at)), size), nil
}

func unmap(b []byte) error {
	return windows.UnmapViewOfFile(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}
