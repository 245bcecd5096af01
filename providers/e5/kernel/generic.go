package kernel

import "math"

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

// multiplyPanel computes the outputs of one panel for one token.
func (m *Matrix) multiplyPanel(out []float32, a *Activations, token, panel int) {
	clear(out)
	var room [HeadWidth]int32
	sums := room[:m.panel]
	size := block * m.panel
	codes := m.codes[panel*m.inputs:][:m.panel*m.inputs]
	for b := range a.blocks {
		at := token*a.blocks + b
		for i := range sums {
			sums[i] = a.offsets[at]
		}
		addProducts(sums, a.codes[token*a.width+b*block:][:block], codes[b*size:(b+1)*size])
		scale := a.scales[at]
		for i, s := range m.scales[panel*a.blocks+b*m.panel:][:m.panel] {
			out[i] += scale * float32(sums[i]) * s
		}
	}
	for i, b := range m.bias[panel : panel+m.panel] {
		out[i] += b
	}
}

// addProducts adds a block's integer products to the sums of a panel.
func addProducts(sums []int32, act []int8, codes []byte) {
	for k := 0; k+4 <= len(act); k += 4 {
		a0, a1, a2, a3 := int32(act[k]), int32(act[k+1]), int32(act[k+2]), int32(act[k+3])
		row := codes[k*len(sums):][:4*len(sums)]
		for i := range sums {
			w := row[4*i:][:4]
			sums[i] += a0*int32(w[0]) + a1*int32(w[1]) + a2*int32(w[2]) + a3*int32(w[3])
		}
	}
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
	scores := s.scores[:n]
	for t := range n {
		highest := float32(math.Inf(-1))
		query := q[t*HeadWidth:][:HeadWidth]
		for i := range scores {
			var dot float32
			for d, w := range k[i*HeadWidth:][:HeadWidth] {
				dot += query[d] * w
			}
			scores[i] = dot * scoreScale
			highest = max(highest, scores[i])
		}
		out := dst.Data[t*dst.RowStride:][:HeadWidth]
		clear(out)
		var sum float32
		for i, score := range scores {
			p := float32(math.Exp(float64(score - highest)))
			sum += p
			for d, w := range v[i*HeadWidth:][:HeadWidth] {
				out[d] += p * w
			}
		}
		for d := range out {
			out[d] /= sum
		}
	}
}
