package e5

import (
	"math"

	"syft-space/providers/e5/kernel"
)

const (
	// ffnPanel is how many tokens go through a feed-forward part together: their
	// inner activations stay in the second cache.
	ffnPanel = 48
	// slack is how far kernels may read and write rows beyond the last token.
	slack = 16
)

// pass computes the texts that share its rows, packed without padding. Its
// buffers are kept from one run to the next.
type pass struct {
	m *model

	ids   []int32
	ends  []int // where each text ends in ids
	rooms int   // tokens that the buffers are made for

	x       []float32 // [tokens][Hidden], the running state
	heads   []float32 // [3 x Heads][rows][HeadWidth]: queries, keys, values
	context []float32 // [tokens][Hidden]
	out     []float32 // [ffnPanel][Hidden]
	inner   []float32 // [ffnPanel][FFN]
	codes   *kernel.Activations
	wide    *kernel.Activations
	scratch *kernel.Scratch
}

func newPass(m *model) *pass {
	s := m.shape
	return &pass{
		m:       m,
		out:     make([]float32, ffnPanel*s.Hidden),
		inner:   make([]float32, ffnPanel*s.FFN),
		wide:    m.path.NewActivations(ffnPanel, s.FFN),
		scratch: kernel.NewScratch(s.Positions),
	}
}

// rows is how many rows each buffer of tokens has.
func (p *pass) rows() int { return kernel.Padded(p.rooms) + slack }

// reserve makes room for n tokens.
func (p *pass) reserve(n int) {
	if n <= p.rooms {
		return
	}
	hidden := p.m.shape.Hidden
	p.rooms = n
	p.x = make([]float32, p.rows()*hidden)
	p.heads = make([]float32, p.rows()*hidden*3)
	p.context = make([]float32, p.rows()*hidden)
	p.codes = p.m.path.NewActivations(p.rows(), hidden)
}

// run computes one unit vector a text into vectors, [texts][Hidden]. between is
// called before each layer and its error ends the run.
func (p *pass) run(vectors [][]float32, between func() error) error {
	p.reserve(len(p.ids))
	p.embed()
	for i := range p.m.layers {
		if err := between(); err != nil {
			return err
		}
		l := &p.m.layers[i]
		p.attend(l)
		for from := 0; from < len(p.ids); from += ffnPanel {
			p.feedForward(l, from, min(ffnPanel, len(p.ids)-from))
		}
	}
	from := 0
	for i, end := range p.ends {
		p.pool(vectors[i], from, end)
		from = end
	}
	return nil
}

// row returns the state of one token.
func (p *pass) row(token int) []float32 {
	hidden := p.m.shape.Hidden
	return p.x[token*hidden : (token+1)*hidden]
}

// embed sets the state to LayerNorm(word + position + type).
func (p *pass) embed() {
	m, from, text := p.m, 0, 0
	for t, id := range p.ids {
		if t == p.ends[text] {
			from, text = t, text+1
		}
		x := p.row(t)
		m.word.Expand(int(id), x)
		position := m.position[(t-from)*m.shape.Hidden:][:m.shape.Hidden]
		m.path.AddNorm(x, position, m.norm.Weight, m.norm.Bias, m.shape.Epsilon)
	}
}

// attend sets context to the attention of each text over itself. Kernels write a
// few rows beyond a text's end; the next text, which comes later, overwrites them.
func (p *pass) attend(l *packedLayer) {
	m := p.m
	hidden, heads := m.shape.Hidden, m.shape.Heads
	for t := range p.ids {
		m.path.Quantize(p.codes, t, p.row(t))
	}
	stride := p.rows() * kernel.HeadWidth
	m.path.Multiply(kernel.Output{Data: p.heads, RowStride: kernel.HeadWidth, HeadStride: stride},
		p.codes, len(p.ids), l.project)
	from := 0
	for _, end := range p.ends {
		for h := range heads {
			at := h*stride + from*kernel.HeadWidth
			dst := kernel.Rows(p.context[from*hidden+h*kernel.HeadWidth:], hidden)
			q, k, v := p.heads[at:], p.heads[at+heads*stride:], p.heads[at+2*heads*stride:]
			m.path.Attend(dst, q, k, v, end-from, p.scratch)
		}
		from = end
	}
}

// feedForward takes n tokens from the attention's context through the rest of
// the layer.
func (p *pass) feedForward(l *packedLayer, from, n int) {
	path, s := p.m.path, p.m.shape
	for i := range n {
		path.Quantize(p.codes, i, p.context[(from+i)*s.Hidden:][:s.Hidden])
	}
	path.Multiply(kernel.Rows(p.out, s.Hidden), p.codes, n, l.attnOut)
	for i := range n {
		p.addNorm(from+i, i, l.attnNorm)
		path.Quantize(p.codes, i, p.row(from+i))
	}
	path.Multiply(kernel.Rows(p.inner, s.FFN), p.codes, n, l.ffnIn)
	for i := range n {
		inner := p.inner[i*s.FFN : (i+1)*s.FFN]
		path.GELU(inner)
		path.Quantize(p.wide, i, inner)
	}
	path.Multiply(kernel.Rows(p.out, s.Hidden), p.wide, n, l.ffnOut)
	for i := range n {
		p.addNorm(from+i, i, l.ffnNorm)
	}
}

// addNorm adds row i of out to a token's state.
func (p *pass) addNorm(token, i int, n Norm) {
	hidden := p.m.shape.Hidden
	p.m.path.AddNorm(p.row(token), p.out[i*hidden:(i+1)*hidden], n.Weight, n.Bias, p.m.shape.Epsilon)
}

// pool sets vector to the mean of the tokens from..end, scaled to length 1, less
// the centre, and scaled again. What all texts have in common would make those
// that have little else near to every question.
func (p *pass) pool(vector []float32, from, end int) {
	clear(vector)
	for t := from; t < end; t++ {
		for i, v := range p.row(t) {
			vector[i] += v
		}
	}
	unit(vector)
	for i, c := range p.m.centre {
		vector[i] -= c
	}
	unit(vector)
}

// unit scales vector to length 1.
func unit(vector []float32) {
	var squares float64
	for _, v := range vector {
		squares += float64(v) * float64(v)
	}
	inverse := float32(1 / math.Sqrt(squares))
	for i := range vector {
		vector[i] *= inverse
	}
}
