package e5

import (
	"context"
	"sync/atomic"

	"golang.org/x/sync/errgroup"

	"syft-space/app/space"
)

// passTokens is how many tokens a pass takes, unless one text alone is longer:
// enough to spread the cost of reading the weights, and few enough that a
// question waits no more than a few milliseconds for the end of a layer.
const passTokens = 384

// Embed returns one unit vector a text. Texts beyond the model's 512 tokens are
// cut. Batches of some dozens of texts keep all threads busy.
func (e *Embedder) Embed(ctx context.Context, purpose space.EmbedPurpose, texts []string) ([][]float32, error) {
	if e.turns.closed() {
		return nil, errClosed()
	}
	m, err := e.model()
	if err != nil {
		return nil, err
	}
	inputs, err := e.tokenize(ctx, purpose, texts)
	if err != nil {
		return nil, err
	}
	vectors := rowsOf(len(texts), m.shape.Hidden)
	passes := inputs.cut()
	group, ctx := errgroup.WithContext(ctx)
	var next atomic.Int64
	for range min(e.opts.Threads, len(passes)) {
		group.Go(func() error {
			for i := next.Add(1) - 1; i < int64(len(passes)); i = next.Add(1) - 1 {
				if err := e.compute(ctx, m, purpose, inputs, passes[i], vectors); err != nil {
					return err
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	return vectors, nil
}

// rowsOf returns n rows of width numbers in one allocation.
func rowsOf(n, width int) [][]float32 {
	slab, rows := make([]float32, n*width), make([][]float32, n)
	for i := range rows {
		rows[i] = slab[i*width : (i+1)*width : (i+1)*width]
	}
	return rows
}

// inputs are the token ids of texts, one after the other; text i lies between
// ends[i-1] and ends[i].
type inputs struct {
	ids  []int32
	ends []int
}

func (in inputs) start(text int) int {
	if text == 0 {
		return 0
	}
	return in.ends[text-1]
}

func (e *Embedder) tokenize(ctx context.Context, purpose space.EmbedPurpose, texts []string) (inputs, error) {
	words, err := e.words()
	if err != nil {
		return inputs{}, err
	}
	prefix := passagePrefix
	if purpose == space.EmbedQuery {
		prefix = queryPrefix
	}
	shape := words.file.Shape()
	in := inputs{ends: make([]int, 0, len(texts))}
	for _, text := range texts {
		if err := ctx.Err(); err != nil {
			return inputs{}, err
		}
		in.ids = append(in.ids, shape.BOS)
		in.ids = words.tokenizer.Encode(in.ids, prefix+text, shape.Positions-2)
		in.ids = append(in.ids, shape.EOS)
		in.ends = append(in.ends, len(in.ids))
	}
	return in, nil
}

// span is the texts from..to that share a pass.
type span struct{ from, to int }

// cut divides the texts into passes, in order.
func (in inputs) cut() []span {
	var spans []span
	from := 0
	for i, end := range in.ends {
		if i > from && end-in.start(from) > passTokens {
			spans = append(spans, span{from, i})
			from = i
		}
	}
	if from < len(in.ends) {
		spans = append(spans, span{from, len(in.ends)})
	}
	return spans
}

// compute runs one pass when its turn comes.
func (e *Embedder) compute(ctx context.Context, m *model, purpose space.EmbedPurpose, in inputs, s span, vectors [][]float32) error {
	turn, err := e.turns.acquire(ctx, purpose == space.EmbedQuery)
	if err != nil {
		return err
	}
	defer turn.release()
	p := m.takePass()
	defer m.passes.Put(p)
	start := in.start(s.from)
	p.ids, p.ends = append(p.ids[:0], in.ids[start:in.ends[s.to-1]]...), p.ends[:0]
	for _, end := range in.ends[s.from:s.to] {
		p.ends = append(p.ends, end-start)
	}
	return p.run(vectors[s.from:s.to], func() error { return turn.giveWay(ctx) })
}
