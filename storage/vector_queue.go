package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const (
	selectPending = `SELECT u.row, d.title, t.headings, t.text FROM unembedded u
			JOIN passages p ON p.row = u.row
			JOIN passage_texts t ON t.row = u.row
			JOIN documents d ON d.id = p.document_id
		WHERE u.binding_id = ? ORDER BY u.row LIMIT ?`
	countPending = `SELECT count(*) FROM unembedded WHERE binding_id = ?`
)

func scanPassageRef(row scanner) (p space.PassageRef, err error) {
	err = row.Scan(&p.Row, &p.Title, asJSON(&p.Headings), &p.Text)
	return p, err
}

// PendingPassages returns passages that lack a vector of the binding, in the
// order in which they came.
func (db *DB) PendingPassages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string, limit int) (list []space.PassageRef, err error) {
	err = db.read(ctx, func(c *conn) error {
		b, err := binding(ctx, c, tenant, dataset, name)
		if err != nil {
			return err
		}
		list, err = all(ctx, c, scanPassageRef, selectPending, b.id, limit)
		return err
	})
	return list, err
}

// CountPending returns how many passages lack a vector of the binding.
func (db *DB) CountPending(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string) (n int, err error) {
	err = db.read(ctx, func(c *conn) error {
		b, err := binding(ctx, c, tenant, dataset, name)
		if err != nil {
			return err
		}
		return one(ctx, c, countPending, []any{b.id}, &n)
	})
	return n, err
}

const (
	selectCodeless = `SELECT row, vector FROM vectors WHERE binding_id = ? AND code IS NULL ORDER BY seq LIMIT ?`
	// The number moves, so that indexes are told of the code.
	updateCode = `UPDATE vectors SET code = ?, seq = ? WHERE row = ? AND binding_id = ?`
)

// VectorsWithoutCode returns vectors of the binding that lack a code.
func (db *DB) VectorsWithoutCode(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string, limit int) (list []space.VectorWrite, err error) {
	err = db.read(ctx, func(c *conn) error {
		b, err := binding(ctx, c, tenant, dataset, name)
		if err != nil {
			return err
		}
		list, err = all(ctx, c, func(row scanner) (v space.VectorWrite, err error) {
			var blob []byte
			err = row.Scan(&v.Row, &blob)
			v.Vector = readFloats(nil, blob)
			return v, err
		}, selectCodeless, b.id, limit)
		return err
	})
	return list, err
}

// PutCodes stores the codes of vectors, of which it reads Row and Code.
// Passages that are gone are left out.
func (db *DB) PutCodes(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string, codes []space.VectorWrite) error {
	return db.write(ctx, func(tx *tx) error {
		b, err := binding(ctx, tx.conn, tenant, dataset, name)
		if err != nil {
			return err
		}
		seq, err := tx.numbers(ctx, len(codes))
		if err != nil {
			return err
		}
		for i, v := range codes {
			if len(v.Code) == 0 {
				return space.Errorf(space.KindInvalid, "a code must not be empty")
			}
			if _, err := tx.exec(ctx, updateCode, v.Code, seq+int64(i), v.Row, b.id); err != nil {
				return err
			}
		}
		return nil
	})
}
