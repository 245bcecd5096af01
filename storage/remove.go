package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const takeNumbers = `UPDATE sequence SET value = value + ? WHERE id = 1 RETURNING value`

// numbers takes n sequence numbers and returns the first.
func (tx *tx) numbers(ctx context.Context, n int) (int64, error) {
	var last int64
	err := one(ctx, tx.conn, takeNumbers, []any{n}, &last)
	return last - int64(n) + 1, err
}

const (
	selectRowsOf     = `SELECT row FROM passages WHERE document_id = ? ORDER BY row`
	forgetDocument   = `UPDATE jobs SET document_id = NULL, chunks = 0 WHERE document_id = ? AND tenant_id = ?`
	deleteDocument   = `DELETE FROM documents WHERE tenant_id = ? AND id = ?`
	deletePassage    = `DELETE FROM passages WHERE row = ? AND tenant_id = ?`
	deleteUnembedded = `DELETE FROM unembedded WHERE row = ? AND binding_id IN (SELECT id FROM bindings WHERE dataset_id = ?)`
	insertGone       = `INSERT INTO gone (seq, tenant_id, dataset_id, first_row, count) VALUES (?, ?, ?, ?, ?)`
)

// removeDocument removes a document with its passages, paths and vectors.
func (tx *tx) removeDocument(ctx context.Context, tenant space.TenantID, dataset, document uuid.UUID) error {
	rows, err := all(ctx, tx.conn, scanRow, selectRowsOf, document[:])
	if err != nil {
		return err
	}
	if err := tx.removePassages(ctx, tenant, dataset, rows); err != nil {
		return err
	}
	if _, err := tx.exec(ctx, forgetDocument, document[:], tenant.UUID[:]); err != nil {
		return err
	}
	_, err = tx.exec(ctx, deleteDocument, tenant.UUID[:], document[:])
	return err
}

func scanRow(row scanner) (n int64, err error) {
	err = row.Scan(&n)
	return n, err
}

// removePassages removes passages, given in order of their rows, with their
// texts and vectors, and leaves tombstones.
func (tx *tx) removePassages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, rows []int64) error {
	for _, row := range rows {
		if _, err := tx.exec(ctx, deleteUnembedded, row, dataset[:]); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, deletePassage, row, tenant.UUID[:]); err != nil {
			return err
		}
	}
	for len(rows) > 0 {
		run := 1
		for run < len(rows) && rows[run] == rows[0]+int64(run) {
			run++
		}
		seq, err := tx.numbers(ctx, run)
		if err != nil {
			return err
		}
		if _, err := tx.exec(ctx, insertGone, seq, tenant.UUID[:], dataset[:], rows[0], run); err != nil {
			return err
		}
		rows = rows[run:]
	}
	return nil
}
