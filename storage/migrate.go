package storage

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"
	"path/filepath"

	"github.com/pressly/goose/v3"

	"syft-space/app/space"
)

//go:embed migrations/*.sql
var migrations embed.FS

// markDatabase makes the file recognisable before anything else is in it.
const markDatabase = `PRAGMA application_id = 1400460144` // applicationID

// migrate brings the database to the last version that this program knows,
// with a copy before it where there is something to lose.
func (db *DB) migrate(ctx context.Context, o Options, state fileState) error {
	if state == stateNew {
		if _, err := db.wdb.ExecContext(ctx, markDatabase); err != nil {
			return err
		}
	}
	provider, err := newProvider(db.wdb, o)
	if err != nil {
		return err
	}
	current, target, err := provider.GetVersions(ctx)
	switch {
	case err != nil:
		return err
	case current == target:
		return nil
	case current > target:
		return newerError(ctx, db.wdb, filepath.Join(o.Dir, databaseFile), o.Version, current, target)
	case current > 0:
		if err := copyBeforeUpgrade(ctx, db.wdb, o, current); err != nil {
			return err
		}
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("bringing the database from version %d to %d: %w", current, target, err)
	}
	return nil
}

func newProvider(db *sql.DB, o Options) (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	return goose.NewProvider(goose.DialectSQLite3, db, files,
		goose.WithDisableGlobalRegistry(true), goose.WithSlog(o.Logger))
}

const selectMeta = `SELECT value FROM meta WHERE name = ?`

// newerError refuses a database that a later version of the program wrote.
func newerError(ctx context.Context, db *sql.DB, path, version string, current, target int64) error {
	writer := "a newer version"
	var name string
	if err := db.QueryRowContext(ctx, selectMeta, metaVersion).Scan(&name); err == nil && name != "" {
		writer = "version " + name
	}
	return space.Errorf(space.KindConflict,
		"the database %s was written by %s of this program (its format is %d) and this is version %s (format %d); start version %s or newer, or restore the copy made before the upgrade",
		path, writer, current, version, target, name)
}
