package ingest

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"syft-space/app/space"
)

// working makes a desk begin runs as a Service does whose Run was called.
func (w *desk) working() {
	ctx, cancel := context.WithCancel(w.t.Context())
	group, ctx := errgroup.WithContext(ctx)
	w.mu.Lock()
	w.group, w.ctx = group, ctx
	delete(w.runs, w.run.dataset.ID)
	w.mu.Unlock()
	w.t.Cleanup(func() {
		cancel()
		if err := group.Wait(); err != nil {
			w.t.Error(err)
		}
	})
}

func TestTheConfigurationThatWasStoredLastIsWorkedBy(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	w.working()
	id := w.run.dataset.ID
	older, err := w.db.UpdateDataset(t.Context(), space.RootTenant, id, space.DatasetPatch{Configuration: []byte(`{"n":1}`)})
	if err != nil {
		t.Fatal(err)
	}
	newer, err := w.db.UpdateDataset(t.Context(), space.RootTenant, id, space.DatasetPatch{Configuration: []byte(`{"n":2}`)})
	if err != nil {
		t.Fatal(err)
	}
	w.Changed(newer)
	w.Changed(older) // told late
	r, release, ok := w.take(id)
	if !ok {
		t.Fatal("nobody works on the dataset")
	}
	defer release()
	if got := string(r.dataset.Configuration); got != `{"n":2}` {
		t.Errorf("it is worked by %s", got)
	}
}

func TestADatasetThatIsGoneIsNotWorkedOn(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	w.working()
	d := w.run.dataset
	if err := w.Removing(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	w.Added(d) // a /start meanwhile
	if err := w.db.DeleteDataset(t.Context(), d.Tenant, d.ID); err != nil {
		t.Fatal(err)
	}
	w.Removed(d)
	w.Added(d) // a later one
	if _, release, ok := w.take(d.ID); ok {
		release()
		t.Error("a removed dataset is worked on")
	}
}

// scanningStore queues a job while a dataset is being stopped, as a scan that
// is under way does.
type scanningStore struct {
	Store
	during func()
}

func (s scanningStore) CancelJobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error) {
	n, err := s.Store.CancelJobs(ctx, tenant, dataset)
	s.during()
	return n, err
}

func TestNothingIsQueuedOnceJobsAreCancelled(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	w.write("a.md", "A lamp shines.\n")
	w.Store = scanningStore{w.Store, func() {
		if r, release, ok := w.take(w.run.dataset.ID); ok {
			release()
			t.Errorf("a scan may still run: %v", r.ctx.Err())
		}
	}}
	if _, err := w.Stop(t.Context(), space.RootTenant, w.run.dataset.ID); err != nil {
		t.Fatal(err)
	}
}

func TestAJobOfADatasetWithoutARunWaits(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	path := w.write("a.md", "A lamp shines.\n")
	w.scan()
	delete(w.runs, w.run.dataset.ID)
	if busy, err := w.workOnce(t.Context()); !busy || err != nil {
		t.Fatal(busy, err)
	}
	if job := w.job(path); job.Status != space.JobPending || !job.NotBefore.After(w.Clock().Add(pollEvery/2)) {
		t.Errorf("the job is %+v", job)
	}
}

// sending returns the files one by one; between happens before the end.
func sending(between func(), contents ...string) func() (Uploading, error) {
	i := 0
	return func() (Uploading, error) {
		if i == len(contents) {
			between()
			return Uploading{}, io.EOF
		}
		i++
		return Uploading{Name: "lamp.md", Content: strings.NewReader(contents[i-1])}, nil
	}
}

func TestAnUploadIsKeptAsTheDatasetIsWhenItHasArrived(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	id := w.run.dataset.ID
	for _, stopped := range []bool{false, true} {
		if err := w.db.SetDatasetStopped(t.Context(), space.RootTenant, id, stopped); err != nil {
			t.Fatal(err)
		}
		want := map[bool]space.JobStatus{true: space.JobPending, false: space.JobCancelled}[stopped]
		jobs, err := w.Upload(t.Context(), space.RootTenant, id, sending(func() {
			if err := w.db.SetDatasetStopped(t.Context(), space.RootTenant, id, !stopped); err != nil {
				t.Fatal(err)
			}
		}, "A lamp shines "+string(want)))
		if err != nil || jobs[0].Status != want {
			t.Errorf("stopped before: %v; %+v, %v", stopped, jobs, err)
		}
	}
}

func TestTheSameBytesTwiceInARequestAreOneJob(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	jobs, err := w.Upload(t.Context(), space.RootTenant, w.run.dataset.ID, sending(func() {}, "A lamp.", "A lamp.", "Another lamp."))
	if err != nil || len(jobs) != 3 {
		t.Fatal(jobs, err)
	}
	if jobs[0].ID != jobs[1].ID || jobs[0].ID == jobs[2].ID || jobs[0].Path == jobs[2].Path {
		t.Errorf("the jobs are %+v", jobs)
	}
	if stored := w.job(jobs[0].Path); stored.ID != jobs[0].ID {
		t.Errorf("stored is %v, told was %v", stored.ID, jobs[0].ID)
	}
}

func TestAnUploadDuringADeletionThatFailsLosesNothing(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	d := w.run.dataset
	if _, err := w.Upload(t.Context(), d.Tenant, d.ID, sending(func() {}, "A lamp.")); err != nil {
		t.Fatal(err)
	}
	if err := w.Removing(t.Context(), d); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Upload(t.Context(), d.Tenant, d.ID, sending(func() {}, "Another lamp.")); err != nil {
		t.Fatal(err)
	}
	w.Kept(d)
	for name, want := range map[string]string{"lamp.md": "Another lamp.", "lamp (2).md": "A lamp."} {
		if got, err := os.ReadFile(filepath.Join(w.uploads(d.ID), name)); err != nil || string(got) != want {
			t.Errorf("%s holds %q, %v", name, got, err)
		}
	}
	if _, err := os.Stat(w.uploads(d.ID) + deleting); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the folder that was set aside: %v", err)
	}
}

func TestAFolderThatWasMadeAnewIsWatched(t *testing.T) {
	t.Parallel()
	w := newDesk(t, nil)
	if w.watcher == nil {
		t.Skip("folders cannot be watched here")
	}
	told := make(chan uuid.UUID, 100)
	defer w.watcher.start(func(id uuid.UUID) { told <- id })()
	dir := filepath.Dir(w.write("sub/a.md", "A lamp shines.\n"))
	id := w.run.dataset.ID
	w.watcher.follow(id, []string{dir})
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	for len(w.watcher.notify.WatchList()) > 0 { // the system's own word that it is gone
		time.Sleep(time.Millisecond)
	}
	for len(told) > 0 {
		<-told
	}
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	w.watcher.follow(id, []string{dir})
	w.write("sub/b.md", "Another lamp.\n")
	if got := <-told; got != id {
		t.Errorf("told was %v", got)
	}
}
