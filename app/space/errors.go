package space

import (
	"errors"
	"fmt"
	"time"
)

// Kind says what sort of failure an Error is; the edge turns it into a status.
type Kind int

// The kinds, with the HTTP status that each one becomes.
const (
	KindInternal        Kind = iota // 500, the detail is not shown
	KindInvalid                     // 400: well-formed, but cannot be carried out as asked
	KindUnauthenticated             // 401
	KindPaymentRequired             // 402
	KindForbidden                   // 403
	KindNotFound                    // 404
	KindConflict                    // 409
	KindGone                        // 410
	KindTooLarge                    // 413
	KindUnsupported                 // 415
	KindValidation                  // 422: Fields say where
	KindDependency                  // 424: a credential of ours was refused elsewhere
	KindRateLimited                 // 429, with RetryAfter
	KindCanceled                    // 499: the caller went away
	KindUpstream                    // 500, the detail is safe to show: a provider or an index failed
	KindUnavailable                 // 503, with RetryAfter: a passing fault
	KindTimeout                     // 504
	KindTooLong                     // an embedder's refusal of a long text; never reaches the edge
)

// Error is the one error type that crosses package borders. Detail is a plain
// sentence for the caller and never holds a secret, a path outside the
// caller's picks or a provider's raw body; Cause is for the log.
type Error struct {
	Kind       Kind
	Detail     string
	Public     string        // what callers of a query read in place of a Detail that names the owner's machines; "" means Detail
	Fields     []FieldError  // where a request or a configuration is wrong
	RetryAfter time.Duration // when trying again makes sense; 0 means not said
	Cause      error
}

// FieldError locates one problem of a request, in the shape of the contract.
type FieldError struct {
	Loc  []any  `json:"loc" doc:"Where it is wrong: body, query or path, then keys and indexes" example:"[\"body\",\"name\"]"`
	Msg  string `json:"msg" doc:"What is wrong" example:"field required"`
	Type string `json:"type" doc:"What sort of problem it is" example:"value_error.missing"`
}

// Error returns the detail, followed by the cause where there is one.
func (e *Error) Error() string {
	if e.Cause != nil {
		return e.Detail + ": " + e.Cause.Error()
	}
	return e.Detail
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Errorf makes an Error whose Detail is formatted as by fmt.Sprintf. A cause is
// added with WithCause, so that it cannot slip into the sentence.
func Errorf(kind Kind, format string, args ...any) *Error {
	return &Error{Kind: kind, Detail: fmt.Sprintf(format, args...)}
}

// WithCause returns a copy of e that carries cause for the log.
func (e *Error) WithCause(cause error) *Error {
	c := *e
	c.Cause = cause
	return &c
}

// NotFound is the error for a thing that is not there, in the words of the
// contract: NotFound("Dataset", "notes") reads "Dataset 'notes' not found".
func NotFound(what, name string) *Error {
	return Errorf(KindNotFound, "%s '%s' not found", what, name)
}

// Invalid is a 422 of one or more fields.
func Invalid(fields ...FieldError) *Error {
	detail := "the request is not valid"
	if len(fields) > 0 {
		detail = fields[0].Msg
	}
	return &Error{Kind: KindValidation, Detail: detail, Fields: fields}
}

// KindOf returns the kind of the first Error in err's chain, KindInternal
// where there is none.
func KindOf(err error) Kind {
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return KindInternal
}
