package query_test

import (
	"context"
	"errors"
	"testing"

	"syft-space/app/query"
	"syft-space/app/space"
)

// embedder answers with vectors of two dimensions, or with an error.
type embedder struct {
	err   error // of Embed
	away  error // of Info
	asked []string
}

func (e *embedder) Info(context.Context) (space.EmbedderInfo, error) {
	return space.EmbedderInfo{ID: "test/two", Dimension: 2}, e.away
}

func (e *embedder) CountTokens(text string) int { return len(text) }

func (e *embedder) Embed(_ context.Context, _ space.EmbedPurpose, texts []string) ([][]float32, error) {
	e.asked = append(e.asked, texts...)
	return make([][]float32, len(texts)), e.err
}

func (w *world) embed(t *testing.T, e *embedder, req query.EmbedRequest) (query.Embedding, error) {
	d := w.pipeline().Deps
	d.OpenEmbedder = func(space.Dataset) (space.Embedder, error) { return e, nil }
	return query.New(d).Embed(t.Context(), space.RootTenant, alice, "ask", req)
}

func TestEmbeddingsThatFail(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		bend   func(*world, *embedder)
		kind   space.Kind
		detail string
		asked  bool
	}{
		"no dataset":           {func(w *world, _ *embedder) { w.catalog.endpoint.DatasetID = nil }, space.KindInvalid, "Endpoint 'ask' has no dataset, so it has no embedder", false},
		"dataset gone":         {func(w *world, _ *embedder) { w.catalog.dataset = nil }, space.KindConflict, "Dataset not found", false},
		"unpublished":          {func(w *world, _ *embedder) { w.catalog.endpoint.Published = false }, space.KindForbidden, "Endpoint is not published", false},
		"archived":             {func(w *world, _ *embedder) { w.catalog.endpoint.Archived = true }, space.KindGone, "Endpoint is archived", false},
		"the embedder is away": {func(_ *world, e *embedder) { e.away = space.Errorf(space.KindUnavailable, "the server is away") }, space.KindUnavailable, "Embedding failed: the server is away", false},
		"a text too long":      {func(_ *world, e *embedder) { e.err = space.Errorf(space.KindTooLong, "too long") }, space.KindInvalid, "A text is longer than the embedder of this endpoint takes", true},
		"an unknown fault":     {func(_ *world, e *embedder) { e.err = errors.New("secret") }, space.KindUpstream, "Embedding failed: an unexpected error, see the log of the Space", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w, e := newWorld(), &embedder{}
			c.bend(w, e)
			_, err := w.embed(t, e, query.EmbedRequest{Texts: []string{"a"}})
			var known *space.Error
			if !errors.As(err, &known) || known.Kind != c.kind || known.Detail != c.detail {
				t.Errorf("the error is %v", err)
			}
			if asked := len(e.asked) > 0; asked != c.asked {
				t.Errorf("the embedder was asked: %v", asked)
			}
			if event := w.events.only(t); event.Outcome != "error" || event.Status != statuses[c.kind] || event.Text != "" {
				t.Errorf("the event is %+v", event)
			}
		})
	}
}

func TestEmbeddingsAreRecordedWithoutTheirTexts(t *testing.T) {
	t.Parallel()
	w, e := newWorld(), &embedder{}
	w.settings.StoreQueryText = true
	got, err := w.embed(t, e, query.EmbedRequest{Texts: []string{"abc", "de"}, Dimension: 2})
	if err != nil || len(got.Vectors) != 2 || got.Tokens != 5 || got.Model != "test/two" {
		t.Errorf("the answer is %+v, %v", got, err)
	}
	event := w.events.only(t)
	if event.Outcome != "success" || event.Text != "" || event.Documents != 0 || event.Usage.PromptTokens != 5 {
		t.Errorf("the event is %+v", event)
	}
}
