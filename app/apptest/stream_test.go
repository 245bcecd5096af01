package apptest_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"testing"
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
		if data, ok := strings.CutPrefix(frame, "data: {"); ok {
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
	ctx, leave := context.WithCancel(t.Context())
	defer leave()
	sent := bodyOf(body{"messages": "How long is the warranty?", "stream": stream})
	req, err := http.NewRequestWithContext(ctx, "POST", s.URL+"/api/v1/endpoints/"+slug+"/query", sent)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/json")
	if !stream {
		go func() {
			for p.times() == 0 && ctx.Err() == nil {
				sleep()
			}
			leave()
		}()
	}
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
