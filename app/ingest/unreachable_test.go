package ingest

import (
	"os"
	"path/filepath"
	"testing"

	"syft-space/app/space"
)

func TestWhatCannotBeReachedIsNotDeleted(t *testing.T) {
	t.Parallel()
	away := func(t *testing.T, path string) {
		t.Helper()
		if err := os.Rename(path, path+" elsewhere"); err != nil {
			t.Fatal(err)
		}
	}
	for name, tt := range map[string]struct {
		pick, file string // below docs
		change     func(t *testing.T, pick string) func(*space.Pick)
		gone       bool
	}{
		"a folder that is missing": {pick: "Data", file: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			away(t, pick)
			return nil
		}},
		"a missing folder with a dot in its name": {pick: "Data.2", file: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			away(t, pick)
			return nil
		}},
		"a folder that became a link": {pick: "Data", file: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			away(t, pick)
			if err := os.Symlink(pick+" elsewhere", pick); err != nil {
				t.Fatal(err)
			}
			return nil
		}},
		"a link that leads nowhere": {pick: "Data.2", file: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			away(t, pick)
			if err := os.Symlink(pick+" nowhere", pick); err != nil {
				t.Fatal(err)
			}
			return nil
		}},
		"a folder that may not be read": {pick: "Data", file: "a.md", change: func(*testing.T, string) func(*space.Pick) {
			return func(p *space.Pick) { p.Refused = "it lies outside" }
		}},
		"a link in place of a file that cannot be followed": {pick: "Data", file: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			file := filepath.Join(pick, "a.md")
			away(t, file)
			if err := os.Symlink(file, file); err != nil { // a circle
				t.Fatal(err)
			}
			return nil
		}},
		"but a picked file is": {pick: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			away(t, pick)
			return nil
		}, gone: true},
		"and a file in a folder": {pick: "Data", file: "a.md", change: func(t *testing.T, pick string) func(*space.Pick) {
			if err := os.Remove(filepath.Join(pick, "a.md")); err != nil {
				t.Fatal(err)
			}
			return nil
		}, gone: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := newDesk(t, nil)
			pick := filepath.Join(w.docs, tt.pick)
			w.plan.Picks = []space.Pick{{Path: pick}}
			path := w.write(filepath.Join(tt.pick, tt.file), "A lamp shines.\n")
			w.scan()
			w.work()
			if !w.has(path) {
				t.Fatal("the file was not ingested")
			}
			if then := tt.change(t, pick); then != nil {
				then(&w.plan.Picks[0])
			}
			w.scan()
			w.work()
			if w.has(path) == tt.gone {
				t.Errorf("afterwards it is there: %v", w.has(path))
			}
		})
	}
}

func TestALinkedFolderIsReadUnderTheNameThatWasPicked(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	w.write("real/sub/a.md", "A lamp shines.\n")
	if err := os.Symlink(filepath.Join(w.docs, "real"), filepath.Join(w.docs, "link")); err != nil {
		t.Fatal(err)
	}
	w.plan.Picks = []space.Pick{{Path: filepath.Join(w.docs, "link")}}
	w.scan()
	w.work()
	if path := filepath.Join(w.docs, "link", "sub", "a.md"); !w.has(path) {
		t.Error("nothing was found by the link")
	}
}

func TestAFileThatCannotBeReadIsTriedAtEveryFullScan(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	path := w.write("a.md", "A lamp shines.\n")
	w.scan()
	away := w.docs + " away"
	if err := os.Rename(w.docs, away); err != nil {
		t.Fatal(err)
	}
	// Its place is a file, so that looking below it fails with ENOTDIR, as a
	// broken mount fails with EIO.
	if err := os.WriteFile(w.docs, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	w.work()
	if job := w.job(path); job.Status != space.JobFailed || job.Message == "" {
		t.Fatalf("the job is %+v", job)
	}
	if err := os.Remove(w.docs); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(away, w.docs); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.compare(w.run, true); err != nil {
		t.Fatal(err)
	}
	if job := w.job(path); job.Status != space.JobFailed {
		t.Errorf("after an event the job is %+v", job)
	}
	w.scan()
	w.work()
	if job := w.job(path); job.Status != space.JobCompleted {
		t.Errorf("after the outage the job is %+v", job)
	}
}

func TestAnUnreadableCopyDoesNotMakeTheOthersStale(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	first, second := w.write("a.json", `{"lamp": "shines"}`), w.write("b.json", `{"lamp": "shines"}`)
	w.scan()
	w.work()
	w.write("b.json", "")
	w.scan()
	w.work()
	doc, err := w.db.DocumentByPath(t.Context(), space.RootTenant, w.run.dataset.ID, first)
	if err != nil || doc.Stale || w.job(second).Status != space.JobFailed {
		t.Errorf("the document is %+v, %v; the edited copy's job %+v", doc, err, w.job(second))
	}
}
