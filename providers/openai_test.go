package providers

import (
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

const chatPath = "/v1/chat/completions"

func TestOpenAIStreamsAnAnswer(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{chatPath: func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Openai-Version", "2020-10-01")
		events(delta(""), delta("Hello"), delta(" wor"), delta("ld."), finished("stop"), usageEvent, "[DONE]")(w, r)
	}})
	m := openChat(t, f.URL, quick(), func(c *OpenAIConfig) { c.SystemPrompt = "Be brief." })
	var pieces []string
	req := space.ChatRequest{
		Messages:  []space.ChatMessage{{Role: "system", Content: "Context."}, {Role: "user", Content: "Hi"}, {Role: "assistant", Content: "Yes?"}, {Role: "user", Content: "Go on"}},
		MaxTokens: 7, Temperature: 0, PresencePenalty: 0.5, FrequencyPenalty: -0.5, Stop: []string{"###"},
	}
	got, err := m.Chat(background(t), req, collect(&pieces))
	if err != nil {
		t.Fatal(err)
	}
	want := space.ChatResult{
		ID: "chatcmpl-1", Model: "m-2024", Text: "Hello world.", FinishReason: space.FinishStop, APIVersion: "2020-10-01",
		Usage: space.Usage{PromptTokens: 11, CompletionTokens: 5, TotalTokens: 16},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("result (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]string{"Hello", " wor", "ld."}, pieces); d != "" {
		t.Errorf("pieces (-want +got):\n%s", d)
	}
	wantBody := map[string]any{
		"model": "m", "stream": true, "stream_options": map[string]any{"include_usage": true},
		"max_tokens": 7.0, "temperature": 0.0, "presence_penalty": 0.5, "frequency_penalty": -0.5, "stop": []any{"###"},
		"messages": []any{
			map[string]any{"role": "system", "content": "Be brief."}, map[string]any{"role": "system", "content": "Context."},
			map[string]any{"role": "user", "content": "Hi"}, map[string]any{"role": "assistant", "content": "Yes?"},
			map[string]any{"role": "user", "content": "Go on"},
		},
	}
	if d := cmp.Diff(wantBody, f.asked()[0]); d != "" {
		t.Errorf("request (-want +got):\n%s", d)
	}
	if got := f.headers[0].Get("Authorization"); got != "Bearer "+testKey {
		t.Errorf("Authorization %q", got)
	}
}

func TestOpenAISendsNoKeyOfTheEnvironment(t *testing.T) {
	t.Setenv("OPENAI_API_KEY", "sk-from-environment")
	t.Setenv("OPENAI_BASE_URL", "http://127.0.0.1:1")
	f := serve(t, map[string]http.HandlerFunc{chatPath: events(delta("ok"), finished("stop"), "[DONE]")})
	m := openChat(t, f.URL, quick(), func(c *OpenAIConfig) { c.APIKey = "" })
	if _, err := m.Chat(background(t), line("x"), discard); err != nil {
		t.Fatal(err)
	}
	if got := f.headers[0].Get("Authorization"); got != "" {
		t.Errorf("sent Authorization %q to a server that wants no key", got)
	}
}

func TestOpenAIFailuresAreSafeSentences(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 1000)
	apiError := func(kind, code string) string {
		return `{"error":{"message":"SECRET-BODY key ` + testKey + `","type":"` + kind + `","param":null,"code":"` + code + `"}}`
	}
	tests := []struct {
		name   string
		answer http.HandlerFunc
		kind   space.Kind
		words  string
	}{
		{"key refused", sendsJSON(401, apiError("invalid_request_error", "invalid_api_key")), space.KindUpstream, "the API key was refused"},
		{"no rights", sendsJSON(403, apiError("", "")), space.KindUpstream, "does not let us use the model 'm'"},
		{"no such model", sendsJSON(404, apiError("invalid_request_error", "model_not_found")), space.KindUpstream, "the model 'm' does not exist"},
		{"no such model, vLLM", sendsJSON(404, `{"object":"error","message":"The model SECRET-BODY does not exist.","type":"NotFoundError","param":null,"code":404}`), space.KindUpstream, "the model 'm' does not exist"},
		{"no such path", sends(404, "text/html", "<html>SECRET-BODY</html>"), space.KindUpstream, "usually ends in /v1"},
		{"too many requests", sendsJSON(429, apiError("requests", "rate_limit_exceeded"), "Retry-After", "17"), space.KindUnavailable, "no more requests"},
		{"no credit", sendsJSON(429, apiError("insufficient_quota", "insufficient_quota")), space.KindUpstream, "no credit left"},
		{"still loading", sendsJSON(503, `{"error":{"message":"Loading model","type":"unavailable_error","code":503}}`), space.KindUnavailable, "overloaded or not ready"},
		{"overloaded", sendsJSON(529, apiError("overloaded_error", "")), space.KindUnavailable, "overloaded"},
		{"bad gateway", sends(502, "text/html", "<html>SECRET-BODY"+long), space.KindUnavailable, "status 502"},
		{"broken", sends(500, "text/plain", "SECRET-BODY panic"), space.KindUpstream, "failed (status 500)"},
		{"bad request", sendsJSON(400, apiError("invalid_request_error", "")), space.KindUpstream, "did not accept the request (status 400)"},
		{"too long", sendsJSON(400, apiError("invalid_request_error", "context_length_exceeded")), space.KindUpstream, "longer than the model 'm' can read"},
		{"too long, llama.cpp", sendsJSON(400, `{"error":{"code":400,"message":"request (6031 tokens) exceeds the available context size (4096 tokens), try increasing it","type":"exceed_context_size_error","n_prompt_tokens":6031,"n_ctx":4096}}`), space.KindUpstream, "longer than the model 'm' can read"},
		{"filtered", sendsJSON(400, apiError("invalid_request_error", "content_policy_violation")), space.KindUpstream, "content filter"},
		{"error in a success", sendsJSON(200, `{"error":{"message":"SECRET-BODY","code":502}}`), space.KindUnavailable, "status 502"},
		{"error in the stream", events(delta("Hel"), `{"error":{"message":"SECRET-BODY","type":"server_error"}}`), space.KindUpstream, "reported an error"},
		{"plain text error in the stream", events(delta("Hel"), `{"error":"SECRET-BODY"}`), space.KindUpstream, "reported an error"},
		{"stream without end", events(delta("Hel")), space.KindUpstream, "broke off"},
		{"empty stream", events(), space.KindUpstream, "broke off"},
		{"no stream", sends(200, "text/html", "<html>SECRET-BODY</html>"), space.KindUpstream, "not with the API of OpenAI; the address of a compatible server usually ends in /v1"},
		{"no JSON in the stream", events(delta("Hel"), `{"choices":[SECRET-BODY`), space.KindUpstream, "not an answer"},
		{"no choices in the stream", events(`{"choices":"SECRET-BODY"}`), space.KindUpstream, "broke off"},
		{"no answer in the body", sendsJSON(200, `{"choices":[]}`), space.KindUpstream, "not an answer"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{chatPath: tt.answer})
			_, err := openChat(t, f.URL, quick()).Chat(background(t), line("x"), discard)
			e := wantFault(t, err, tt.kind, tt.words)
			wantNoAddress(t, e, f.URL)
			if tt.name == "too many requests" && e.RetryAfter != 17*time.Second {
				t.Errorf("retry after %v, want 17s", e.RetryAfter)
			}
			if n := len(f.asked()); n != 1 {
				t.Errorf("%d requests, want one: nobody tries again behind the caller's back", n)
			}
			if e.Cause != nil && len(e.Cause.Error()) > 600 {
				t.Errorf("the cause holds %d bytes of the server's answer", len(e.Cause.Error()))
			}
		})
	}
}

func TestOpenAIServerThatIsNotThere(t *testing.T) {
	t.Parallel()
	elsewhere := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(elsewhere.Close)
	secure := httptest.NewUnstartedServer(http.NotFoundHandler())
	secure.Config.ErrorLog = log.New(io.Discard, "", 0)
	secure.StartTLS()
	t.Cleanup(secure.Close)
	redirects := httptest.NewServer(http.RedirectHandler(elsewhere.URL, http.StatusTemporaryRedirect))
	t.Cleanup(redirects.Close)
	hangsUp := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }))
	t.Cleanup(hangsUp.Close)
	tests := []struct {
		name, base string
		kind       space.Kind
		words      string
	}{
		{"refused", "http://127.0.0.1:1", space.KindUnavailable, "the model server at http://127.0.0.1:1/v1 is not reachable"},
		{"no such host", "http://no-such-host.invalid", space.KindUnavailable, "host name"},
		{"unknown certificate", secure.URL, space.KindUpstream, "certificate"},
		{"plain HTTP behind https", strings.Replace(elsewhere.URL, "http:", "https:", 1), space.KindUpstream, "does not speak HTTPS"},
		{"redirect to another host", redirects.URL, space.KindUpstream, "another address"},
		{"hangs up", hangsUp.URL, space.KindUnavailable, "closed the connection"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := openChat(t, tt.base, quick()).Chat(background(t), line("x"), discard)
			wantNoAddress(t, wantFault(t, err, tt.kind, tt.words), tt.base)
		})
	}
}

func TestOpenAIEndsOfStreams(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		answer http.HandlerFunc
		finish space.FinishReason
		text   string
		note   string
	}{
		{"length", events(delta("a"), finished("length"), "[DONE]"), space.FinishLength, "a", ""},
		{"content filter", events(delta("a"), finished("content_filter"), "[DONE]"), space.FinishStop, "a", "content filter"},
		{"DONE without a reason", events(delta("a"), "[DONE]"), space.FinishStop, "a", ""},
		{"reason without DONE", events(delta("a"), finished("stop")), space.FinishStop, "a", ""},
		{"null error", events(`{"error":null,"choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}`), space.FinishStop, "a", ""},
		{"refusal", events(`{"choices":[{"index":0,"delta":{"refusal":"I cannot."},"finish_reason":"stop"}]}`), space.FinishStop, "I cannot.", ""},
		{"second choice", events(`{"choices":[{"index":1,"delta":{"content":"b"}}]}`, delta("a"), finished("stop"), "[DONE]"), space.FinishStop, "a", ""},
		{"not streamed", sendsJSON(200, `{"id":"1","model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"whole"},"finish_reason":"stop"}],"usage":{"prompt_tokens":3,"completion_tokens":1}}`), space.FinishStop, "whole", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{chatPath: tt.answer})
			got, err := openChat(t, f.URL, quick()).Chat(background(t), line("a question"), discard)
			if err != nil {
				t.Fatal(err)
			}
			if got.FinishReason != tt.finish || got.Text != tt.text || !strings.Contains(strings.Join(got.Notes, " "), tt.note) {
				t.Errorf("got %+v", got)
			}
			u := got.Usage
			if u.PromptTokens <= 0 || u.CompletionTokens <= 0 || u.TotalTokens != u.PromptTokens+u.CompletionTokens {
				t.Errorf("usage %+v, want counts or estimates", u)
			}
		})
	}
}

func TestOpenAILeavesOutWhatAServerDoesNotKnow(t *testing.T) {
	t.Parallel()
	refuses := func(status int, param, message string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			sendsJSON(status, `{"error":{"message":"`+message+`","type":"invalid_request_error","param":"`+param+`","code":"unsupported_parameter"}}`)(w, r)
		}
	}
	answers := []http.HandlerFunc{
		refuses(400, "max_tokens", "Unsupported parameter: 'max_tokens'"),
		refuses(400, "temperature", "Unsupported value"),
		refuses(422, "", "Extra inputs are not permitted: stream_options"),
		events(delta("fine"), finished("stop"), "[DONE]"),
	}
	handlers := map[string]http.HandlerFunc{}
	f := serve(t, handlers)
	handlers[chatPath] = func(w http.ResponseWriter, r *http.Request) { answers[len(f.asked())-1](w, r) }
	got, err := openChat(t, f.URL, quick()).Chat(background(t), line("x"), discard)
	if err != nil || got.Text != "fine" {
		t.Fatalf("got %q, %v", got.Text, err)
	}
	last := f.asked()[3]
	for _, gone := range []string{"max_tokens", "temperature", "stream_options"} {
		if _, there := last[gone]; there {
			t.Errorf("the last request still has %q", gone)
		}
	}
	if last["max_completion_tokens"] != 50.0 {
		t.Errorf("max_completion_tokens is %v, want 50", last["max_completion_tokens"])
	}
	if d := cmp.Diff([]string{"The model server does not support 'temperature'; the answer was made without it."}, got.Notes); d != "" {
		t.Errorf("notes (-want +got):\n%s", d)
	}
}

func TestOpenAIItselfIsSentTheNewerParameter(t *testing.T) {
	t.Parallel()
	var host string
	transport := roundTrip(func(r *http.Request) (*http.Response, error) {
		body, _ := io.ReadAll(r.Body)
		host = r.URL.Host
		if !strings.Contains(string(body), `"max_completion_tokens":50`) || strings.Contains(string(body), `"max_tokens"`) {
			t.Errorf("body %s", body)
		}
		rec := httptest.NewRecorder()
		events(delta("ok"), finished("stop"), "[DONE]")(rec, r)
		return rec.Result(), nil
	})
	m, err := openAIType{Deps{Transport: transport}.filled()}.Open(&OpenAIConfig{APIKey: testKey, Model: "gpt"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Chat(background(t), line("x"), discard); err != nil || host != "api.openai.com" {
		t.Errorf("asked %q, %v", host, err)
	}
}
