package providers

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

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

func TestWithoutStopsAnAnswerKeepsItsWhiteSpace(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]http.HandlerFunc{
		"streamed": events(delta("\n"), delta(" one\ntwo"), finished("stop"), "[DONE]"),
		"whole":    sendsJSON(http.StatusOK, `{"choices":[{"message":{"content":"\n one\ntwo"},"finish_reason":"stop"}]}`),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t, map[string]http.HandlerFunc{chatPath: says})
			got, err := openChat(t, f.URL, quick()).Chat(background(t), line("x"), discard)
			if err != nil || got.Text != "\n one\ntwo" {
				t.Errorf("got %q, %v", got.Text, err)
			}
		})
	}
}
