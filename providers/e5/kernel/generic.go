package kernel

import (
	"encoding/binary"
	"math"
)

// generic computes every step in plain Go: the fallback, and the measure that
// tests hold vector code against.
type generic struct{}

// smallest keeps a block of zeros from dividing by zero.
const smallest = 1e-30

func (generic) quantize(a *Activations, row int, x []float32) {
	quantizeRow(a, row, x, storedZero)
}

func quantizeRow(a *Activations, row int, x []float32, zero int) {
	for b := range a.blocks {
		in := x[b*block : (b+1)*block]
		highest := float32(smallest)
		for _, v := range in {
			highest = max(highest, float32(math.Abs(float64(v))))
		}
		inverse := highestCode / highest
		codes := a.codes[row*a.width+b*block:][:block]
		var sum int32
		for i, v := range in {
			code := int32(math.RoundToEven(float64(v * inverse)))
			codes[i] = int8(code)
			sum += code
		}
		a.scales[row*a.blocks+b] = highest * (1.0 / highestCode)
		a.offsets[row*a.blocks+b] = -sum * int32(zero)
	}
}

func (generic) multiply(dst Output, a *Activations, tokens int, m *Matrix) {
	for panel := 0; panel < m.outputs; panel += m.panel {
		for t := range tokens {
			out := dst.Data[panel/HeadWidth*dst.HeadStride+t*dst.RowStride+panel%HeadWidth:][:m.panel]
			m.multiplyPanel(out, a, t, panel)
		}
	}
}

// genericPanel is how many codes fit a machine word.
const genericPanel = 8

// multiplyPanel computes the outputs of one panel for one token.
func (m *Matrix) multiplyPanel(out []float32, a *Activations, token, panel int) {
	const size = block * genericPanel
	clear(out)
	codes := m.codes[panel*m.inputs:][:genericPanel*m.inputs]
	for b := range a.blocks {
		at := token*a.blocks + b
		sums := blockSums(a.codes[token*a.width+b*block:][:block], codes[b*size:(b+1)*size])
		for i, s := range m.scales[panel*a.blocks+b*genericPanel:][:genericPanel] {
			out[i] += a.scales[at] * float32(sums[i]+a.offsets[at]) * s
		}
	}
	for i, b := range m.bias[panel : panel+genericPanel] {
		out[i] += b
	}
}

// blockSums returns the sums of a block's products, eight codes to a word. One
// multiplication serves four outputs, each in 16 bits of its own: 16 products of
// at most 15 x 127 fit those, and a negative sum only borrows one from the next.
func blockSums(act []int8, codes []byte) (sums [genericPanel]int32) {
	const lanes, fits = 0x00ff00ff00ff00ff, 16
	for ; len(act) > 0; act, codes = act[fits:], codes[fits*genericPanel:] {
		var even, odd int64
		words := (*[fits * genericPanel]byte)(codes)
		for k, a := range (*[fits]int8)(act) {
			word := binary.LittleEndian.Uint64(words[k*genericPanel:])
			even += int64(word&lanes) * int64(a)
			odd += int64(word>>8&lanes) * int64(a)
		}
		for i := 0; i < genericPanel; i += 2 {
			sums[i] += int32(int16(even))
			sums[i+1] += int32(int16(odd))
			even = (even - int64(int16(even))) >> 16
			odd = (odd - int64(int16(odd))) >> 16
		}
	}
	return sums
}

func (generic) gelu(x []float32) {
	for i, v := range x {
		x[i] = float32(0.5 * float64(v) * math.Erfc(-float64(v)/math.Sqrt2))
	}
}

func (generic) addNorm(x, y, gain, bias []float32, epsilon float32) {
	var sum, squares float64
	for i := range x {
		x[i] += y[i]
		sum += float64(x[i])
	}
	mean := sum / float64(len(x))
	for _, v := range x {
		squares += (float64(v) - mean) * (float64(v) - mean)
	}
	inverse := 1 / math.Sqrt(squares/float64(len(x))+float64(epsilon))
	for i, v := range x {
		x[i] = float32((float64(v)-mean)*inverse)*gain[i] + bias[i]
	}
}

func (generic) attend(dst Output, q, k, v []float32, n int, s *Scratch) {
	type row = [HeadWidth]float32
	scores := s.scores[:n]
	for t := range n {
		highest := float32(math.Inf(-1))
		query := (*row)(q[t*HeadWidth:])
		for i := range scores {
			scores[i] = dot(query, (*row)(k[i*HeadWidth:])) * scoreScale
			highest = max(highest, scores[i])
		}
		out := (*row)(dst.Data[t*dst.RowStride:])
		*out = row{}
		var sum float32
		for i, score := range scores {
			p := float32(math.Exp(float64(score - highest)))
			sum += p
			value := (*row)(v[i*HeadWidth:])
			for d := range out {
				out[d] += p * value[d]
			}
		}
		for d := range out {
			out[d] /= sum
		}
	}
}

// dot adds up four sums, which do not wait for each other.
func dot(x, y *[HeadWidth]float32) float32 {
	var a, b, c, d float32
	for i := 0; i <= HeadWidth-4; i += 4 {
		a += x[i] * y[i]
		b += x[i+1] * y[i+1]
		c += x[i+2] * y[i+2]
		d += x[i+3] * y[i+3]
	}
	return a + b + (c + d)
}
