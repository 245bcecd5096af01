package storage

import (
	"context"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// inHand runs a statement that must change a job which a worker has in hand;
// KindConflict where the job was cancelled, deleted or queued anew meanwhile.
func (db *DB) inHand(ctx context.Context, query string, args ...any) error {
	return db.write(ctx, func(tx *tx) error { return tx.inHand(ctx, query, args...) })
}

func (tx *tx) inHand(ctx context.Context, query string, args ...any) error {
	n, err := tx.exec(ctx, query, args...)
	if err == nil && n == 0 {
		return space.Errorf(space.KindConflict, "the file's job was cancelled, deleted or begun anew meanwhile")
	}
	return err
}

const (
	renewLease  = `UPDATE jobs SET lease_until = ? WHERE tenant_id = ? AND id = ? AND status = 'in_progress'`
	completeJob = `UPDATE jobs SET status = 'completed', message = ?, tries = 0, size = ?, modified_at = ?, hash = ?, document_id = ?,
			chunks = coalesce((SELECT passages FROM documents WHERE id = ?5 AND tenant_id = ?7), 0), lease_until = 0, completed_at = ?6
		WHERE tenant_id = ?7 AND id = ?8 AND status = 'in_progress'`
	failJob = `UPDATE jobs SET status = ?, message = ?, tries = ?, size = ?, modified_at = ?, hash = ?, not_before = ?, lease_until = 0, completed_at = ?
		WHERE tenant_id = ? AND id = ? AND status = 'in_progress'`
	deferJob = `UPDATE jobs SET status = 'pending', message = ?, not_before = ?, lease_until = 0
		WHERE tenant_id = ? AND id = ? AND status = 'in_progress'`
	tombstoneJob = `UPDATE jobs SET status = 'deleted', message = '', tries = 0, document_id = NULL, chunks = 0, lease_until = 0
		WHERE tenant_id = ? AND id = ?`
)

// RenewLease lets the worker of a job live until an instant.
func (db *DB) RenewLease(ctx context.Context, tenant space.TenantID, job uuid.UUID, until time.Time) error {
	return db.inHand(ctx, renewLease, toMicros(until), tenant.UUID[:], job[:])
}

// CompleteJob finishes a job whose bytes the dataset has already: of the job
// it stores the fingerprint, the message and the document.
func (db *DB) CompleteJob(ctx context.Context, tenant space.TenantID, j space.Job) error {
	return db.write(ctx, func(tx *tx) error { return tx.complete(ctx, tenant, j) })
}

func (tx *tx) complete(ctx context.Context, tenant space.TenantID, j space.Job) error {
	return tx.inHand(ctx, completeJob, j.Message, j.Fingerprint.Size, toMicros(j.Fingerprint.ModTime), j.Fingerprint.Hash, knownID(j.DocumentID),
		toMicros(tx.now), tenant.UUID[:], j.ID[:])
}

// FailJob notes a failure: of the job it stores the status, which is failed or
// pending, the message, the tries, the fingerprint and when to try again.
func (db *DB) FailJob(ctx context.Context, tenant space.TenantID, j space.Job) error {
	return db.write(ctx, func(tx *tx) error {
		var completed any
		if j.Status == space.JobFailed {
			completed = toMicros(tx.now)
		}
		return tx.inHand(ctx, failJob, string(j.Status), j.Message, j.Tries, j.Fingerprint.Size, toMicros(j.Fingerprint.ModTime), j.Fingerprint.Hash,
			toMicros(j.NotBefore), completed, tenant.UUID[:], j.ID[:])
	})
}

// DeferJob returns a job to the queue until an instant, without burning a try.
func (db *DB) DeferJob(ctx context.Context, tenant space.TenantID, job uuid.UUID, message string, notBefore time.Time) error {
	return db.inHand(ctx, deferJob, message, toMicros(notBefore), tenant.UUID[:], job[:])
}

// TombstoneJob notes that a job's file is gone.
func (db *DB) TombstoneJob(ctx context.Context, tenant space.TenantID, job uuid.UUID) error {
	return db.change(ctx, "Job", job.String(), func(tx *tx) (int, error) {
		return tx.exec(ctx, tombstoneJob, tenant.UUID[:], job[:])
	})
}

const (
	cancelJobs = `UPDATE jobs SET status = 'cancelled', lease_until = 0
		WHERE tenant_id = ? AND dataset_id = ? AND status IN ('pending', 'in_progress')`
	resumeJobs = `UPDATE jobs SET status = 'pending', not_before = 0 WHERE tenant_id = ? AND dataset_id = ? AND status = 'cancelled'`
	retryJobs  = `UPDATE jobs SET status = 'pending', message = '', tries = 0, not_before = 0, completed_at = NULL
		WHERE tenant_id = ? AND dataset_id = ? AND status = 'failed'`
)

// CancelJobs cancels what waits and what is in hand, and returns how many.
func (db *DB) CancelJobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error) {
	return db.count(ctx, cancelJobs, tenant.UUID[:], dataset[:])
}

// ResumeCancelled queues what was cancelled, and returns how many.
func (db *DB) ResumeCancelled(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error) {
	return db.count(ctx, resumeJobs, tenant.UUID[:], dataset[:])
}

// RetryFailed queues what failed as if it had never been tried, and returns how many.
func (db *DB) RetryFailed(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error) {
	return db.count(ctx, retryJobs, tenant.UUID[:], dataset[:])
}

const (
	jobsOfRows = ` tenant_id = ?2 AND dataset_id = ?3 AND status = 'completed'
		AND document_id IN (SELECT document_id FROM passages WHERE row IN (SELECT value FROM json_each(?4)))`
	addNote  = `UPDATE jobs SET message = trim(message || ' ' || ?1) WHERE instr(message, ?1) = 0 AND` + jobsOfRows
	dropNote = `UPDATE jobs SET message = trim(replace(message, ?1, '')) WHERE instr(message, ?1) > 0
		AND id NOT IN (SELECT id FROM jobs WHERE` + jobsOfRows + `) AND tenant_id = ?2 AND dataset_id = ?3`
)

// NotePassages makes note part of the message of the completed jobs whose files
// have one of the passages, and takes it from all others of the dataset.
func (db *DB) NotePassages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, note string, rows []int64) error {
	list, err := toJSON(rows, "[]")
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *tx) error {
		for _, query := range []string{addNote, dropNote} {
			if _, err := tx.exec(ctx, query, note, tenant.UUID[:], dataset[:], list); err != nil {
				return err
			}
		}
		return nil
	})
}
