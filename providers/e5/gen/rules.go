package main

import (
	"bytes"
	"encoding/binary"
	"errors"
)

// The rules "nmt_nfkc" stand in sentencepiece's library as one run of bytes:
// the length of a Darts-clone trie, the trie, and the replacements, each ended
// by a zero byte.
const (
	rulesSize   = 237539
	rulesSHA256 = "0942789e0111452f1cc446f70036e26d24458c3c7858c53cc12ca4d87531279b"
)

type rules struct {
	trie, text []byte
}

// parseRules finds the rules in the library by their first bytes and digest.
func parseRules(library []byte) (rules, error) {
	begin := binary.LittleEndian.AppendUint32(nil, 177152) // bytes of the trie
	for from := 0; ; {
		i := bytes.Index(library[from:], begin)
		if i < 0 || from+i+rulesSize > len(library) {
			return rules{}, errors.New("the rules nmt_nfkc are not in the library")
		}
		found := library[from+i:][:rulesSize]
		if digest(found) == rulesSHA256 {
			size := binary.LittleEndian.Uint32(found)
			return rules{trie: found[4 : 4+size], text: found[4+size:]}, nil
		}
		from += i + 1
	}
}
