package main

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A block of 4-bit weights: a float16 scale and the nibbles.
const (
	blockWeights = 32
	scaleBytes   = 2
	blockBytes   = scaleBytes + blockWeights/2
)

// unknownPenalty is how much less probable <unk> is than the least probable
// piece, as a natural logarithm; SentencePiece's constant.
const unknownPenalty = 10

func addTokenizer(f *file, m *model, r rules) error {
	special := map[uint32]bool{m.bos: true, m.eos: true, m.pad: true, m.unknown: true, m.pieces - 1: true}
	if last := string(m.piece[m.pieces-1]); last != "<mask>" {
		return fmt.Errorf("the last piece is %q where <mask> is expected", last)
	}
	var entries []entry
	least := float32(math.Inf(1))
	for i, key := range m.piece {
		if special[uint32(i)] {
			continue
		}
		entries = append(entries, entry{key, uint32(i)})
		least = min(least, math.Float32frombits(binary.LittleEndian.Uint32(m.score[4*i:])))
	}
	trie, err := buildTrie(entries)
	if err != nil {
		return err
	}
	binary.LittleEndian.PutUint32(m.score[4*m.unknown:], math.Float32bits(least-unknownPenalty))
	f.add("pieces.trie", kindUint32, uint32(len(trie)/4), 1, trie)
	f.add("pieces.score", kindFloat32, m.pieces, 1, m.score)
	f.add("normal.trie", kindUint32, uint32(len(r.trie)/4), 1, r.trie)
	f.add("normal.text", kindBytes, uint32(len(r.text)), 1, r.text)
	return nil
}

// addTensors adds the centre and the model's tensors under our names. The word
// table keeps one row per piece; the rows beyond are padding of the training.
func addTensors(f *file, m *model) error {
	f.add("centre", kindFloat32, 1, m.hidden, []byte(centre))
	a := adder{f: f, m: m}
	a.matrix("embed.word", "emb.word", m.pieces, m.hidden)
	a.floats("embed.position", "emb.pos", m.positions, m.hidden)
	a.floats("embed.type", "emb.type", 1, m.hidden)
	a.norm("embed.norm", "emb.ln")
	for i := range m.layers {
		ours, theirs := fmt.Sprintf("layer.%d.", i), fmt.Sprintf("l%d.", i)
		a.linear(ours+"query", theirs+"q", m.hidden, m.hidden)
		a.linear(ours+"key", theirs+"k", m.hidden, m.hidden)
		a.linear(ours+"value", theirs+"v", m.hidden, m.hidden)
		a.linear(ours+"attn.out", theirs+"ao", m.hidden, m.hidden)
		a.norm(ours+"attn.norm", theirs+"aln")
		a.linear(ours+"ffn.in", theirs+"fi", m.ffn, m.hidden)
		a.linear(ours+"ffn.out", theirs+"fo", m.hidden, m.ffn)
		a.norm(ours+"ffn.norm", theirs+"oln")
	}
	return a.err
}

// adder copies tensors from a model to a file and keeps the first error.
type adder struct {
	f   *file
	m   *model
	err error
}

// tensor returns the first size bytes of a tensor.
func (a *adder) tensor(name string, size uint32) []byte {
	data := a.m.tensors[name]
	if uint32(len(data)) < size {
		if a.err == nil {
			a.err = fmt.Errorf("tensor %s has %d bytes where %d are expected", name, len(data), size)
		}
		return make([]byte, size)
	}
	return data[:size]
}

func (a *adder) floats(ours, theirs string, rows, cols uint32) {
	a.f.add(ours, kindFloat32, rows, cols, a.tensor(theirs, 4*rows*cols))
}

// matrix adds 4-bit weights by rows: the scales of a row's blocks first, then
// their nibbles, so that both are found at a fixed place and stay aligned.
func (a *adder) matrix(ours, theirs string, rows, cols uint32) {
	row := int(cols) / blockWeights * blockBytes
	in := a.tensor(theirs, rows*uint32(row))
	out := make([]byte, 0, len(in))
	for ; len(in) > 0; in = in[row:] {
		for at := 0; at < row; at += blockBytes {
			out = append(out, in[at:at+scaleBytes]...)
		}
		for at := 0; at < row; at += blockBytes {
			out = append(out, in[at+scaleBytes:at+blockBytes]...)
		}
	}
	a.f.add(ours, kindQ4, rows, cols, out)
}

func (a *adder) linear(ours, theirs string, rows, cols uint32) {
	a.matrix(ours+".weight", theirs+".w", rows, cols)
	a.floats(ours+".bias", theirs+".b", 1, rows)
}

func (a *adder) norm(ours, theirs string) {
	a.floats(ours+".weight", theirs+".w", 1, a.m.hidden)
	a.floats(ours+".bias", theirs+".b", 1, a.m.hidden)
}
