package ingest

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"time"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

const (
	lease     = 2 * time.Minute  // a worker that says nothing for so long is dead
	pollEvery = time.Second      // for jobs whose back-off ends
	storeRest = 10 * time.Second // after storage failed: a full disk does not empty itself in a second
)

// work takes jobs until ctx ends.
func (s *Service) work(ctx context.Context) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	failing := false
	for ctx.Err() == nil {
		busy, err := s.workOnce(ctx)
		if err == nil && failing {
			s.tellTrouble("")
		}
		failing = err != nil
		switch {
		case err != nil && ctx.Err() == nil:
			s.Logger.ErrorContext(ctx, "no job could be taken", "error", err)
			s.tellTrouble(sentence(err))
			select {
			case <-ctx.Done():
			case <-time.After(storeRest):
			}
		case !busy:
			select {
			case <-ctx.Done():
			case <-s.jobs:
			case <-poll.C:
			}
		}
	}
	return nil
}

// tellTrouble shows in every dataset's status why nothing goes on; "" says
// that it does again.
func (s *Service) tellTrouble(sentence string) {
	for _, id := range s.active() {
		if r, release, ok := s.take(id); ok {
			r.setTrouble(storing, sentence)
			release()
		}
	}
}

// workOnce does one job, and reports whether there was one.
func (s *Service) workOnce(ctx context.Context) (bool, error) {
	now := s.Clock()
	job, err := s.Store.ClaimJob(ctx, now, now.Add(lease))
	if err != nil && space.KindOf(err) == space.KindNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	signal(s.jobs) // there may be more, for the other workers
	r, release, ok := s.take(job.DatasetID)
	if !ok { // stopped or removed a moment ago, or about to begin
		s.deferJob(context.WithoutCancel(ctx), job, "", pollEvery)
		return true, nil
	}
	defer release()
	r.setCurrent(relative(job.Pick, job.Path))
	defer r.setCurrent("")
	stop := s.keepLease(r.ctx, job)
	err = s.ingestGuarded(r, job)
	stop()
	switch {
	case err == nil:
	case r.ctx.Err() != nil: // /stop has cancelled the job; the program's end has not
		s.giveBack(ctx, job)
	case space.KindOf(err) == space.KindConflict: // cancelled, deleted or begun anew meanwhile
	default:
		s.Logger.ErrorContext(ctx, "a file could not be ingested", "dataset", r.dataset.Name, "path", job.Path, "error", err)
		s.deferJob(ctx, job, "The Space could not store the file's passages; it tries again.", storeRest)
	}
	return true, nil
}

// giveBack returns a job to the queue, also while the program ends.
func (s *Service) giveBack(ctx context.Context, job space.Job) {
	s.deferJob(context.WithoutCancel(ctx), job, "", 0)
}

func (s *Service) deferJob(ctx context.Context, job space.Job, message string, wait time.Duration) {
	err := s.Store.DeferJob(ctx, job.Tenant, job.ID, message, s.Clock().Add(wait))
	if err != nil && space.KindOf(err) != space.KindNotFound && space.KindOf(err) != space.KindConflict {
		s.Logger.ErrorContext(ctx, "a job could not be returned to the queue", "path", job.Path, "error", err)
	}
}

// keepLease renews a job's lease until the returned function is called.
func (s *Service) keepLease(ctx context.Context, job space.Job) func() {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		t := time.NewTicker(lease / 4)
		defer t.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case <-t.C:
				if err := s.Store.RenewLease(ctx, job.Tenant, job.ID, s.Clock().Add(lease)); err != nil && ctx.Err() == nil {
					s.Logger.WarnContext(ctx, "a lease could not be renewed", "path", job.Path, "error", err)
				}
			}
		}
	}()
	return func() { cancel(); <-done }
}

// ingestGuarded ingests one file. A panic fails the file: one bad file must not
// stop the others.
func (s *Service) ingestGuarded(r *run, job space.Job) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			s.Logger.ErrorContext(r.ctx, "the program broke down over a file", "dataset", r.dataset.Name, "path", job.Path,
				"panic", fmt.Sprint(cause), "stack", string(debug.Stack()))
			err = s.failed(r, job, &parse.Error{
				Reason: parse.Crashed, Detail: "The program broke down over this file; it may be damaged. Open it and save it again, or convert it.",
			})
		}
	}()
	if job.Tries >= space.MaxTries { // it was in hand whenever the program died
		job.Tries--
		return s.failed(r, job, &parse.Error{
			Reason: parse.Crashed, Detail: "The program ended unexpectedly while it read this file, several times. Open it and save it again, convert it, or retry.",
		})
	}
	return s.ingest(r, job)
}

// ingest brings one file up to date. What is wrong with the file is stored
// with the job; a returned error is the Space's own trouble.
func (s *Service) ingest(r *run, job space.Job) error {
	info, err := os.Stat(job.Path)
	if errors.Is(err, fs.ErrNotExist) {
		return s.fileGone(r, job)
	}
	if err != nil {
		return s.failed(r, job, unreadable(err))
	}
	before := job.Fingerprint.Hash
	job.Fingerprint = printOf(info)
	job.Fingerprint.Hash = before
	if limit := s.Parser.Limits().FileBytes; info.Size() > limit {
		_, err := s.Parser.ParseFile(r.ctx, job.Path) // refuses it with the right words
		return s.failed(r, job, err)
	}
	hash, err := hashFile(r.ctx, job.Path)
	if err != nil {
		if r.ctx.Err() != nil {
			return r.ctx.Err()
		}
		return s.failed(r, job, unreadable(err))
	}
	job.Fingerprint.Hash = hash
	done, err := s.known(r, job)
	if done || err != nil {
		return err
	}
	return s.read(r, job)
}

func unreadable(cause error) error {
	return &parse.Error{Reason: parse.Unreadable, Detail: "The file cannot be read: permission denied or a broken disk. It is tried again at every rescan.", Cause: cause}
}

// fileGone handles a file that vanished between scan and work. In an
// unreachable folder it only seems so; the next scan will tell.
func (s *Service) fileGone(r *run, job space.Job) error {
	above := job.Pick
	if above == job.Path {
		above = filepath.Dir(above)
	}
	if !isFolder(above) {
		s.deferJob(r.ctx, job, "The folder cannot be reached at the moment.", time.Minute)
		return nil
	}
	if err := s.drop(r.ctx, job.Tenant, job); err != nil {
		return err
	}
	s.Deps.Changed(job.Tenant, job.DatasetID)
	return nil
}

// known finishes a job whose bytes are in the dataset already: nothing
// changed, or the file is a copy of another one.
func (s *Service) known(r *run, job space.Job) (bool, error) {
	doc, err := s.Store.DocumentByHash(r.ctx, job.Tenant, job.DatasetID, job.Fingerprint.Hash)
	if space.KindOf(err) == space.KindNotFound && err != nil {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if doc.ChunkVersion != s.chunkVersion(r.plan) {
		return false, nil
	}
	path := space.DocumentPath{Path: job.Path, Rel: relative(job.Pick, job.Path)}
	if err := s.Store.AddPath(r.ctx, job.Tenant, doc.ID, path); err != nil {
		return false, err
	}
	if doc.Stale {
		if err := s.Store.MarkStale(r.ctx, job.Tenant, doc.ID, false); err != nil {
			return false, err
		}
	}
	job.DocumentID, job.Message = doc.ID, ""
	if doc.Paths[0].Path != job.Path {
		job.Message = "duplicate of " + doc.Paths[0].Rel
	}
	s.Deps.Changed(job.Tenant, job.DatasetID)
	return true, s.Store.CompleteJob(r.ctx, job.Tenant, job)
}

// failed stores why a file could not be read. Its old passages stay searchable,
// as stale where they are of no other file. Faults that may pass are tried again
// a little later.
func (s *Service) failed(r *run, job space.Job, cause error) error {
	if r.ctx.Err() != nil {
		return r.ctx.Err()
	}
	var e *parse.Error
	if !errors.As(cause, &e) {
		e = &parse.Error{Reason: parse.Damaged, Detail: "The file could not be read.", Cause: cause}
	}
	s.Logger.DebugContext(r.ctx, "a file failed", "path", job.Path, "error", cause)
	doc, err := s.Store.DocumentByPath(r.ctx, job.Tenant, job.DatasetID, job.Path)
	if err == nil && len(doc.Paths) == 1 { // its other paths have the bytes still
		if err := s.Store.MarkStale(r.ctx, job.Tenant, doc.ID, true); err != nil {
			return err
		}
	}
	job.Tries++
	job.Message = e.Detail
	job.Status = space.JobPending
	job.NotBefore = s.Clock().Add(time.Duration(job.Tries) * 2 * time.Second)
	if job.Tries >= space.MaxTries || final(e.Reason) {
		job.Status = space.JobFailed
	}
	if job.Status == space.JobFailed && e.Reason == parse.Unreadable {
		job.Fingerprint.ModTime = time.Time{} // see unread
	}
	return s.Store.FailJob(r.ctx, job.Tenant, job)
}

// final reports whether trying again without a change of the file is futile.
func final(r parse.Reason) bool {
	switch r {
	case parse.Unsupported, parse.Empty, parse.NoText, parse.Locked, parse.TooLarge:
		return true
	}
	return false
}
