package storage

import (
	"context"
	"errors"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const (
	selectOwner = `SELECT document_id FROM document_paths WHERE tenant_id = ? AND dataset_id = ? AND path = ?`
	insertPath  = `INSERT INTO document_paths (tenant_id, dataset_id, document_id, path, rel) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (dataset_id, path) DO UPDATE SET rel = excluded.rel`
	deletePath  = `DELETE FROM document_paths WHERE tenant_id = ? AND dataset_id = ? AND path = ?`
	selectAlone = `SELECT NOT EXISTS (SELECT 1 FROM document_paths WHERE document_id = ?)`
)

// AddPath notes that the document's bytes lie at another path too. The path
// leaves the document that it belonged to before, which goes with its last path.
func (db *DB) AddPath(ctx context.Context, tenant space.TenantID, document uuid.UUID, path space.DocumentPath) error {
	return db.write(ctx, func(tx *tx) error {
		d, err := get(ctx, tx.conn, scanDocumentAlone, selectDocument, []any{tenant.UUID[:], document[:]}, "Document", document.String())
		if err != nil {
			return err
		}
		return tx.attach(ctx, tenant, d.DatasetID, document, path)
	})
}

// attach makes path one of the document's.
func (tx *tx) attach(ctx context.Context, tenant space.TenantID, dataset, document uuid.UUID, path space.DocumentPath) error {
	owner, err := tx.owner(ctx, tenant, dataset, path.Path)
	if err != nil {
		return err
	}
	if owner != uuid.Nil && owner != document {
		if err := tx.detach(ctx, tenant, dataset, owner, path.Path); err != nil {
			return err
		}
	}
	_, err = tx.exec(ctx, insertPath, tenant.UUID[:], dataset[:], document[:], path.Path, path.Rel)
	return err
}

// owner returns the document at path, the zero id where there is none.
func (tx *tx) owner(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) (owner uuid.UUID, err error) {
	err = one(ctx, tx.conn, selectOwner, []any{tenant.UUID[:], dataset[:], path}, &owner)
	if errors.Is(err, errNone) {
		return uuid.Nil, nil
	}
	return owner, err
}

// detach takes path from its document, which goes with its last.
func (tx *tx) detach(ctx context.Context, tenant space.TenantID, dataset, document uuid.UUID, path string) error {
	if _, err := tx.exec(ctx, deletePath, tenant.UUID[:], dataset[:], path); err != nil {
		return err
	}
	var last bool
	if err := one(ctx, tx.conn, selectAlone, []any{document[:]}, &last); err != nil || !last {
		return err
	}
	return tx.removeDocument(ctx, tenant, dataset, document)
}

// tombstoneAt spares a job that waits or is in hand: it may be for a file that
// came to the place since.
const tombstoneAt = `UPDATE jobs SET status = 'deleted', message = '', document_id = NULL, chunks = 0
	WHERE tenant_id = ? AND dataset_id = ? AND path = ? AND status = 'completed'`

// RemovePath notes that nothing of the dataset lies at path any longer, in the
// completed job of the path too. The document goes with its last path;
// KindNotFound where none lies there.
func (db *DB) RemovePath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) error {
	return db.write(ctx, func(tx *tx) error {
		owner, err := tx.owner(ctx, tenant, dataset, path)
		if err != nil {
			return err
		}
		if owner == uuid.Nil {
			return space.NotFound("Document", path)
		}
		if err := tx.detach(ctx, tenant, dataset, owner, path); err != nil {
			return err
		}
		_, err = tx.exec(ctx, tombstoneAt, tenant.UUID[:], dataset[:], path)
		return err
	})
}

const movePath = `UPDATE document_paths SET path = ?, rel = ? WHERE tenant_id = ? AND dataset_id = ? AND path = ?`

// MovePath notes that a document's file has another place now; the document
// keeps its id, its passages and the age of its path. The completed job of the
// old place becomes a tombstone; that of the new one is the caller's to store.
func (db *DB) MovePath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, from string, to space.DocumentPath) error {
	return db.write(ctx, func(tx *tx) error {
		owner, err := tx.owner(ctx, tenant, dataset, from)
		if err != nil {
			return err
		}
		if owner == uuid.Nil {
			return space.NotFound("Document", from)
		}
		before, err := tx.owner(ctx, tenant, dataset, to.Path)
		if err != nil {
			return err
		}
		if before != uuid.Nil && from != to.Path {
			if err := tx.detach(ctx, tenant, dataset, before, to.Path); err != nil {
				return err
			}
		}
		if _, err := tx.exec(ctx, movePath, to.Path, to.Rel, tenant.UUID[:], dataset[:], from); err != nil || from == to.Path {
			return err
		}
		_, err = tx.exec(ctx, tombstoneAt, tenant.UUID[:], dataset[:], from)
		return err
	})
}
