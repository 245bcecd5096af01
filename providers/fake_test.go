package providers

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"syft-space/app/space"
)

// testKey is a key that no error may repeat.
const testKey = "sk-test-0123456789abcdef0123"

// quick are limits that let a test of slowness end soon, and leave a busy
// machine time for the rest.
func quick() Limits {
	return Limits{
		Connect: 20 * time.Second, FirstToken: 20 * time.Second, BetweenTokens: 20 * time.Second, Request: 20 * time.Second,
		Embed: 20 * time.Second, Pull: 20 * time.Second, Backoff: time.Millisecond,
	}
}

// fake is a provider's server at the far end of real HTTP. It keeps what it
// was asked.
type fake struct {
	*httptest.Server
	mu      sync.Mutex
	bodies  []map[string]any
	headers []http.Header
	gone    chan struct{} // closed when a client went away in the middle
}

// serve starts a fake whose handlers are given by path.
func serve(t *testing.T, handlers map[string]http.HandlerFunc) *fake {
	t.Helper()
	f := &fake{gone: make(chan struct{})}
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		var m map[string]any
		_ = json.Unmarshal(body, &m)
		f.mu.Lock()
		f.bodies, f.headers = append(f.bodies, m), append(f.headers, r.Header.Clone())
		f.mu.Unlock()
		h, ok := handlers[r.URL.Path]
		if !ok {
			http.NotFound(w, r)
			return
		}
		h(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

// asked returns the bodies of the requests so far.
func (f *fake) asked() []map[string]any {
	f.mu.Lock()
	defer f.mu.Unlock()
	return append([]map[string]any(nil), f.bodies...)
}

// untilGone waits for the client to go away, and fails to after a while.
func (f *fake) untilGone(r *http.Request) {
	select {
	case <-r.Context().Done():
		close(f.gone)
	case <-time.After(10 * time.Second):
	}
}

// wantGone waits for a client that went away.
func (f *fake) wantGone(t *testing.T) {
	t.Helper()
	select {
	case <-f.gone:
	case <-time.After(10 * time.Second):
		t.Error("the server was left to work on")
	}
}

// sends answers with a status, a content type and a body.
func sends(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(header); i += 2 {
			w.Header().Set(header[i], header[i+1])
		}
		w.Header().Set("Content-Type", contentType)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}

func sendsJSON(status int, body string, header ...string) http.HandlerFunc {
	return sends(status, "application/json", body, header...)
}

// events answers with the events of a stream.
func events(data ...string) http.HandlerFunc {
	var b strings.Builder
	for _, d := range data {
		b.WriteString("data: " + d + "\n\n")
	}
	return sends(http.StatusOK, "text/event-stream", b.String())
}

// delta is one event with a piece of an answer.
func delta(text string) string {
	return `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-2024","choices":[{"index":0,"delta":{"content":` + quoted(text) + `},"finish_reason":null}]}`
}

// finished is the last event with a choice.
func finished(reason string) string {
	return `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-2024","choices":[{"index":0,"delta":{},"finish_reason":"` + reason + `"}]}`
}

const usageEvent = `{"id":"chatcmpl-1","object":"chat.completion.chunk","created":1,"model":"m-2024","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}}`

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

// flush sends what was written so far.
func flush(w http.ResponseWriter, s string) {
	_, _ = io.WriteString(w, s)
	w.(http.Flusher).Flush()
}

// line is a request with one message.
func line(text string) space.ChatRequest {
	return space.ChatRequest{Messages: []space.ChatMessage{{Role: "user", Content: text}}, MaxTokens: 50, Temperature: 0.5}
}

// collect is an emit that keeps the pieces.
func collect(pieces *[]string) space.Emit {
	return func(s string) error {
		*pieces = append(*pieces, s)
		return nil
	}
}

func discard(string) error { return nil }

// wantFault checks kind and words of an error, and that it keeps the key and
// the server's own words to itself.
func wantFault(t *testing.T, err error, kind space.Kind, words string) *space.Error {
	t.Helper()
	var e *space.Error
	if !errors.As(err, &e) {
		t.Fatalf("error %v (%T) is not a space.Error", err, err)
	}
	if e.Kind != kind || !strings.Contains(e.Detail, words) {
		t.Errorf("error of kind %d %q, want kind %d with %q", e.Kind, e.Detail, kind, words)
	}
	if strings.Contains(fmt.Sprintf("%v %+v %#v", err, e, e), testKey) {
		t.Errorf("the error gives the key away: %v", err)
	}
	if strings.Contains(e.Detail, "SECRET-BODY") {
		t.Errorf("the detail repeats the server's body: %q", e.Detail)
	}
	if kind == space.KindUnavailable && e.RetryAfter <= 0 {
		t.Errorf("unavailable without saying when to try again: %q", e.Detail)
	}
	return e
}

// wantNoAddress checks that callers of a query do not read where a server is.
func wantNoAddress(t *testing.T, e *space.Error, base string) {
	t.Helper()
	if read := cmp.Or(e.Public, e.Detail); strings.Contains(read, base) {
		t.Errorf("a caller reads %q", read)
	}
}

// roundTrip is a transport made of a function.
type roundTrip func(*http.Request) (*http.Response, error)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// openChat opens an openai model of the fake.
func openChat(t *testing.T, base string, limits Limits, change ...func(*OpenAIConfig)) Model {
	t.Helper()
	c := &OpenAIConfig{APIKey: testKey, Model: "m", BaseURL: base + "/v1", ContextWindow: 4096}
	for _, f := range change {
		f(c)
	}
	m, err := openAIType{Deps{Limits: limits}.filled()}.Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// openOllama opens an ollama model of the fake.
func openOllama(t *testing.T, base string, limits Limits, change ...func(*OllamaConfig)) Model {
	t.Helper()
	c := &OllamaConfig{Model: "m", BaseURL: base, NumCtx: 4096}
	for _, f := range change {
		f(c)
	}
	m, err := newOllamaType(Deps{Limits: limits}.filled()).Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func background(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}
