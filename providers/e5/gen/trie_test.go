package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"testing"
)

// lookUp finds a key as the tokenizer does.
func lookUp(trie []byte, key string) (value uint32, ok bool) {
	unit := func(i uint32) uint32 { return binary.LittleEndian.Uint32(trie[4*i:]) }
	at := uint32(0)
	for i := range len(key) {
		at ^= unit(at)>>10 ^ uint32(key[i])
		if unit(at)&(1<<31|0xff) != uint32(key[i]) {
			return 0, false
		}
	}
	if unit(at)&0x100 == 0 {
		return 0, false
	}
	return unit(at^unit(at)>>10) &^ (1 << 31), true
}

func TestTrieHoldsItsKeysAndNoOthers(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	keys := map[string]uint32{"a": 0, "ab": 1 << 30, "\xff\xff": 2}
	for i := range uint32(20000) {
		key := make([]byte, 1+random.IntN(6))
		for j := range key {
			key[j] = byte(1 + random.IntN(255)&(1<<random.IntN(9)-1))
		}
		keys[string(key)] = i
	}
	var entries []entry
	for key, value := range keys {
		entries = append(entries, entry{[]byte(key), value})
	}
	trie, err := buildTrie(entries)
	if err != nil {
		t.Fatal(err)
	}
	if len(trie)%(4*trieBlock) != 0 {
		t.Errorf("%d bytes are not whole blocks", len(trie))
	}
	for key, want := range keys {
		if got, ok := lookUp(trie, key); !ok || got != want {
			t.Fatalf("%q has value %d, %v where %d is expected", key, got, ok, want)
		}
		for _, other := range []string{key + "\x01", key[:len(key)-1], "\x7f" + key} {
			_, want := keys[other]
			if _, got := lookUp(trie, other); got != want {
				t.Fatalf("%q is found: %v, where %v is expected", other, got, want)
			}
		}
	}
}

func TestTrieIsTheSameForTheSameKeys(t *testing.T) {
	t.Parallel()
	var entries []entry
	for i := range uint32(1000) {
		entries = append(entries, entry{fmt.Append(nil, i), i})
	}
	first, err := buildTrie(entries)
	if err != nil {
		t.Fatal(err)
	}
	rand.Shuffle(len(entries), func(i, j int) { entries[i], entries[j] = entries[j], entries[i] })
	second, err := buildTrie(entries)
	if err != nil || !bytes.Equal(first, second) {
		t.Errorf("the order of the keys changes the trie, or %v", err)
	}
}

func TestFileIsLaidOutInAlignedSections(t *testing.T) {
	t.Parallel()
	f := newFile(shape{hidden: 32, pieces: 7})
	f.add("one", kindBytes, 5, 1, []byte("12345"))
	f.add("two", kindFloat32, 1, 2, make([]byte, 8))
	data := f.bytes()
	if len(data) != headerSize+2*entrySize+2*sectionAlign {
		t.Fatalf("%d bytes", len(data))
	}
	entry := data[headerSize : headerSize+entrySize]
	offset := binary.LittleEndian.Uint64(entry[48:])
	if offset%sectionAlign != 0 || string(data[offset:offset+5]) != "12345" {
		t.Errorf("section one lies at %d", offset)
	}
	if binary.LittleEndian.Uint32(entry[44:]) != checksum([]byte("12345")) {
		t.Errorf("section one has another checksum than its bytes")
	}
}

func TestDamagedModelsAreRefused(t *testing.T) {
	t.Parallel()
	header := append([]byte("E5S1"), make([]byte, 36)...)
	binary.LittleEndian.PutUint32(header[40-4:], 1<<31) // blocks
	for name, data := range map[string][]byte{
		"empty":             nil,
		"another file":      []byte("GGUF"),
		"cut in the header": []byte("E5S1\x01\x00\x00\x00"),
		"other blocks":      append(header, make([]byte, 100)...),
	} {
		if _, err := parseModel(data); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
