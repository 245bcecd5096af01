package storage

import (
	"context"
	"errors"
	"time"

	"syft-space/app/space"
)

// The methods of this file cross tenants: the queue of files is one for all.

const (
	returnLost = `UPDATE jobs SET status = 'pending', lease_until = 0 WHERE status = 'in_progress' AND lease_until < ?`
	// The dataset whose last claim is longest ago goes first, and in it the
	// job that has waited longest.
	selectNextJob = `SELECT id FROM jobs WHERE status = 'pending' AND not_before <= ?1 AND dataset_id = (
			SELECT d.id FROM datasets d WHERE d.stopped = 0 AND d.deleting = 0
				AND EXISTS (SELECT 1 FROM jobs w WHERE w.dataset_id = d.id AND w.status = 'pending' AND w.not_before <= ?1)
			ORDER BY d.claimed_at, d.created_at, d.id LIMIT 1)
		ORDER BY not_before, created_at, rowid LIMIT 1`
	claimJob = `UPDATE jobs SET status = 'in_progress', started_at = ?, completed_at = NULL, lease_until = ? WHERE id = ? RETURNING ` + jobColumns
	// A turn is counted rather than timed: two claims may fall on one instant.
	noteClaim  = `UPDATE datasets SET claimed_at = (SELECT max(claimed_at) + 1 FROM datasets) WHERE id = ?`
	returnJobs = `UPDATE jobs SET status = 'pending', tries = tries + 1, lease_until = 0 WHERE status = 'in_progress'`
)

// ClaimJob gives a worker the job that is next, with a lease; KindNotFound
// where none waits. Datasets take turns; those that are stopped or being
// deleted are left out. A job whose lease has run out waits again.
func (db *DB) ClaimJob(ctx context.Context, now, leaseUntil time.Time) (job space.Job, err error) {
	if err := db.anyJob(ctx, now); err != nil {
		return job, err
	}
	err = db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, returnLost, toMicros(now)); err != nil {
			return err
		}
		var id []byte
		switch err := one(ctx, tx.conn, selectNextJob, []any{toMicros(now)}, &id); {
		case errors.Is(err, errNone):
			return errNoJob()
		case err != nil:
			return err
		}
		job, err = get(ctx, tx.conn, scanJob, claimJob, []any{toMicros(now), toMicros(leaseUntil), id}, "Job", "")
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, noteClaim, job.DatasetID[:])
		return err
	})
	return job, err
}

func errNoJob() error { return space.Errorf(space.KindNotFound, "no job is waiting") }

const selectAnyJob = `SELECT EXISTS (SELECT 1 FROM datasets d WHERE d.stopped = 0 AND d.deleting = 0
			AND EXISTS (SELECT 1 FROM jobs w WHERE w.dataset_id = d.id AND w.status = 'pending' AND w.not_before <= ?1))
		OR EXISTS (SELECT 1 FROM jobs WHERE status = 'in_progress' AND lease_until < ?1)`

// anyJob fails with KindNotFound where there can be no job. It looks without
// the writer, because idle workers ask often.
func (db *DB) anyJob(ctx context.Context, now time.Time) error {
	return db.read(ctx, func(c *conn) error {
		var found bool
		if err := one(ctx, c, selectAnyJob, []any{toMicros(now)}, &found); err != nil {
			return err
		}
		if !found {
			return errNoJob()
		}
		return nil
	})
}

// ReturnJobs gives back what a dead process had in hand, and returns how many.
// That counts as a try: the file may be what killed it. It belongs to the start of the program, before the first claim.
func (db *DB) ReturnJobs(ctx context.Context) (int, error) {
	return db.count(ctx, returnJobs)
}
