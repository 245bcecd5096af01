package storage

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"syft-space/app/space"
)

// key is the 32 random bytes that seal the secrets of one database.
type key [32]byte

// check is a fingerprint of the key, from which it cannot be guessed. The
// database keeps it to notice a key that is not its own.
func (k key) check() string {
	sum := sha256.Sum256(append([]byte("syft-space key check\x00"), k[:]...))
	return hex.EncodeToString(sum[:16])
}

// loadKey reads the key file of the data folder. Where there is none it makes
// one, unless a database exists already: then its key is lost, and a new one
// could not open what the old one sealed.
func loadKey(dir string, exists bool) (key, error) {
	var k key
	path := filepath.Join(dir, keyFile)
	b, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && exists:
		return k, space.Errorf(space.KindConflict,
			"the key file %s is missing, so the secrets in the database cannot be read; put back the %s that belongs to it, a backup holds both", path, keyFile)
	case errors.Is(err, fs.ErrNotExist):
		return makeKey(path)
	case err != nil:
		return k, fmt.Errorf("the key file %s cannot be read; make it readable for the user that runs this program: %w", path, err)
	case len(b) != len(k):
		return k, space.Errorf(space.KindConflict,
			"the key file %s holds %d bytes instead of %d; put back the %s that belongs to the database, a backup holds both", path, len(b), len(k), keyFile)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		return k, fmt.Errorf("the key file %s cannot be closed to other users: %w", path, err)
	}
	return key(b), nil
}

// makeKey writes a new key so that a crash leaves either the whole of it or
// nothing.
func makeKey(path string) (key, error) {
	var k key
	rand.Read(k[:]) // never fails, see crypto/rand
	if err := writeFile(path, k[:]); err != nil {
		return k, folderError(filepath.Dir(path), err)
	}
	return k, nil
}

// writeFile writes a file of mode 0600 whole or not at all, and to the disk.
func writeFile(path string, b []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".new-*") // mode 0600
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(b); err != nil {
		return err
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	if err = os.Rename(f.Name(), path); err != nil {
		return err
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in dir durable where the system can.
func syncFolder(dir string) error {
	f, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer f.Close()
	if err := f.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrPermission) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}
