package api

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"syft-space/app/ingest"
	"syft-space/app/space"
)

// watched is the state that a Live watches in tests.
type watched struct {
	commits   atomic.Uint64
	reads     atomic.Int64
	completed atomic.Int64
	failing   atomic.Bool
	dataset   space.Dataset
}

func (w *watched) live() *Live {
	return NewLive(LiveSources{
		Commits: w.commits.Load, Logger: slog.New(slog.DiscardHandler), Readiness: func() Readiness { return Readiness{Ready: true} },
		Revisions: func(context.Context, space.TenantID) (r space.Revisions, err error) {
			r.Models.Rows = int(w.commits.Load())
			return r, nil
		},
		Datasets: func(context.Context, space.TenantID, space.Page) (list space.List[space.Dataset], err error) {
			if w.failing.Load() {
				return list, errors.New("the disk is gone")
			}
			w.reads.Add(1)
			return space.List[space.Dataset]{Items: []space.Dataset{w.dataset}}, nil
		},
		Status: func(_ context.Context, _ space.TenantID, _ uuid.UUID) (s ingest.Status, err error) {
			s.Dataset = w.dataset
			s.Jobs.Completed = int(w.completed.Load())
			return s, nil
		},
	})
}

// received returns what a listener was told since it was asked last.
func received(n *listener) string {
	synctest.Wait()
	select {
	case first := <-n.queue:
		return n.next(first)
	default:
		return ""
	}
}

func expect(t *testing.T, n *listener, want ...string) {
	t.Helper()
	got := received(n)
	if strings.Count(got, "\n\n") != len(want) {
		t.Errorf("told is %q, not %q", got, want)
	}
	for _, w := range want {
		if !strings.Contains(got, w) {
			t.Errorf("told is %q, without %q", got, w)
		}
	}
}

func TestListenersAreToldWhatChanges(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dataset: space.Dataset{ID: uuid.New()}}
		l := w.live()
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = l.Run(ctx) }()
		time.Sleep(time.Hour)
		if n := w.reads.Load(); n != 0 {
			t.Errorf("nobody listens, and the state is read %d times", n)
		}
		first, err := l.listen(ctx, space.RootTenant)
		if err != nil {
			t.Fatal(err)
		}
		second, err := l.listen(ctx, space.RootTenant)
		if err != nil {
			t.Fatal(err)
		}
		stranger, err := l.listen(ctx, space.TenantID{UUID: uuid.New()})
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []*listener{first, second, stranger} {
			expect(t, n, "event: snapshot\ndata: {\"health\":{\"status\":\"ok\"")
		}
		time.Sleep(3 * time.Second)
		if n := w.reads.Load(); n != 2 {
			t.Errorf("nothing changes, and the state of two tenants is read %d times", n)
		}
		w.completed.Add(1) // nothing is committed: seen in time all the same
		time.Sleep((lookAnyway + 1) * lookEvery)
		expect(t, first, "event: ingestion")
		w.completed.Add(1)
		w.commits.Add(1)
		time.Sleep(2 * lookEvery)
		expect(t, first, `"completed":2`, `event: changed`+"\n"+`data: {"resources":["models"]}`)
		expect(t, second, "event: ingestion", "event: ingestion", "event: changed")
		received(stranger)
		l.Query(space.QueryEvent{Tenant: space.RootTenant, Text: "a secret", EndpointSlug: "docs"})
		expect(t, second, `"endpoint_slug":"docs"`)
		if told := received(first); strings.Contains(told, "secret") {
			t.Errorf("the text is told: %q", told)
		}
		expect(t, stranger)
		for _, n := range []*listener{first, second, stranger} {
			n.leave()
		}
		reads := w.reads.Load()
		w.commits.Add(1)
		time.Sleep(time.Minute)
		if n := w.reads.Load(); n != reads {
			t.Error("nobody listens any more, and the state is read")
		}
		cancel()
		<-l.ended
	})
}

func TestASlowListenerIsShownTheWholeStateAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		w := &watched{dataset: space.Dataset{ID: uuid.New()}}
		l := w.live()
		n, err := l.listen(t.Context(), space.RootTenant)
		if err != nil {
			t.Fatal(err)
		}
		fits := space.QueryEvent{Tenant: space.RootTenant}
		for range listenerQueue - 1 { // the snapshot waits too
			l.Query(fits)
		}
		if told := received(n); strings.Count(told, "event: query") != listenerQueue-1 {
			t.Errorf("what fits is not told: %q", told)
		}
		for range 10 * listenerQueue {
			l.Query(fits)
		}
		expect(t, n, "event: snapshot")
		l.Query(fits)
		expect(t, n, "event: query")
	})
}

func TestAStreamDoesNotBeginWithoutAState(t *testing.T) {
	t.Parallel()
	w := &watched{}
	l := w.live()
	w.failing.Store(true)
	if _, err := l.listen(t.Context(), space.RootTenant); err == nil {
		t.Error("there is a state, though it cannot be read")
	}
	if len(l.boards) != 0 {
		t.Error("the listener who could not come stays")
	}
	w.failing.Store(false)
	if _, err := l.listen(t.Context(), space.RootTenant); err != nil {
		t.Error(err)
	}
}

func TestWhatIsToldToBeGoneIsNotShownAnyMore(t *testing.T) {
	t.Parallel()
	l := (&watched{}).live()
	gone := false
	l.Revisions = func(context.Context, space.TenantID) (r space.Revisions, err error) {
		gone = true // a moment before it is read
		return r, nil
	}
	l.Datasets = func(context.Context, space.TenantID, space.Page) (list space.List[space.Dataset], err error) {
		if !gone {
			list.Items = []space.Dataset{{ID: uuid.New()}}
		}
		return list, nil
	}
	n, err := l.listen(t.Context(), space.RootTenant)
	if err != nil {
		t.Fatal(err)
	}
	if told := <-n.queue; !strings.Contains(told, `"ingestion":[]`) {
		t.Errorf("told is %q", told)
	}
}

func BenchmarkQueryEvent(b *testing.B) {
	w := &watched{dataset: space.Dataset{ID: uuid.New()}}
	for name, listeners := range map[string]int{"nobody": 0, "one": 1, "hundred": 100} {
		b.Run(name, func(b *testing.B) {
			l := w.live()
			for range listeners {
				if _, err := l.listen(b.Context(), space.RootTenant); err != nil {
					b.Fatal(err)
				}
			}
			e := space.QueryEvent{ID: uuid.New(), Tenant: space.RootTenant, EndpointSlug: "docs", UserEmail: "ada@example.org", Outcome: "success"}
			b.ReportAllocs()
			for b.Loop() {
				l.Query(e)
			}
		})
	}
}
