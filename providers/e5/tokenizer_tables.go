package e5

// tokenTables are the tokenizer's sections, in place. A trie is a double array
// of uint32 units, see trie.
type tokenTables struct {
	pieces     trie   // bytes of a piece → its id
	scores     []byte // float32 per id: the piece's log probability
	normal     trie   // bytes as written → replacement, as offset<<8 | length
	normalText []byte // the replacements, one after the other
}

// trie is a double array over byte strings (Aoe 1989), in the form of
// Darts-clone: unit 0 is the root; the child of a unit with base b for byte c
// is unit b^c, and it is that child only if its low byte is c. Bits 0..7 of a
// unit are its byte, bit 8 says that a key ends here, in which case unit b
// holds the key's value in its low 31 bits with bit 31 set; bits 10..31 are b.
type trie struct {
	units []byte
}

func (r *sectionReader) tokenTables(s Shape) tokenTables {
	return tokenTables{
		pieces:     trie{r.bytes("pieces.trie", kindUint32, -1, 1)},
		scores:     r.bytes("pieces.score", kindFloat32, s.Vocabulary, 1),
		normal:     trie{r.bytes("normal.trie", kindUint32, -1, 1)},
		normalText: r.bytes("normal.text", kindBytes, -1, 1),
	}
}
