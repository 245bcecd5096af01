package storage

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"syft-space/app/space"
)

// errHeld says that another process holds a lock.
var errHeld = errors.New("held by another process")

// folderLock keeps other processes out of the data folder. The operating
// system drops it with the process, however that ends.
type folderLock struct{ file *os.File }

// lockFolder takes the lock, or says which process holds it.
func lockFolder(path string, now time.Time) (*folderLock, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, folderError(dirOf(path), err)
	}
	if err := lockHandle(f); err != nil {
		defer f.Close()
		if errors.Is(err, errHeld) {
			return nil, space.Errorf(space.KindConflict, "the data folder %s is in use by %s", dirOf(path), holder(f))
		}
		return nil, fmt.Errorf("the data folder %s cannot be locked; put it on a file system with locks, which some network shares lack: %w", dirOf(path), err)
	}
	l := &folderLock{f}
	note := fmt.Sprintf("%d\n%s\n", os.Getpid(), now.UTC().Format(time.RFC3339))
	if err := errors.Join(f.Truncate(0), writeAt(f, note)); err != nil {
		return nil, errors.Join(folderError(dirOf(path), err), l.release())
	}
	return l, nil
}

func writeAt(f *os.File, s string) error {
	_, err := f.WriteAt([]byte(s), 0)
	return err
}

// holder reads who wrote the lock file. It may be caught between taking the
// lock and saying so.
func holder(f *os.File) string {
	b, err := io.ReadAll(io.NewSectionReader(f, 0, 200))
	pid, started, ok := strings.Cut(strings.TrimSpace(string(b)), "\n")
	if err != nil || !ok {
		return "another process"
	}
	return fmt.Sprintf("process %s (started %s)", pid, started)
}

// release gives the folder free at once. Closing the file alone would not,
// while a child process that is just being started holds a copy of it.
func (l *folderLock) release() error {
	return errors.Join(unlockHandle(l.file), l.file.Close())
}

// makeFolder makes the data folder where it is missing, for its owner alone.
func makeFolder(dir string) error {
	if dir == "" {
		return errors.New("no data folder is set; name one with data_dir")
	}
	info, err := os.Stat(dir)
	switch {
	case err == nil && info.IsDir():
		return nil
	case err == nil:
		return fmt.Errorf("the data folder %s is a file; name a folder with data_dir", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return folderError(dir, err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return folderError(dir, err)
	}
	return nil
}

// folderError says what keeps the data folder from being used.
func folderError(dir string, err error) error {
	switch {
	case isReadOnly(err):
		return fmt.Errorf("the data folder %s cannot be written; make it writable for the user that runs this program, or name another with data_dir: %w", dir, err)
	case isFull(err):
		return fmt.Errorf("the disk that holds the data folder %s is full; free some space and start again: %w", dir, err)
	}
	return fmt.Errorf("the data folder %s cannot be used: %w", dir, err)
}
