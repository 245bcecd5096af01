package storage

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"

	"syft-space/app/space"
)

// sqliteCode returns the primary result code of the SQLite error in err's
// chain, or 0.
func sqliteCode(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xff
	}
	return 0
}

// refine turns what SQLite and the caller's context say into the errors of the
// domain. Errors that are of the domain already pass, and so do those that
// only a fault of this program causes.
func refine(err error) error {
	var known *space.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, context.Canceled):
		return space.Errorf(space.KindCanceled, "the caller went away").WithCause(err)
	case errors.Is(err, context.DeadlineExceeded):
		return space.Errorf(space.KindTimeout, "the database took too long").WithCause(err)
	case errors.Is(err, errClosed):
		return passing("the program is stopping", err)
	}
	switch sqliteCode(err) {
	case lib.SQLITE_FULL:
		return passing("the disk that holds the data folder is full; free some space and try again", err)
	case lib.SQLITE_BUSY, lib.SQLITE_LOCKED:
		return passing("the database is busy; try again", err)
	case lib.SQLITE_IOERR, lib.SQLITE_CANTOPEN:
		return passing("the disk that holds the data folder reports an error; see the program's log", err)
	case lib.SQLITE_READONLY:
		return passing("the data folder cannot be written; make it writable for the user that runs this program", err)
	case lib.SQLITE_CORRUPT, lib.SQLITE_NOTADB:
		return space.Errorf(space.KindInternal, "the database is damaged; stop the program and restore a backup").WithCause(err)
	}
	return err
}

// passing is a fault that may be over the next time.
func passing(sentence string, cause error) error {
	e := space.Errorf(space.KindUnavailable, "%s", sentence).WithCause(cause)
	e.RetryAfter = 5 * time.Second
	return e
}

// openError says what keeps the database at path from being opened.
func openError(path string, err error) error {
	var known *space.Error
	switch {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrPermission), sqliteCode(err) == lib.SQLITE_READONLY, sqliteCode(err) == lib.SQLITE_CANTOPEN:
		return fmt.Errorf("the database %s cannot be written; make it and its folder writable for the user that runs this program: %w", path, err)
	case sqliteCode(err) == lib.SQLITE_FULL:
		return fmt.Errorf("the disk that holds %s is full; free some space and start again: %w", path, err)
	case sqliteCode(err) == lib.SQLITE_BUSY:
		return fmt.Errorf("another program holds the database %s; close it and start again: %w", path, err)
	case sqliteCode(err) == lib.SQLITE_CORRUPT, sqliteCode(err) == lib.SQLITE_NOTADB:
		return fmt.Errorf("the database %s is damaged; restore a backup, copies made before upgrades are in the folder %q beside it: %w", path, backupFolder, err)
	}
	return fmt.Errorf("the database %s cannot be opened: %w", path, err)
}
