package main

import (
	"bytes"
	"encoding/binary"
	"hash/crc32"
)

// The file's format is described in providers/e5/file.go.
const (
	fileMagic    = "syft-e5\n"
	fileVersion  = 1
	headerSize   = 64
	entrySize    = 64
	sectionAlign = 64

	kindBytes   = 0
	kindFloat32 = 1
	kindUint32  = 2
	kindQ4      = 3
)

// file collects sections and then writes them in the order of their coming.
type file struct {
	shape    shape
	sections []section
}

type section struct {
	name             string
	kind, rows, cols uint32
	data             []byte
}

func newFile(s shape) *file { return &file{shape: s} }

func (f *file) add(name string, kind, rows, cols uint32, data []byte) {
	f.sections = append(f.sections, section{name, kind, rows, cols, data})
}

func (f *file) bytes() []byte {
	out := f.header()
	offset := aligned(headerSize + len(f.sections)*entrySize)
	for _, s := range f.sections {
		out = append(out, s.entry(offset)...)
		offset = aligned(offset + len(s.data))
	}
	sum := checksum(append(bytes.Clone(out[:headerSize-4]), out[headerSize:]...))
	binary.LittleEndian.PutUint32(out[headerSize-4:], sum)
	for _, s := range f.sections {
		out = append(pad(out), s.data...)
	}
	return pad(out)
}

func (f *file) header() []byte {
	out := []byte(fileMagic)
	for _, field := range []uint32{
		fileVersion, uint32(len(f.sections)),
		f.shape.hidden, f.shape.layers, f.shape.heads, f.shape.ffn, f.shape.positions,
		f.shape.pieces, f.shape.epsilonBits, f.shape.bos, f.shape.eos, f.shape.unknown,
		0, 0,
	} {
		out = binary.LittleEndian.AppendUint32(out, field)
	}
	return out
}

func (s section) entry(offset int) []byte {
	out := make([]byte, 32, entrySize)
	copy(out, s.name)
	for _, field := range []uint32{s.kind, s.rows, s.cols, checksum(s.data)} {
		out = binary.LittleEndian.AppendUint32(out, field)
	}
	out = binary.LittleEndian.AppendUint64(out, uint64(offset))
	return binary.LittleEndian.AppendUint64(out, uint64(len(s.data)))
}

func checksum(data []byte) uint32 {
	return crc32.Checksum(data, crc32.MakeTable(crc32.Castagnoli))
}

func aligned(n int) int { return (n + sectionAlign - 1) / sectionAlign * sectionAlign }

func pad(b []byte) []byte { return append(b, make([]byte, aligned(len(b))-len(b))...) }
