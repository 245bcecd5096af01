package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
)

// entry is a key of a trie and its value, below 2^31.
type entry struct {
	key   []byte
	value uint32
}

// trieBuilder lays keys out as the double array that the tokenizer reads (see
// trie in providers/e5). Units come in blocks of 256, because a child's index
// is its parent's base with the low byte changed. A unit names only the byte
// that leads to it, so no two parents may share a base.
type trieBuilder struct {
	entries []entry // sorted by key
	units   []uint32
	taken   []bool // by unit
	used    []bool // by base
	first   int    // blocks before this one are too full to be worth a look
}

const (
	trieBlock  = 256
	openBlocks = 16 // blocks at the end in which a place is sought: twice as many save nothing
)

// buildTrie returns the trie's units, little-endian. Keys are unique, not
// empty, and hold no zero byte.
func buildTrie(entries []entry) ([]byte, error) {
	b := &trieBuilder{entries: slices.Clone(entries)}
	slices.SortFunc(b.entries, func(x, y entry) int { return bytes.Compare(x.key, y.key) })
	b.grow()
	b.taken[0] = true
	if err := b.place(0, 0, len(b.entries), 0); err != nil {
		return nil, err
	}
	var out []byte
	for _, u := range b.units {
		out = binary.LittleEndian.AppendUint32(out, u)
	}
	return out, nil
}

func (b *trieBuilder) grow() {
	b.units = append(b.units, make([]uint32, trieBlock)...)
	b.taken = append(b.taken, make([]bool, trieBlock)...)
	b.used = append(b.used, make([]bool, trieBlock)...)
}

// place lays out the children of unit at, which are the next bytes of the
// entries from..to, all alike in their first depth bytes.
func (b *trieBuilder) place(at uint32, from, to, depth int) error {
	labels, starts := b.children(from, to, depth)
	base := b.find(labels)
	offset := base ^ at
	if offset >= 1<<21 {
		return fmt.Errorf("the trie has outgrown offsets of 21 bits at unit %d", at)
	}
	b.used[base] = true
	b.units[at] |= offset << 10
	for _, label := range labels {
		b.taken[base^uint32(label)] = true
		b.units[base^uint32(label)] = uint32(label)
	}
	for i, label := range labels {
		child := base ^ uint32(label)
		if label == 0 { // the key ends at unit at
			b.units[at] |= 1 << 8
			b.units[child] = b.entries[starts[i]].value | 1<<31
			continue
		}
		if err := b.place(child, starts[i], starts[i+1], depth+1); err != nil {
			return err
		}
	}
	return nil
}

// children returns the distinct bytes at depth, 0 for a key that ends there,
// and where the entries of each begin; starts has one element more.
func (b *trieBuilder) children(from, to, depth int) (labels []byte, starts []int) {
	for i := from; i < to; i++ {
		label := byte(0)
		if key := b.entries[i].key; depth < len(key) {
			label = key[depth]
		}
		if len(labels) == 0 || labels[len(labels)-1] != label {
			labels, starts = append(labels, label), append(starts, i)
		}
	}
	return labels, append(starts, to)
}

// find returns a base that is not in use and whose units for labels are free.
func (b *trieBuilder) find(labels []byte) uint32 {
	for block := b.first; ; block++ {
		if block*trieBlock == len(b.units) {
			b.grow()
			b.first = max(b.first, block-openBlocks)
		}
		for i := range trieBlock {
			base := uint32(block*trieBlock + i)
			if !b.used[base] && b.fits(base, labels) {
				return base
			}
		}
	}
}

func (b *trieBuilder) fits(base uint32, labels []byte) bool {
	for _, label := range labels {
		if b.taken[base^uint32(label)] {
			return false
		}
	}
	return true
}
