package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"time"

	"syft-space/app/space"
)

// scan compares a dataset's folders with its jobs: new and changed files are
// queued, moved ones are moved, deleted ones go. After an event (patient) a
// file that is still being written and one that may be about to be renamed are
// looked at again; the returned time is when, 0 for not.
func (s *Service) scan(r *run, patient bool) time.Duration {
	r.scanning.Lock()
	defer r.scanning.Unlock()
	_, again, err := s.compare(r, patient)
	r.mu.Lock()
	r.scanned = r.scanned || err == nil
	r.mu.Unlock()
	if err != nil && r.ctx.Err() == nil {
		s.Logger.ErrorContext(r.ctx, "a scan failed", "dataset", r.dataset.Name, "error", err)
		return scanAgain
	}
	return again
}

// compare does the work of scan and returns how many jobs it queued.
func (s *Service) compare(r *run, patient bool) (int, time.Duration, error) {
	seen, known, err := s.survey(r)
	if err != nil {
		return 0, 0, err
	}
	r.setTrouble(picks, seen.trouble)
	if err := s.outdated(r, known); err != nil {
		return 0, 0, err
	}
	fresh, later := s.changed(r, seen, known, patient)
	gone, waiting := s.vanished(r, seen, known, patient)
	if err := s.move(r, fresh, gone); err != nil {
		return 0, 0, err
	}
	if err := s.forget(r.ctx, r.dataset.Tenant, gone); err != nil {
		return 0, 0, err
	}
	queued, err := s.queue(r, fresh, known)
	if len(gone) > 0 {
		s.Deps.Changed(r.dataset.Tenant, r.dataset.ID)
	}
	switch {
	case later:
		return queued, debounce, err
	case waiting:
		return queued, grace, err
	}
	return queued, 0, err
}

// survey returns what lies in a dataset's folders and what is known of it, by
// path. The picks are read anew each time: one may have become reachable.
func (s *Service) survey(r *run) (look, map[string]space.Job, error) {
	plan, _, err := s.Plan(r.dataset)
	if err != nil {
		return look{}, nil, err
	}
	seen, err := walk(r.ctx, plan, s.uploads(r.dataset.ID))
	if err != nil {
		return look{}, nil, err
	}
	if plan.Watch {
		s.watcher.follow(r.dataset.ID, seen.dirs)
	}
	known := map[string]space.Job{}
	for job, err := range s.Store.KnownFiles(r.ctx, r.dataset.Tenant, r.dataset.ID) {
		if err != nil {
			return look{}, nil, err
		}
		known[job.Path] = job
	}
	seen.missFolders(known)
	return seen, known, nil
}

// outdated makes files whose passages were cut in another way look changed, so
// that they are cut anew.
func (s *Service) outdated(r *run, known map[string]space.Job) error {
	paths, err := s.Store.Outdated(r.ctx, r.dataset.Tenant, r.dataset.ID, s.chunkVersion(r.plan))
	for _, path := range paths {
		if job, ok := known[path]; ok && job.Status == space.JobCompleted {
			job.Fingerprint.Size = -1
			known[path] = job
		}
	}
	return err
}

// changed returns the files that are new or differ from what was ingested.
func (s *Service) changed(r *run, seen look, known map[string]space.Job, patient bool) (fresh map[string]found, later bool) {
	fresh = map[string]found{}
	looks := map[string]space.Fingerprint{}
	for path, f := range seen.files {
		job, ok := known[path]
		if ok && job.Status != space.JobDeleted && same(job.Fingerprint, f.print) {
			continue
		}
		if patient && ok && unread(job) && job.Fingerprint.Size == f.print.Size {
			continue
		}
		if patient && s.Clock().Sub(f.print.ModTime) < settle && !same(r.looks[path], f.print) {
			looks[path] = f.print
			later = true
			continue
		}
		fresh[path] = f
	}
	r.looks = looks
	return fresh, later
}

// unread reports whether a file failed because the system would not let us read
// it. The fault may lie with a disk that is away: the job has no time, so that
// every full scan finds its file changed and tries again.
func unread(job space.Job) bool {
	return job.Status == space.JobFailed && job.Fingerprint.ModTime.IsZero()
}

func same(a, b space.Fingerprint) bool { return a.Size == b.Size && a.ModTime.Equal(b.ModTime) }

// vanished returns the jobs whose file is gone, by path.
func (s *Service) vanished(r *run, seen look, known map[string]space.Job, patient bool) (gone map[string]space.Job, waiting bool) {
	gone = map[string]space.Job{}
	missing := map[string]time.Time{}
	for path, job := range known {
		if _, there := seen.files[path]; there || job.Status == space.JobDeleted || !seen.sees(path) {
			continue
		}
		since, before := r.missing[path]
		if !before {
			since = s.Clock()
		}
		if patient && s.Clock().Sub(since) < grace {
			missing[path] = since
			waiting = true
			continue
		}
		gone[path] = job
	}
	r.missing = missing
	return gone, waiting
}

// move finds files that only have another place now, by the hash of their
// bytes, so that nothing is read and embedded again. It takes them out of both
// maps. Only a new file of the size of a vanished one is hashed.
func (s *Service) move(r *run, fresh map[string]found, gone map[string]space.Job) error {
	waiting := r.missingBySize(gone)
	for path, f := range fresh {
		candidates := waiting[f.print.Size]
		if len(candidates) == 0 {
			continue
		}
		hash, err := hashFile(r.ctx, path)
		if err != nil {
			if r.ctx.Err() != nil {
				return r.ctx.Err()
			}
			continue // the worker will say what is wrong with it
		}
		for i, job := range candidates {
			if job.Fingerprint.Hash != hash {
				continue
			}
			f.print.Hash = hash
			to := space.DocumentPath{Path: path, Rel: relative(f.pick, path)}
			if err := s.Store.MovePath(r.ctx, r.dataset.Tenant, r.dataset.ID, job.Path, to); err != nil {
				return err
			}
			moved := job
			moved.ID, moved.Path, moved.Pick, moved.Fingerprint = s.IDs(), path, f.pick, f.print
			moved.CreatedAt = s.Clock()
			if _, err := s.Store.UpsertJobs(r.ctx, r.dataset.Tenant, r.dataset.ID, []space.Job{moved}); err != nil {
				return err
			}
			if err := s.Store.TombstoneJob(r.ctx, r.dataset.Tenant, job.ID); err != nil {
				return err
			}
			delete(fresh, path)
			delete(gone, job.Path)
			delete(r.missing, job.Path)
			waiting[f.print.Size] = append(candidates[:i:i], candidates[i+1:]...)
			break
		}
	}
	return nil
}

// missingBySize lists the completed jobs whose file is gone.
func (r *run) missingBySize(gone map[string]space.Job) map[int64][]space.Job {
	bySize := map[int64][]space.Job{}
	for _, job := range gone {
		if job.Status == space.JobCompleted && job.Fingerprint.Hash != "" {
			bySize[job.Fingerprint.Size] = append(bySize[job.Fingerprint.Size], job)
		}
	}
	return bySize
}

// forget removes what became of files that are gone.
func (s *Service) forget(ctx context.Context, tenant space.TenantID, gone map[string]space.Job) error {
	for _, job := range gone {
		if err := s.drop(ctx, tenant, job); err != nil {
			return err
		}
	}
	return nil
}

// drop removes a file's path from its document, and the document with its last.
func (s *Service) drop(ctx context.Context, tenant space.TenantID, job space.Job) error {
	err := s.Store.RemovePath(ctx, tenant, job.DatasetID, job.Path)
	if err != nil && space.KindOf(err) != space.KindNotFound {
		return err
	}
	return s.Store.TombstoneJob(ctx, tenant, job.ID)
}

// queue makes jobs of new and changed files.
func (s *Service) queue(r *run, fresh map[string]found, known map[string]space.Job) (int, error) {
	jobs := make([]space.Job, 0, len(fresh))
	for path, f := range fresh {
		job := space.Job{ID: s.IDs(), Tenant: r.dataset.Tenant, DatasetID: r.dataset.ID, Path: path, CreatedAt: s.Clock()}
		if old, ok := known[path]; ok && old.Status != space.JobDeleted {
			job.ID, job.CreatedAt, job.DocumentID, job.Chunks = old.ID, old.CreatedAt, old.DocumentID, old.Chunks
			f.print.Hash = old.Fingerprint.Hash
		}
		job.Pick, job.Fingerprint, job.Status = f.pick, f.print, space.JobPending
		jobs = append(jobs, job)
	}
	if len(jobs) == 0 {
		return 0, nil
	}
	created, err := s.Store.UpsertJobs(r.ctx, r.dataset.Tenant, r.dataset.ID, jobs)
	signal(s.jobs)
	return created, err
}

// hashFile returns the hex SHA-256 of a file's bytes.
func hashFile(ctx context.Context, path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	buf := make([]byte, 1<<20)
	for {
		if err := ctx.Err(); err != nil {
			return "", err
		}
		n, err := f.Read(buf)
		h.Write(buf[:n])
		if errors.Is(err, io.EOF) {
			return hex.EncodeToString(h.Sum(nil)), nil
		}
		if err != nil {
			return "", err
		}
	}
}
