package storage

import (
	"context"
	"iter"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const jobColumns = `id, tenant_id, dataset_id, path, pick, size, modified_at, hash, status, message, tries, document_id, chunks,
	not_before, lease_until, created_at, started_at, completed_at`

func scanJob(row scanner) (j space.Job, err error) {
	err = row.Scan(&j.ID, &j.Tenant, &j.DatasetID, &j.Path, &j.Pick, &j.Fingerprint.Size, asTime(&j.Fingerprint.ModTime), &j.Fingerprint.Hash,
		&j.Status, &j.Message, &j.Tries, &j.DocumentID, &j.Chunks,
		asTime(&j.NotBefore), asTime(&j.LeaseUntil), asTime(&j.CreatedAt), asTimeOrNil(&j.StartedAt), asTimeOrNil(&j.CompletedAt))
	return j, err
}

// upsertJob takes a tombstone's place under a new id, and keeps when a file
// was first seen otherwise.
const upsertJob = `INSERT INTO jobs (id, tenant_id, dataset_id, path, pick, size, modified_at, hash, status, message, tries, document_id, chunks,
		not_before, lease_until, created_at, started_at, completed_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, NULL, ?)
	ON CONFLICT (dataset_id, path) DO UPDATE SET
		id = excluded.id, pick = excluded.pick, size = excluded.size, modified_at = excluded.modified_at, hash = excluded.hash,
		status = excluded.status, message = excluded.message, tries = excluded.tries, document_id = excluded.document_id,
		chunks = excluded.chunks, not_before = excluded.not_before, lease_until = 0,
		created_at = CASE status WHEN 'deleted' THEN excluded.created_at ELSE created_at END,
		started_at = NULL, completed_at = excluded.completed_at`

// UpsertJobs stores the jobs as they are given, in place of those that the
// dataset has at the same paths, and returns how many of them are to be done.
// A worker that has one of them in hand can no longer finish it.
func (db *DB) UpsertJobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, jobs []space.Job) (pending int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		pending = 0
		if err := datasetHere(ctx, tx.conn, tenant, dataset); err != nil {
			return err
		}
		for _, j := range jobs {
			if j.Status == "" {
				j.Status = space.JobPending
			}
			if j.Status == space.JobPending {
				pending++
			}
			if j.ID == uuid.Nil {
				j.ID = tx.ids()
			}
			if j.CreatedAt.IsZero() {
				j.CreatedAt = tx.now
			}
			if j.CompletedAt == nil && j.Status == space.JobCompleted {
				j.CompletedAt = &tx.now
			}
			if _, err := tx.exec(ctx, upsertJob, j.ID[:], tenant.UUID[:], dataset[:], j.Path, j.Pick, j.Fingerprint.Size, toMicros(j.Fingerprint.ModTime),
				j.Fingerprint.Hash, string(j.Status), j.Message, j.Tries, knownID(j.DocumentID), j.Chunks, toMicros(j.NotBefore),
				toMicros(j.CreatedAt), toMicrosOrNull(j.CompletedAt)); err != nil {
				return err
			}
		}
		return nil
	})
	return pending, err
}

const selectDatasetHere = `SELECT 1 FROM datasets WHERE tenant_id = ? AND id = ? AND deleting = 0`

// datasetHere fails with KindNotFound where the tenant has no such dataset.
func datasetHere(ctx context.Context, c *conn, tenant space.TenantID, dataset uuid.UUID) error {
	return exists(ctx, c, selectDatasetHere, []any{tenant.UUID[:], dataset[:]}, "Dataset", dataset.String())
}

const (
	countJobs = `SELECT count(*) FROM jobs
		WHERE tenant_id = ?1 AND dataset_id = ?2 AND CASE ?3 WHEN '' THEN status <> 'deleted' ELSE status = ?3 END`
	selectJobs = `SELECT ` + jobColumns + ` FROM jobs
		WHERE tenant_id = ?1 AND dataset_id = ?2 AND CASE ?3 WHEN '' THEN status <> 'deleted' ELSE status = ?3 END
		ORDER BY created_at DESC, rowid DESC LIMIT ?4 OFFSET ?5`
	selectJobAt     = `SELECT ` + jobColumns + ` FROM jobs WHERE tenant_id = ? AND dataset_id = ? AND path = ? AND status <> 'deleted'`
	selectFiles     = `SELECT ` + jobColumns + ` FROM jobs WHERE tenant_id = ? AND dataset_id = ? ORDER BY path`
	selectJobCounts = `SELECT status, count(*) FROM jobs WHERE tenant_id = ? AND dataset_id = ? GROUP BY status`
)

// Jobs returns a part of the dataset's jobs with the status, newest first;
// status "" means all but tombstones.
func (db *DB) Jobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, status space.JobStatus, limit, offset int) (space.List[space.Job], error) {
	return page(ctx, db, space.Page{Skip: offset, Limit: limit}, scanJob, countJobs, selectJobs, tenant.UUID[:], dataset[:], string(status))
}

// JobByPath returns the job of the file at path.
func (db *DB) JobByPath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) (space.Job, error) {
	return find(ctx, db, scanJob, selectJobAt, []any{tenant.UUID[:], dataset[:], path}, "Job", path)
}

// KnownFiles yields every job of the dataset in order of path, tombstones
// included, for a scan to compare with the folders.
func (db *DB) KnownFiles(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) iter.Seq2[space.Job, error] {
	return stream(ctx, db, scanJob, selectFiles, tenant.UUID[:], dataset[:])
}

// JobCounts counts the dataset's jobs by state.
func (db *DB) JobCounts(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (counts space.JobCounts, err error) {
	err = db.read(ctx, func(c *conn) error {
		return each(ctx, c, selectJobCounts, []any{tenant.UUID[:], dataset[:]}, func(row scanner) error {
			var status space.JobStatus
			var n int
			if err := row.Scan(&status, &n); err != nil {
				return err
			}
			countJob(&counts, status, n)
			return nil
		})
	})
	return counts, err
}

func countJob(c *space.JobCounts, status space.JobStatus, n int) {
	switch status {
	case space.JobPending:
		c.Pending = n
	case space.JobInProgress:
		c.InProgress = n
	case space.JobCompleted:
		c.Completed = n
	case space.JobFailed:
		c.Failed = n
	case space.JobCancelled:
		c.Cancelled = n
	default:
		return // tombstones count nowhere
	}
	c.Total += n
}
