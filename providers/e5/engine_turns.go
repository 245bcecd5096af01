package e5

import (
	"context"
	"slices"
	"sync"
)

// turns hands out a fixed number of turns to compute. Those who ask urgently go
// first, and a running holder who is not urgent can give way to them.
type turns struct {
	mu      sync.Mutex
	idle    sync.Cond // on mu: all turns are free
	total   int
	free    int
	ended   bool
	urgent  []*turn
	patient []*turn
}

// turn is the right to compute, or the wish for it.
type turn struct {
	from   *turns
	urgent bool
	held   bool          // guarded by from.mu
	ready  chan struct{} // receives one value when the turn has come
}

func newTurns(n int) *turns {
	t := &turns{total: n, free: n}
	t.idle.L = &t.mu
	return t
}

// acquire waits for a turn. It fails when ctx ends or turns are closed.
func (t *turns) acquire(ctx context.Context, urgent bool) (*turn, error) {
	w := &turn{from: t, urgent: urgent, ready: make(chan struct{}, 1)}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.mu.Lock()
	if urgent {
		t.urgent = append(t.urgent, w)
	} else {
		t.patient = append(t.patient, w)
	}
	t.serve()
	t.mu.Unlock()
	if err := w.wait(ctx); err != nil {
		return nil, err
	}
	return w, nil
}

// serve hands free turns to those next in line; mu is held.
func (t *turns) serve() {
	for t.free > 0 && len(t.urgent)+len(t.patient) > 0 {
		queue := &t.urgent
		if len(*queue) == 0 {
			queue = &t.patient
		}
		w := (*queue)[0]
		*queue = slices.Delete(*queue, 0, 1)
		t.free--
		w.held = true
		w.ready <- struct{}{}
	}
	if t.free == t.total {
		t.idle.Broadcast()
	}
}

// wait returns once the turn is held; on an error it is given back.
func (w *turn) wait(ctx context.Context) error {
	select {
	case <-w.ready:
	case <-ctx.Done():
		w.release()
		return ctx.Err()
	}
	if w.from.closed() {
		w.release()
		return errClosed()
	}
	return nil
}

// release gives the turn back, or leaves the queue. It may be called again.
func (w *turn) release() {
	t := w.from
	t.mu.Lock()
	defer t.mu.Unlock()
	if w.held {
		w.held = false
		t.free++
	}
	itself := func(q *turn) bool { return q == w }
	t.urgent = slices.DeleteFunc(t.urgent, itself)
	t.patient = slices.DeleteFunc(t.patient, itself)
	t.serve()
}

// giveWay lets those who are urgent go first, unless the holder is urgent too,
// and returns when the turn is held again. After an error the turn is of no use
// but to be released.
func (w *turn) giveWay(ctx context.Context) error {
	t := w.from
	t.mu.Lock()
	if t.ended {
		t.mu.Unlock()
		return errClosed()
	}
	if err := ctx.Err(); err != nil || w.urgent || len(t.urgent) == 0 {
		t.mu.Unlock()
		return err
	}
	w.held = false
	t.free++
	t.patient = slices.Insert(t.patient, 0, w)
	t.serve()
	t.mu.Unlock()
	return w.wait(ctx)
}

func (t *turns) closed() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.ended
}

// close makes holders and waiters end with errClosed and waits for them.
func (t *turns) close() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.ended = true
	for t.free < t.total || len(t.urgent)+len(t.patient) > 0 {
		t.idle.Wait()
	}
}
