package ingest

import (
	"strings"
	"testing"
	"time"

	"syft-space/app/space"
)

func TestAPanicOverAFileFailsItAlone(t *testing.T) {
	t.Parallel()
	w := newDesk(t, func(d *Deps) {
		d.Analyse = func(_ string, _ []string, text string) []byte {
			if strings.Contains(text, "poison") {
				panic("as ordered")
			}
			return nil
		}
	})
	bad, good := w.write("a.md", "This is poison.\n"), w.write("b.md", "A lamp shines.\n")
	w.scan()
	w.work()
	if job := w.job(bad); job.Status != space.JobFailed || job.Tries != space.MaxTries || !strings.Contains(job.Message, "broke down") {
		t.Errorf("the bad file's job is %+v", job)
	}
	if job := w.job(good); job.Status != space.JobCompleted {
		t.Errorf("the good file's job is %+v", job)
	}
}

func TestAFileThatKillsTheProgramIsGivenUp(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	path := w.write("a.md", "A lamp shines.\n")
	w.scan()
	for range space.MaxTries {
		now := w.Clock()
		if _, err := w.db.ClaimJob(t.Context(), now, now.Add(time.Minute)); err != nil {
			t.Fatal(err)
		}
		if _, err := w.db.ReturnJobs(t.Context()); err != nil { // the next start
			t.Fatal(err)
		}
	}
	w.scan()
	w.work()
	if job := w.job(path); job.Status != space.JobFailed || job.Tries != space.MaxTries || !strings.Contains(job.Message, "ended unexpectedly") {
		t.Errorf("the job is %+v", job)
	}
	if _, err := w.Retry(t.Context(), space.RootTenant, w.run.dataset.ID); err != nil {
		t.Fatal(err)
	}
	w.work()
	if job := w.job(path); job.Status != space.JobCompleted {
		t.Errorf("after a retry the job is %+v", job)
	}
}

func TestAnOrderlyStopCountsNoTry(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	path := w.write("a.md", "A lamp shines.\n")
	w.scan()
	w.run.cancel()
	if busy, err := w.workOnce(t.Context()); !busy || err != nil {
		t.Fatal(busy, err)
	}
	if _, err := w.db.ReturnJobs(t.Context()); err != nil {
		t.Fatal(err)
	}
	if job := w.job(path); job.Status != space.JobPending || job.Tries != 0 {
		t.Errorf("the job is %+v", job)
	}
}
