package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	lib "modernc.org/sqlite/lib"

	"syft-space/app/space"
)

// fileState says what stands at the place of the database.
type fileState int

const (
	stateNew  fileState = iota // nothing, or nothing that was ever finished
	stateOurs                  // a database of this program
)

const (
	selectApplication = `SELECT application_id FROM pragma_application_id`
	selectTables      = `SELECT count(*) FROM sqlite_schema`
	selectAlembic     = `SELECT count(*) FROM sqlite_schema WHERE name = 'alembic_version'`
)

// Recognise returns nil where the file at path is missing, empty or a database
// of this program, and an error that names what it is otherwise.
func Recognise(ctx context.Context, path string) error {
	_, err := inspect(ctx, path)
	return err
}

// inspect looks at the file at path without changing it.
func inspect(ctx context.Context, path string) (fileState, error) {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return stateNew, nil
	case err != nil:
		return stateNew, openError(path, err)
	case info.IsDir():
		return stateNew, fmt.Errorf("the database %s is a folder; move it away", path)
	case info.Size() == 0:
		return stateNew, nil
	}
	db, err := connect(path, []string{"query_only(1)"}, "mode=ro")
	if err != nil {
		return stateNew, err
	}
	defer db.Close()
	var application, tables, alembic int64
	if err := errors.Join(
		db.QueryRowContext(ctx, selectApplication).Scan(&application),
		db.QueryRowContext(ctx, selectTables).Scan(&tables),
		db.QueryRowContext(ctx, selectAlembic).Scan(&alembic),
	); err != nil {
		return stateNew, notOurs(path, err)
	}
	switch {
	case application == applicationID:
		return stateOurs, nil
	case alembic > 0:
		return stateNew, space.Errorf(space.KindConflict, "%s is a database of the Python program syft-space, which this program cannot read; choose another data folder", path)
	case application != 0 || tables > 0:
		return stateNew, space.Errorf(space.KindConflict, "%s is the database of another program; choose another data folder", path)
	}
	return stateNew, nil
}

// notOurs explains why the file could not be read as a database.
func notOurs(path string, err error) error {
	if sqliteCode(err) == lib.SQLITE_NOTADB {
		return space.Errorf(space.KindConflict, "%s is not a database; move it away or choose another data folder", path).WithCause(err)
	}
	return openError(path, err)
}

func dirOf(path string) string { return filepath.Dir(path) }
