package storage

import (
	"context"
	"encoding/json"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const (
	// selectFound reads the listed rows; the order is that of the list. CROSS
	// JOIN keeps SQLite from going through the whole dataset and looking each
	// passage up in the list.
	selectFound = `SELECT ` + documentColumns + `, d.passages, p.row, p.position, t.headings, t.place, t.text
		FROM json_each(?3) l
			CROSS JOIN passages p ON p.row = l.value AND p.tenant_id = ?1 AND p.dataset_id = ?2
			CROSS JOIN passage_texts t ON t.row = p.row
			CROSS JOIN documents d ON d.id = p.document_id
			CROSS JOIN datasets s ON s.id = d.dataset_id AND s.deleting = 0
		ORDER BY l.key`
	selectNeighbours = `SELECT ` + documentColumns + `, d.passages, p.row, p.position, t.headings, t.place, t.text
		FROM passages p
			JOIN passage_texts t ON t.row = p.row
			JOIN documents d ON d.id = p.document_id
			JOIN datasets s ON s.id = d.dataset_id AND s.deleting = 0
		WHERE p.tenant_id = ? AND p.dataset_id = ? AND p.document_id = ? AND p.position BETWEEN ? AND ?
		ORDER BY p.position`
)

func scanFound(row scanner) (f space.FoundPassage, err error) {
	f.Document, err = scanDocument(row, &f.Passages, &f.Row, &f.Index, asJSON(&f.Headings), asJSON(&f.Position), &f.Text)
	f.DocumentID = f.Document.ID
	return f, err
}

// Passages returns the passages of the rows with their documents, in the order
// of rows; rows that are gone are left out. Terms are not read.
func (db *DB) Passages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, rows []int64) (list []space.FoundPassage, err error) {
	wanted, err := json.Marshal(rows)
	if err != nil {
		return nil, err
	}
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, scanFound, selectFound, tenant.UUID[:], dataset[:], string(wanted))
		return err
	})
	return list, err
}

// DatasetPassage returns the passage with the public id and its neighbours.
func (db *DB) DatasetPassage(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, passageID string) (space.PassageInContext, error) {
	var found space.PassageInContext
	document, index, err := space.ParsePassageID(passageID)
	if err != nil {
		return found, err
	}
	var list []space.FoundPassage
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, scanFound, selectNeighbours, tenant.UUID[:], dataset[:], document[:], index-1, index+1)
		return err
	})
	if err != nil {
		return found, err
	}
	err = space.NotFound("Chunk", passageID)
	for i, p := range list {
		switch p.Index {
		case index - 1:
			found.Previous = &list[i].Passage
		case index:
			found.FoundPassage, err = p, nil
		case index + 1:
			found.Next = &list[i].Passage
		}
	}
	return found, err
}
