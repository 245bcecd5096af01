package e5_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/providers/e5"
	"syft-space/providers/e5/weights"
)

func TestHeadDescribesTheModel(t *testing.T) {
	t.Parallel()
	head, err := e5.ReadHead(weights.Data())
	if err != nil {
		t.Fatal(err)
	}
	want := e5.Shape{
		Hidden: 384, Layers: 12, Heads: 12, FFN: 1536, Positions: 512, Vocabulary: 250002,
		Epsilon: 1e-12, BOS: 0, EOS: 2, Unknown: 3,
	}
	if diff := cmp.Diff(want, head.Shape); diff != "" {
		t.Errorf("shape (-want +got):\n%s", diff)
	}
	if len(head.Revision) != 32 {
		t.Errorf("revision %q", head.Revision)
	}
	// Unit vectors that lie close together have a mean nearly as long as they.
	var length float64
	for _, x := range head.Centre {
		length += float64(x) * float64(x)
	}
	if length = math.Sqrt(length); len(head.Centre) != 384 || length < 0.8 || length > 1 {
		t.Errorf("centre of %d components and length %v", len(head.Centre), length)
	}
}

func TestMatrixExpandsBlocks(t *testing.T) {
	t.Parallel()
	word := builtIn(t).Embedding().Word
	if word.Rows != 250002 || word.Cols != 384 {
		t.Fatalf("word table of %d x %d", word.Rows, word.Cols)
	}
	got := make([]float32, word.Cols)
	for _, row := range []int{0, 35378, 250001} {
		word.Expand(row, got)
		scales, nibbles := word.Row(row)
		for i, x := range got {
			block, at := i/32, i%32
			pair := nibbles[16*block+at%16]
			value := int(pair&15) - 8
			if at >= 16 {
				value = int(pair>>4) - 8
			}
			if want := halfFloat(binary.LittleEndian.Uint16(scales[2*block:])) * float64(value); float64(x) != want {
				t.Fatalf("row %d, column %d is %v where %v is expected", row, i, x, want)
			}
		}
	}
}

// halfFloat reads a float16 by its definition in IEEE 754.
func halfFloat(bits uint16) float64 {
	sign, exponent, fraction := 1-2*float64(bits>>15), int(bits>>10&31), float64(bits&1023)
	if exponent == 0 {
		return sign * math.Ldexp(fraction, -24)
	}
	return sign * math.Ldexp(1024+fraction, exponent-25)
}

func TestDamagedFilesAreRefused(t *testing.T) {
	t.Parallel()
	sound := weights.Data()
	for name, c := range map[string]struct {
		damage func(data []byte) []byte
		want   string
	}{
		"empty":             {func([]byte) []byte { return nil }, "not a weights file"},
		"another file":      {func(d []byte) []byte { d[0] = 'x'; return d }, "not a weights file"},
		"another version":   {func(d []byte) []byte { d[8]++; return d }, "format version 2 where 1 is expected"},
		"cut in the head":   {func(d []byte) []byte { return d[:1000] }, "cut off within its directory"},
		"cut at the end":    {func(d []byte) []byte { return d[:len(d)-4096] }, "lies outside the file"},
		"header bit":        {func(d []byte) []byte { d[17] ^= 1; return d }, "checksum of the directory"},
		"directory bit":     {func(d []byte) []byte { d[500] ^= 1; return d }, "checksum of the directory"},
		"word table bit":    {func(d []byte) []byte { d[len(d)/2] ^= 1; return d }, "checksum of section embed.word"},
		"last section bit":  {func(d []byte) []byte { d[len(d)-100] ^= 1; return d }, "checksum of section layer.11.ffn.norm.bias"},
		"first section bit": {func(d []byte) []byte { d[20000] ^= 1; return d }, "checksum of section pieces.trie"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := e5.Open(c.damage(bytes.Clone(sound)))
			if !errors.Is(err, e5.ErrDamaged) || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, where %q is expected", err, c.want)
			}
		})
	}
}

func BenchmarkOpen(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := e5.Open(weights.Data()); err != nil {
			b.Fatal(err)
		}
	}
}
