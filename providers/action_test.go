package providers

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// ticking is a clock that goes on by a step with every look at it.
func ticking(step time.Duration) space.Clock {
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	return func() time.Time {
		now = now.Add(step)
		return now
	}
}

func action(t *testing.T, typ Type, name string) Action {
	t.Helper()
	a, ok := typ.(Actor).Actions()[name]
	if !ok {
		t.Fatalf("%s has no action %q", typ.Info().Name, name)
	}
	return a
}

func TestFetchAvailableModels(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{
		"/v1/models": sendsJSON(200, `{"object":"list","data":[{"id":"zeta"},{"id":"text-embedding-3-small"},{"id":"alpha"},{"id":"whisper-1"}]}`),
		"/api/tags":  sendsJSON(200, `{"models":[{"name":"nomic-embed-text:latest","size":274302450},{"name":"llama3.2:latest","size":2019393189}]}`),
		"/api/show": func(w http.ResponseWriter, r *http.Request) {
			shows(`["completion"]`, 8192)(w, r)
		},
	})
	d := Deps{Limits: quick()}.filled()
	got, err := action(t, openAIType{d}, "fetch_available_models")(background(t), &OpenAIConfig{BaseURL: f.URL + "/v1"}, nil, nil)
	want := AvailableModels{Models: []AvailableModel{
		{Name: "alpha", Kind: "chat"}, {Name: "zeta", Kind: "chat"},
		{Name: "text-embedding-3-small", Kind: "embedding"}, {Name: "whisper-1", Kind: "other"},
	}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("openai (-want +got):\n%s%v", d, err)
	}
	got, err = action(t, newOllamaType(d), "fetch_available_models")(background(t), &OllamaConfig{BaseURL: f.URL}, nil, nil)
	want = AvailableModels{Models: []AvailableModel{
		{Name: "llama3.2:latest", Kind: "chat", Size: 2019393189}, {Name: "nomic-embed-text:latest", Kind: "chat", Size: 274302450},
	}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Errorf("ollama (-want +got):\n%s%v", d, err)
	}
	_, err = action(t, newOllamaType(d), "fetch_available_models")(background(t), &OllamaConfig{BaseURL: "http://127.0.0.1:1"}, nil, nil)
	wantFault(t, err, space.KindUnavailable, "not reachable")
}

func TestOpenAICheck(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		models http.HandlerFunc
		words  string
		fails  bool
	}{
		{"listed", sendsJSON(200, `{"data":[{"id":"m"},{"id":"n"}]}`), "has the model 'm'", false},
		{"one model of any name", sendsJSON(200, `{"data":[{"id":"other"}]}`), "does not name the model", false},
		{"not among several", sendsJSON(200, `{"data":[{"id":"a"},{"id":"b"}]}`), "the model 'm' does not exist", true},
		{"no list", sends(404, "text/plain", "404"), "does not list its models", false},
		{"key refused", sendsJSON(401, `{"error":{"message":"`+testKey+`"}}`), "the API key was refused", true},
		{"no JSON", sends(200, "text/html", "<html>SECRET-BODY"), "not an answer", true},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{"/v1/models": tt.models})
			message, err := openChat(t, f.URL, quick()).(Checker).Check(background(t))
			if tt.fails {
				wantFault(t, err, space.KindUpstream, tt.words)
			} else if err != nil || !strings.Contains(message, tt.words) {
				t.Errorf("got %q, %v", message, err)
			}
		})
	}
}

func TestTestActionSendsALine(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{chatPath: events(delta("Hello!"), finished("stop"), usageEvent, "[DONE]")})
	typ := openAIType{Deps{Limits: quick(), Clock: ticking(50 * time.Millisecond)}.filled()}
	config := &OpenAIConfig{BaseURL: f.URL + "/v1", Model: "m"}
	got, err := action(t, typ, "test")(background(t), config, json.RawMessage(`{"message":"Are you there?"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	r := got.(TestResult)
	if r.Answer != "Hello!" || r.Model != "m-2024" || r.Usage.TotalTokens != 16 || r.FirstTokenMS <= 0 || r.ResponseTimeMS <= r.FirstTokenMS {
		t.Errorf("got %+v", r)
	}
	sent := f.asked()[0]["messages"].([]any)[0].(map[string]any)["content"]
	if sent != "Are you there?" {
		t.Errorf("sent %q", sent)
	}
	if _, err := action(t, typ, "test")(background(t), config, json.RawMessage(`[1]`), nil); space.KindOf(err) != space.KindInvalid {
		t.Errorf("arguments that are no object: %v", err)
	}
}

func TestPullReportsProgress(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{"/api/pull": ndjson(
		`{"status":"pulling manifest"}`,
		`{"status":"pulling aaa","digest":"sha256:aaa","total":100}`,
		`{"status":"pulling aaa","digest":"sha256:aaa","total":100,"completed":60}`,
		`{"status":"pulling bbb","digest":"sha256:bbb","total":10,"completed":10}`,
		`{"status":"verifying sha256 digest"}`, `{"status":"success"}`)})
	typ := newOllamaType(Deps{Limits: quick(), Clock: ticking(time.Second)}.filled())
	var seen []Progress
	got, err := action(t, typ, "pull")(background(t), &OllamaConfig{BaseURL: f.URL, Model: "m"}, nil, func(p any) { seen = append(seen, p.(Progress)) })
	if d := cmp.Diff(PullResult{Model: "m", Status: "success"}, got); d != "" || err != nil {
		t.Errorf("result (-want +got):\n%s%v", d, err)
	}
	want := []Progress{
		{"pulling manifest", 0, 0}, {"downloading", 0, 100}, {"downloading", 60, 100}, {"downloading", 70, 110},
		{"verifying sha256 digest", 70, 110}, {"success", 70, 110},
	}
	if d := cmp.Diff(want, seen); d != "" {
		t.Errorf("progress (-want +got):\n%s", d)
	}
}

func TestPullDoesNotReportEveryByte(t *testing.T) {
	t.Parallel()
	lines := []string{`{"status":"pulling manifest"}`}
	for range 50 {
		lines = append(lines, `{"status":"pulling aaa","digest":"sha256:aaa","total":100,"completed":1}`)
	}
	f := serve(t, map[string]http.HandlerFunc{"/api/pull": ndjson(append(lines, `{"status":"success"}`)...)})
	typ := newOllamaType(Deps{Limits: quick(), Clock: ticking(10 * time.Millisecond)}.filled())
	n := 0
	if _, err := action(t, typ, "pull")(background(t), &OllamaConfig{BaseURL: f.URL, Model: "m"}, nil, func(any) { n++ }); err != nil || n > 6 {
		t.Errorf("%d reports, %v; want a few", n, err)
	}
}

func TestPullFailures(t *testing.T) {
	t.Parallel()
	fails := func(message string) http.HandlerFunc {
		return ndjson(`{"status":"pulling manifest"}`, `{"error":`+quoted(message)+`}`)
	}
	for _, tt := range []struct {
		name   string
		answer http.HandlerFunc
		kind   space.Kind
		words  string
	}{
		{"unknown model", fails("pull model manifest: file does not exist"), space.KindUpstream, "does not exist in Ollama's library"},
		{"no network", fails(`pull model manifest: Get "https://registry.ollama.ai/v2/": dial tcp: lookup registry.ollama.ai: no such host`), space.KindUnavailable, "cannot reach the library"},
		{"disk full", fails("write /root/.ollama/blobs: no space left on device"), space.KindUpstream, "no space left"},
		{"old server", fails("pull model manifest: 412: The model you are attempting to pull requires a newer version of Ollama."), space.KindUpstream, "newer version"},
		{"something else", fails("SECRET-BODY max retries exceeded"), space.KindUpstream, "reported an error"},
		{"breaks off", ndjson(`{"status":"pulling manifest"}`), space.KindUpstream, "broke off while it pulled"},
		{"bad name", sendsJSON(400, `{"error":"invalid model name"}`), space.KindInvalid, "is not the name of a model"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{"/api/pull": tt.answer})
			typ := newOllamaType(Deps{Limits: quick()}.filled())
			_, err := action(t, typ, "pull")(background(t), &OllamaConfig{BaseURL: f.URL, Model: "m"}, nil, nil)
			e := wantFault(t, err, tt.kind, tt.words)
			if tt.kind == space.KindUnavailable && e.RetryAfter == 0 {
				t.Error("unavailable without a time to try again")
			}
		})
	}
}

func TestPullThatFallsSilent(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{}
	f := serve(t, handlers)
	handlers["/api/pull"] = func(w http.ResponseWriter, r *http.Request) {
		flush(w, `{"status":"pulling manifest"}`+"\n")
		f.untilGone(r)
	}
	l := quick()
	l.Pull = 100 * time.Millisecond
	_, err := action(t, newOllamaType(Deps{Limits: l}.filled()), "pull")(background(t), &OllamaConfig{BaseURL: f.URL}, json.RawMessage(`{"model":"m"}`), nil)
	wantFault(t, err, space.KindTimeout, "fell silent")
	f.wantGone(t)
}

func TestBodiesAreBounded(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{"/v1/models": func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		for r.Context().Err() == nil {
			if _, err := io.WriteString(w, `{"data":[`+strings.Repeat(" ", 4096)); err != nil {
				return
			}
		}
	}})
	l := quick()
	l.BodyBytes = 1 << 16
	_, err := openChat(t, f.URL, l).(Checker).Check(background(t))
	wantFault(t, err, space.KindUpstream, "does not stop sending")
}
