package providers

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// wordy is an embedder whose vectors say which of a few subjects a text has.
type wordy struct {
	calls atomic.Int32
	fails error
}

func (*wordy) Info(context.Context) (space.EmbedderInfo, error) {
	return space.EmbedderInfo{ID: "test/wordy", Dimension: 3, Floor: 0.5}, nil
}

func (*wordy) CountTokens(s string) int { return len(s) }

func (e *wordy) Embed(_ context.Context, _ space.EmbedPurpose, texts []string) ([][]float32, error) {
	e.calls.Add(1)
	if e.fails != nil {
		return nil, e.fails
	}
	out := make([][]float32, len(texts))
	for i, s := range texts {
		switch {
		case strings.Contains(s, "Urlaub"), strings.Contains(s, "holiday"):
			out[i] = []float32{1, 0, 0}
		case strings.Contains(s, "opens"):
			out[i] = []float32{0, 1, 0}
		default:
			out[i] = []float32{0, 0, 1}
		}
	}
	return out, nil
}

func extractiveModel(t *testing.T, e space.Embedder) Model {
	t.Helper()
	m, err := newExtractiveType(Deps{Embedder: e}).Open(&ExtractiveConfig{})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func hits(metadata map[string]any, texts ...string) []space.Hit {
	var out []space.Hit
	for _, s := range texts {
		out = append(out, space.Hit{Content: s, Similarity: 0.68, Metadata: metadata})
	}
	return out
}

func TestExtractiveQuotesWithCitations(t *testing.T) {
	t.Parallel()
	m := extractiveModel(t, nil).(Grounded)
	var pieces []string
	got, err := m.Answer(background(t), space.GroundedRequest{
		Question: "When does the office in Lyon open?",
		Documents: hits(map[string]any{},
			"The bakery sells bread. It is next to the station.",
			"The office in Lyon opens at 08:30. The office in Porto is larger."),
		MaxTokens: 9,
	}, collect(&pieces))
	if err != nil {
		t.Fatal(err)
	}
	want := space.ChatResult{
		Model: "extractive", Text: "The office in Lyon opens at 08:30. [2]", FinishReason: space.FinishStop,
		Usage: space.Usage{PromptTokens: 30, CompletionTokens: 8, TotalTokens: 38},
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if strings.Join(pieces, "") != got.Text {
		t.Errorf("emitted %q", pieces)
	}
}

func TestExtractiveUsesTheHeadingsOfAHit(t *testing.T) {
	t.Parallel()
	m := extractiveModel(t, nil).(Grounded)
	for _, headings := range []any{[]string{"Lamp L2", "Weight"}, []any{"Lamp L2", "Weight"}} {
		got, err := m.Answer(background(t), space.GroundedRequest{
			Question:  "What is the weight of the lamp?",
			Documents: append(hits(map[string]any{}, "The lamps are yellow."), hits(map[string]any{"headings": headings}, "It is 410 g with the battery.")...),
		}, discard)
		if err != nil || !strings.Contains(got.Text, "It is 410 g with the battery. [2]") {
			t.Errorf("%T: got %q, %v", headings, got.Text, err)
		}
	}
}

func TestExtractiveSaysThatNothingAnswers(t *testing.T) {
	t.Parallel()
	m := extractiveModel(t, nil)
	unrelated := hits(map[string]any{}, "The bakery sells bread.")
	unrelated[0].Similarity = 0.5
	for name, answer := range map[string]func(emit space.Emit) (space.ChatResult, error){
		"nothing fits": func(emit space.Emit) (space.ChatResult, error) {
			return m.(Grounded).Answer(background(t), space.GroundedRequest{Question: "How tall is the tower?", Documents: unrelated}, emit)
		},
		"no documents": func(emit space.Emit) (space.ChatResult, error) {
			return m.(Grounded).Answer(background(t), space.GroundedRequest{Question: "How tall is the tower?"}, emit)
		},
		"chat": func(emit space.Emit) (space.ChatResult, error) {
			return m.Chat(background(t), line("How tall is the tower?"), emit)
		},
	} {
		var pieces []string
		got, err := answer(collect(&pieces))
		if err != nil || got.FinishReason != space.FinishNoAnswer {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
		if len(pieces) != 1 || pieces[0] != got.Text || strings.Count(got.Text, ".") != 1 || !strings.HasSuffix(got.Text, ".") {
			t.Errorf("%s: not one sentence: %q", name, pieces)
		}
	}
}

func TestExtractiveComparesByMeaning(t *testing.T) {
	t.Parallel()
	docs := hits(map[string]any{}, "The office opens at nine. Everyone has 28 days of holiday.")
	ask := func(e *wordy, docs []space.Hit) string {
		got, err := extractiveModel(t, e).(Grounded).Answer(background(t),
			space.GroundedRequest{Question: "Wie viel Urlaub habe ich?", Documents: docs}, discard)
		if err != nil {
			t.Fatal(err)
		}
		return got.Text
	}
	if got := ask(&wordy{}, docs); got != "Everyone has 28 days of holiday. [1]" {
		t.Errorf("with an embedder: %q", got)
	}
	broken := &wordy{fails: errors.New("away")}
	if got := ask(broken, docs); broken.calls.Load() == 0 || strings.Contains(got, "away") {
		t.Errorf("with a broken embedder: %q", got)
	}
	byWords := &wordy{}
	if ask(byWords, hits(map[string]any{"similarity": "words"}, docs[0].Content)); byWords.calls.Load() != 0 {
		t.Error("a search by words alone embeds something")
	}
}

func TestExtractiveStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	m := extractiveModel(t, nil).(Grounded)
	req := space.GroundedRequest{Question: "When does the office open?", Documents: hits(map[string]any{}, "The office opens at nine.")}
	ctx, cancel := context.WithCancel(background(t))
	cancel()
	_, err := m.Answer(ctx, req, discard)
	wantFault(t, err, space.KindCanceled, "went away")
	stop := errors.New("gone")
	if _, err := m.Answer(background(t), req, func(string) error { return stop }); !errors.Is(err, stop) {
		t.Errorf("got %v, want emit's own error", err)
	}
}

func TestSimilarityIsStretchedAboveTheFloor(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ cosine, floor, want float64 }{
		{1, 0.77, 1}, {0.77, 0.77, 0.5}, {0.54, 0.77, 0}, {-1, 0, 0}, {0, 0, 0.5}, {1, 0, 1}, {0.2, 0.77, 0},
	} {
		if got := similarity(tt.cosine, tt.floor); got < tt.want-1e-9 || got > tt.want+1e-9 {
			t.Errorf("cosine %g, floor %g: got %g, want %g", tt.cosine, tt.floor, got, tt.want)
		}
	}
}
