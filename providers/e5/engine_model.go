package e5

import (
	"encoding/binary"
	"fmt"
	"sync"

	"syft-space/providers/e5/kernel"
)

// model is the network with its weights laid out for one kernel path. They do
// not change.
type model struct {
	path     *kernel.Path
	shape    Shape
	centre   []float32
	word     Matrix
	position []float32 // [Positions][Hidden], the token type's row added
	norm     Norm
	layers   []packedLayer
	passes   sync.Pool // of *pass
}

// packedLayer is a [Layer] ready for products. The projections to queries, keys
// and values are one matrix, because they read the same activations.
type packedLayer struct {
	project, attnOut, ffnIn, ffnOut *kernel.Matrix
	attnNorm, ffnNorm               Norm
}

// Widths that the kernels' vectors and blocks divide into.
const widthUnit = 128

func newModel(f *File, path *kernel.Path) (*model, error) {
	s := f.Shape()
	if s.Hidden != s.Heads*kernel.HeadWidth || s.Hidden%widthUnit != 0 || s.FFN%widthUnit != 0 {
		return nil, fmt.Errorf("its code is made for heads of %d and widths that %d divides, not for a model of %d heads, %d and %d",
			kernel.HeadWidth, widthUnit, s.Heads, s.Hidden, s.FFN)
	}
	embed := f.Embedding()
	m := &model{
		path: path, shape: s, centre: f.Centre(), word: embed.Word, norm: embed.Norm,
		position: make([]float32, len(embed.Position)),
		layers:   make([]packedLayer, s.Layers),
	}
	for i, v := range embed.Position {
		m.position[i] = v + embed.Type[i%s.Hidden]
	}
	for i := range m.layers {
		l := f.Layer(i)
		m.layers[i] = packedLayer{
			project:  pack(path, l.Query, l.Key, l.Value),
			attnOut:  pack(path, l.AttnOut),
			ffnIn:    pack(path, l.FFNIn),
			ffnOut:   pack(path, l.FFNOut),
			attnNorm: l.AttnNorm,
			ffnNorm:  l.FFNNorm,
		}
	}
	return m, nil
}

// takePass returns buffers for a pass, used ones where there are any.
func (m *model) takePass() *pass {
	if p, ok := m.passes.Get().(*pass); ok {
		return p
	}
	return newPass(m)
}

// pack lays out steps over the same inputs as one matrix, their outputs one
// after the other.
func pack(path *kernel.Path, steps ...Linear) *kernel.Matrix {
	outputs, inputs := 0, steps[0].Weight.Cols
	for _, s := range steps {
		outputs += s.Weight.Rows
	}
	m := path.NewMatrix(outputs, inputs)
	scales := make([]float32, inputs/blockWeights)
	at := 0
	for _, s := range steps {
		for i := range s.Weight.Rows {
			halves, nibbles := s.Weight.Row(i)
			for b := range scales {
				scales[b] = float16(binary.LittleEndian.Uint16(halves[scaleBytes*b:]))
			}
			m.SetRow(at+i, scales, nibbles, s.Bias[i])
		}
		at += s.Weight.Rows
	}
	return m
}
