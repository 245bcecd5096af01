package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"syft-space/app/space"
)

// Backup writes a consistent copy of the database, and the key that opens its
// secrets, into folder, which is made and must not hold a backup yet. The
// program goes on meanwhile.
func (db *DB) Backup(ctx context.Context, folder string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return fmt.Errorf("the folder %s for the backup cannot be made: %w", folder, err)
	}
	target := filepath.Join(folder, databaseFile)
	if _, err := os.Stat(target); !errors.Is(err, fs.ErrNotExist) {
		return space.Errorf(space.KindConflict, "the folder %s holds a database already; name another folder for the backup", folder)
	}
	k, err := os.ReadFile(filepath.Join(db.dir, keyFile))
	if err != nil {
		return fmt.Errorf("the key file cannot be read: %w", err)
	}
	source, err := connect(filepath.Join(db.dir, databaseFile), nil)
	if err != nil {
		return err
	}
	defer source.Close()
	if err := copyDatabase(ctx, source, target); err != nil {
		return fmt.Errorf("the backup %s cannot be written: %w", folder, refine(err))
	}
	return writeFile(filepath.Join(folder, keyFile), k)
}

const forgetID = `DELETE FROM meta WHERE name = 'database_id'`

// Restore puts the backup in folder in place of the database and the key of
// the data folder, which no process may have open. What was there before is
// kept as a backup in the folder "backups". When it is next opened the
// database has a new id, so that nothing derived from another state fits it.
func Restore(ctx context.Context, o Options, folder string) (err error) {
	source := filepath.Join(folder, databaseFile)
	state, err := inspect(ctx, source)
	if err != nil {
		return err
	}
	k, err := os.ReadFile(filepath.Join(folder, keyFile))
	if state != stateOurs || err != nil {
		return space.Errorf(space.KindInvalid, "the folder %s holds no backup: it needs the files %s and %s", folder, databaseFile, keyFile).WithCause(err)
	}
	if err := makeFolder(o.Dir); err != nil {
		return err
	}
	lock, err := lockFolder(filepath.Join(o.Dir, lockFile), o.Clock())
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, lock.release()) }()
	target := filepath.Join(o.Dir, databaseFile)
	fresh := target + ".restored"
	if err := copyFile(source, fresh); err != nil {
		return folderError(o.Dir, err)
	}
	if err := runAlone(ctx, fresh, forgetID); err != nil {
		return openError(fresh, err)
	}
	if err := setAside(ctx, o, target); err != nil {
		return err
	}
	if err := writeFile(filepath.Join(o.Dir, keyFile), k); err != nil {
		return folderError(o.Dir, err)
	}
	if err := os.Rename(fresh, target); err != nil {
		return folderError(o.Dir, err)
	}
	return syncFolder(o.Dir)
}

// setAside copies the database at path, with its key, to the backups, and
// empties its log, which would not fit another database.
func setAside(ctx context.Context, o Options, path string) error {
	state, err := inspect(ctx, path)
	if err != nil || state != stateOurs {
		return err
	}
	folder := filepath.Join(o.Dir, backupFolder, "before-restore-"+o.Clock().UTC().Format("20060102T150405Z"))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return folderError(o.Dir, err)
	}
	if err := copyFile(filepath.Join(o.Dir, keyFile), filepath.Join(folder, keyFile)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return folderError(o.Dir, err)
	}
	db, err := connect(path, nil)
	if err != nil {
		return err
	}
	defer db.Close()
	if err := copyDatabase(ctx, db, filepath.Join(folder, databaseFile)); err != nil {
		return openError(path, err)
	}
	return openError(path, closeLog(ctx, db))
}

// closeLog takes the log into the database file and ends the use of logs.
func closeLog(ctx context.Context, db *sql.DB) error {
	_, err := db.ExecContext(ctx, "PRAGMA journal_mode = DELETE")
	return err
}

// runAlone runs a statement on a database that nobody else has open.
func runAlone(ctx context.Context, path, query string) error {
	db, err := connect(path, nil)
	if err != nil {
		return err
	}
	_, err = db.ExecContext(ctx, query)
	return errors.Join(err, db.Close())
}

// copyFile copies a file to the disk, with mode 0600.
func copyFile(from, to string) (err error) {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.OpenFile(to, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, out.Close()) }()
	if _, err := io.Copy(out, in); err != nil {
		return err
	}
	return out.Sync()
}
