package providers

import (
	"context"
	"sync"
	"time"

	"syft-space/app/space"
)

// factsFor is how long what a server said of a model is taken for true.
const factsFor = time.Minute

// factCache remembers what servers said of their models, because models are
// opened for every question.
type factCache struct {
	clock space.Clock
	mu    sync.Mutex
	known map[string]knownFacts // by address and model
}

type knownFacts struct {
	*ollamaFacts
	at time.Time
}

func newFactCache(clock space.Clock) *factCache {
	return &factCache{clock: clock, known: map[string]knownFacts{}}
}

// get returns the facts of the server's model, asking where they are unknown
// or old. Failures are not remembered.
func (c *factCache) get(ctx context.Context, s *ollamaServer) (*ollamaFacts, error) {
	key, now := s.peer.base+"\n"+s.peer.model, c.clock()
	c.mu.Lock()
	known, ok := c.known[key]
	c.mu.Unlock()
	if ok && now.Sub(known.at) < factsFor {
		return known.ollamaFacts, nil
	}
	facts, err := s.show(ctx)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	for k, v := range c.known {
		if now.Sub(v.at) >= factsFor {
			delete(c.known, k)
		}
	}
	c.known[key] = knownFacts{facts, now}
	return facts, nil
}
