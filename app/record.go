package app

import (
	"context"
	"log/slog"
	"time"

	"syft-space/app/space"
)

const (
	recordEvery = time.Second
	recordQueue = 4096 // events that may wait; more are counted and dropped
)

// eventStore keeps analytics.
type eventStore interface {
	RecordEvents(context.Context, []space.QueryEvent) error
}

// recorder writes analytics events behind the queries, many in one transaction.
type recorder struct {
	store eventStore
	log   *slog.Logger
	queue chan space.QueryEvent
	full  chan struct{}      // the queue is half full: do not wait for the second to pass
	batch []space.QueryEvent // of run: what could not be stored yet comes first
}

func newRecorder(store eventStore, log *slog.Logger) *recorder {
	return &recorder{store: store, log: log, queue: make(chan space.QueryEvent, recordQueue), full: make(chan struct{}, 1)}
}

// add never blocks: analytics can never hold up or fail a query.
func (r *recorder) add(e space.QueryEvent) {
	select {
	case r.queue <- e:
		if len(r.queue) > recordQueue/2 {
			select {
			case r.full <- struct{}{}:
			default:
			}
		}
	default:
		r.log.Warn("an analytics event was dropped: the disk is too slow", "endpoint", e.EndpointSlug)
	}
}

// run writes what waits, every second, sooner under load, and once more at the end.
func (r *recorder) run(ctx context.Context) error {
	tick := time.NewTicker(recordEvery)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			r.flush(context.WithoutCancel(ctx))
			return nil
		case <-tick.C:
			r.flush(ctx)
		case <-r.full:
			r.flush(ctx)
		}
	}
}

func (r *recorder) flush(ctx context.Context) {
	for len(r.batch) < recordQueue {
		select {
		case e := <-r.queue:
			r.batch = append(r.batch, e)
			continue
		default:
		}
		break
	}
	if len(r.batch) == 0 {
		return
	}
	if err := r.store.RecordEvents(ctx, r.batch); err != nil {
		r.log.Error("analytics events could not be stored yet", "events", len(r.batch), "error", err)
		return
	}
	r.batch = r.batch[:0]
}
