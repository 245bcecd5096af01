package apptest_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// frames returns the frames of a stream but the last, which must be [DONE].
func frames(t testing.TB, r reply) []body {
	t.Helper()
	if kind := r.Header.Get("Content-Type"); !strings.HasPrefix(kind, "text/event-stream") {
		t.Fatalf("a stream is %s: %s", kind, r.Body)
	}
	text, ok := strings.CutSuffix(r.Body, "data: [DONE]\n\n")
	if !ok {
		t.Fatalf("the stream does not end with [DONE]: %q", r.Body)
	}
	var out []body
	for frame := range strings.SplitSeq(strings.TrimSuffix(text, "\n\n"), "\n\n") {
		data, ok := strings.CutPrefix(frame, "data: ")
		var v body
		if err := json.Unmarshal([]byte(data), &v); !ok || err != nil {
			t.Fatalf("frame %q: %v", frame, err)
		}
		out = append(out, v)
	}
	return out
}

// said joins what the frames of a stream say.
func said(t testing.TB, stream string) string {
	t.Helper()
	var b strings.Builder
	for frame := range strings.SplitSeq(stream, "\n\n") {
		var v struct {
			Choices []struct{ Delta struct{ Content string } }
		}
		if data, ok := strings.CutPrefix(strings.TrimSpace(frame), "data: {"); ok {
			if err := json.Unmarshal([]byte("{"+data), &v); err != nil {
				t.Fatalf("frame %q: %v", frame, err)
			}
		}
		for _, c := range v.Choices {
			b.WriteString(c.Delta.Content)
		}
	}
	return b.String()
}

// leave sends a query and goes away once the provider was asked; from a stream,
// once its first words were read.
func (s *shop) leave(t *testing.T, p *provider, slug string, stream bool) {
	t.Helper()
	ctx := t.Context()
	if !stream {
		ctx = p.untilAsked(t)
	}
	sent := bodyOf(body{"messages": "How long is the warranty?", "stream": stream})
	req, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/api/v1/endpoints/"+slug+"/query", sent)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return // it left before there was an answer
	}
	defer res.Body.Close()
	if _, err := bufio.NewReader(res.Body).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
}

func bodyOf(v any) *bytes.Reader {
	b, _ := json.Marshal(v)
	return bytes.NewReader(b)
}

// TestStreams freezes the frames of streams.
func TestStreams(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	for _, dtype := range []string{"openai", "ollama"} {
		t.Run(dtype, func(t *testing.T) {
			t.Parallel()
			slug := s.endpoint(s.model(dtype, newProvider(t, speaks("36 \"mon", "ths\" <1>"))), nil, policy{"accounting", body{"price": 0.25}})
			r := s.ask(http.StatusOK, slug, body{"stream": true})
			for name, want := range map[string]string{"Content-Type": "text/event-stream", "X-Accel-Buffering": "no", "Cache-Control": "no-cache"} {
				if got := r.Header.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
			list := frames(t, r)
			want := []body{
				{"choices": []any{body{"index": 0.0, "delta": body{"content": "36 \"mon"}}}},
				{"choices": []any{body{"index": 0.0, "delta": body{"content": "ths\" <1>"}}}},
			}
			if diff := cmp.Diff(want, list[:len(list)-1]); diff != "" {
				t.Errorf("frames (-want +got)\n%s", diff)
			}
			last := list[len(list)-1]
			for _, key := range []string{"summary", "choices", "content", "text"} {
				if _, ok := last[key]; ok {
					t.Errorf("the last frame has the key %s", key)
				}
			}
			if last["done"] != true || last["finish_reason"] != "stop" || last["cost"] != 0.25 || last["references"].(body)["documents"] == nil ||
				last["usage"].(body)["total_tokens"] != 16.0 || last["policy_metadata"].(body)["outcome"] != "success" {
				t.Errorf("the last frame is %v", last)
			}
		})
	}
	t.Run("passages alone", func(t *testing.T) {
		t.Parallel()
		list := frames(t, s.ask(http.StatusOK, s.endpoint("", nil), body{"stream": true}))
		if len(list) != 1 || list[0]["done"] != true || list[0]["references"] == nil || list[0]["usage"] != nil || list[0]["finish_reason"] != nil {
			t.Errorf("frames %v", list)
		}
	})
}

// TestAFilteredStreamGoesOutBySentence reads the first sentence of an answer
// while its model waits to be allowed the rest.
func TestAFilteredStreamGoesOutBySentence(t *testing.T) {
	t.Parallel()
	s := openBare(t, nil)
	release := make(chan struct{})
	p := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, "Write to ada@exam", "ple.org. The card is 4111 1111 ", "11")
		select {
		case <-release:
		case <-r.Context().Done():
		}
		speaks("11 1111.")(w, r)
	})
	slug := s.endpoint(s.model("openai", p), nil, policy{"pii_filter", body{}})
	res, err := http.Post(s.URL+"/api/v1/endpoints/"+slug+"/query", "application/json", bodyOf(body{"messages": "x", "stream": true}))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	read := bufio.NewReader(res.Body)
	first, err := read.ReadString('\n')
	if want := `data: {"choices":[{"index":0,"delta":{"content":"Write to [EMAIL]. "}}]}` + "\n"; err != nil || first != want {
		t.Errorf("first came %q, want %q: %v", first, want, err)
	}
	close(release)
	rest, err := io.ReadAll(read)
	if got := said(t, string(rest)); err != nil || got != "The card is [CARD]." {
		t.Errorf("the rest says %q: %v", got, err)
	}
}
