package codes

import (
	"encoding/binary"
	"fmt"
	"math"
	"sync"
)

// Encoder makes the codes of one embedder's vectors. It is immutable and safe
// for concurrent use.
type Encoder struct {
	dim      int
	bits     int // components after padding
	centre   []float32
	square   float32 // centre . centre
	rotation *rotation
	buffers  sync.Pool // of *[]float32, bits long
}

// NewEncoder returns the encoder for unit vectors around centre, which has one
// component for each of theirs.
func NewEncoder(centre []float32) (*Encoder, error) {
	if len(centre) == 0 || len(centre) > math.MaxUint16 {
		return nil, fmt.Errorf("a centre of %d components cannot be used; vectors have 1 to 65535", len(centre))
	}
	if !finite(centre) {
		return nil, fmt.Errorf("a centre must not hold numbers that are infinite or not a number")
	}
	n := padded(len(centre))
	e := &Encoder{dim: len(centre), bits: n, centre: centre, square: dot(centre, centre), rotation: newRotation(n)}
	e.buffers.New = func() any {
		b := make([]float32, n)
		return &b
	}
	return e, nil
}

// Size returns the length of a code in bytes: one bit for each component after
// padding, and two float32.
func (e *Encoder) Size() int { return e.bits/8 + factorBytes }

// factorBytes is the size of the two numbers that follow the bits of a code.
const factorBytes = 8

// Encode appends the code of v, a unit vector of the centre's dimension:
// little-endian words of sign bits, then the two numbers a and b for which
//
//	cosine(v, q) = a * sum(sign[i]*s[i]) + b + centre.q - centre.centre
//
// is an unbiased estimate, s being q less the centre, rotated.
func (e *Encoder) Encode(dst []byte, v []float32) []byte {
	buf := e.buffers.Get().(*[]float32)
	defer e.buffers.Put(buf)
	x := *buf
	square := e.rotate(x, v)
	var sum float64
	for i := 0; i < len(x); i += 64 {
		word := uint64(0)
		for j, c := range x[i : i+64] {
			positive := uint64(1)
			if c < 0 {
				positive = 0
			}
			word |= positive << j
			sum += math.Abs(float64(c))
		}
		dst = binary.LittleEndian.AppendUint64(dst, word)
	}
	a := float32(0) // the vector is the centre itself
	if sum > 0 {
		a = float32(square / sum)
	}
	dst = binary.LittleEndian.AppendUint32(dst, math.Float32bits(a))
	return binary.LittleEndian.AppendUint32(dst, math.Float32bits(dot(v, e.centre)))
}

// rotate sets x to the rotation of v less the centre and returns its square.
func (e *Encoder) rotate(x, v []float32) float64 {
	var square float64
	for i, c := range e.centre {
		d := v[i] - c
		x[i] = d
		square += float64(d) * float64(d)
	}
	clear(x[e.dim:])
	e.rotation.apply(x)
	return square
}

// Check says what is wrong with a vector that cannot be indexed: another
// dimension, numbers that are none, a length that is not 1.
func (e *Encoder) Check(v []float32) error {
	if len(v) != e.dim {
		return fmt.Errorf("a vector has %d components where the index has %d", len(v), e.dim)
	}
	if !finite(v) {
		return fmt.Errorf("a vector holds a number that is infinite or not a number")
	}
	if square := dot(v, v); square < 0.99 || square > 1.01 {
		return fmt.Errorf("a vector has the length %.3f where unit vectors are wanted", math.Sqrt(float64(square)))
	}
	return nil
}

func finite(v []float32) bool {
	for _, c := range v {
		if c-c != 0 { // NaN and the infinities
			return false
		}
	}
	return true
}

// dot returns the inner product of two vectors of the same length.
func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	for len(a) >= 8 {
		x, y := a[:8:8], b[:8:8]
		s0 += x[0]*y[0] + x[4]*y[4]
		s1 += x[1]*y[1] + x[5]*y[5]
		s2 += x[2]*y[2] + x[6]*y[6]
		s3 += x[3]*y[3] + x[7]*y[7]
		a, b = a[8:], b[8:]
	}
	for i := range a {
		s0 += a[i] * b[i]
	}
	return (s0 + s1) + (s2 + s3)
}
