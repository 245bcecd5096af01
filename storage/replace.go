package storage

import (
	"context"
	"errors"
	"slices"

	"syft-space/app/space"
)

// ReplaceDocument stores one ingestion of a file in one transaction: the
// document, its passages in place of the old ones, and the job as completed.
// From its return on the passages are found by words.
//
// A passage whose text and headings are what they were keeps its row and its
// vectors. Passages are numbered in the order in which they are given.
//
// Where the world changed since the caller looked, the transaction does what
// is right then: bytes that the dataset has got meanwhile under another id
// make the path one more of that document, and a document that has got other
// paths meanwhile is left to them, while the new bytes become a document of
// their own. A job that is no longer in hand fails with KindConflict, and
// nothing is changed; so does a dataset that is being deleted.
func (db *DB) ReplaceDocument(ctx context.Context, tenant space.TenantID, w space.DocumentWrite) error {
	return db.write(ctx, func(tx *tx) error {
		r := &replacement{tx: tx, tenant: tenant, doc: w.Document, passages: w.Passages, job: w.Job}
		return r.run(ctx)
	})
}

// replacement is one ReplaceDocument under way.
type replacement struct {
	*tx
	tenant   space.TenantID
	doc      space.Document
	passages []space.Passage
	job      space.Job
	bindings []int64 // that need a vector of every new passage
	first    int64   // sequence number of the first passage
}

const selectJobInHand = `SELECT 1 FROM jobs j JOIN datasets d ON d.id = j.dataset_id AND d.deleting = 0
	WHERE j.tenant_id = ? AND j.dataset_id = ? AND j.id = ? AND j.status = 'in_progress'`

func (r *replacement) run(ctx context.Context) error {
	var found int
	err := one(ctx, r.conn, selectJobInHand, []any{r.tenant.UUID[:], r.doc.DatasetID[:], r.job.ID[:]}, &found)
	if errors.Is(err, errNone) {
		return space.Errorf(space.KindConflict, "the file's job was cancelled, deleted or begun anew meanwhile")
	}
	if err != nil {
		return err
	}
	duplicate, err := r.settleIdentity(ctx)
	if err != nil {
		return err
	}
	if !duplicate {
		if err := r.storeDocument(ctx); err != nil {
			return err
		}
	}
	for _, path := range r.doc.Paths {
		if err := r.attach(ctx, r.tenant, r.doc.DatasetID, r.doc.ID, path); err != nil {
			return err
		}
	}
	if !duplicate {
		if err := r.storePassages(ctx); err != nil {
			return err
		}
	}
	r.job.DocumentID = r.doc.ID
	return r.complete(ctx, r.tenant, r.job)
}

// settleIdentity decides which document the write is about, and reports
// whether the dataset has its bytes already under another id.
func (r *replacement) settleIdentity(ctx context.Context) (duplicate bool, err error) {
	same, err := r.lookup(ctx, selectDocumentHash, r.doc.DatasetID[:], r.doc.Hash)
	if err != nil {
		return false, err
	}
	if same != nil && same.ID != r.doc.ID {
		r.job.Message = "duplicate of " + same.Paths[0].Rel
		r.doc.ID = same.ID
		return true, nil
	}
	old, err := r.lookup(ctx, selectDocument, r.doc.ID[:])
	if err != nil || old == nil || old.Hash == r.doc.Hash {
		return false, err
	}
	for _, p := range old.Paths {
		if !slices.ContainsFunc(r.doc.Paths, func(q space.DocumentPath) bool { return q.Path == p.Path }) {
			r.doc.ID = r.ids()
			return false, nil
		}
	}
	return false, nil
}

// lookup returns the document that query selects, nil where there is none.
func (r *replacement) lookup(ctx context.Context, query string, args ...any) (*space.Document, error) {
	list, err := all(ctx, r.conn, scanDocumentAlone, query, append([]any{r.tenant.UUID[:]}, args...)...)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return &list[0], nil
}

const upsertDocument = `INSERT INTO documents (id, tenant_id, dataset_id, hash, title, file_type, metadata, chunk_version, stale, passages, ingested_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
	ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, title = excluded.title, file_type = excluded.file_type, metadata = excluded.metadata,
		chunk_version = excluded.chunk_version, stale = excluded.stale, passages = excluded.passages, ingested_at = excluded.ingested_at
	WHERE tenant_id = excluded.tenant_id AND dataset_id = excluded.dataset_id`

func (r *replacement) storeDocument(ctx context.Context) error {
	metadata, err := toJSON(r.doc.Metadata, "{}")
	if err != nil {
		return err
	}
	at := r.doc.IngestedAt
	if at.IsZero() {
		at = r.now
	}
	n, err := r.exec(ctx, upsertDocument, r.doc.ID[:], r.tenant.UUID[:], r.doc.DatasetID[:], r.doc.Hash, r.doc.Title, r.doc.FileType,
		metadata, r.doc.ChunkVersion, r.doc.Stale, len(r.passages), toMicros(at))
	if err == nil && n == 0 {
		return space.Errorf(space.KindConflict, "the document belongs to another dataset")
	}
	return err
}

const selectLiveBindings = `SELECT id FROM bindings WHERE tenant_id = ? AND dataset_id = ? AND dropped = 0`

func (r *replacement) storePassages(ctx context.Context) (err error) {
	if r.bindings, err = all(ctx, r.conn, scanRow, selectLiveBindings, r.tenant.UUID[:], r.doc.DatasetID[:]); err != nil {
		return err
	}
	old, err := r.oldPassages(ctx)
	if err != nil {
		return err
	}
	if r.first, err = r.numbers(ctx, len(r.passages)); err != nil {
		return err
	}
	for i := range r.passages {
		if i%64 == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if err := r.storePassage(ctx, i, old); err != nil {
			return err
		}
	}
	return r.removePassages(ctx, r.tenant, r.doc.DatasetID, old.rows())
}
