//go:build amd64 || arm64

package kernel

// native computes every step in the assembly routines of one vector width.
type native struct {
	lanes  int // float32 numbers in a vector
	layout layout

	multiplyTiles func(dst *float32, dstStride int, act *int8, scale *float32, offset *int32,
		w *uint8, wScale, bias *float32, tiles, blocks int)
	quantizeRow func(q *int8, scale *float32, offset *int32, x *float32, n int)
	geluRow     func(x *float32, n int)
	addNormRow  func(x, y, gain, bias *float32, n int, epsilon float32)
	transpose   func(dst *float32, dstStride int, src *float32, n int)
	scores      func(dst *float32, dstStride int, q, keys *float32, keyStride, n int)
	softmax     func(s *float32, stride, n int, sums *float32, scale float32)
	context     func(dst *float32, dstStride int, p *float32, pStride int, values, sums *float32, n int)
}

func (r *native) quantize(a *Activations, row int, x []float32) {
	x = x[:a.width]
	codes := a.codes[row*a.width : (row+1)*a.width]
	at := row * a.blocks
	scales, offsets := a.scales[at:at+a.blocks], a.offsets[at:at+a.blocks]
	r.quantizeRow(&codes[0], &scales[0], &offsets[0], &x[0], a.blocks)
}

// multiply takes the outputs panel by panel, so that a panel's weights stay in
// the first cache while all tokens pass.
func (r *native) multiply(dst Output, a *Activations, tokens int, m *Matrix) {
	l := &r.layout
	rows := roundUp(tokens, l.rowTile)
	codes, scales, offsets := a.codes[:rows*a.width], a.scales[:rows*a.blocks], a.offsets[:rows*a.blocks]
	for panel := 0; panel < m.outputs; panel += l.panel {
		out := dst.Data[panel/HeadWidth*dst.HeadStride+panel%HeadWidth:][:(rows-1)*dst.RowStride+l.panel]
		weights := m.codes[panel*m.inputs:][:l.panel*m.inputs]
		weightScales := m.scales[panel*a.blocks:][:l.panel*a.blocks]
		bias := m.bias[panel:][:l.panel]
		r.multiplyTiles(&out[0], dst.RowStride, &codes[0], &scales[0], &offsets[0],
			&weights[0], &weightScales[0], &bias[0], rows/l.rowTile, a.blocks)
	}
}

func (r *native) gelu(x []float32) { r.geluRow(&x[0], len(x)) }

func (r *native) addNorm(x, y, gain, bias []float32, epsilon float32) {
	n := len(x)
	y, gain, bias = y[:n], gain[:n], bias[:n]
	r.addNormRow(&x[0], &y[0], &gain[0], &bias[0], n, epsilon)
}

func (r *native) attend(dst Output, q, k, v []float32, n int, s *Scratch) {
	keys := roundUp(n, r.lanes)
	stride := s.stride(keys)
	q, k, v = q[:Padded(n)*HeadWidth], k[:keys*HeadWidth], v[:n*HeadWidth]
	transposed, scores := s.keys[:HeadWidth*stride], s.scores[:Group*stride]
	r.transpose(&transposed[0], stride, &k[0], keys)
	for t := 0; t < n; t += Group {
		out := dst.Data[t*dst.RowStride:][:(Group-1)*dst.RowStride+HeadWidth]
		r.scores(&scores[0], stride, &q[t*HeadWidth], &transposed[0], stride, keys)
		for row := range Group {
			absent := scores[row*stride+n : row*stride+keys]
			for i := range absent {
				absent[i] = absentScore
			}
		}
		r.softmax(&scores[0], stride, keys, &s.sums[0], scoreScale)
		r.context(&out[0], dst.RowStride, &scores[0], stride, &v[0], &s.sums[0], n)
	}
}
