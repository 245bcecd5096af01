package text_test

import (
	"bytes"
	"encoding/binary"
	"strings"
	"testing"

	"syft-space/app/text"
)

func TestEncodeKeepsEveryTermAndItsCount(t *testing.T) {
	t.Parallel()
	var a text.Analyzer
	for _, texts := range [][]string{
		{""},
		{"one"},
		{"Title here", "A > B", "the text of the passage, the very text"},
		{strings.Repeat("again ", 300) + "once"},
	} {
		want := map[uint32]int{}
		length := 0
		for _, s := range texts {
			for _, term := range text.Terms(s) {
				want[text.Hash(term)]++
				length++
			}
		}
		set, err := text.Decode(a.Encode(nil, texts...))
		if err != nil {
			t.Fatalf("Decode of %.40q: %v", texts, err)
		}
		if set.Length() != length || set.Len() != len(want) {
			t.Errorf("%.40q: Length %d, Len %d; want %d, %d", texts, set.Length(), set.Len(), length, len(want))
		}
		for i := range set.Len() {
			if got, w := int(set.Freq(i)), min(want[set.Hash(i)], 255); got != w {
				t.Errorf("%.40q: hash %08x occurs %d times, want %d", texts, set.Hash(i), got, w)
			}
		}
	}
}

func TestDecodeRefusesWhatEncodeDoesNotWrite(t *testing.T) {
	t.Parallel()
	var a text.Analyzer
	good := a.Encode(nil, "three plain words")
	swapped := bytes.Clone(good)
	copy(swapped[2:6], good[6:10])
	copy(swapped[6:10], good[2:6])
	zero := bytes.Clone(good)
	zero[len(zero)-1] = 0
	huge := binary.AppendUvarint(nil, 1<<40)
	huge = binary.AppendUvarint(huge, 1<<40)
	for name, blob := range map[string][]byte{
		"empty": {}, "cut off": good[:len(good)-1], "too long": append(bytes.Clone(good), 0), "only a length": {3},
		"not in order": swapped, "no occurrence": zero, "impossible counts": huge, "more distinct than length": {1, 2},
		"length without terms": {1, 0},
	} {
		if _, err := text.Decode(blob); err == nil {
			t.Errorf("%s: Decode(%x) accepted it", name, blob)
		}
	}
	if _, err := text.Decode(good); err != nil {
		t.Errorf("Decode of the original: %v", err)
	}
}

func FuzzDecode(f *testing.F) {
	var a text.Analyzer
	f.Add(a.Encode(nil, "some words and some more"))
	f.Add([]byte{0, 0})
	f.Fuzz(func(t *testing.T, blob []byte) {
		set, err := text.Decode(blob)
		if err != nil {
			return
		}
		for i := range set.Len() {
			if set.Freq(i) == 0 || i > 0 && set.Hash(i) <= set.Hash(i-1) {
				t.Fatalf("Decode(%x) accepted term %d", blob, i)
			}
		}
	})
}
