package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// keptCopies is how many copies made before upgrades are kept.
const keptCopies = 3

// copyPrefix begins the names of copies made before upgrades.
const copyPrefix = "before-upgrade-"

// copyBeforeUpgrade writes a copy of the database, named after the program's
// version, the format it has, and the time, and removes the oldest copies.
func copyBeforeUpgrade(ctx context.Context, db *sql.DB, o Options, format int64) error {
	folder := filepath.Join(o.Dir, backupFolder)
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return folderError(o.Dir, err)
	}
	stamp := o.Clock().UTC().Format("20060102T150405Z")
	name := fmt.Sprintf("%s%s-to-%s-format-%d.db", copyPrefix, stamp, fileSafe(o.Version), format)
	if err := copyDatabase(ctx, db, filepath.Join(folder, name)); err != nil {
		return fmt.Errorf("copying the database before its upgrade: %w", err)
	}
	copies, err := filepath.Glob(filepath.Join(folder, copyPrefix+"*.db"))
	if err != nil {
		return err
	}
	slices.Sort(copies) // the time comes first in their names
	for _, old := range copies[:max(0, len(copies)-keptCopies)] {
		if err := os.Remove(old); err != nil {
			return folderError(o.Dir, err)
		}
	}
	return nil
}

// fileSafe keeps of a version what may stand in a file's name anywhere.
func fileSafe(version string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r == '.' || r == '-' {
			return r
		}
		return '_'
	}, version)
}

const vacuumInto = `VACUUM INTO ?`

// copyDatabase writes a consistent copy to path, whole or not at all.
func copyDatabase(ctx context.Context, db *sql.DB, path string) (err error) {
	temporary := path + ".new"
	if err := os.Remove(temporary); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	defer func() {
		if err != nil {
			os.Remove(temporary)
		}
	}()
	if _, err := db.ExecContext(ctx, vacuumInto, temporary); err != nil {
		return err
	}
	if err := closeToOthers(temporary); err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// closeToOthers gives a file mode 0600 and brings it to the disk.
func closeToOthers(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Chmod(0o600); err != nil && !errors.Is(err, errors.ErrUnsupported) {
		return err
	}
	return f.Sync()
}

// nonEmpty reports whether there is a file with something in it at path.
func nonEmpty(path string) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && info.Size() > 0, err
}
