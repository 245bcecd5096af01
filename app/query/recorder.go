package query

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"syft-space/app/space"
)

// EventStore keeps events.
type EventStore interface {
	RecordEvents(ctx context.Context, events []space.QueryEvent) error
}

// Recorder writes events behind the queries that they describe, at least every
// second, so that analytics never slow or fail a query.
type Recorder struct {
	store EventStore
	log   *slog.Logger

	mu      sync.Mutex
	waiting []space.QueryEvent
	dropped int
}

const (
	recordEvery = 500 * time.Millisecond
	// maxWaiting bounds what is kept while storage does not take events.
	maxWaiting = 10_000
	// lastWrite bounds the writing of what is left when the program stops.
	lastWrite = 5 * time.Second
)

// NewRecorder makes a recorder; nothing is written before Run.
func NewRecorder(store EventStore, log *slog.Logger) *Recorder {
	return &Recorder{store: store, log: log}
}

// Record keeps an event until it is written. It never blocks on storage.
func (r *Recorder) Record(e space.QueryEvent) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.waiting) >= maxWaiting {
		r.dropped++
		return
	}
	r.waiting = append(r.waiting, e)
}

// Run writes events until ctx ends, then once more. It returns nil.
func (r *Recorder) Run(ctx context.Context) error {
	tick := time.NewTicker(recordEvery)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			r.Flush(ctx)
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastWrite)
			defer cancel()
			r.Flush(last)
			return nil
		}
	}
}

// Flush writes what is waiting. What storage does not take waits for the next time.
func (r *Recorder) Flush(ctx context.Context) {
	r.mu.Lock()
	events, dropped := r.waiting, r.dropped
	r.waiting, r.dropped = nil, 0
	r.mu.Unlock()
	if dropped > 0 {
		r.log.WarnContext(ctx, "analytics events were dropped", "count", dropped)
	}
	if len(events) == 0 {
		return
	}
	if err := r.store.RecordEvents(ctx, events); err != nil {
		r.log.WarnContext(ctx, "analytics events could not be written", "count", len(events), "error", err)
		r.mu.Lock()
		defer r.mu.Unlock()
		r.waiting = append(events, r.waiting...)
		if over := len(r.waiting) - maxWaiting; over > 0 {
			r.waiting, r.dropped = r.waiting[over:], r.dropped+over
		}
	}
}
