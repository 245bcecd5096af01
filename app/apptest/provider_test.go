package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
)

// providerKey is the API key of the fake providers; it must stand in no answer.
const providerKey = "sk-provider-0123456789abcdef"

// provider is the server of a language model at the network's far end: it
// speaks OpenAI's and Ollama's protocol and keeps what it was asked.
type provider struct {
	*httptest.Server
	mu     sync.Mutex
	says   http.HandlerFunc // how it answers a chat
	asked  []asked
	leaves chan struct{} // one for every caller that went away in the middle
}

// asked is one request to a provider.
type asked struct {
	Path, Authorization string
	Messages            []struct{ Role, Content string }
	Body                map[string]any
}

// newProvider starts a provider that answers chats with says.
func newProvider(t testing.TB, says http.HandlerFunc) *provider {
	t.Helper()
	p := &provider{says: says, leaves: make(chan struct{}, 10_000)}
	p.Server = httptest.NewServer(http.HandlerFunc(p.serve))
	t.Cleanup(func() {
		p.CloseClientConnections()
		p.Close()
	})
	return p
}

func (p *provider) serve(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/v1/chat/completions", "/api/chat":
	case "/api/show":
		writeJSON(w, map[string]any{"model_info": map[string]any{"general.architecture": "llama", "llama.context_length": 8192}})
		return
	default:
		http.NotFound(w, r)
		return
	}
	body, _ := io.ReadAll(r.Body)
	a := asked{Path: r.URL.Path, Authorization: r.Header.Get("Authorization")}
	_ = json.Unmarshal(body, &a.Body)
	_ = json.Unmarshal(body, &a)
	p.mu.Lock()
	p.asked = append(p.asked, a)
	p.mu.Unlock()
	p.says(w, r)
}

// only returns the one chat that was asked for.
func (p *provider) only(t testing.TB) asked {
	t.Helper()
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.asked) != 1 {
		t.Fatalf("the provider was asked %d times", len(p.asked))
	}
	return p.asked[0]
}

func (p *provider) times() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.asked)
}

// hang waits until the caller goes away, and notes it.
func (p *provider) hang(_ http.ResponseWriter, r *http.Request) {
	<-r.Context().Done()
	p.leaves <- struct{}{}
}

// newStuckProvider starts a provider that says the pieces and then hangs.
func newStuckProvider(t testing.TB, pieces ...string) *provider {
	t.Helper()
	p := newProvider(t, nil)
	p.says = func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, pieces...)
		p.hang(w, r)
	}
	return p
}

// untilAsked returns a context that ends once the provider was asked: a caller
// who has it leaves then.
func (p *provider) untilAsked(t testing.TB) context.Context {
	ctx, leave := context.WithCancel(t.Context())
	t.Cleanup(leave)
	go func() {
		for p.times() == 0 && ctx.Err() == nil {
			sleep()
		}
		leave()
	}()
	return ctx
}

// speaks answers with the pieces, one by one, and says that it is done.
func speaks(pieces ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, pieces...)
		if r.URL.Path == "/api/chat" {
			line(w, `{"model":"m","message":{"role":"assistant","content":""},"done":true,"done_reason":"stop","prompt_eval_count":11,"eval_count":5}`+"\n")
			return
		}
		line(w, `data: {"id":"chat-1","object":"chat.completion.chunk","created":1,"model":"m-2024","choices":[{"index":0,"delta":{},"finish_reason":"stop"}]}`+"\n\n")
		line(w, `data: {"id":"chat-1","object":"chat.completion.chunk","created":1,"model":"m-2024","choices":[],"usage":{"prompt_tokens":11,"completion_tokens":5,"total_tokens":16}}`+"\n\n")
		line(w, "data: [DONE]\n\n")
	}
}

// talk sends the pieces of an answer that goes on.
func talk(w http.ResponseWriter, r *http.Request, pieces ...string) {
	kind, form := "text/event-stream", `data: {"id":"chat-1","object":"chat.completion.chunk","created":1,"model":"m-2024","choices":[{"index":0,"delta":{"content":%s},"finish_reason":null}]}`+"\n\n"
	if r.URL.Path == "/api/chat" {
		kind, form = "application/x-ndjson", `{"model":"m","message":{"role":"assistant","content":%s},"done":false}`+"\n"
	}
	w.Header().Set("Content-Type", kind)
	for _, piece := range pieces {
		quoted, _ := json.Marshal(piece)
		line(w, fmt.Sprintf(form, quoted))
	}
}

// line sends text at once.
func line(w http.ResponseWriter, text string) {
	_, _ = io.WriteString(w, text)
	w.(http.Flusher).Flush()
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v)
}

// replies answers every request with the same status, type and body.
func replies(status int, contentType, body string, header ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		for _, h := range header {
			name, value, _ := strings.Cut(h, ": ")
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, body)
	}
}
