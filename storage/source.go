package storage

import (
	"context"
	"database/sql"
	"errors"
	"iter"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// DB is where indexes are filled from.
var _ space.Source = (*DB)(nil)

// Runs of gone rows follow each other: those that end after a number are the
// last one that began up to it, and what came later.
const (
	selectPassagesSince = `SELECT seq, row, document_id, position, text_hash, terms FROM passages
		WHERE tenant_id = ? AND dataset_id = ? AND seq > ? ORDER BY seq`
	selectVectorsSince = `SELECT seq, row, code, vector FROM vectors INDEXED BY vectors_binding
		WHERE binding_id = ? AND seq > ? ORDER BY seq`
	selectGoneSince = `SELECT seq, first_row, count FROM gone
		WHERE tenant_id = ?1 AND dataset_id = ?2 AND seq + count - 1 > ?3
			AND seq >= coalesce((SELECT max(seq) FROM gone WHERE dataset_id = ?2 AND seq <= ?3), 0) ORDER BY seq`
)

// Since yields what changed in the dataset after seq, as space.Source says. A
// passage that moved within its document, or whose terms were made anew, is
// added again and keeps its vector; so its vector may come before it.
//
// While it is read it holds one of the connections for reading.
func (db *DB) Since(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string, seq int64) iter.Seq2[space.Change, error] {
	return func(yield func(space.Change, error) bool) {
		err := db.read(ctx, func(c *conn) error {
			var m merge
			defer m.close()
			if err := m.open(ctx, c, tenant, dataset, name, seq); err != nil {
				return err
			}
			return m.run(ctx, yield)
		})
		if err != nil && !errors.Is(err, errStop) {
			yield(space.Change{}, err)
		}
	}
}

// feed is one of the kinds of change, in order of its numbers.
type feed struct {
	rows *sql.Rows
	scan func(*sql.Rows, *space.Change) error
	next space.Change
	left int // further changes that follow from the row at hand
	done bool
}

// advance brings the next change to hand.
func (f *feed) advance() error {
	if f.left > 0 {
		f.left--
		f.next.Seq++
		f.next.Row++
		return nil
	}
	if !f.rows.Next() {
		f.done = true
		return f.rows.Err()
	}
	return f.scan(f.rows, &f.next)
}

// merge reads several feeds as one.
type merge struct{ feeds []*feed }

func (m *merge) open(ctx context.Context, c *conn, tenant space.TenantID, dataset uuid.UUID, name string, seq int64) error {
	if err := datasetHere(ctx, c, tenant, dataset); err != nil {
		return err
	}
	if err := m.add(ctx, c, scanAdded, selectPassagesSince, tenant.UUID[:], dataset[:], seq); err != nil {
		return err
	}
	switch b, err := binding(ctx, c, tenant, dataset, name); {
	case err == nil:
		if err := m.add(ctx, c, scanVector, selectVectorsSince, b.id, seq); err != nil {
			return err
		}
	case space.KindOf(err) != space.KindNotFound:
		return err
	}
	if seq <= 0 {
		return nil // an index that holds nothing need not hear what is gone
	}
	if err := m.add(ctx, c, nil, selectGoneSince, tenant.UUID[:], dataset[:], seq); err != nil {
		return err
	}
	gone := m.feeds[len(m.feeds)-1]
	gone.next.Kind = space.PassageGone
	gone.scan = func(rows *sql.Rows, change *space.Change) error {
		if err := rows.Scan(&change.Seq, &change.Row, &gone.left); err != nil {
			return err
		}
		gone.left--
		if skip := int(seq - change.Seq + 1); skip > 0 { // the caller saw the beginning of this run
			change.Seq, change.Row, gone.left = change.Seq+int64(skip), change.Row+int64(skip), gone.left-skip
		}
		return nil
	}
	return nil
}

func (m *merge) add(ctx context.Context, c *conn, scan func(*sql.Rows, *space.Change) error, query string, args ...any) error {
	rows, err := c.query(ctx, query, args...)
	if err == nil {
		m.feeds = append(m.feeds, &feed{rows: rows, scan: scan})
	}
	return err
}

func scanAdded(rows *sql.Rows, change *space.Change) error {
	var document, terms sql.RawBytes
	var hash int64
	if err := rows.Scan(&change.Seq, &change.Row, &document, &change.Index, &hash, &terms); err != nil {
		return err
	}
	change.Kind, change.TextHash, change.Terms = space.PassageAdded, uint64(hash), terms
	return change.DocumentID.UnmarshalBinary(document)
}

func scanVector(rows *sql.Rows, change *space.Change) error {
	var code, vector sql.RawBytes
	if err := rows.Scan(&change.Seq, &change.Row, &code, &vector); err != nil {
		return err
	}
	change.Kind, change.Code, change.Vector = space.VectorAdded, code, readFloats(change.Vector, vector)
	return nil
}

// checkEvery is how many changes pass between two looks at the context.
const checkEvery = 256

func (m *merge) run(ctx context.Context, yield func(space.Change, error) bool) error {
	for _, f := range m.feeds {
		if err := f.advance(); err != nil {
			return err
		}
	}
	for n := 0; ; n++ {
		if n%checkEvery == 0 {
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		var first *feed
		for _, f := range m.feeds {
			if !f.done && (first == nil || f.next.Seq < first.next.Seq) {
				first = f
			}
		}
		if first == nil {
			return nil
		}
		if !yield(first.next, nil) {
			return errStop
		}
		if err := first.advance(); err != nil {
			return err
		}
	}
}

func (m *merge) close() {
	for _, f := range m.feeds {
		f.rows.Close()
	}
}

const selectMaxSeq = `SELECT max(
		coalesce((SELECT max(seq) FROM passages WHERE tenant_id = ?1 AND dataset_id = ?2), 0),
		coalesce((SELECT max((SELECT max(v.seq) FROM vectors v WHERE v.binding_id = b.id))
			FROM bindings b WHERE b.tenant_id = ?1 AND b.dataset_id = ?2 AND b.dropped = 0), 0),
		coalesce((SELECT seq + count - 1 FROM gone WHERE dataset_id = ?2 ORDER BY seq DESC LIMIT 1), 0))`

// MaxSeq returns the number of the dataset's last change, 0 where there was none.
func (db *DB) MaxSeq(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (seq int64, err error) {
	err = db.read(ctx, func(c *conn) error {
		if err := datasetHere(ctx, c, tenant, dataset); err != nil {
			return err
		}
		return one(ctx, c, selectMaxSeq, []any{tenant.UUID[:], dataset[:]}, &seq)
	})
	return seq, err
}
