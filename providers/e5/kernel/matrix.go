package kernel

const (
	block       = 32  // numbers that share a scale, of weights and of activations
	storedZero  = 8   // the stored code of weight 0
	highestCode = 127 // of an activation
)

// layout says how weights lie in memory. They keep their stored 4-bit numbers,
// one a byte, and their scales. Outputs come in panels; within a panel a few
// neighbouring inputs of one output lie together, then the same inputs of the
// panel's next output: codes are [outputs/panel][inputs/run][panel][run], scales
// [outputs/panel][inputs/32][panel].
type layout struct {
	panel   int // outputs
	run     int // inputs of one output side by side
	zero    int // the code of weight 0
	rowTile int // tokens that one pass over a panel takes
}

// Matrix is the weights and bias of one linear step, laid out for a path.
type Matrix struct {
	layout
	outputs, inputs int
	codes           []byte
	scales          []float32
	bias            []float32
}

// NewMatrix returns an empty matrix; outputs is a multiple of HeadWidth, inputs
// of 128.
func (p *Path) NewMatrix(outputs, inputs int) *Matrix {
	return &Matrix{
		layout: p.layout, outputs: outputs, inputs: inputs,
		codes:  make([]byte, outputs*inputs),
		scales: make([]float32, outputs*inputs/block),
		bias:   make([]float32, outputs),
	}
}

// SetRow sets the weights of one output from the stored form: inputs/32 scales
// and inputs/2 bytes, of which byte j of a block of 16 holds weight j in its low
// and weight j+16 in its high half, each plus 8. Different rows may be set at
// the same time.
func (m *Matrix) SetRow(output int, scales []float32, nibbles []byte, bias float32) {
	m.bias[output] = bias
	panel, within := output/m.panel, output%m.panel
	shift := byte(m.zero - storedZero)
	var places [block]int
	for i := range places {
		places[i] = m.place(i, within)
	}
	for b, s := range scales {
		at := panel*len(scales) + b
		m.scales[at*m.panel+within] = s
		dst := m.codes[at*block*m.panel : (at+1)*block*m.panel]
		for j, pair := range nibbles[b*block/2 : (b+1)*block/2] {
			dst[places[j]] = pair&15 + shift
			dst[places[j+block/2]] = pair>>4 + shift
		}
	}
}

// place returns where a weight stands in its block of a panel.
func (l layout) place(input, output int) int {
	return input/l.run*l.run*l.panel + output*l.run + input%l.run
}

// Activations holds token rows as int8 codes with a scale a block: the other
// side of a product.
type Activations struct {
	width, blocks int
	codes         []int8
	scales        []float32 // [tokens][blocks]
	offsets       []int32   // minus the zero point x the block's sum of codes
}

// NewActivations returns room for Padded(tokens) rows of width numbers, width
// being a multiple of 128.
func (p *Path) NewActivations(tokens, width int) *Activations {
	rows, blocks := Padded(tokens), width/block
	return &Activations{
		width: width, blocks: blocks,
		codes:  make([]int8, rows*width),
		scales: make([]float32, rows*blocks), offsets: make([]int32, rows*blocks),
	}
}
