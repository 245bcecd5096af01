package storage

import (
	"context"
	"errors"
	"iter"
	"time"

	"github.com/google/uuid"
)

// errStop ends a walk over rows whose caller has seen enough.
var errStop = errors.New("enough rows")

// stream yields the rows of a query from one state of the database. While it
// is read it holds one of the connections for reading.
func stream[T any](ctx context.Context, db *DB, scan func(scanner) (T, error), query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		err := db.read(ctx, func(c *conn) error {
			return each(ctx, c, query, args, func(row scanner) error {
				item, err := scan(row)
				if err != nil {
					return err
				}
				if !yield(item, nil) {
					return errStop
				}
				return nil
			})
		})
		if err != nil && !errors.Is(err, errStop) {
			var none T
			yield(none, err)
		}
	}
}

// batchRows is how many rows batches reads at once.
const batchRows = 1000

// position is where a row stands in the order of age.
type position struct {
	at time.Time
	id uuid.UUID
}

// batches yields the rows of a query in order of age, some at a time. It holds
// a connection only while it reads one batch: whoever takes the rows, over a
// network perhaps, may be slow. Rows that are added meanwhile may be among
// them. The query's last three arguments are the position after which it
// begins, as an instant and an id, and how many rows it reads.
func batches[T any](ctx context.Context, db *DB, scan func(scanner) (T, error), at func(T) position, query string, args ...any) iter.Seq2[T, error] {
	return func(yield func(T, error) bool) {
		after := position{} // before every row
		for {
			var rows []T
			err := db.read(ctx, func(c *conn) (err error) {
				rows, err = all(ctx, c, scan, query, append(args[:len(args):len(args)], toMicros(after.at), after.id[:], batchRows)...)
				return err
			})
			if err != nil {
				var none T
				yield(none, err)
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if len(rows) < batchRows {
				return
			}
			after = at(rows[len(rows)-1])
		}
	}
}
