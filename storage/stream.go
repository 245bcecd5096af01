package storage

import (
	"context"
	"errors"
	"iter"
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
