package storage

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// find reads the one thing that query selects; KindNotFound where there is none.
func find[T any](ctx context.Context, db *DB, scan func(scanner) (T, error), query string, args []any, what, name string) (item T, err error) {
	err = db.read(ctx, func(c *conn) error {
		item, err = get(ctx, c, scan, query, args, what, name)
		return err
	})
	return item, err
}

// get is find within a transaction.
func get[T any](ctx context.Context, c *conn, scan func(scanner) (T, error), query string, args []any, what, name string) (item T, err error) {
	list, err := all(ctx, c, scan, query, args...)
	if err != nil {
		return item, err
	}
	if len(list) == 0 {
		return item, space.NotFound(what, name)
	}
	return list[0], nil
}

// change runs a transaction of one statement that must change a row;
// KindNotFound where it changes none.
func (db *DB) change(ctx context.Context, what, name string, do func(*tx) (int, error)) error {
	return db.write(ctx, func(tx *tx) error {
		n, err := do(tx)
		if err == nil && n == 0 {
			return space.NotFound(what, name)
		}
		return err
	})
}

// count runs a transaction of one statement and returns how many rows it
// changed.
func (db *DB) count(ctx context.Context, query string, args ...any) (n int, err error) {
	err = db.write(ctx, func(tx *tx) error {
		n, err = tx.exec(ctx, query, args...)
		return err
	})
	return n, err
}

// exists fails with KindNotFound where query selects nothing.
func exists(ctx context.Context, c *conn, query string, args []any, what, name string) error {
	var found int
	err := one(ctx, c, query, args, &found)
	if errors.Is(err, errNone) {
		return space.NotFound(what, name)
	}
	return err
}

// idOrNull is the stored form of an identifier that may be missing.
func idOrNull(id *uuid.UUID) any {
	if id == nil {
		return nil
	}
	return id[:]
}

// knownID is the stored form of an identifier whose zero means that there is none.
func knownID(id uuid.UUID) any {
	if id == uuid.Nil {
		return nil
	}
	return id[:]
}

// toObjectOrNull is the stored form of a patch's configuration.
func toObjectOrNull(raw json.RawMessage) any {
	if raw == nil {
		return nil
	}
	return string(raw)
}

// idList makes one argument of several identifiers, for json_each and unhex.
func idList(ids []uuid.UUID) (string, error) {
	list := make([]string, len(ids))
	for i, id := range ids {
		list[i] = hexOf(id)
	}
	return toJSON(list, "[]")
}
