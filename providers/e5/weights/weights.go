// Package weights holds the built-in embedder's weights file and nothing else,
// so that only a program that imports it carries 72 MB.
package weights

import (
	_ "embed"
	"unsafe"
)

//go:generate go run ../gen -out e5-small.bin

//go:embed e5-small.bin
var file string

// Data returns the weights file without copying it. The bytes lie in the
// program's read-only memory: writing to them ends the program.
func Data() []byte {
	return unsafe.Slice(unsafe.StringData(file), len(file))
}
