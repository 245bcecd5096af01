// Package kernel computes the heavy steps of the built-in embedder: products
// with quantised weights, GELU, LayerNorm and attention. Each step is written
// once in plain Go and once in vector code for each processor family.
package kernel

import (
	"fmt"
	"slices"
	"strings"
)

//go:generate go run ./gen/amd64 -out kernel_amd64.s -stubs stubs_amd64.go -pkg kernel
//go:generate go run ./gen/arm64 -out kernel_arm64.s -stubs stubs_arm64.go

// HeadWidth is the width of an attention head that the vector code is made for.
const HeadWidth = 32

// Group is the number of token rows that vector code takes at once. Where a
// buffer's rows are tokens, it must have room for a multiple of Group.
const Group = 6

// Padded returns the smallest multiple of Group that holds n tokens.
func Padded(n int) int { return roundUp(n, Group) }

func roundUp(n, multiple int) int { return (n + multiple - 1) / multiple * multiple }

// Path is one way to compute every step: a layout of weights with the code that
// reads it. It is immutable; its methods are safe for concurrent use on
// different buffers.
type Path struct {
	name   string
	layout layout
	steps
}

// steps are what a path computes; [Path] documents them.
type steps interface {
	quantize(a *Activations, row int, x []float32)
	multiply(dst Output, a *Activations, tokens int, m *Matrix)
	gelu(x []float32)
	addNorm(x, y, gain, bias []float32, epsilon float32)
	attend(dst Output, q, k, v []float32, n int, s *Scratch)
}

// Names lists the paths that this processor can take, the fastest first. The
// last one, "go", is plain Go and always there.
func Names() []string {
	var names []string
	for _, p := range paths() {
		names = append(names, p.name)
	}
	return names
}

// Open returns the path of the given name, and the fastest for "".
func Open(name string) (*Path, error) {
	all := paths()
	if name == "" {
		return &all[0], nil
	}
	i := slices.IndexFunc(all, func(p Path) bool { return p.name == name })
	if i < 0 {
		return nil, fmt.Errorf("no kernel is named %q on this processor, which has %s", name, strings.Join(Names(), ", "))
	}
	return &all[i], nil
}

// paths returns what vectorPaths found, with plain Go last.
func paths() []Path {
	return append(vectorPaths(), Path{
		name: "go", layout: layout{panel: genericPanel, run: 1, zero: storedZero, rowTile: 1}, steps: generic{},
	})
}

// Name returns the name to open the path with again.
func (p *Path) Name() string { return p.name }

// Output says where the outputs of a product go: output n of token t to
// Data[n/HeadWidth*HeadStride + t*RowStride + n%HeadWidth]. Rows one after the
// other have a HeadStride of HeadWidth.
type Output struct {
	Data                  []float32
	RowStride, HeadStride int
}

// Rows is the Output of width outputs a token, row after row.
func Rows(data []float32, width int) Output {
	return Output{Data: data, RowStride: width, HeadStride: HeadWidth}
}

// Quantize writes x as row of a. Its length is the width of a.
func (p *Path) Quantize(a *Activations, row int, x []float32) { p.quantize(a, row, x) }

// Multiply computes Weight x + bias for the first tokens rows of a. It may write
// the rows up to Padded(tokens), with meaningless numbers.
func (p *Path) Multiply(dst Output, a *Activations, tokens int, m *Matrix) {
	p.multiply(dst, a, tokens, m)
}

// GELU applies x/2 (1 + erf(x/sqrt 2)) to each number (Hendrycks, Gimpel 2016,
// arXiv:1606.08415, the exact form). len(x) is a multiple of 16.
func (p *Path) GELU(x []float32) { p.gelu(x) }

// AddNorm sets the row x to LayerNorm(x + y) with the given gain and bias. Its
// length is a multiple of 64.
func (p *Path) AddNorm(x, y, gain, bias []float32, epsilon float32) {
	p.addNorm(x, y, gain, bias, epsilon)
}

// Attend computes softmax(q k' / sqrt(HeadWidth)) v of one head over the n tokens
// of one text; rows are HeadWidth long. Rows of dst up to Padded(n) are written,
// those from n on with meaningless numbers. The rows of q up to Padded(n) and of
// k up to n + 16 are read, so they must be there; their values do not matter.
func (p *Path) Attend(dst Output, q, k, v []float32, n int, s *Scratch) { p.attend(dst, q, k, v, n, s) }
