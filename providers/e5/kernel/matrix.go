package kernel

import "math"

const (
	storedBlock = 32 // weights that share a stored scale
	storedZero  = 8  // the stored code of weight 0
	byteLimit   = 127
	scaleBlock  = 128 // activations that share a scale, but for nibbles
)

// layout says how weights lie in memory. Outputs come in panels; within a panel
// four neighbouring inputs of one output lie together, then the same inputs of
// the panel's next output: [inputs/4][panel][4].
type layout struct {
	panel   int  // outputs
	block   int  // inputs that share an activation scale
	zero    int  // the code of weight 0, added to each weight
	stored  bool // codes and scales as stored, else int8 with a scale per output
	rowTile int  // tokens that one pass over a panel takes
}

// The layouts. Those of int8 weights lose a little to rounding each row anew;
// the 4-bit one keeps the stored numbers.
var (
	bytes8   = layout{panel: 8, block: scaleBlock, zero: 128, rowTile: 1}
	bytes32  = layout{panel: 32, block: scaleBlock, zero: 128, rowTile: 6}
	signed8  = layout{panel: 8, block: scaleBlock, zero: 0, rowTile: 6}
	nibble16 = layout{panel: 16, block: storedBlock, zero: storedZero, stored: true, rowTile: 3}
)

// Matrix is the weights and bias of one linear step, laid out for a path.
type Matrix struct {
	layout
	outputs, inputs int
	codes           []byte
	scales          []float32 // by output; if stored by panel, [inputs/32][panel]
	bias            []float32
}

// NewMatrix returns an empty matrix; outputs is a multiple of HeadWidth, inputs
// of 128.
func (p *Path) NewMatrix(outputs, inputs int) *Matrix {
	m := &Matrix{
		layout: p.layout, outputs: outputs, inputs: inputs,
		codes: make([]byte, outputs*inputs),
		bias:  make([]float32, outputs),
	}
	scales := outputs
	if m.stored {
		scales *= inputs / storedBlock
	}
	m.scales = make([]float32, scales)
	return m
}

// SetRow sets the weights of one output from the stored form: inputs/32 scales
// and inputs/2 bytes, of which byte j of a block of 16 holds weight j in its low
// and weight j+16 in its high half, each plus 8. Different rows may be set at
// the same time.
func (m *Matrix) SetRow(output int, scales []float32, nibbles []byte, bias float32) {
	m.bias[output] = bias
	if m.stored {
		m.keepRow(output, scales, nibbles)
		return
	}
	highest := highestWeight(scales, nibbles)
	scale := highest / byteLimit
	m.scales[output] = scale
	inverse := float32(0)
	if scale > 0 {
		inverse = 1 / scale
	}
	for b, s := range scales {
		var codes [16]byte
		for i := range codes {
			weight := s * float32(i-storedZero)
			codes[i] = byte(int(math.RoundToEven(float64(weight*inverse))) + m.zero)
		}
		m.setBlock(output, b, nibbles, &codes)
	}
}

func (m *Matrix) keepRow(output int, scales []float32, nibbles []byte) {
	var codes [16]byte
	for i := range codes {
		codes[i] = byte(i - storedZero + m.zero)
	}
	panel, within := output/m.panel, output%m.panel
	for b, s := range scales {
		m.scales[(panel*len(scales)+b)*m.panel+within] = s
		m.setBlock(output, b, nibbles, &codes)
	}
}

// setBlock writes one stored block of an output, each code looked up.
func (m *Matrix) setBlock(output, block int, nibbles []byte, codes *[16]byte) {
	panel, within := output/m.panel, output%m.panel
	size := storedBlock * m.panel
	at := (panel*m.inputs/storedBlock + block) * size
	dst := m.codes[at : at+size]
	src := nibbles[block*storedBlock/2:][:storedBlock/2]
	step, half := 4*m.panel, size/2
	for i := 0; i < len(src); i += 4 {
		o := i/4*step + 4*within
		low, high := dst[o:o+4], dst[o+half:o+half+4]
		for j, pair := range src[i : i+4] {
			low[j], high[j] = codes[pair&15], codes[pair>>4]
		}
	}
}

// highestWeight returns the largest magnitude in a stored row.
func highestWeight(scales []float32, nibbles []byte) float32 {
	var highest float32
	for b, s := range scales {
		lowest, largest := byte(15), byte(0)
		for _, pair := range nibbles[b*storedBlock/2:][:storedBlock/2] {
			lowest = min(lowest, pair&15, pair>>4)
			largest = max(largest, pair&15, pair>>4)
		}
		reach := max(int(largest)-storedZero, storedZero-int(lowest))
		highest = max(highest, float32(reach)*float32(math.Abs(float64(s))))
	}
	return highest
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
	rows, blocks := Padded(tokens), width/p.layout.block
	return &Activations{
		width: width, blocks: blocks,
		codes:  make([]int8, rows*width),
		scales: make([]float32, rows*blocks), offsets: make([]int32, rows*blocks),
	}
}
