package api

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"syft-space/app/query"
	"syft-space/app/schema"
	"syft-space/app/space"
)

var (
	errRouteNotFound    = space.Errorf(space.KindNotFound, "Not Found")
	errMethodNotAllowed = &wireError{status: http.StatusMethodNotAllowed, Detail: "Method Not Allowed"}
)

// statuses maps kinds to HTTP statuses. 499 is nginx's "client closed request";
// nobody is there to read it, but the log is.
var statuses = map[space.Kind]int{
	space.KindInternal:        http.StatusInternalServerError,
	space.KindInvalid:         http.StatusBadRequest,
	space.KindUnauthenticated: http.StatusUnauthorized,
	space.KindPaymentRequired: http.StatusPaymentRequired,
	space.KindForbidden:       http.StatusForbidden,
	space.KindNotFound:        http.StatusNotFound,
	space.KindConflict:        http.StatusConflict,
	space.KindGone:            http.StatusGone,
	space.KindTooLarge:        http.StatusRequestEntityTooLarge,
	space.KindUnsupported:     http.StatusUnsupportedMediaType,
	space.KindValidation:      http.StatusUnprocessableEntity,
	space.KindDependency:      http.StatusFailedDependency,
	space.KindRateLimited:     http.StatusTooManyRequests,
	space.KindCanceled:        499,
	space.KindUpstream:        http.StatusInternalServerError,
	space.KindUnavailable:     http.StatusServiceUnavailable,
	space.KindTimeout:         http.StatusGatewayTimeout,
	space.KindTooLong:         http.StatusUnprocessableEntity,
}

// wireError is the one form in which errors leave the program.
type wireError struct {
	status  int
	headers http.Header

	OpenAI         *openAIError          `json:"error,omitempty" doc:"Below /v1 only: the error as OpenAI's clients read it"`
	Detail         any                   `json:"detail"`
	Errors         []space.FieldError    `json:"errors,omitempty"`
	PolicyMetadata *space.PolicyMetadata `json:"policy_metadata,omitempty"`
}

// Error implements error.
func (e *wireError) Error() string {
	b, _ := json.Marshal(e.Detail)
	return string(b)
}

// GetStatus implements huma.StatusError.
func (e *wireError) GetStatus() int { return e.status }

// GetHeaders implements huma.HeadersError.
func (e *wireError) GetHeaders() http.Header { return e.headers }

// ContentType implements huma.ContentTypeFilter: plain JSON, not a problem document.
func (e *wireError) ContentType(string) string { return "application/json" }

// toWire is the one mapper from errors to answers. It logs what the answer
// must not say.
func (s *server) toWire(ctx context.Context, err error) *wireError {
	var ready *wireError
	if errors.As(err, &ready) {
		return ready
	}
	var e *space.Error
	switch {
	case errors.As(err, &e):
	case errors.Is(err, context.Canceled):
		e = space.Errorf(space.KindCanceled, "The caller went away")
	case errors.Is(err, context.DeadlineExceeded):
		e = space.Errorf(space.KindTimeout, "The request took too long")
	default:
		e = &space.Error{Kind: space.KindInternal, Cause: err}
	}
	w := &wireError{status: statuses[e.Kind], headers: http.Header{}, Detail: e.Detail}
	var failed *query.Failure
	if errors.As(err, &failed) && e.Kind != space.KindValidation { // which is no refusal, and has a shape of its own
		metadata := wireMetadata(failed.Metadata)
		w.PolicyMetadata = &metadata
		if e.Kind == space.KindRateLimited { // of the endpoint, not of the API
			w.status = cmp.Or(s.Options.RateLimitStatus, w.status)
		}
	}
	s.finish(w, e)
	s.logFailure(ctx, w.status, err)
	return w
}

// finish adds what depends on the kind: fields, headers, hidden details.
func (s *server) finish(w *wireError, e *space.Error) {
	switch e.Kind {
	case space.KindInternal:
		w.Detail = http.StatusText(http.StatusInternalServerError)
	case space.KindValidation:
		w.Detail = e.Fields
		if len(e.Fields) == 0 {
			w.Detail = []space.FieldError{{Loc: []any{"body"}, Msg: e.Detail, Type: "value_error"}}
		}
	case space.KindInvalid:
		w.Errors = e.Fields
	case space.KindUnauthenticated:
		w.headers.Set("WWW-Authenticate", authenticate(e.Detail))
	}
	if e.RetryAfter > 0 {
		w.headers.Set("Retry-After", retryAfter(e.RetryAfter))
	}
}

// authenticate is the challenge of a 401 (RFC 6750, section 3).
func authenticate(detail string) string {
	if detail == "Invalid satellite token" || detail == "Satellite token expired" {
		return `Bearer error="invalid_token"`
	}
	return "Bearer"
}

// retryAfter rounds up to whole seconds, as Retry-After takes them.
func retryAfter(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

func (s *server) logFailure(ctx context.Context, status int, err error) {
	switch {
	case status >= 500:
		s.Logger.ErrorContext(ctx, "request failed", "status", status, "error", err)
	case status == 499:
		s.Logger.DebugContext(ctx, "Caller went away", "error", err)
	}
}

// abort answers a request with an error before any operation saw it.
func (s *server) abort(c *gin.Context, err error) {
	w := s.toWire(c.Request.Context(), err).at(c.Request.URL.Path)
	for k, v := range w.headers {
		c.Writer.Header()[k] = v
	}
	c.AbortWithStatusJSON(w.status, w)
}

// useErrors makes huma's own failures, of reading and validating requests,
// leave in the contract's form too. huma keeps the constructor in a variable
// that is global to the process; ours needs no state, and is set once.
var useErrors = sync.OnceFunc(func() {
	huma.NewError = fromHuma
	huma.NewErrorWithContext = func(_ huma.Context, status int, msg string, errs ...error) huma.StatusError {
		return fromHuma(status, msg, errs...)
	}
})

func fromHuma(status int, msg string, errs ...error) huma.StatusError {
	w := &wireError{status: status, Detail: msg}
	switch {
	case status == http.StatusRequestEntityTooLarge, tooLarge(errs):
		w.status, w.Detail = http.StatusRequestEntityTooLarge, bodyTooLarge
	case msg == "request body is required":
		w.status = http.StatusUnprocessableEntity
		w.Detail = []space.FieldError{schema.Missing("body")}
	case status == http.StatusBadRequest || status == http.StatusUnprocessableEntity:
		w.status = http.StatusUnprocessableEntity
		w.Detail = inBody(schema.Problems(errs))
	case status == http.StatusUnsupportedMediaType:
		w.Detail = notJSON
	case status == http.StatusRequestTimeout:
		w.Detail = bodyTooSlow
	case msg == "cannot read request body":
		w.status, w.Detail = http.StatusBadRequest, bodyCutOff
	case status >= 500:
		w.Detail = http.StatusText(status)
	}
	return w
}

// inBody places the fields of forms, which huma places in "form" or nowhere, in
// the body: the contract knows one, however it is sent.
func inBody(problems []space.FieldError) []space.FieldError {
	for i, p := range problems {
		if len(p.Loc) == 0 {
			continue
		}
		switch p.Loc[0] {
		case "form":
			p.Loc[0] = "body"
		case "body", "query", "path", "header", "cookie":
		default:
			problems[i].Loc = append([]any{"body"}, p.Loc...)
		}
	}
	return problems
}

// tooLarge reports whether reading a form failed at its bound. huma keeps only
// the text of what http.MaxBytesReader says.
func tooLarge(errs []error) bool {
	said := (&http.MaxBytesError{}).Error()
	return slices.ContainsFunc(errs, func(err error) bool { return err != nil && strings.Contains(err.Error(), said) })
}

// StatusOf returns the HTTP status that an error becomes.
func StatusOf(err error) int {
	switch {
	case err == nil:
		return http.StatusOK
	case errors.Is(err, context.Canceled):
		return statuses[space.KindCanceled]
	}
	return statuses[space.KindOf(err)]
}
