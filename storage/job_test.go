package storage

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
)

// queue makes pending jobs of the dataset, oldest first.
func queue(t testing.TB, db *DB, d space.Dataset, paths ...string) []space.Job {
	t.Helper()
	var jobs []space.Job
	for _, p := range paths {
		jobs = append(jobs, space.Job{ID: uuid.New(), Tenant: d.Tenant, DatasetID: d.ID, Path: p, Pick: "/docs", Status: space.JobPending, CreatedAt: db.clock(),
			Fingerprint: space.Fingerprint{Size: 1, ModTime: db.clock()}})
	}
	must[int](t)(db.UpsertJobs(t.Context(), d.Tenant, d.ID, jobs))
	return jobs
}

func claimNext(t testing.TB, db *DB) (space.Job, bool) {
	t.Helper()
	now := db.clock()
	j, err := db.ClaimJob(t.Context(), now, now.Add(time.Minute))
	if err != nil {
		wantKind(t, err, space.KindNotFound, "no job is waiting")
	}
	return j, err == nil
}

func TestUpsertStoresJobsAsGiven(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	jobs := queue(t, db, d, "/docs/a", "/docs/b")
	if diff := cmp.Diff(jobs[0], must[space.Job](t)(db.JobByPath(ctx, root, d.ID, "/docs/a"))); diff != "" {
		t.Error(diff)
	}
	// A moved file: completed at once under a new id and path.
	moved := jobs[0]
	moved.ID, moved.Path, moved.Status, moved.Chunks = uuid.New(), "/docs/c", space.JobCompleted, 3
	changed := jobs[1]
	changed.Fingerprint.Size = 2
	if n := must[int](t)(db.UpsertJobs(ctx, root, d.ID, []space.Job{moved, changed})); n != 1 {
		t.Errorf("%d are to be done, want 1", n)
	}
	check(t, db.TombstoneJob(ctx, root, jobs[0].ID))
	if diff := cmp.Diff(space.JobCounts{Total: 2, Pending: 1, Completed: 1}, must[space.JobCounts](t)(db.JobCounts(ctx, root, d.ID))); diff != "" {
		t.Error(diff)
	}
	var known []string
	for j, err := range db.KnownFiles(ctx, root, d.ID) {
		check(t, err)
		known = append(known, fmt.Sprintf("%s %s %d", j.Path, j.Status, j.Fingerprint.Size))
	}
	if diff := cmp.Diff([]string{"/docs/a deleted 1", "/docs/b pending 2", "/docs/c completed 1"}, known); diff != "" {
		t.Error(diff)
	}
	_, err := db.JobByPath(ctx, root, d.ID, "/docs/a")
	wantKind(t, err, space.KindNotFound, "")
	queue(t, db, d, "/docs/a") // the file is back
	if got := must[space.Job](t)(db.JobByPath(ctx, root, d.ID, "/docs/a")); got.Status != space.JobPending || got.ID == jobs[0].ID || !got.CreatedAt.After(jobs[1].CreatedAt) {
		t.Errorf("job is %+v", got)
	}
	_, err = db.UpsertJobs(ctx, root, uuid.New(), jobs)
	wantKind(t, err, space.KindNotFound, "")
}

func TestJobsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	queue(t, db, d, "/docs/a", "/docs/b", "/docs/c")
	claimNext(t, db)
	for _, tt := range []struct {
		status space.JobStatus
		offset int
		total  int
		want   []string
	}{
		{"", 0, 3, []string{"/docs/c", "/docs/b", "/docs/a"}},
		{"", 2, 3, []string{"/docs/a"}},
		{space.JobPending, 0, 2, []string{"/docs/c", "/docs/b"}},
		{space.JobInProgress, 0, 1, []string{"/docs/a"}},
		{space.JobFailed, 0, 0, nil},
	} {
		list := must[space.List[space.Job]](t)(db.Jobs(t.Context(), root, d.ID, tt.status, 10, tt.offset))
		var got []string
		for _, j := range list.Items {
			got = append(got, j.Path)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" || list.Total != tt.total {
			t.Errorf("%q from %d: total %d, %s", tt.status, tt.offset, list.Total, diff)
		}
	}
}

func TestDatasetsTakeTurns(t *testing.T) {
	t.Parallel()
	db := open(t)
	a, b, c := addDataset(t, db, root, "a"), addDataset(t, db, otherTenant(t, db), "b"), addDataset(t, db, root, "c")
	queue(t, db, a, "/docs/a1", "/docs/a2", "/docs/a3")
	queue(t, db, b, "/docs/b1", "/docs/b2")
	queue(t, db, c, "/docs/c1")
	check(t, db.SetDatasetStopped(t.Context(), root, c.ID, true))
	var got []string
	for j, ok := claimNext(t, db); ok; j, ok = claimNext(t, db) {
		got = append(got, j.Path)
		if j.Status != space.JobInProgress || j.StartedAt == nil || j.LeaseUntil.IsZero() || j.Tenant == (space.TenantID{}) {
			t.Errorf("job is %+v", j)
		}
	}
	if diff := cmp.Diff([]string{"/docs/a1", "/docs/b1", "/docs/a2", "/docs/b2", "/docs/a3"}, got); diff != "" {
		t.Error(diff)
	}
	check(t, db.DeleteDataset(t.Context(), root, c.ID))
	if _, ok := claimNext(t, db); ok {
		t.Error("a job of a deleted dataset was claimed")
	}
}

func TestDeferredJobWaitsForItsTime(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := openAt(t, t.TempDir(), clock)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	queue(t, db, d, "/docs/a")
	j, _ := claimNext(t, db)
	check(t, db.DeferJob(ctx, root, j.ID, "The embedder is away.", clock.Now().Add(time.Minute)))
	if _, ok := claimNext(t, db); ok {
		t.Error("it did not wait")
	}
	clock.Add(2 * time.Minute)
	if j, ok := claimNext(t, db); !ok || j.Tries != 0 || j.Message != "The embedder is away." {
		t.Errorf("job is %+v", j)
	}
}

func TestLostLeasesReturn(t *testing.T) {
	t.Parallel()
	clock := newClock()
	db := openAt(t, t.TempDir(), clock)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	queue(t, db, d, "/docs/a", "/docs/b")
	j, _ := claimNext(t, db)
	check(t, db.RenewLease(ctx, root, j.ID, clock.Now().Add(10*time.Minute)))
	other, _ := claimNext(t, db)
	clock.Add(5 * time.Minute) // the second lease ends, the first was renewed
	if again, ok := claimNext(t, db); !ok || again.ID != other.ID {
		t.Errorf("claimed %+v", again)
	}
	if _, ok := claimNext(t, db); ok {
		t.Error("a job was claimed twice")
	}
	if n := must[int](t)(db.ReturnJobs(ctx)); n != 2 {
		t.Errorf("%d jobs returned, want 2", n)
	}
	if again := must[space.Job](t)(db.JobByPath(ctx, root, d.ID, j.Path)); again.Status != space.JobPending || again.Tries != 1 {
		t.Errorf("a job that a dead process had in hand is %+v", again)
	}
	wantKind(t, db.RenewLease(ctx, root, j.ID, clock.Now()), space.KindConflict, "")
}

func TestOnlyAJobInHandIsFinished(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	queue(t, db, d, "/docs/a", "/docs/b")
	failed, _ := claimNext(t, db)
	failed.Tries, failed.Message, failed.Status = 3, "It needs a password.", space.JobFailed
	failed.Fingerprint.Size = 99
	check(t, db.FailJob(ctx, root, failed))
	got := must[space.Job](t)(db.JobByPath(ctx, root, d.ID, "/docs/a"))
	if got.Status != space.JobFailed || got.Tries != 3 || got.Message != failed.Message || got.Fingerprint.Size != 99 || got.CompletedAt == nil {
		t.Errorf("job is %+v", got)
	}
	j, _ := claimNext(t, db)
	if n := must[int](t)(db.CancelJobs(ctx, root, d.ID)); n != 1 {
		t.Errorf("%d cancelled, want 1", n)
	}
	for _, err := range []error{db.FailJob(ctx, root, j), db.CompleteJob(ctx, root, j), db.DeferJob(ctx, root, j.ID, "", db.clock()), db.RenewLease(ctx, root, j.ID, db.clock())} {
		wantKind(t, err, space.KindConflict, "the file's job was cancelled, deleted or begun anew meanwhile")
	}
	if n := must[int](t)(db.ResumeCancelled(ctx, root, d.ID)); n != 1 {
		t.Errorf("%d resumed, want 1", n)
	}
	if n := must[int](t)(db.RetryFailed(ctx, root, d.ID)); n != 1 {
		t.Errorf("%d retried, want 1", n)
	}
	if got := must[space.Job](t)(db.JobByPath(ctx, root, d.ID, "/docs/a")); got.Status != space.JobPending || got.Tries != 0 || got.Message != "" || got.CompletedAt != nil {
		t.Errorf("job is %+v", got)
	}
}

func TestNoJobIsClaimedTwiceByManyWorkers(t *testing.T) {
	t.Parallel()
	db := open(t)
	for i := range 3 {
		d := addDataset(t, db, root, fmt.Sprint(i))
		var paths []string
		for k := range 40 {
			paths = append(paths, fmt.Sprintf("/docs/%d", k))
		}
		queue(t, db, d, paths...)
	}
	var mu sync.Mutex
	seen := map[uuid.UUID]bool{}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			for {
				now := db.clock()
				j, err := db.ClaimJob(t.Context(), now, now.Add(time.Hour))
				if err != nil {
					if space.KindOf(err) != space.KindNotFound {
						t.Error(err)
					}
					return
				}
				mu.Lock()
				if seen[j.ID] {
					t.Errorf("%s was claimed twice", j.Path)
				}
				seen[j.ID] = true
				mu.Unlock()
			}
		})
	}
	group.Wait()
	if len(seen) != 120 {
		t.Errorf("%d jobs claimed, want 120", len(seen))
	}
}
