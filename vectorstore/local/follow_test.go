package local

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

func TestQuestionsWaitForTheirDatasetAndThenGiveUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		index := New(Deps{Logger: slog.New(slog.DiscardHandler)}) // not run, so nothing is ever loaded
		began := time.Now()
		_, err := index.Search(t.Context(), space.RootTenant, space.Dataset{ID: uuid.New()}, space.SearchRequest{Query: "a", Limit: 1})
		if space.KindOf(err) != space.KindUnavailable || err.(*space.Error).RetryAfter <= 0 {
			t.Errorf("error is %v", err)
		}
		if waited := time.Since(began); waited != loadWait {
			t.Errorf("waited %v", waited)
		}
		if index.Loading() != 1 {
			t.Errorf("%d datasets are loading", index.Loading())
		}
	})
}

func TestNothingIsReadyBeforeTheDatasetsAreKnown(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ingest("a.md", "one passage")
	if got := New(Deps{Source: w.db, Datasets: w.db.AllDatasets}).Loading(); got == 0 {
		t.Error("an index that has not looked yet says that it waits for no dataset")
	}
	w.start()
	w.settle()
	if got := w.index.Loading(); got != 0 {
		t.Errorf("%d datasets are loading where all are loaded", got)
	}
}

func TestChangesAreFollowed(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bind()
	w.start()
	w.ingest("a.md", "alpha one", "beta two")
	w.ingest("b.md", "alpha three")
	w.embed(10)
	w.settle()
	expect := func(mode space.SearchMode, want ...string) {
		t.Helper()
		got := contents(w.search("alpha", by(mode)))
		slices.Sort(got)
		if !slices.Equal(got, want) {
			t.Errorf("%s: %q, want %q", mode, got, want)
		}
	}
	expect(space.SearchLexical, "alpha one", "alpha three")
	expect(space.SearchHybrid, "alpha one", "alpha three", "beta two")
	w.ingest("a.md", "alpha four", "beta two")
	w.settle()
	expect(space.SearchLexical, "alpha four", "alpha three")
	expect(space.SearchVector, "alpha three", "beta two") // the edit has no vector yet
	w.remove("b.md")
	w.settle()
	expect(space.SearchLexical, "alpha four")
	expect(space.SearchVector, "beta two")
	w.embed(1)
	w.stop()
	w.start() // everything comes from storage again
	w.settle()
	expect(space.SearchLexical, "alpha four")
	expect(space.SearchVector, "alpha four", "beta two")
}

// crowd fills the dataset with n embedded passages, in documents of 250.
func (w *world) crowd(n int) {
	w.t.Helper()
	rng := rand.New(rand.NewPCG(7, uint64(n)))
	for d := 0; d*250 < n; d++ {
		texts := make([]string, min(250, n-d*250))
		for i := range texts {
			texts[i] = fmt.Sprintf("%s n%d", randomText(rng, 4), d*250+i)
		}
		w.ingest(fmt.Sprintf("%d.md", d), texts...)
	}
	w.embed(n)
}

func (w *world) codedFiles() []string {
	found, err := filepath.Glob(filepath.Join(w.dir, "*"))
	must(w.t, err)
	return found
}

func (w *world) isCoded() bool {
	v := w.index.set(space.RootTenant, w.dataset.ID).vectors.Load()
	_, is := v.store.(coded)
	return is
}

// expectExact compares a search by vectors with one that looks at everything.
func (w *world) expectExact(question string) {
	w.t.Helper()
	got := w.search(question, by(space.SearchVector))
	v := w.index.set(space.RootTenant, w.dataset.ID).vectors.Load()
	query, err := embedQuestion(w.t.Context(), w.embedder, question)
	must(w.t, err)
	best := float32(-1)
	for change, err := range w.db.Since(w.t.Context(), space.RootTenant, w.dataset.ID, v.name, 0) {
		must(w.t, err)
		if change.Kind == space.VectorAdded {
			best = max(best, dot(query, change.Vector))
		}
	}
	if len(got.Hits) != 10 || *got.Hits[0].Scores.Vector < float64(best)-1e-5 {
		w.t.Errorf("%q: %d hits, the best has %v and should have %v", question, len(got.Hits), *got.Hits[0].Scores.Vector, best)
	}
}

func TestVectorIndexFollowsTheNumberOfVectors(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("stores 10,250 passages")
	}
	w := newWorld(t)
	w.bind()
	w.start()
	w.crowd(upFrom)
	w.settle()
	if w.isCoded() || len(w.codedFiles()) != 0 {
		t.Errorf("%d vectors: the one-bit index is there, files %v", upFrom, w.codedFiles())
	}
	w.expectExact("w1x w2x n17")
	w.ingest("more.md", "w1x w2x more", "w3x again")
	w.embed(10)
	w.settle()
	if !w.isCoded() || len(w.codedFiles()) != 1 {
		t.Fatalf("%d vectors: the one-bit index is not there, files %v", upFrom+2, w.codedFiles())
	}
	w.expectExact("w1x w2x n17")
	w.killedProgramLosesNothing()
	w.restartReadsWhatIsNew()
	w.damageIsMended()
	w.fileAheadIsDiscarded()
	for d := range (upFrom - downTo) / 250 {
		w.remove(fmt.Sprintf("%d.md", d))
	}
	w.settle()
	if !w.isCoded() {
		t.Error("the one-bit index is gone above the lower border")
	}
	w.remove("8.md")
	w.settle()
	if w.isCoded() || len(w.codedFiles()) != 0 {
		t.Errorf("the one-bit index is still there below the lower border, files %v", w.codedFiles())
	}
	w.expectExact("w1x w2x n3017")
}

// killedProgramLosesNothing starts over with the file as a kill would leave it
// now: the first vectors are in it, the last were only in memory.
func (w *world) killedProgramLosesNothing() {
	w.t.Helper()
	name := w.codedFiles()[0]
	left, err := os.ReadFile(name)
	must(w.t, err)
	w.stop()
	must(w.t, os.WriteFile(name, left, 0o600))
	stale := strings.Replace(name, w.dataset.ID.String()+"-", w.dataset.ID.String()+"-old", 1)
	must(w.t, os.WriteFile(stale, []byte("of an embedder that is no more"), 0o600))
	w.start()
	w.settle()
	if n := w.index.set(space.RootTenant, w.dataset.ID).vectors.Load().store.len(); n != upFrom+2 {
		w.t.Errorf("after a kill: %d vectors", n)
	}
	if files := w.codedFiles(); len(files) != 1 || files[0] == stale {
		w.t.Errorf("after a kill: files %v", files)
	}
}

func (w *world) restartReadsWhatIsNew() {
	w.t.Helper()
	w.stop()
	w.ingest("late.md", "unheard words")
	w.embed(1)
	counted := &countingSource{Source: w.db}
	w.startWith(counted)
	w.settle()
	if !w.isCoded() || counted.vectors.Load() > 1 {
		w.t.Errorf("after a restart: one-bit %t, %d vectors read", w.isCoded(), counted.vectors.Load())
	}
	if got := contents(w.search("unheard words", by(space.SearchVector), limit(1))); got[0] != "unheard words" {
		w.t.Errorf("what came since the file was written: %q", got)
	}
}

func (w *world) damageIsMended() {
	w.t.Helper()
	w.stop()
	damage(w.t, w.codedFiles()[0])
	counted := &countingSource{Source: w.db}
	w.startWith(counted)
	w.settle()
	s := w.index.set(space.RootTenant, w.dataset.ID)
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(time.Millisecond) {
		if v := s.vectors.Load(); v != nil && v.store.verify(w.t.Context()) == nil {
			break
		}
		if time.Now().After(deadline) {
			w.t.Fatal("the damage stays")
		}
	}
	w.settle()
	if n := counted.vectors.Load(); n < upFrom {
		w.t.Errorf("a damaged file: only %d vectors were read again", n)
	}
	w.expectExact("w1x w2x n17")
}

func (w *world) fileAheadIsDiscarded() {
	w.t.Helper()
	w.stop()
	counted := &countingSource{Source: w.db, behind: true}
	w.startWith(counted)
	w.settle()
	if n := counted.vectors.Load(); n < upFrom {
		w.t.Errorf("a file ahead of the database: only %d vectors were read again", n)
	}
	w.expectExact("w1x w2x n17")
}

// damage changes a byte of the last third of a file, among the vectors.
func damage(t testing.TB, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	must(t, err)
	b[len(b)*2/3] ^= 1
	must(t, os.WriteFile(name, b, 0o600))
}

// countingSource counts the vectors that are read, and may say that the
// database ends early.
type countingSource struct {
	Source
	vectors atomic.Int64
	behind  bool
}

func (c *countingSource) Since(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, seq int64) iter.Seq2[space.Change, error] {
	return func(yield func(space.Change, error) bool) {
		for change, err := range c.Source.Since(ctx, tenant, dataset, binding, seq) {
			if change.Kind == space.VectorAdded {
				c.vectors.Add(1)
			}
			if !yield(change, err) {
				return
			}
		}
	}
}

func (c *countingSource) MaxSeq(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int64, error) {
	if c.behind {
		return 1, nil
	}
	return c.Source.MaxSeq(ctx, tenant, dataset)
}

func TestAnotherEmbedderAnswersOnceItIsActive(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bind()
	w.ingest("a.md", "alpha one", "beta two")
	w.embed(10)
	w.start()
	w.settle()
	old := w.embedder
	w.embedder = newBag("other", 48)
	info := w.embedder.info
	must(t, w.db.SetBinding(t.Context(), space.RootTenant, space.Binding{DatasetID: w.dataset.ID, Info: info}))
	w.embed(1)
	made := w.embedder
	w.embedder = old
	w.settle()
	if got := w.search("alpha", by(space.SearchVector)); len(got.Hits) != 2 {
		t.Errorf("while the new vectors are made: %q", contents(got))
	}
	w.embedder = made
	w.embed(10)
	must(t, w.db.ActivateBinding(t.Context(), space.RootTenant, w.dataset.ID, info.Binding()))
	w.settle()
	if got := w.search("alpha", by(space.SearchVector)); len(got.Hits) != 2 || len(got.Notes) != 0 {
		t.Errorf("after the switch: %q, %q", contents(got), got.Notes)
	}
}

func TestRemovedDatasetLeavesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ingest("a.md", "alpha")
	stale := filepath.Join(w.dir, uuid.NewString()+"-0123456789ab.1")
	must(t, os.WriteFile(stale, []byte("of a dataset that is no more"), 0o600))
	w.start()
	w.settle()
	if len(w.codedFiles()) != 0 {
		t.Errorf("files %v are left", w.codedFiles())
	}
	must(t, w.db.DeleteDataset(t.Context(), space.RootTenant, w.dataset.ID))
	w.index.Forget(w.dataset.ID)
	w.index.Changed(space.RootTenant, w.dataset.ID) // a late word of ingestion
	for deadline := time.Now().Add(time.Minute); w.index.Loading() > 0; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the follower of a removed dataset goes on")
		}
	}
}

func TestSearchesGoOnThroughEveryChange(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bind()
	w.ingest("steady.md", "steady passage")
	w.embed(1)
	w.start()
	w.settle()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, mode := range []space.SearchMode{space.SearchHybrid, space.SearchVector, space.SearchLexical} {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				got, err := w.try("steady passage", by(mode))
				if err != nil || len(got.Hits) == 0 || got.Hits[0].Content != "steady passage" {
					t.Errorf("%s: %q, %v", mode, contents(got), err)
					return
				}
			}
		})
	}
	rng := rand.New(rand.NewPCG(3, 3))
	for i := range 40 {
		w.ingest(fmt.Sprintf("%d.md", i%7), randomText(rng, 10), randomText(rng, 10))
		w.embed(1 + i%3)
		w.index.Changed(space.RootTenant, w.dataset.ID)
		if i%5 == 4 {
			w.remove(fmt.Sprintf("%d.md", i%7))
		}
	}
	w.settle()
	close(done)
	readers.Wait()
}
