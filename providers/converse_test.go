package providers

import (
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

func TestStopperCutsAtTheFirstStop(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		stops  []string
		pieces []string
		want   string
	}{
		{"no stops", nil, []string{" a", "b\nc"}, "ab\nc"},
		{"line break", []string{"\n"}, []string{"one\ntwo"}, "one"},
		{"line break that leads", []string{"\n"}, []string{"\n", " \n", "one\ntwo"}, "one"},
		{"only white space", []string{"\n"}, []string{"\n\n  "}, ""},
		{"across pieces", []string{"STOP"}, []string{"a ST", "O", "P b"}, "a "},
		{"held back and let go", []string{"STOP"}, []string{"a ST", "AR"}, "a STAR"},
		{"held back at the end", []string{"STOP"}, []string{"a STO"}, "a STO"},
		{"the earliest of several", []string{"c", "b"}, []string{"abc"}, "a"},
		{"overlapping itself", []string{"aab"}, []string{"a", "a", "a", "b"}, "a"},
		{"empty stops do nothing", []string{""}, []string{"a"}, "a"},
		{"not ASCII", []string{"\u3002"}, []string{"\u65e5\u672c", "\u3002\u6771"}, "\u65e5\u672c"},
		{"stop at once", []string{"###"}, []string{"###a"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := cutAll(tt.stops, tt.pieces); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func cutAll(stops, pieces []string) string {
	s := newStopper(stops)
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(s.push(p))
	}
	return out.String() + s.rest()
}

func TestStopperDoesNotDependOnHowAnAnswerIsDivided(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	stops := []string{"ab", "bba", "\n\n"}
	for range 2000 {
		text := make([]byte, r.IntN(12))
		for i := range text {
			text[i] = "ab\n "[r.IntN(4)]
		}
		whole := string(text)
		var pieces []string
		for rest := whole; rest != ""; {
			n := 1 + r.IntN(len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if got, want := cutAll(stops, pieces), cutAll(stops, []string{whole}); got != want {
			t.Fatalf("%q in pieces %q: got %q, want %q", whole, pieces, got, want)
		}
	}
}

// stopping is a server that cuts at the stops it is sent, leading white space
// or not, as most do.
func stopping(text string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		events(delta(text), finished("stop"), usageEvent, "[DONE]")(w, r)
	}
}

func TestAStopOfWhiteSpaceCannotEmptyAnAnswer(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{}
	f := serve(t, handlers)
	handlers[chatPath] = func(w http.ResponseWriter, r *http.Request) {
		if len(f.asked()) == 1 {
			stopping("")(w, r)
			return
		}
		stopping("\nThe answer.\nAnd more.")(w, r)
	}
	req := line("x")
	req.Stop = []string{"\n", "###"}
	got, err := openChat(t, f.URL, quick()).Chat(background(t), req, discard)
	if err != nil || got.Text != "The answer." || got.FinishReason != space.FinishStop {
		t.Fatalf("got %+v, %v", got, err)
	}
	asked := f.asked()
	if len(asked) != 2 {
		t.Fatalf("%d requests, want 2", len(asked))
	}
	if d := cmp.Diff([]any{"\n", "###"}, asked[0]["stop"]); d != "" {
		t.Errorf("first stops (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]any{"###"}, asked[1]["stop"]); d != "" {
		t.Errorf("second stops (-want +got):\n%s", d)
	}
	if got.Usage.PromptTokens != 11 || got.Usage.CompletionTokens <= 0 {
		t.Errorf("usage %+v, want the prompt's count of the first request", got.Usage)
	}
}

func TestAnEmptyAnswerWithoutSuchStopsIsAskedForOnce(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{chatPath: stopping("")})
	req := line("x")
	req.Stop = []string{"###"}
	got, err := openChat(t, f.URL, quick()).Chat(background(t), req, discard)
	if err != nil || got.Text != "" || len(f.asked()) != 1 {
		t.Errorf("got %+v, %v after %d requests", got, err, len(f.asked()))
	}
}

func TestAServerThatIgnoresStopsIsCutHere(t *testing.T) {
	t.Parallel()
	handlers := map[string]http.HandlerFunc{}
	f := serve(t, handlers)
	handlers[chatPath] = func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/event-stream")
		flush(w, "data: "+delta("One line.")+"\n\n")
		flush(w, "data: "+delta("\nAnother")+"\n\n")
		f.untilGone(r)
	}
	req := line("x")
	req.Stop = []string{"\n"}
	got, err := openChat(t, f.URL, quick()).Chat(background(t), req, discard)
	if err != nil || got.Text != "One line." || got.FinishReason != space.FinishStop {
		t.Errorf("got %+v, %v", got, err)
	}
	f.wantGone(t)
}
