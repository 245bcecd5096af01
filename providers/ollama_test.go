package providers

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// ndjson answers with lines of JSON, as Ollama streams.
func ndjson(lines ...string) http.HandlerFunc {
	return sends(http.StatusOK, "application/x-ndjson", strings.Join(lines, "\n")+"\n")
}

// said is one line with a piece of an answer.
func said(text string) string {
	return `{"model":"m:latest","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":` + quoted(text) + `},"done":false}`
}

// over is the last line of an answer.
func over(reason string, prompt int) string {
	b, _ := json.Marshal(prompt)
	return `{"model":"m:latest","created_at":"2026-01-01T00:00:00Z","message":{"role":"assistant","content":""},"done":true,"done_reason":"` + reason + `","prompt_eval_count":` + string(b) + `,"eval_count":5}`
}

// shows is the answer of /api/show for a model with capabilities.
func shows(caps string, window int) http.HandlerFunc {
	b, _ := json.Marshal(window)
	return sendsJSON(200, `{"details":{"family":"llama"},"model_info":{"general.architecture":"llama","llama.context_length":`+string(b)+`,"llama.pooling_type":1},"capabilities":`+caps+`}`)
}

func TestOllamaStreamsAnAnswer(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{"/api/chat": ndjson(said(""), said("Hello"), said(" world."), over("stop", 11))})
	m := openOllama(t, f.URL, quick(), func(c *OllamaConfig) { c.SystemPrompt, c.KeepAlive = "Be brief.", "10m" })
	var pieces []string
	req := line("Hi")
	req.Stop = []string{"###"}
	got, err := m.Chat(background(t), req, collect(&pieces))
	if err != nil {
		t.Fatal(err)
	}
	want := space.ChatResult{
		Model: "m:latest", Text: "Hello world.", FinishReason: space.FinishStop,
		Usage: space.Usage{PromptTokens: 11, CompletionTokens: 5, TotalTokens: 16},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("result (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Hello", " world."}, pieces); d != "" {
		t.Errorf("pieces (-want +got):\n%s", d)
	}
	wantBody := map[string]any{
		"model": "m", "stream": true, "truncate": false, "shift": false, "think": false, "keep_alive": "10m0s",
		"messages": []any{map[string]any{"role": "system", "content": "Be brief."}, map[string]any{"role": "user", "content": "Hi"}},
		"options": map[string]any{
			"num_ctx": 4096.0, "num_predict": 50.0, "temperature": 0.5, "presence_penalty": 0.0, "frequency_penalty": 0.0,
			"stop": []any{"###"},
		},
	}
	if d := cmp.Diff(wantBody, f.asked()[0]); d != "" {
		t.Errorf("request (-want +got):\n%s", d)
	}
}

func TestOllamaFailuresAreSafeSentences(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		kind   space.Kind
		words  string
	}{
		{"not pulled", sendsJSON(404, `{"error":"model 'm' not found"}`), space.KindUpstream, "the model 'm' is not pulled; run: ollama pull m"},
		{"embedding model", sendsJSON(400, `{"error":"\"m\" does not support chat"}`), space.KindUpstream, "cannot chat"},
		{"prompt too long", sendsJSON(400, `{"error":"the input length exceeds the context length"}`), space.KindUpstream, "longer than the model 'm' can read"},
		{"busy", sendsJSON(503, `{"error":"server busy, please try again.  maximum pending requests exceeded"}`), space.KindUnavailable, "overloaded"},
		{"runner died", sendsJSON(500, `{"error":"SECRET-BODY llama runner process has terminated"}`), space.KindUpstream, "failed (status 500)"},
		{"error in the stream", ndjson(said("Hel"), `{"error":"SECRET-BODY an error was encountered while running the model"}`), space.KindUpstream, "reported an error"},
		{"no JSON", ndjson(said("Hel"), `SECRET-BODY`), space.KindUpstream, "reported an error"},
		{"stream without done", ndjson(said("Hel")), space.KindUpstream, "broke off"},
		{"empty stream", ndjson(), space.KindUpstream, "reported an error"},
		{"wants a sign-in", sendsJSON(401, `{"error":"unauthorized","signin_url":"https://SECRET-BODY"}`), space.KindUpstream, "sign-in"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{"/api/chat": tt.answer})
			_, err := openOllama(t, f.URL, quick()).Chat(background(t), line("x"), discard)
			wantNoAddress(t, wantFault(t, err, tt.kind, tt.words), f.URL)
		})
	}
	t.Run("not running", func(t *testing.T) {
		t.Parallel()
		_, err := openOllama(t, "http://127.0.0.1:1", quick()).Chat(background(t), line("x"), discard)
		e := wantFault(t, err, space.KindUnavailable, "the model server at http://127.0.0.1:1 is not reachable")
		if e.Public != "the model server is not reachable" {
			t.Errorf("a caller reads %q", e.Public)
		}
	})
}

func TestOllamaThatFallsSilent(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, first, words string
	}{
		{"before the answer", "", "did not begin to answer within 0.4 seconds"},
		{"in the middle", said("Hel") + "\n", "fell silent for 0.1 seconds"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			handlers := map[string]http.HandlerFunc{}
			f := serve(t, handlers)
			handlers["/api/chat"] = func(w http.ResponseWriter, r *http.Request) {
				if tt.first != "" {
					flush(w, tt.first)
				}
				f.untilGone(r)
			}
			l := quick()
			if tt.first == "" {
				l.FirstToken = 400 * time.Millisecond
			} else {
				l.BetweenTokens = 100 * time.Millisecond
			}
			_, err := openOllama(t, f.URL, l).Chat(background(t), line("x"), discard)
			wantFault(t, err, space.KindTimeout, tt.words)
			f.wantGone(t)
		})
	}
}

func TestOllamaTellsOfACutPrompt(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{"/api/chat": ndjson(said("Well."), over("stop", 900))})
	got, err := openOllama(t, f.URL, quick()).Chat(background(t), line(strings.Repeat("word ", 3000)), discard)
	if err != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], "read only 900 of about") {
		t.Errorf("notes %q, %v", got.Notes, err)
	}
	short, err := openOllama(t, f.URL, quick()).Chat(background(t), line("word"), discard)
	if err != nil || len(short.Notes) != 0 {
		t.Errorf("a short prompt has the notes %q, %v", short.Notes, err)
	}
}

func TestOllamaTellsOfTokensSpentOnThinking(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{"/api/chat": ndjson(
		`{"model":"m","message":{"role":"assistant","content":"","thinking":"Hmm."},"done":false}`, over("length", 3))})
	got, err := openOllama(t, f.URL, quick()).Chat(background(t), line("x"), discard)
	if err != nil || got.FinishReason != space.FinishLength || len(got.Notes) != 1 {
		t.Errorf("got %+v, %v", got, err)
	}
}

func TestOllamaContextWindow(t *testing.T) {
	t.Parallel()
	small := serve(t, map[string]http.HandlerFunc{"/api/show": shows(`["completion"]`, 2048)})
	large := serve(t, map[string]http.HandlerFunc{"/api/show": shows(`["completion"]`, 131072)})
	for _, tt := range []struct {
		name, base string
		want       int
	}{
		{"of a small model", small.URL, 2048},
		{"as configured", large.URL, 4096},
		{"of a server that is away", "http://127.0.0.1:1", 4096},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			m := openOllama(t, tt.base, quick())
			for range 2 {
				if got := m.ContextWindow(background(t)); got != tt.want {
					t.Errorf("got %d, want %d", got, tt.want)
				}
			}
		})
	}
}

func TestOllamaIsAskedForFactsOnceAMinute(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{"/api/show": shows(`["completion"]`, 2048)})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	typ := newOllamaType(Deps{Limits: quick(), Clock: func() time.Time { return now }}.filled())
	ask := func(model string) {
		m, err := typ.Open(&OllamaConfig{Model: model, BaseURL: f.URL, NumCtx: 4096})
		if err != nil {
			t.Fatal(err)
		}
		if got := m.ContextWindow(background(t)); got != 2048 {
			t.Errorf("context window %d", got)
		}
	}
	for _, tt := range []struct {
		model string
		later time.Duration
		asked int
	}{{"m", 0, 1}, {"m", 30 * time.Second, 1}, {"other", 0, 2}, {"m", time.Minute, 3}} {
		now = now.Add(tt.later)
		if ask(tt.model); len(f.asked()) != tt.asked {
			t.Errorf("%s: asked %d times, want %d", tt.model, len(f.asked()), tt.asked)
		}
	}
}

func TestAFailureToTellFactsIsRememberedForAMoment(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{"/api/show": sendsJSON(503, `{}`)}
	f := serve(t, handlers)
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	m, err := newOllamaType(Deps{Limits: quick(), Clock: func() time.Time { return now }}.filled()).Open(&OllamaConfig{Model: "m", BaseURL: f.URL})
	if err != nil {
		t.Fatal(err)
	}
	left, cancel := context.WithCancel(background(t))
	cancel()
	m.ContextWindow(left) // says nothing about the server
	for _, tt := range []struct {
		later         time.Duration
		window, asked int
	}{{0, 8192, 1}, {9 * time.Second, 8192, 1}, {time.Second, 2048, 2}} {
		if now = now.Add(tt.later); tt.asked == 2 {
			handlers["/api/show"] = shows(`["completion"]`, 2048)
		}
		if got := m.ContextWindow(background(t)); got != tt.window || len(f.asked()) != tt.asked {
			t.Errorf("%s later: %d after %d requests, want %d after %d", tt.later, got, len(f.asked()), tt.window, tt.asked)
		}
	}
}

func TestTheModelsOwnPromptTakesPartOfItsWindow(t *testing.T) {
	t.Parallel()
	small := serve(t, map[string]http.HandlerFunc{"/api/show": shows(`["completion"]`, 2048)})
	prompt := strings.Repeat("word ", 300) // 500 tokens as estimated
	ollama := func(c *OllamaConfig) { c.SystemPrompt = prompt }
	for name, tt := range map[string]struct {
		model Model
		want  int
	}{
		"ollama":   {openOllama(t, small.URL, quick(), ollama), 2048 - 504},
		"openai":   {openChat(t, small.URL, quick(), func(c *OpenAIConfig) { c.SystemPrompt = prompt }), 4096 - 504},
		"none":     {openChat(t, small.URL, quick()), 4096},
		"too long": {openOllama(t, small.URL, quick(), ollama, func(c *OllamaConfig) { c.NumCtx = 256 }), 1},
	} {
		if got := tt.model.ContextWindow(background(t)); got != tt.want {
			t.Errorf("%s: %d, want %d", name, got, tt.want)
		}
	}
}

func TestOllamaCheck(t *testing.T) {
	t.Parallel()
	version := sendsJSON(200, `{"version":"0.17.4"}`)
	for _, tt := range []struct {
		name  string
		show  http.HandlerFunc
		words string // of the message, or of the failure
		fails bool
	}{
		{"ready", shows(`["completion"]`, 8192), "Ollama 0.17.4 has the model 'm'", false},
		{"older server", sendsJSON(200, `{"model_info":{}}`), "has the model", false},
		{"not pulled", sendsJSON(404, `{"error":"model 'm' not found"}`), "run: ollama pull m", true},
		{"embedding model", shows(`["embedding"]`, 512), "cannot chat", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{"/api/version": version, "/api/show": tt.show})
			message, err := openOllama(t, f.URL, quick()).(Checker).Check(background(t))
			if tt.fails {
				wantFault(t, err, space.KindUpstream, tt.words)
			} else if err != nil || !strings.Contains(message, tt.words) {
				t.Errorf("got %q, %v", message, err)
			}
		})
	}
}
