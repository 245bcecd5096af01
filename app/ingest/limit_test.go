package ingest

import (
	"context"
	"strings"
	"testing"
	"time"

	"syft-space/app/space"
)

func TestPassagesDependOnAnEmbedderOnlyThatTakesLess(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	for name, tt := range map[string]struct {
		info space.EmbedderInfo
		max  int
		want int
	}{
		"not known":            {space.EmbedderInfo{}, 240, 0},
		"the built-in one":     {space.EmbedderInfo{MaxTokens: 512}, 240, 0},
		"a server of its kind": {space.EmbedderInfo{MaxTokens: 512, Server: "http://s"}, 240, 0},
		"a long passage":       {space.EmbedderInfo{MaxTokens: 512}, 500, 510},
		"a short input":        {space.EmbedderInfo{MaxTokens: 256, Server: "http://s", PassagePrefix: "passage:"}, 240, 201},
	} {
		if got := w.limit(space.Chunking{Max: tt.max}, tt.info); got != tt.want {
			t.Errorf("%s: the limit is %d, want %d", name, got, tt.want)
		}
	}
}

// short takes little.
type short struct{ moody }

func (*short) Info(context.Context) (space.EmbedderInfo, error) {
	return space.EmbedderInfo{ID: "test/short", Dimension: 4, MaxTokens: 100}, nil
}

func TestPassagesFitAnEmbedderThatTakesLittle(t *testing.T) {
	t.Parallel()
	e := &short{moody{refuses: func(text string) error {
		if len(text)/4 > 100 {
			return space.Errorf(space.KindUpstream, "%d tokens were sent", len(text)/4)
		}
		return nil
	}}}
	w := newDesk(t, func(d *Deps) {
		d.Embedder = func(space.EmbedderChoice) (space.Embedder, error) { return e, nil }
	})
	w.write("a.md", "# Lamps of the workshop\n\n"+strings.Repeat("A lamp of many lamps stands on the long table by the river. ", 60))
	w.scan()
	w.work()
	if err := w.embed(); err != nil || len(w.run.refused) == 0 {
		t.Fatalf("%v; passages that are too long so far: %d", err, len(w.run.refused))
	}
	d, plan := w.run.dataset, w.plan
	var err error
	if plan.Chunking.Limit, err = w.storedLimit(t.Context(), d, plan); err != nil || plan.Chunking.Limit != 98 {
		t.Fatalf("the limit is %d, %v", plan.Chunking.Limit, err)
	}
	w.run = newRun(t.Context(), d, plan)
	w.runs[d.ID] = w.run
	w.scan()
	w.work()
	if err := w.embed(); err != nil || len(w.run.refused) > 0 {
		t.Fatalf("%v; passages that are too long in the end: %d", err, len(w.run.refused))
	}
	if embedded, passages := w.embeddedOf(); passages == 0 || embedded != passages {
		t.Errorf("%d of %d passages have vectors", embedded, passages)
	}
}

func TestARunBeginsAnewWhenItsEmbedderTakesLittle(t *testing.T) {
	t.Parallel()
	e := &short{moody{refuses: func(string) error { return nil }}}
	w := newDesk(t, func(d *Deps) {
		d.Embedder = func(space.EmbedderChoice) (space.Embedder, error) { return e, nil }
	})
	w.working()
	w.Added(w.run.dataset)
	for t.Context().Err() == nil {
		if r, release, ok := w.take(w.run.dataset.ID); ok {
			limit := r.plan.Chunking.Limit
			release()
			if limit == 98 {
				return
			}
		}
		time.Sleep(time.Millisecond)
	}
}
