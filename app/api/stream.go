package api

import (
	"context"
	"encoding/json"
	"net/http"
	"sync"
	"time"

	"github.com/gin-gonic/gin"

	"syft-space/app/query"
	"syft-space/app/space"
)

const (
	// keepAlive is how often a stream sends a comment, so that proxies do not
	// take it for dead while a model is loaded or thinks.
	keepAlive = 15 * time.Second
	// patience is how long a caller may leave one frame unread. One who stops
	// reading without going away would hold a model, and money, for ever.
	patience = time.Minute
)

// sse writes server-sent events (WHATWG HTML, section 9.2). It is safe for
// concurrent use.
type sse struct {
	mu      sync.Mutex
	writer  gin.ResponseWriter
	started bool
	stop    func() // ends the comments and waits for the last
}

// newSSE begins to send comments. stop must be called before the handler
// returns: the writer is another request's after that.
func newSSE(w gin.ResponseWriter) *sse {
	e := &sse{writer: w}
	ctx, cancel := context.WithCancel(context.Background())
	var beats sync.WaitGroup
	beats.Go(func() { e.beat(ctx) })
	e.stop = func() {
		cancel()
		beats.Wait()
	}
	return e
}

// begin sends the headers, once.
func (e *sse) begin() {
	if e.started {
		return
	}
	e.started = true
	h := e.writer.Header()
	h.Set("Content-Type", "text/event-stream")
	h.Set("Cache-Control", "no-cache")
	h.Set("X-Accel-Buffering", "no")
	e.writer.WriteHeader(http.StatusOK)
}

func (e *sse) write(line string) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.begin()
	// A writer that knows no deadlines, a test's, waits as long as it takes.
	control := http.NewResponseController(e.writer)
	_ = control.SetWriteDeadline(space.SystemClock().Add(patience))
	defer func() { _ = control.SetWriteDeadline(time.Time{}) }() // the connection serves other requests
	if _, err := e.writer.WriteString(line); err != nil {
		return err
	}
	return control.Flush()
}

// data sends v as one event.
func (e *sse) data(v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return err
	}
	return e.write("data: " + string(b) + "\n\n")
}

// beat sends comments until the context ends. The first one begins the stream
// where nothing else did: what fails after it is told in a frame.
func (e *sse) beat(ctx context.Context) {
	t := time.NewTicker(keepAlive)
	defer t.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-t.C:
			_ = e.write(": keep-alive\n\n") // a caller who is gone is noticed by the request's context
		}
	}
}

type delta struct {
	Choices []deltaChoice `json:"choices"`
}

type deltaChoice struct {
	Index int         `json:"index"`
	Delta deltaString `json:"delta"`
}

type deltaString struct {
	Content string `json:"content"`
}

// done is the last frame with content. It has none of the keys summary,
// choices, content and text, by which upstream's clients know other frames.
type done struct {
	Done           bool                 `json:"done"`
	References     *references          `json:"references"`
	Usage          *space.Usage         `json:"usage"`
	FinishReason   *string              `json:"finish_reason"`
	Model          *string              `json:"model"`
	Cost           *float64             `json:"cost"`
	Currency       *string              `json:"currency"`
	Timings        timings              `json:"timings"`
	PolicyMetadata space.PolicyMetadata `json:"policy_metadata"`
}

// timings say where the time went, in milliseconds.
type timings struct {
	Search     float64 `json:"search_ms"`
	FirstToken float64 `json:"first_token_ms"`
	Total      float64 `json:"total_ms"`
}

type errorFrame struct {
	Error streamError `json:"error"`
}

type streamError struct {
	Status         int                   `json:"status"`
	Detail         any                   `json:"detail"`
	PolicyMetadata *space.PolicyMetadata `json:"policy_metadata"`
}

const endOfStream = "data: [DONE]\n\n"

// stream answers a query as server-sent events.
func (s *server) stream(c *gin.Context, in *queryInput, request query.Request, opts query.Options) {
	events := newSSE(c.Writer)
	defer events.stop() // also when the pipeline panics
	response, err := s.Queries.Run(c.Request.Context(), in.tenant(), in.who, in.Slug, request, opts, func(text string) error {
		return events.data(delta{[]deltaChoice{{Delta: deltaString{text}}}})
	})
	events.stop()
	if err != nil {
		s.streamFailed(c, events, err)
		return
	}
	_ = events.data(lastFrame(response, request.IncludeMetadata))
	_ = events.write(endOfStream)
}

// streamFailed answers with the ordinary status while nothing was sent, and
// with a frame afterwards.
func (s *server) streamFailed(c *gin.Context, events *sse, err error) {
	if !events.started {
		s.abort(c, err)
		return
	}
	w := s.toWire(c.Request.Context(), err)
	_ = events.data(errorFrame{streamError{w.status, w.Detail, w.PolicyMetadata}})
	_ = events.write(endOfStream)
}

func lastFrame(r query.Response, withMetadata bool) done {
	d := done{
		Done: true, References: wireReferences(r.References, withMetadata), Cost: r.Cost, Currency: r.Currency,
		PolicyMetadata: wireMetadata(r.Policies),
		Timings:        timings{milliseconds(r.Timings.Search), milliseconds(r.Timings.FirstToken), milliseconds(r.Timings.Total)},
	}
	if r.Summary != nil {
		d.Usage, d.FinishReason, d.Model = &r.Summary.Usage, orNull(string(r.Summary.FinishReason)), orNull(r.Summary.Model)
	}
	return d
}
