package providers

import (
	"context"
	"sync"
	"time"

	"syft-space/app/space"
)

// factsFor is how long what a server said of a model is taken for true;
// faultFor how long it is not asked again after a failure. One question wants
// the facts several times, and a host that drops packets takes 10 s each time.
const (
	factsFor = time.Minute
	faultFor = 10 * time.Second
)

// factCache remembers what servers said of their models, because models are
// opened for every question.
type factCache struct {
	clock space.Clock
	mu    sync.Mutex
	known map[string]knownFacts // by address and model
}

type knownFacts struct {
	*ollamaFacts
	err   error // why there are none
	until time.Time
}

func newFactCache(clock space.Clock) *factCache {
	return &factCache{clock: clock, known: map[string]knownFacts{}}
}

// get returns the facts of the server's model, asking where they are unknown
// or old.
func (c *factCache) get(ctx context.Context, s *ollamaServer) (*ollamaFacts, error) {
	key, now := s.peer.base+"\n"+s.peer.model, c.clock()
	c.mu.Lock()
	known, ok := c.known[key]
	c.mu.Unlock()
	if ok && now.Before(known.until) {
		return known.ollamaFacts, known.err
	}
	facts, err := s.show(ctx)
	if err != nil && ctx.Err() != nil {
		return nil, err // which says nothing about the server
	}
	known = knownFacts{facts, err, c.clock().Add(factsFor)}
	if err != nil {
		known.until = c.clock().Add(faultFor)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, v := range c.known {
		if !now.Before(v.until) {
			delete(c.known, k)
		}
	}
	c.known[key] = known
	return facts, err
}
