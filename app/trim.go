package app

import (
	"context"
	"runtime/debug"
	"runtime/metrics"
	"time"
)

const (
	trimEvery = 30 * time.Second
	// spare is how much memory beyond twice what is in use may lie idle.
	spare = 32 << 20
)

// trim gives memory back to the system that a burst of requests or a large
// document left idle. Go's runtime does so by itself, over many minutes: a
// program that waits on a small computer should not look as large as its
// busiest moment.
func trim(ctx context.Context) error {
	tick := time.NewTicker(trimEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			if idle() {
				debug.FreeOSMemory()
			}
		}
	}
}

// idle reports whether most of what the runtime took from the system is unused:
// what was alive at the last collection against what is mapped now.
func idle() bool {
	m := []metrics.Sample{
		{Name: "/memory/classes/total:bytes"}, {Name: "/memory/classes/heap/released:bytes"}, {Name: "/gc/heap/live:bytes"},
	}
	metrics.Read(m)
	mapped, live := m[0].Value.Uint64()-m[1].Value.Uint64(), m[2].Value.Uint64()
	return mapped > 2*live+spare
}
