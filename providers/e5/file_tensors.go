package e5

import (
	"encoding/binary"
	"fmt"
	"math"
)

// A block of [Matrix] is 32 weights in 18 bytes.
const (
	blockWeights = 32
	scaleBytes   = 2
	nibbleBytes  = blockWeights / 2
	blockBytes   = scaleBytes + nibbleBytes
)

// Matrix is a row-major matrix of 4-bit weights in place (llama.cpp's Q4_0,
// laid out by rows). A row of C columns is C/32 blocks: first all its scales
// (float16), then all its nibbles, 16 bytes a block. Byte j of a block holds
// weight j in its low half and weight j+16 in its high half; the weight's value
// is scale x (nibble - 8).
type Matrix struct {
	Rows, Cols int
	data       []byte
}

// Row returns the stored row i: its Cols/32 scales as little-endian float16
// bits and its Cols/2 bytes of nibbles. The caller must not change them.
func (m Matrix) Row(i int) (scales, nibbles []byte) {
	size := rowBytes(kindQ4, m.Cols)
	row := m.data[i*size : (i+1)*size]
	split := m.Cols / blockWeights * scaleBytes
	return row[:split], row[split:]
}

// Expand writes the Cols weights of row i to dst.
func (m Matrix) Expand(i int, dst []float32) {
	scales, nibbles := m.Row(i)
	for b := range m.Cols / blockWeights {
		scale := float16(binary.LittleEndian.Uint16(scales[scaleBytes*b:]))
		in := nibbles[b*nibbleBytes : (b+1)*nibbleBytes]
		out := dst[b*blockWeights : (b+1)*blockWeights]
		for j, pair := range in {
			out[j] = scale * float32(int(pair&15)-8)
			out[j+nibbleBytes] = scale * float32(int(pair>>4)-8)
		}
	}
}

// float16 widens an IEEE 754 binary16 number. Its exponent bits move into those
// of a float32 unchanged, and the product with 2^112 makes up for the different
// bias, which holds for subnormal numbers too. Weights are never infinite.
func float16(h uint16) float32 {
	magnitude := math.Float32frombits(uint32(h&0x7fff)<<13) * 0x1p112
	return math.Float32frombits(math.Float32bits(magnitude) | uint32(h&0x8000)<<16)
}

// Linear is y = Weight x + Bias, Weight having one row per output.
type Linear struct {
	Weight Matrix
	Bias   []float32
}

// Norm is the scale and shift of a LayerNorm.
type Norm struct {
	Weight, Bias []float32
}

// Embedding is the model's first step: Norm(Word[id] + Position[at] + Type).
type Embedding struct {
	Word     Matrix    // [Shape.Vocabulary][Shape.Hidden]
	Position []float32 // [Shape.Positions][Shape.Hidden]; <s> has position 0
	Type     []float32 // the row of token type 0, which every token has
	Norm     Norm
}

// Layer is one transformer layer with normalisation after each sum:
// x = AttnNorm(x + AttnOut(attention)), x = FFNNorm(x + FFNOut(gelu(FFNIn(x)))).
type Layer struct {
	Query, Key, Value, AttnOut Linear // Hidden -> Hidden
	AttnNorm                   Norm
	FFNIn                      Linear // Hidden -> FFN
	FFNOut                     Linear // FFN -> Hidden
	FFNNorm                    Norm
}

func (r *sectionReader) embedding(s Shape) Embedding {
	return Embedding{
		Word:     r.matrix("embed.word", s.Vocabulary, s.Hidden),
		Position: r.floats("embed.position", s.Positions, s.Hidden),
		Type:     r.floats("embed.type", 1, s.Hidden),
		Norm:     r.norm("embed.norm", s.Hidden),
	}
}

func (r *sectionReader) layer(i int, s Shape) Layer {
	name := func(part string) string { return fmt.Sprintf("layer.%d.%s", i, part) }
	return Layer{
		Query:    r.linear(name("query"), s.Hidden, s.Hidden),
		Key:      r.linear(name("key"), s.Hidden, s.Hidden),
		Value:    r.linear(name("value"), s.Hidden, s.Hidden),
		AttnOut:  r.linear(name("attn.out"), s.Hidden, s.Hidden),
		AttnNorm: r.norm(name("attn.norm"), s.Hidden),
		FFNIn:    r.linear(name("ffn.in"), s.FFN, s.Hidden),
		FFNOut:   r.linear(name("ffn.out"), s.Hidden, s.FFN),
		FFNNorm:  r.norm(name("ffn.norm"), s.Hidden),
	}
}

func (r *sectionReader) linear(name string, rows, cols int) Linear {
	return Linear{Weight: r.matrix(name+".weight", rows, cols), Bias: r.floats(name+".bias", 1, rows)}
}

func (r *sectionReader) norm(name string, width int) Norm {
	return Norm{Weight: r.floats(name+".weight", 1, width), Bias: r.floats(name+".bias", 1, width)}
}
