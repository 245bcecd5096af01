package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// The methods of this file cross tenants: passages are analysed anew wherever
// they are.

const (
	selectOldAnalysis = `SELECT p.tenant_id, p.dataset_id, p.row, d.title, t.headings, t.text,
			(SELECT x.rel FROM document_paths x WHERE x.document_id = d.id ORDER BY x.id LIMIT 1)
		FROM passages p INDEXED BY passages_analysis
			JOIN passage_texts t ON t.row = p.row
			JOIN documents d ON d.id = p.document_id
			JOIN datasets s ON s.id = p.dataset_id AND s.deleting = 0
		WHERE p.analysis < ? LIMIT ?`
	updateTerms = `UPDATE passages SET terms = ?, analysis = ?, seq = ? WHERE row = ? AND analysis < ?`
	selectOf    = `SELECT DISTINCT dataset_id FROM passages WHERE row IN (SELECT value FROM json_each(?))`
)

// PassagesOfOldAnalysis returns passages whose terms an earlier version of the
// analysis made.
func (db *DB) PassagesOfOldAnalysis(ctx context.Context, version, limit int) (list []space.OldPassage, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (p space.OldPassage, err error) {
			err = row.Scan(&p.Tenant, &p.DatasetID, &p.Row, &p.Title, asJSON(&p.Headings), &p.Text, &p.Rel)
			return p, err
		}, selectOldAnalysis, version, limit)
		return err
	})
	return list, err
}

// PutTerms stores terms that a version of the analysis made anew, and returns
// the datasets whose indexes have to follow. Passages that are gone, or whose
// terms are of that version already, are left out.
func (db *DB) PutTerms(ctx context.Context, version int, terms []space.TermsWrite) (datasets []uuid.UUID, err error) {
	rows := make([]int64, len(terms))
	for i, t := range terms {
		rows[i] = t.Row
	}
	list, err := toJSON(rows, "[]")
	if err != nil {
		return nil, err
	}
	err = db.write(ctx, func(tx *tx) error {
		seq, err := tx.numbers(ctx, len(terms))
		if err != nil {
			return err
		}
		for i, t := range terms {
			if _, err := tx.exec(ctx, updateTerms, notNull(t.Terms), version, seq+int64(i), t.Row, version); err != nil {
				return err
			}
		}
		datasets, err = all(ctx, tx.conn, func(row scanner) (id uuid.UUID, err error) {
			err = row.Scan(&id)
			return id, err
		}, selectOf, list)
		return err
	})
	return datasets, err
}
