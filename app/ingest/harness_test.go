package ingest

import (
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
	"syft-space/storage"
)

// desk is a Service over real storage whose scans and jobs the test does one by
// one; nothing runs behind.
type desk struct {
	*Service
	t     *testing.T
	db    *storage.DB
	run   *run
	docs  string // a folder with nothing in it
	plan  space.IngestPlan
	ahead atomic.Int64 // of the wall clock
}

func newDesk(t *testing.T, change func(*Deps)) *desk {
	t.Helper()
	docs, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	w := &desk{t: t, docs: docs}
	w.plan = space.IngestPlan{Picks: []space.Pick{{Path: docs}}, Chunking: space.Chunking{Strategy: "structure", Size: 200, Max: 240, Overlap: 30}}
	clock := func() time.Time { return space.SystemClock().Add(time.Duration(w.ahead.Load())) }
	w.db, err = storage.Open(t.Context(), storage.Options{Dir: t.TempDir(), Clock: clock, IDs: space.NewID, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { w.db.Close() })
	deps := Deps{
		Store: w.db, Plan: func(space.Dataset) (space.IngestPlan, bool, error) { return w.plan, true, nil },
		CountTokens: func(s string) int { return len(s) / 4 }, Analyse: func(string, []string, string) []byte { return nil },
		Changed: func(space.TenantID, uuid.UUID) {}, Parser: parse.New(parse.Deps{Limits: parse.DefaultLimits()}),
		Clock: clock, IDs: space.NewID, Logger: slog.New(slog.DiscardHandler), Uploads: t.TempDir(), Workers: 1, Rescan: time.Hour,
	}
	if change != nil {
		change(&deps)
	}
	w.Service = New(deps)
	d := space.Dataset{
		ID: space.NewID(), Tenant: space.RootTenant, Name: "docs", Type: "local_file", Configuration: []byte(`{}`),
		CreatedAt: clock(), UpdatedAt: clock(),
	}
	if err := w.db.CreateDataset(t.Context(), d.Tenant, d); err != nil {
		t.Fatal(err)
	}
	w.run = newRun(t.Context(), d, w.plan)
	close(w.run.done)
	w.runs[d.ID] = w.run
	t.Cleanup(w.watcher.close)
	return w
}

func (w *desk) write(name, content string) string {
	w.t.Helper()
	path := filepath.Join(w.docs, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		w.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		w.t.Fatal(err)
	}
	return path
}

// scan compares folders and index once.
func (w *desk) scan() {
	w.t.Helper()
	if _, _, err := w.compare(w.run, false); err != nil {
		w.t.Fatal(err)
	}
}

// work does all jobs, also those that wait for a while.
func (w *desk) work() {
	w.t.Helper()
	for range 2 * space.MaxTries {
		for busy := true; busy; {
			var err error
			if busy, err = w.workOnce(w.t.Context()); err != nil {
				w.t.Fatal(err)
			}
		}
		w.ahead.Add(int64(time.Minute))
	}
}

// job is what is stored of the file at path.
func (w *desk) job(path string) space.Job {
	w.t.Helper()
	job, err := w.db.JobByPath(w.t.Context(), space.RootTenant, w.run.dataset.ID, path)
	if err != nil {
		w.t.Fatal(err)
	}
	return job
}

// has reports whether the dataset has a document at path.
func (w *desk) has(path string) bool {
	w.t.Helper()
	_, err := w.db.DocumentByPath(w.t.Context(), space.RootTenant, w.run.dataset.ID, path)
	if err != nil && space.KindOf(err) != space.KindNotFound {
		w.t.Fatal(err)
	}
	return err == nil
}
