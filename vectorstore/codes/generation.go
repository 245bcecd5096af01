package codes

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// An index at path is the file "<path>.<generation>"; compaction writes the
// next generation. Only the newest counts. A file under construction ends in
// ".new".

// generations returns the generations at path, the newest first.
func generations(path string) ([]int, error) {
	entries, err := os.ReadDir(filepath.Dir(path))
	if err != nil {
		return nil, err
	}
	var found []int
	for _, e := range entries {
		if suffix, ours := strings.CutPrefix(e.Name(), filepath.Base(path)+"."); ours {
			if n, err := strconv.Atoi(suffix); err == nil && n > 0 {
				found = append(found, n)
			}
		}
	}
	slices.Sort(found)
	slices.Reverse(found)
	return found, nil
}

func generation(path string, n int) string { return path + "." + strconv.Itoa(n) }

// successor is the name of the generation after f, whose own file may have been
// deleted from under it.
func (f *file) successor(path string) string {
	n, _ := strconv.Atoi(strings.TrimPrefix(f.path, path+".")) // it was made of a number
	return generation(path, n+1)
}

// Exists reports whether there are files of an index at path.
func Exists(path string) bool {
	found, err := generations(path)
	return err == nil && len(found) > 0
}

// Remove deletes the files of the index at path, which must not be open.
func Remove(path string) error {
	found, err := generations(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	errs := []error{err}
	for _, n := range found {
		errs = append(errs, os.Remove(generation(path, n)))
	}
	if err := os.Remove(path + ".new"); !errors.Is(err, os.ErrNotExist) {
		errs = append(errs, err)
	}
	return errors.Join(errs...)
}

// openNewest opens the newest generation if it begins with preamble, else
// removes all and begins anew.
func openNewest(path string, preamble []byte) (*file, error) {
	found, err := generations(path)
	if err != nil {
		return nil, fmt.Errorf("open the vector index: %w", err)
	}
	if len(found) > 0 {
		for _, n := range found[1:] {
			if err := os.Remove(generation(path, n)); err != nil {
				return nil, fmt.Errorf("remove an old vector index: %w", err)
			}
		}
		f, err := os.OpenFile(generation(path, found[0]), os.O_RDWR, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open the vector index: %w", err)
		}
		head := make([]byte, len(preamble))
		if _, err := f.ReadAt(head, 0); err == nil && bytes.Equal(head, preamble) {
			return newFile(f), nil
		}
		if err := f.Close(); err != nil {
			return nil, fmt.Errorf("open the vector index: %w", err)
		}
	}
	if err := Remove(path); err != nil {
		return nil, fmt.Errorf("remove an outdated vector index: %w", err)
	}
	return createFile(generation(path, 1), preamble)
}

// createFile begins a file without chunks.
func createFile(name string, preamble []byte) (*file, error) {
	f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("create the vector index: %w", err)
	}
	if _, err := f.WriteAt(preamble, 0); err != nil {
		return nil, errors.Join(fmt.Errorf("write the vector index: %w", err), f.Close())
	}
	return newFile(f), nil
}

// newFile returns f, ready to read its first chunk and held once.
func newFile(f *os.File) *file {
	nf := &file{File: f, path: f.Name(), end: border}
	nf.refs.Store(1)
	return nf
}
