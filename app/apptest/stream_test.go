package apptest_test

import (
	"encoding/json"
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
