package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const documentColumns = `d.id, d.tenant_id, d.dataset_id, d.hash, d.title, d.file_type, d.metadata, d.chunk_version, d.stale, d.ingested_at,
	(SELECT json_group_array(json_array(p.path, p.rel) ORDER BY p.id) FROM document_paths p WHERE p.document_id = d.id)`

// scanDocument reads documentColumns and whatever follows them.
func scanDocument(row scanner, more ...any) (d space.Document, err error) {
	var paths [][2]string
	dest := []any{&d.ID, &d.Tenant, &d.DatasetID, &d.Hash, &d.Title, &d.FileType, asJSON(&d.Metadata), &d.ChunkVersion, &d.Stale,
		asTime(&d.IngestedAt), asJSON(&paths)}
	if err := row.Scan(append(dest, more...)...); err != nil {
		return d, err
	}
	d.Paths = make([]space.DocumentPath, len(paths))
	for i, p := range paths {
		d.Paths[i] = space.DocumentPath{Path: p[0], Rel: p[1]}
	}
	return d, nil
}

func scanDocumentAlone(row scanner) (space.Document, error) { return scanDocument(row) }

// fromDocuments reads documents of datasets that are not being deleted.
const fromDocuments = ` FROM documents d JOIN datasets s ON s.id = d.dataset_id AND s.deleting = 0 WHERE d.tenant_id = ?1 `

const (
	selectDocument       = `SELECT ` + documentColumns + fromDocuments + `AND d.id = ?2`
	selectDocumentHash   = `SELECT ` + documentColumns + fromDocuments + `AND d.dataset_id = ?2 AND d.hash = ?3`
	selectDocumentAtPath = `SELECT ` + documentColumns + fromDocuments + `AND d.dataset_id = ?2
		AND d.id = (SELECT document_id FROM document_paths WHERE dataset_id = ?2 AND path = ?3)`
	countDocuments  = `SELECT count(*)` + fromDocuments + `AND d.dataset_id = ?2`
	selectDocuments = `SELECT ` + documentColumns + fromDocuments + `AND d.dataset_id = ?2 ORDER BY d.ingested_at, d.id LIMIT ?3 OFFSET ?4`
	selectOutdated  = `SELECT p.path FROM documents d JOIN datasets s ON s.id = d.dataset_id AND s.deleting = 0
		JOIN document_paths p ON p.document_id = d.id
		WHERE d.tenant_id = ? AND d.dataset_id = ? AND d.chunk_version <> ? ORDER BY p.path`
)

// Document returns the document with the id.
func (db *DB) Document(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Document, error) {
	return find(ctx, db, scanDocumentAlone, selectDocument, []any{tenant.UUID[:], id[:]}, "Document", id.String())
}

// DocumentByHash returns the dataset's document whose bytes have the hash.
func (db *DB) DocumentByHash(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, hash string) (space.Document, error) {
	return find(ctx, db, scanDocumentAlone, selectDocumentHash, []any{tenant.UUID[:], dataset[:], hash}, "Document", hash)
}

// DocumentByPath returns the dataset's document that lies at path.
func (db *DB) DocumentByPath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) (space.Document, error) {
	return find(ctx, db, scanDocumentAlone, selectDocumentAtPath, []any{tenant.UUID[:], dataset[:], path}, "Document", path)
}

// Documents returns a page of the dataset's documents, in the order in which
// they were ingested.
func (db *DB) Documents(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, p space.Page) (space.List[space.Document], error) {
	return page(ctx, db, p, scanDocumentAlone, countDocuments, selectDocuments, tenant.UUID[:], dataset[:])
}

// Outdated returns the paths of the dataset's documents that were cut by
// another version of the chunking.
func (db *DB) Outdated(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, chunkVersion string) (paths []string, err error) {
	err = db.read(ctx, func(c *conn) error {
		paths, err = all(ctx, c, func(row scanner) (path string, err error) {
			err = row.Scan(&path)
			return path, err
		}, selectOutdated, tenant.UUID[:], dataset[:], chunkVersion)
		return err
	})
	return paths, err
}

const updateStale = `UPDATE documents SET stale = ? WHERE tenant_id = ? AND id = ?`

// MarkStale notes whether the document's file changed and could not be read.
func (db *DB) MarkStale(ctx context.Context, tenant space.TenantID, document uuid.UUID, stale bool) error {
	return db.change(ctx, "Document", document.String(), func(tx *tx) (int, error) {
		return tx.exec(ctx, updateStale, stale, tenant.UUID[:], document[:])
	})
}
