package providers

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"time"

	"syft-space/app/space"
)

// batchTexts is how many texts go into one request; batchBytes bounds their
// length together.
const (
	batchTexts = 32
	batchBytes = 128 << 10
)

// maxDimension is the longest vector that the domain knows.
const maxDimension = 1<<16 - 1

// embeddingServer asks one server for vectors. facts are those that do not
// need an embedding: the dimension is found by asking for one.
type embeddingServer interface {
	facts(ctx context.Context) (space.EmbedderInfo, error)
	vectors(ctx context.Context, info space.EmbedderInfo, texts []string) ([][]float32, error)
}

// remoteEmbedder is the part of an embedder that is the same for every server.
type remoteEmbedder struct {
	deps   Deps
	server embeddingServer
	model  string
	known  chan knownInfo // holds the facts, the zero value while they are unknown
}

type knownInfo struct {
	space.EmbedderInfo
	until time.Time // when they are asked for again
}

// infoFor is how long the facts are taken for true: a model may be replaced by
// another one of the same name. oldInfoFor is how long older facts are served
// before they are asked for again where that takes long or fails.
const (
	infoFor    = 10 * time.Minute
	oldInfoFor = 30 * time.Second
)

func newRemoteEmbedder(deps Deps, model string, server embeddingServer) *remoteEmbedder {
	e := &remoteEmbedder{deps: deps, server: server, model: model, known: make(chan knownInfo, 1)}
	e.known <- knownInfo{}
	return e
}

// Info implements space.Embedder. One caller asks the server. The others wait
// only while nothing is known; later on they are served the older facts.
func (e *remoteEmbedder) Info(ctx context.Context) (space.EmbedderInfo, error) {
	var known knownInfo
	select {
	case known = <-e.known:
	case <-ctx.Done():
		return space.EmbedderInfo{}, callerGone(ctx)
	}
	now := e.deps.Clock()
	switch {
	case known.Dimension == 0:
		defer func() { e.known <- known }()
		info, err := e.ask(ctx, space.EmbedderInfo{})
		if err != nil {
			return space.EmbedderInfo{}, err
		}
		known = knownInfo{info, now.Add(infoFor)}
		return info, nil
	case now.Before(known.until):
		e.known <- known
		return known.EmbedderInfo, nil
	}
	known.until = now.Add(oldInfoFor)
	e.known <- known
	return e.askAgain(ctx, known.EmbedderInfo)
}

// askAgain replaces the facts that are known, or keeps them as they were while
// the server cannot tell: if it cannot embed either, the next call says so.
func (e *remoteEmbedder) askAgain(ctx context.Context, known space.EmbedderInfo) (space.EmbedderInfo, error) {
	now := e.deps.Clock()
	info, err := e.ask(ctx, known)
	if err != nil && space.KindOf(err) != space.KindInvalid {
		return known, nil
	}
	next := knownInfo{info, now.Add(infoFor)}
	if err != nil { // it embeds no more, and everybody shall hear of it
		info, next = space.EmbedderInfo{}, knownInfo{}
	}
	select {
	case <-e.known:
		e.known <- next
	case <-ctx.Done():
	}
	return info, err
}

// ask asks the server for the facts. The dimension is that of a vector, unless
// nothing has changed since known.
func (e *remoteEmbedder) ask(ctx context.Context, known space.EmbedderInfo) (space.EmbedderInfo, error) {
	info, err := e.server.facts(ctx)
	if err != nil {
		return info, away(ctx, err)
	}
	if known.Dimension > 0 && info.Revision != "" && info.Revision == known.Revision {
		info.Dimension = known.Dimension
		return info, nil
	}
	got, err := e.try(ctx, info, []string{info.QueryPrefix + "dimension"})
	if err != nil {
		return info, err
	}
	info.Dimension = len(got[0])
	return info, nil
}

// CountTokens implements space.Embedder: the count of another tokenizer, with
// a quarter more to be on the safe side.
func (e *remoteEmbedder) CountTokens(text string) int {
	return (e.deps.CountTokens(text)*5 + 3) / 4
}

// Embed implements space.Embedder. KindTooLong means that at least one of the
// texts is too long; embedding them one by one tells which. While the server
// is away, overloaded or too slow it is KindUnavailable, after a few tries.
func (e *remoteEmbedder) Embed(ctx context.Context, purpose space.EmbedPurpose, texts []string) ([][]float32, error) {
	info, err := e.Info(ctx)
	if err != nil {
		return nil, err
	}
	prefix := info.PassagePrefix
	if purpose == space.EmbedQuery {
		prefix = info.QueryPrefix
	}
	out := make([][]float32, 0, len(texts))
	for len(texts) > 0 {
		batch, n := nextBatch(prefix, texts)
		got, err := e.try(ctx, info, batch)
		if err != nil {
			return nil, err
		}
		out = append(out, got...)
		texts = texts[n:]
	}
	return out, nil
}

// nextBatch takes as many texts as one request may hold, at least one.
func nextBatch(prefix string, texts []string) (batch []string, n int) {
	size := 0
	for n < len(texts) && n < batchTexts && (n == 0 || size+len(texts[n]) <= batchBytes) {
		size += len(texts[n])
		batch = append(batch, prefix+texts[n])
		n++
	}
	return batch, n
}

// try asks for the vectors of one batch, several times while the server is
// away, with pauses that double and vary.
func (e *remoteEmbedder) try(ctx context.Context, info space.EmbedderInfo, batch []string) ([][]float32, error) {
	pause := e.deps.Limits.Backoff
	for n := 1; ; n++ {
		got, err := e.server.vectors(ctx, info, batch)
		if err == nil {
			return e.checked(info, batch, got)
		}
		var failed *space.Error
		err = away(ctx, err)
		if !errors.As(err, &failed) || failed.Kind != space.KindUnavailable || n >= e.deps.Limits.Tries || ctx.Err() != nil {
			return nil, err
		}
		wait := pause/2 + rand.N(pause)
		if failed.RetryAfter > wait && failed.RetryAfter != defaultRetryAfter {
			if failed.RetryAfter > 8*e.deps.Limits.Backoff {
				return nil, err // the caller has better things to do than to wait here
			}
			wait = failed.RetryAfter
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return nil, callerGone(ctx)
		}
		pause *= 2
	}
}

// away words a server's own time-out as what it is to an embedder's caller,
// who can only come back later.
func away(ctx context.Context, err error) error {
	var e *space.Error
	if ctx.Err() == nil && errors.As(err, &e) && e.Kind == space.KindTimeout {
		c := *e
		c.Kind, c.RetryAfter = space.KindUnavailable, defaultRetryAfter
		return &c
	}
	return err
}

// checked returns the vectors with the length 1, and refuses what is none.
func (e *remoteEmbedder) checked(info space.EmbedderInfo, batch []string, got [][]float32) ([][]float32, error) {
	if len(got) != len(batch) {
		return nil, space.Errorf(space.KindUpstream, "the embedding server sent %d vectors for %d texts", len(got), len(batch))
	}
	for _, v := range got {
		switch {
		case len(v) == 0 || len(v) > maxDimension:
			return nil, space.Errorf(space.KindUpstream, "the embedding server sent a vector of %d numbers", len(v))
		case info.Dimension > 0 && len(v) != info.Dimension:
			return nil, space.Errorf(space.KindUpstream,
				"the embedding server sent a vector of %d numbers where '%s' had %d; was the model replaced?", len(v), e.model, info.Dimension)
		case !normalise(v):
			return nil, space.Errorf(space.KindUpstream, "the embedding server sent a vector that is no direction: zero, or not finite")
		}
	}
	return got, nil
}

// normalise gives v the length 1; it reports false where v is zero or holds a
// number that is not finite.
func normalise(v []float32) bool {
	sum := 0.0
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	norm := math.Sqrt(sum)
	if norm < 1e-6 || math.IsNaN(norm) || math.IsInf(norm, 0) {
		return false
	}
	for i := range v {
		v[i] = float32(float64(v[i]) / norm)
	}
	return true
}
