package query

import (
	"cmp"
	"context"
	"errors"
	"time"

	"syft-space/app/space"
)

// Failure is a query that was refused or went wrong once its policies were
// known. Metadata says what they did, refunds included; its Outcome is success
// where none refused and something else failed.
type Failure struct {
	Err      error
	Metadata space.PolicyMetadata
}

// Error returns what Err says.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns Err.
func (f *Failure) Unwrap() error { return f.Err }

// retryAfter is what a caller is told to wait where the failing part does not say.
const retryAfter = 2 * time.Second

// errCallerGone is the failure of a query whose caller went away.
func errCallerGone(cause error) error {
	return space.Errorf(space.KindCanceled, "The caller went away").WithCause(cause)
}

// goneRow words the failure to find a row that an endpoint joins.
func goneRow(what string, err error) error {
	if space.KindOf(err) == space.KindNotFound {
		return space.Errorf(space.KindConflict, "%s not found", what).WithCause(err)
	}
	return err
}

// dependencyFailed turns the failure of a search or a model into what a caller
// may see: prefix and a safe reason. Faults that the caller can mend keep
// their kind; what a provider says about our own credential or rights must not
// look like a verdict on the caller's.
func dependencyFailed(ctx context.Context, prefix string, err error) error {
	if ctx.Err() != nil {
		return callerError(ctx)
	}
	var e *space.Error
	if !errors.As(err, &e) {
		e = &space.Error{Kind: space.KindInternal}
	}
	detail := cmp.Or(e.Public, e.Detail)
	if e.Kind == space.KindInternal || detail == "" {
		detail = "an unexpected error, see the log of the Space"
	}
	out := &space.Error{Kind: space.KindUpstream, Detail: prefix + ": " + detail, Cause: err}
	switch e.Kind {
	case space.KindValidation:
		return err
	case space.KindTimeout, space.KindInvalid:
		if prefix != searchFailed { // whose faults are the owner's to mend
			out.Kind = e.Kind
		}
	case space.KindTooLarge, space.KindDependency:
		out.Kind = e.Kind
	case space.KindUnavailable, space.KindRateLimited:
		out.Kind, out.RetryAfter = space.KindUnavailable, e.RetryAfter
		if out.RetryAfter <= 0 {
			out.RetryAfter = retryAfter
		}
	}
	return out
}

// callerError says why the caller's context ended.
func callerError(ctx context.Context) error {
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return space.Errorf(space.KindTimeout, "The query took too long").WithCause(context.Cause(ctx))
	}
	return errCallerGone(context.Cause(ctx))
}
