package ingest

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// moody is an embedder that refuses what refuses says, alone and with others.
type moody struct{ refuses func(text string) error }

func (*moody) Info(context.Context) (space.EmbedderInfo, error) {
	return space.EmbedderInfo{ID: "test/moody", Dimension: 4, MaxTokens: 512}, nil
}

func (*moody) CountTokens(s string) int { return len(s) / 4 }

func (m *moody) Embed(_ context.Context, _ space.EmbedPurpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i, s := range texts {
		if err := m.refuses(s); err != nil {
			return nil, err
		}
		out[i] = []float32{1, 0, 0, 0}
	}
	return out, nil
}

func refusing(part string, kind space.Kind) func(string) error {
	return func(text string) error {
		if strings.Contains(text, part) {
			return space.Errorf(kind, "the embedding server failed")
		}
		return nil
	}
}

func newEmbeddingDesk(t *testing.T, m *moody) *desk {
	t.Helper()
	return newDesk(t, func(d *Deps) {
		d.Embedder = func(space.EmbedderChoice) (space.Embedder, error) { return m, nil }
		d.Coder = func([]float32) (func([]float32) []byte, error) {
			return func([]float32) []byte { return []byte{1} }, nil
		}
	})
}

// embed makes vectors until nothing is left to do, or the embedder fails.
func (w *desk) embed() error {
	w.t.Helper()
	w.run.complete = ""
	for {
		if more, err := w.embedBatch(w.run); err != nil || !more {
			return err
		}
	}
}

func (w *desk) embeddedOf() (embedded, passages int) {
	w.t.Helper()
	stats, err := w.db.DatasetStats(w.t.Context(), space.RootTenant, w.run.dataset.ID)
	if err != nil {
		w.t.Fatal(err)
	}
	return stats[w.run.dataset.ID].Embedded, stats[w.run.dataset.ID].Passages
}

func TestARefusedPassageDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	m := &moody{refuses: refusing("poison", space.KindUpstream)}
	w := newEmbeddingDesk(t, m)
	bad := w.write("file00.md", "This is poison.\n")
	for i := range 99 {
		w.write(fmt.Sprintf("file%02d.md", i+1), fmt.Sprintf("Lamp %d shines.\n", i))
	}
	w.scan()
	w.work()
	if err := w.embed(); err != nil {
		t.Fatal(err)
	}
	if embedded, passages := w.embeddedOf(); embedded != 99 || passages != 100 {
		t.Errorf("%d of %d passages have vectors", embedded, passages)
	}
	if job := w.job(bad); job.Status != space.JobCompleted || job.Message != refusedNote {
		t.Errorf("the job of the refused passage is %+v", job)
	}
	if w.run.refusedTrouble() == "" {
		t.Error("the status says nothing")
	}
	if err := w.embed(); err != nil || w.job(bad).Message != refusedNote {
		t.Errorf("%v; the message is %q", err, w.job(bad).Message)
	}
	m.refuses = func(string) error { return nil }
	w.run = newRun(t.Context(), w.run.dataset, w.plan) // the next start
	if err := w.embed(); err != nil || w.job(bad).Message != "" {
		t.Errorf("after the embedder was mended: %v, message %q", err, w.job(bad).Message)
	}
}

func TestAFaultOfTheEmbedderIsNoFaultOfPassages(t *testing.T) {
	t.Parallel()
	for name, refuses := range map[string]func(string) error{
		"it refuses all":  refusing("", space.KindUpstream),
		"it is away":      refusing("Lamp", space.KindUnavailable),
		"it goes between": refusing(harmless, space.KindUnavailable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newEmbeddingDesk(t, &moody{refuses: func(text string) error {
				if err := refuses(text); err != nil {
					return err
				}
				return refusing("Lamp", space.KindUpstream)(text)
			}})
			path := w.write("a.md", "Lamp 1 shines.\n")
			w.scan()
			w.work()
			if err := w.embed(); err == nil || len(w.run.refused) > 0 || w.job(path).Message != "" {
				t.Errorf("error %v, refused %v, message %q", err, w.run.refused, w.job(path).Message)
			}
		})
	}
}

// hanging never answers.
type hanging struct{ moody }

func (*hanging) Embed(ctx context.Context, _ space.EmbedPurpose, _ []string) ([][]float32, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestAnEmbedderThatHangsHoldsUpItsOwnDatasetOnly(t *testing.T) {
	t.Parallel()
	w := newEmbeddingDesk(t, &moody{refuses: func(string) error { return nil }})
	w.write("a.md", "Lamp 1 shines.\n")
	w.scan()
	w.work()
	stuck := newRun(t.Context(), w.run.dataset, w.plan)
	stuck.embedder = &hanging{}
	done := make(chan struct{}, 2)
	changed := make(chan struct{}, 1)
	w.Deps.Changed = func(space.TenantID, uuid.UUID) { signal(changed) }
	for _, r := range []*run{stuck, w.run} {
		go func() { w.embedAll(r); done <- struct{}{} }()
	}
	<-changed // the other one's vector
	stuck.cancel()
	w.run.cancel()
	<-done
	<-done
}

// countingStore counts how often passages and vectors are looked for.
type countingStore struct {
	Store
	looks *atomic.Int64
}

func (c countingStore) PendingPassages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, limit int) ([]space.PassageRef, error) {
	c.looks.Add(1)
	return c.Store.PendingPassages(ctx, tenant, dataset, binding, limit)
}

func (c countingStore) VectorsWithoutCode(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, limit int) ([]space.VectorWrite, error) {
	c.looks.Add(1)
	return c.Store.VectorsWithoutCode(ctx, tenant, dataset, binding, limit)
}

func TestAFinishedDatasetIsNotLookedThroughAgain(t *testing.T) {
	t.Parallel()
	w := newEmbeddingDesk(t, &moody{refuses: func(string) error { return nil }})
	w.write("a.md", "Lamp 1 shines.\n")
	w.scan()
	w.work()
	if err := w.embed(); err != nil {
		t.Fatal(err)
	}
	var looks atomic.Int64
	w.Store = countingStore{w.Store, &looks}
	for range 3 {
		if more, err := w.embedBatch(w.run); more || err != nil || looks.Load() > 0 {
			t.Errorf("more: %v, error %v, %d looks", more, err, looks.Load())
		}
	}
}

func TestTheCentreFreezesAtTheFirstThousandVectors(t *testing.T) {
	t.Parallel()
	w := newEmbeddingDesk(t, &moody{refuses: func(string) error { return nil }})
	w.run.plan.Chunking.Strategy, w.run.plan.Chunking.Size, w.run.plan.Chunking.Max, w.run.plan.Chunking.Overlap = "lines", 20, 20, 0
	w.write("a.txt", strings.Repeat("A lamp of many lamps stands on the long table of the workshop by the river.\n", 1200))
	w.scan()
	w.work()
	for {
		more, err := w.embedBatch(w.run)
		if err != nil {
			t.Fatal(err)
		}
		list, err := w.db.Bindings(t.Context(), space.RootTenant, w.run.dataset.ID)
		if err != nil {
			t.Fatal(err)
		}
		embedded, passages := w.embeddedOf()
		if passages < centreAfter+embedBatch {
			t.Fatalf("there are %d passages only", passages)
		}
		if frozen := list[0].Centre != nil; frozen != (embedded >= centreAfter) {
			t.Fatalf("at %d vectors of %d the centre is frozen: %v", embedded, passages, frozen)
		}
		if !more {
			return
		}
	}
}

func TestWhatIsEmbeddedBeforeAPassageIsBounded(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("x", 5000)
	for name, tt := range map[string]struct {
		p    space.PassageRef
		want string
	}{
		"text alone":             {space.PassageRef{Text: "t"}, "t"},
		"a title":                {space.PassageRef{Title: "T", Text: "t"}, "T\nt"},
		"a path with the title":  {space.PassageRef{Title: "T", Headings: []string{"T", "A"}, Text: "t"}, "T > A\nt"},
		"a path under the title": {space.PassageRef{Title: "T", Headings: []string{"A", "B"}, Text: "t"}, "T > A > B\nt"},
	} {
		if got := embedText(tt.p); got != tt.want {
			t.Errorf("%s: %q, want %q", name, got, tt.want)
		}
	}
	if got := embedText(space.PassageRef{Title: long, Headings: slices.Repeat([]string{long}, 6), Text: "t"}); len(got) > 302 {
		t.Errorf("%d bytes stand before the passage", len(got)-1)
	}
}
