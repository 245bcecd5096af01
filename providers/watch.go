package providers

import (
	"context"
	"fmt"
	"time"
)

// lateError is the cause of cancelling a request that took too long.
type lateError struct{ says string }

// Error implements error.
func (e *lateError) Error() string { return "the server " + e.says }

// within bounds a short request as a whole.
func within(ctx context.Context, limit time.Duration) (context.Context, context.CancelFunc) {
	return context.WithTimeoutCause(ctx, limit, &lateError{"did not answer within " + spell(limit)})
}

// watch cancels a request whose answer does not begin, or stops in the middle.
type watch struct {
	cancel context.CancelCauseFunc
	timer  *time.Timer
}

// newWatch returns a context for the request, which ends after first unless
// the watch is stepped. done must be called.
func newWatch(ctx context.Context, first time.Duration) (context.Context, *watch) {
	ctx, cancel := context.WithCancelCause(ctx)
	late := &lateError{"did not begin to answer within " + spell(first)}
	return ctx, &watch{cancel: cancel, timer: time.AfterFunc(first, func() { cancel(late) })}
}

// step allows the server another limit of silence.
func (w *watch) step(limit time.Duration) {
	w.timer.Stop()
	late := &lateError{"fell silent for " + spell(limit) + " in the middle of its answer"}
	w.timer = time.AfterFunc(limit, func() { w.cancel(late) })
}

// pause stops the clock while we are the ones who take time.
func (w *watch) pause() { w.timer.Stop() }

func (w *watch) done() {
	w.timer.Stop()
	w.cancel(nil)
}

// spell writes a duration as a sentence does.
func spell(d time.Duration) string {
	if d >= 2*time.Minute && d%time.Minute == 0 {
		return fmt.Sprintf("%d minutes", d/time.Minute)
	}
	return fmt.Sprintf("%g seconds", d.Seconds())
}
