package storage

import (
	"context"
	"database/sql"
	"errors"

	"syft-space/app/space"
)

// Names in the table meta.
const (
	metaID      = "database_id" // a random UUID; missing in a restored copy
	metaKey     = "key_check"   // see key.check
	metaVersion = "version"     // of the program that last opened the database
)

const (
	upsertMeta = `INSERT INTO meta (name, value) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET value = excluded.value`
	dateRoot   = `UPDATE tenants SET created_at = ?, updated_at = ? WHERE created_at = 0`
)

// register gives a new or restored database its identity, compares the key
// file with the one the database was made with, and notes who opens it.
func (db *DB) register(ctx context.Context, o Options, k key) error {
	t, err := db.wdb.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer t.Rollback() // after a commit it does nothing
	if db.id, err = meta(ctx, t, metaID); err != nil {
		return err
	}
	if db.id == "" {
		db.id = o.IDs().String()
	}
	check, err := meta(ctx, t, metaKey)
	if err != nil {
		return err
	}
	if check != "" && check != k.check() {
		return space.Errorf(space.KindConflict,
			"the file %s in %s is not the key of this database, so its secrets cannot be read; put back the %s that belongs to it, a backup holds both", keyFile, o.Dir, keyFile)
	}
	now := toMicros(o.Clock())
	for _, set := range []struct {
		query string
		args  []any
	}{
		{upsertMeta, []any{metaID, db.id}},
		{upsertMeta, []any{metaKey, k.check()}},
		{upsertMeta, []any{metaVersion, o.Version}},
		{dateRoot, []any{now, now}},
	} {
		if _, err := t.ExecContext(ctx, set.query, set.args...); err != nil {
			return err
		}
	}
	return t.Commit()
}

// meta returns a value of the table meta, "" where it is not set.
func meta(ctx context.Context, t *sql.Tx, name string) (string, error) {
	var value string
	err := t.QueryRowContext(ctx, selectMeta, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}
