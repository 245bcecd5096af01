package ingest

import (
	"context"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Status is how far the ingestion of a dataset is.
type Status struct {
	Dataset     space.Dataset
	Watching    bool
	Scanned     bool // its folders were looked through since it began to be worked on
	Jobs        space.JobCounts
	Chunks      int
	Embedded    int           // by Next where that is set, else by Embedder
	Embedder    string        // whose vectors answer questions; "" while there are none
	Next        string        // the embedder that the dataset is on its way to, "" for none
	Rate        float64       // passages embedded per second, lately
	ETA         time.Duration // until every passage has its vector; 0 while not known
	CurrentFile string        // "" while none is being read
	Trouble     string        // what does not work at the moment, a sentence; "" when all is well
}

// Done reports whether nothing is left to do.
func (s Status) Done() bool {
	return s.Next == "" && s.Scanned && s.Jobs.Pending+s.Jobs.InProgress == 0 && s.Embedded >= s.Chunks
}

// Status returns how far the ingestion of a dataset is.
func (s *Service) Status(ctx context.Context, tenant space.TenantID, id uuid.UUID) (Status, error) {
	dataset, here, err := s.here(ctx, tenant, id)
	if err != nil {
		return Status{}, err
	}
	st := Status{Dataset: dataset, Watching: s.watcher.watches(id)}
	if st.Jobs, err = s.Store.JobCounts(ctx, tenant, id); err != nil {
		return st, err
	}
	stats, err := s.Store.DatasetStats(ctx, tenant, id)
	if err != nil {
		return st, err
	}
	if !here {
		st.Scanned, st.Trouble = true, "The documents of this dataset are kept by another server; nothing is ingested here."
		return st, nil
	}
	st.Chunks, st.Embedded = stats[id].Passages, stats[id].Embedded
	if err := s.turn(ctx, dataset, &st); err != nil {
		return st, err
	}
	s.mu.Lock()
	r := s.runs[id]
	s.mu.Unlock()
	if r == nil {
		return st, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	st.Scanned, st.CurrentFile, st.Trouble = r.scanned, r.current, r.trouble()
	st.Rate = r.embedded.rate(s.Clock())
	if left := st.Chunks - st.Embedded; left > 0 && st.Rate > 0 {
		st.ETA = time.Duration(float64(left) / st.Rate * float64(time.Second))
	}
	return st, nil
}

// here returns a dataset, and whether its documents are ingested here.
func (s *Service) here(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Dataset, bool, error) {
	d, err := s.Store.DatasetByID(ctx, tenant, id)
	if err != nil {
		return d, false, err
	}
	_, has, err := s.Plan(d)
	return d, has, err
}

// Jobs returns a dataset's jobs, newest first; status "" means all.
func (s *Service) Jobs(ctx context.Context, tenant space.TenantID, id uuid.UUID, status space.JobStatus, limit, offset int) (space.List[space.Job], error) {
	if _, err := s.Store.DatasetByID(ctx, tenant, id); err != nil {
		return space.List[space.Job]{}, err
	}
	return s.Store.Jobs(ctx, tenant, id, status, limit, offset)
}

// Start scans a dataset's folders, takes up what was cancelled and, where it
// was stopped, goes on watching. It returns how many jobs it made.
func (s *Service) Start(ctx context.Context, tenant space.TenantID, id uuid.UUID) (created int, watching bool, err error) {
	dataset, here, err := s.here(ctx, tenant, id)
	if err != nil || !here {
		return 0, false, err
	}
	resumed, err := s.resume(ctx, dataset)
	if err != nil {
		return 0, false, err
	}
	s.Added(dataset)
	signal(s.jobs)
	r, release, ok := s.take(id)
	if !ok {
		return resumed, false, nil
	}
	defer release()
	r.scanning.Lock()
	created, _, err = s.compare(r, false)
	r.scanning.Unlock()
	return resumed + created, s.watcher.watches(id), err
}

// resume queues what was cancelled. No upload is put in its place meanwhile,
// which would be cancelled because the dataset was stopped when it came.
func (s *Service) resume(ctx context.Context, d space.Dataset) (int, error) {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	if d.Stopped {
		if err := s.Store.SetDatasetStopped(ctx, d.Tenant, d.ID, false); err != nil {
			return 0, err
		}
	}
	return s.Store.ResumeCancelled(ctx, d.Tenant, d.ID)
}

// Stop ends watching, rescans, reading and embedding until Start, also over a
// restart. It returns how many jobs it cancelled.
func (s *Service) Stop(ctx context.Context, tenant space.TenantID, id uuid.UUID) (int, error) {
	if _, here, err := s.here(ctx, tenant, id); err != nil || !here {
		return 0, err
	}
	if err := s.Store.SetDatasetStopped(ctx, tenant, id, true); err != nil {
		return 0, err
	}
	s.halt(id) // first: a scan in flight may queue jobs
	return s.Store.CancelJobs(ctx, tenant, id)
}

// Retry queues what failed once more. It returns how many jobs that were.
func (s *Service) Retry(ctx context.Context, tenant space.TenantID, id uuid.UUID) (int, error) {
	if _, err := s.Store.DatasetByID(ctx, tenant, id); err != nil {
		return 0, err
	}
	reset, err := s.Store.RetryFailed(ctx, tenant, id)
	signal(s.jobs)
	return reset, err
}
