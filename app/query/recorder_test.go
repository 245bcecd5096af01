package query_test

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/space"
)

// eventStore takes events, or does not.
type eventStore struct {
	mu     sync.Mutex
	err    error
	events []space.QueryEvent
	writes int
}

func (s *eventStore) RecordEvents(ctx context.Context, events []space.QueryEvent) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil || ctx.Err() != nil {
		return errors.Join(s.err, ctx.Err())
	}
	s.writes++
	s.events = append(s.events, events...)
	return nil
}

func (s *eventStore) refuse(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = err
}

func (s *eventStore) len() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.events)
}

func TestEventsAreWrittenBehindWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &eventStore{}
		r := query.NewRecorder(store, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = r.Run(ctx) }()
		for range 100 {
			r.Record(space.QueryEvent{ID: uuid.New()})
		}
		if store.len() != 0 {
			t.Error("recording waited for storage")
		}
		time.Sleep(time.Second)
		if store.len() != 100 || store.writes != 1 {
			t.Errorf("%d events in %d writes after a second", store.len(), store.writes)
		}
	})
}

func TestEventsWaitForStorageAndForTheEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &eventStore{err: errors.New("disk full")}
		r := query.NewRecorder(store, slog.New(slog.DiscardHandler))
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- r.Run(ctx) }()
		r.Record(space.QueryEvent{UserEmail: "1"})
		time.Sleep(time.Second)
		r.Record(space.QueryEvent{UserEmail: "2"})
		store.refuse(nil)
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		if store.len() != 2 || store.events[0].UserEmail != "1" {
			t.Errorf("wrote %+v, want both in order", store.events)
		}
	})
}

func TestEventsAreDroppedRatherThanMemoryFilled(t *testing.T) {
	t.Parallel()
	store := &eventStore{err: errors.New("disk full")}
	r := query.NewRecorder(store, slog.New(slog.DiscardHandler))
	for range 10_500 {
		r.Record(space.QueryEvent{})
	}
	r.Flush(t.Context())
	r.Record(space.QueryEvent{})
	store.refuse(nil)
	r.Flush(t.Context())
	if got := store.len(); got != 10_000 {
		t.Errorf("kept %d", got)
	}
}
