package catalog

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/singleflight"

	"syft-space/app/space"
)

const (
	verdictFor = 10 * time.Second // how long a verdict counts
	askFor     = 10 * time.Second // how long a server may take to answer

	mostVerdicts = 1000 // are kept
)

// verdicts remembers what servers said of their health. Anyone may ask for it,
// without a credential and without being counted: each thing's server is asked
// by one caller at a time, and not again while the verdict on the same
// configuration is fresh.
type verdicts struct {
	clock  space.Clock
	asking singleflight.Group

	mu   sync.Mutex
	kept map[uuid.UUID]verdict
}

// verdict is what a thing's server said of its health.
type verdict struct {
	config string // of the thing, as stored
	at     time.Time
	said   string
	err    error
}

func newVerdicts(clock space.Clock) *verdicts {
	return &verdicts{clock: clock, kept: map[uuid.UUID]verdict{}}
}

// of returns the health of the thing with the id: remembered, or from ask. The
// asking does not end with the caller's ctx, because others wait for it too.
func (v *verdicts) of(ctx context.Context, id uuid.UUID, config space.Config, ask func(context.Context) (string, error)) (string, error) {
	said, err, _ := v.asking.Do(id.String()+string(config), func() (any, error) {
		if known, ok := v.last(id); ok && known.config == string(config) && v.clock().Sub(known.at) < verdictFor {
			return known.said, known.err
		}
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), askFor)
		defer cancel()
		said, err := ask(ctx)
		v.keep(id, verdict{string(config), v.clock(), said, err})
		return said, err
	})
	return said.(string), err
}

func (v *verdicts) last(id uuid.UUID) (verdict, bool) {
	v.mu.Lock()
	defer v.mu.Unlock()
	known, ok := v.kept[id]
	return known, ok
}

func (v *verdicts) keep(id uuid.UUID, said verdict) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.kept) >= mostVerdicts {
		clear(v.kept)
	}
	v.kept[id] = said
}
