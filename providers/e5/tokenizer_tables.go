package e5

import (
	"encoding/binary"
	"math"
)

// tokenTables are the tokenizer's sections, in place.
type tokenTables struct {
	pieces     trie   // bytes of a piece to its id; <s> and its like are left out
	scores     []byte // float32 per id: the log probability; of <unk>, the least less 10
	normal     trie   // characters as written to an offset in normalText
	normalText []byte // the replacements, each ended by a zero byte
}

func (r *sectionReader) tokenTables(s Shape) tokenTables {
	return tokenTables{
		pieces:     trie{r.bytes("pieces.trie", kindUint32, -1, 1)},
		scores:     r.bytes("pieces.score", kindFloat32, s.Vocabulary, 1),
		normal:     trie{r.bytes("normal.trie", kindUint32, -1, 1)},
		normalText: r.bytes("normal.text", kindBytes, -1, 1),
	}
}

// score returns the log probability of a piece, in which pieces are compared as
// float64, so that the same word is cut the same way wherever it stands.
func (t tokenTables) score(id int32) float64 {
	return float64(math.Float32frombits(binary.LittleEndian.Uint32(t.scores[4*id:])))
}

// trie maps byte strings to numbers below 2^31. It is a double array (Aoe 1989)
// of uint32 units as the library Darts-clone writes it. Unit 0 is the root. A
// unit's low byte is the byte that leads to it; bit 8 says that a key ends at
// it; bits 10..31 are an offset, shifted left by 8 more where bit 9 is set. The
// child of unit n for byte c is unit n^offset^c, if that unit's byte is c, and
// the value of a key that ends at unit n is unit n^offset, with bit 31 set.
type trie struct {
	units []byte
}

const (
	trieKeyEnds = 1 << 8
	trieFar     = 1 << 9
	trieValue   = 1 << 31
)

// trieNode is a place in a trie: a unit and its index.
type trieNode struct {
	index, unit uint32
}

func (t trie) at(index uint32) trieNode {
	return trieNode{index, binary.LittleEndian.Uint32(t.units[4*index:])}
}

func (n trieNode) offset() uint32 { return n.unit >> 10 << (n.unit & trieFar >> 6) }

// child follows byte c from n. No key holds a zero byte, which free units bear.
func (t trie) child(n trieNode, c byte) (trieNode, bool) {
	next := t.at(n.index ^ n.offset() ^ uint32(c))
	return next, next.unit&(trieValue|0xff) == uint32(c) && c != 0
}

// value returns the value of the key that ends at n, if one does.
func (t trie) value(n trieNode) (int32, bool) {
	if n.unit&trieKeyEnds == 0 {
		return 0, false
	}
	return int32(t.at(n.index^n.offset()).unit &^ trieValue), true
}
