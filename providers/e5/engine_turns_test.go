package e5

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// busy says whether any turn is held.
func (t *turns) busy() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.free < t.total
}

func mustAcquire(t *testing.T, from *turns, urgent bool) *turn {
	t.Helper()
	w, err := from.acquire(context.Background(), urgent)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestUrgentWaitersGoFirst(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		first := mustAcquire(t, all, false)
		var order []string
		for _, w := range []struct {
			name   string
			urgent bool
		}{{"passage 1", false}, {"passage 2", false}, {"question 1", true}, {"question 2", true}} {
			go func() {
				w2 := mustAcquire(t, all, w.urgent)
				order = append(order, w.name)
				w2.release()
			}()
			synctest.Wait()
		}
		first.release()
		synctest.Wait()
		want := []string{"question 1", "question 2", "passage 1", "passage 2"}
		if diff := cmp.Diff(want, order); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestGivingWayComesBackBeforeOtherPassages(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		holder := mustAcquire(t, all, false)
		var order []string
		take := func(name string, urgent bool) {
			go func() {
				w := mustAcquire(t, all, urgent)
				order = append(order, name)
				w.release()
			}()
			synctest.Wait()
		}
		take("other passage", false)
		take("question", true)
		if err := holder.giveWay(context.Background()); err != nil {
			t.Fatal(err)
		}
		order = append(order, "holder")
		holder.release()
		synctest.Wait()
		if diff := cmp.Diff([]string{"question", "holder", "other passage"}, order); diff != "" {
			t.Errorf("-want +got:\n%s", diff)
		}
	})
}

func TestNobodyGivesWayWithoutAQuestion(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		holder := mustAcquire(t, all, false)
		taken := false
		go func() {
			w := mustAcquire(t, all, false)
			taken = true
			w.release()
		}()
		synctest.Wait()
		if err := holder.giveWay(context.Background()); err != nil || taken {
			t.Errorf("giveWay: %v; another passage ran: %v", err, taken)
		}
		holder.release()
	})
}

func TestCancelledWaitersLeaveTheQueue(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		holder := mustAcquire(t, all, false)
		ctx, cancel := context.WithCancel(context.Background())
		failed := make(chan error, 1)
		go func() {
			_, err := all.acquire(ctx, true)
			failed <- err
		}()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		holder.release()
		mustAcquire(t, all, false).release()
	})
}

func TestGivingWayAfterCancelKeepsNoTurn(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		ctx, cancel := context.WithCancel(context.Background())
		holder := mustAcquire(t, all, false)
		question := make(chan *turn, 1)
		go func() { question <- mustAcquire(t, all, true) }()
		synctest.Wait()
		failed := make(chan error, 1)
		go func() { failed <- holder.giveWay(ctx) }()
		synctest.Wait()
		cancel()
		if err := <-failed; !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
		holder.release()
		(<-question).release()
		if all.busy() || all.free != 1 {
			t.Errorf("%d turns are free, want 1", all.free)
		}
	})
}

func TestCloseWaitsForHoldersAndRefusesWaiters(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := newTurns(1)
		holder := mustAcquire(t, all, false)
		refused := make(chan error, 1)
		go func() {
			_, err := all.acquire(context.Background(), false)
			refused <- err
		}()
		synctest.Wait()
		closed := false
		go func() {
			all.close()
			closed = true
		}()
		synctest.Wait()
		if closed {
			t.Error("close returned while a turn was held")
		}
		if err := holder.giveWay(context.Background()); space.KindOf(err) != space.KindUnavailable {
			t.Errorf("giveWay: %v, want kind unavailable", err)
		}
		holder.release()
		if err := <-refused; space.KindOf(err) != space.KindUnavailable {
			t.Errorf("acquire: %v, want kind unavailable", err)
		}
		synctest.Wait()
		if !closed {
			t.Error("close did not return")
		}
	})
}
