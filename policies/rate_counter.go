package policies

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"
	"github.com/ulule/limiter/v3"

	"syft-space/app/space"
)

// RateStore keeps the counts of limits of an hour or more over a restart.
type RateStore interface {
	LoadRates(ctx context.Context) ([]space.RateCount, error)
	SaveRates(ctx context.Context, counts []space.RateCount) error
}

const (
	// durable is the shortest period whose counts are written to storage.
	durable = time.Hour
	// saveEvery is how often they are; a crash forgets no more than that.
	saveEvery = 500 * time.Millisecond
	// sweepEvery is how often windows that ended are dropped from memory.
	sweepEvery = time.Minute
	// lastSave bounds the writing when the program stops.
	lastSave = 5 * time.Second
)

// windows counts in windows of fixed length that begin with their first call.
// Limiter's own memory store does the same by the wall clock alone, cannot be
// filled after a restart, and cleans up in a goroutine that nothing stops.
type windows struct {
	store RateStore
	clock space.Clock
	log   *slog.Logger

	mu     sync.Mutex
	counts map[string]window
	dirty  map[string]bool // keys whose count is to be written
}

type window struct {
	count   int64
	expires time.Time
	period  time.Duration // 0 where it came from storage and was not used yet
}

func newWindows(store RateStore, clock space.Clock, log *slog.Logger) *windows {
	return &windows{store: store, clock: clock, log: log, counts: map[string]window{}, dirty: map[string]bool{}}
}

// policyLen is the length of the policy's id at the start of a key.
const policyLen = len(uuid.UUID{})

func windowKey(policy uuid.UUID, key string) string { return string(policy[:]) + key }

// windowsAt are the windows as they stand at an instant; a limiter.Store.
type windowsAt struct {
	*windows
	now time.Time
}

func (w *windows) at(now time.Time) limiter.Store { return windowsAt{w, now} }

// Get counts one call.
func (w windowsAt) Get(ctx context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	return w.Increment(ctx, key, 1, rate)
}

// Peek counts nothing.
func (w windowsAt) Peek(_ context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return state(w.current(key, rate), rate), nil
}

// Reset begins a new window.
func (w windowsAt) Reset(_ context.Context, key string, rate limiter.Rate) (limiter.Context, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return state(w.put(key, rate, w.fresh(rate)), rate), nil
}

// Increment counts some calls, or takes them back where count is negative; not
// from a window that began after they were counted.
func (w windowsAt) Increment(_ context.Context, key string, count int64, rate limiter.Rate) (limiter.Context, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := w.current(key, rate)
	if count < 0 && c.expires.After(w.now.Add(rate.Period)) {
		return state(c, rate), nil
	}
	c.count = max(0, c.count+count)
	return state(w.put(key, rate, c), rate), nil
}

// current returns the window of key, a new one where it ended or where the
// policy's period was changed since it began.
func (w windowsAt) current(key string, rate limiter.Rate) window {
	c, ok := w.counts[key]
	if !ok || !c.expires.After(w.now) {
		return w.fresh(rate)
	}
	if c.period == 0 && !c.expires.After(w.now.Add(rate.Period)) {
		c.period = rate.Period
	}
	if c.period != rate.Period {
		return w.fresh(rate)
	}
	return c
}

func (w windowsAt) fresh(rate limiter.Rate) window {
	return window{expires: w.now.Add(rate.Period), period: rate.Period}
}

func (w windowsAt) put(key string, rate limiter.Rate, c window) window {
	w.counts[key] = c
	if rate.Period >= durable {
		w.dirty[key] = true
	}
	return c
}

// state is a window in the limiter's terms; Reset is rounded up to a second.
func state(c window, rate limiter.Rate) limiter.Context {
	return limiter.Context{
		Limit: rate.Limit, Remaining: max(0, rate.Limit-c.count),
		Reset:   c.expires.Add(time.Second - time.Nanosecond).Unix(),
		Reached: c.count > rate.Limit,
	}
}

// load fills the windows from storage.
func (w *windows) load(ctx context.Context) error {
	counts, err := w.store.LoadRates(ctx)
	if err != nil {
		return err
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, c := range counts {
		w.counts[windowKey(c.PolicyID, c.Key)] = window{count: c.Count, expires: c.Expires}
	}
	return nil
}

// run writes counts behind, and once more when ctx ends.
func (w *windows) run(ctx context.Context) error {
	save, sweep := time.NewTicker(saveEvery), time.NewTicker(sweepEvery)
	defer save.Stop()
	defer sweep.Stop()
	for {
		select {
		case <-save.C:
			w.save(ctx)
		case <-sweep.C:
			w.sweep()
		case <-ctx.Done():
			last, cancel := context.WithTimeout(context.WithoutCancel(ctx), lastSave)
			defer cancel()
			w.save(last)
			return nil
		}
	}
}

// save writes what changed. What storage does not take waits for the next time.
func (w *windows) save(ctx context.Context) {
	counts := w.takeDirty()
	if len(counts) == 0 {
		return
	}
	if err := w.store.SaveRates(ctx, counts); err != nil {
		w.log.WarnContext(ctx, "rate counters could not be written", "count", len(counts), "error", err)
		w.mu.Lock()
		defer w.mu.Unlock()
		for _, c := range counts {
			w.dirty[windowKey(c.PolicyID, c.Key)] = true
		}
	}
}

func (w *windows) takeDirty() []space.RateCount {
	w.mu.Lock()
	defer w.mu.Unlock()
	counts := make([]space.RateCount, 0, len(w.dirty))
	for key := range w.dirty {
		c, ok := w.counts[key]
		if !ok { // ended and swept
			continue
		}
		counts = append(counts, space.RateCount{
			PolicyID: uuid.UUID([]byte(key[:policyLen])), Key: key[policyLen:], Count: c.count, Expires: c.expires,
		})
	}
	clear(w.dirty)
	return counts
}

// sweep forgets windows that ended.
func (w *windows) sweep() {
	now := w.clock()
	w.mu.Lock()
	defer w.mu.Unlock()
	for key, c := range w.counts {
		if !c.expires.After(now) {
			delete(w.counts, key)
		}
	}
}
