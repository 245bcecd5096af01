package ingest

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// deleting marks the uploads of a dataset that is being deleted.
const deleting = ".deleting"

// incomingPrefix begins the names of folders where files lie while they are
// being sent. Each process has its own.
const incomingPrefix = "incoming-"

// uploads is where the files lie that were sent to a dataset.
func (s *Service) uploads(id uuid.UUID) string { return filepath.Join(s.Uploads, id.String()) }

// Removed removes what was uploaded to a dataset that is gone. Somebody may have
// started it just before it went.
func (s *Service) Removed(d space.Dataset) {
	s.halt(d.ID)
	for _, path := range []string{s.uploads(d.ID), s.uploads(d.ID) + deleting} {
		if err := os.RemoveAll(path); err != nil {
			s.Logger.Error("uploaded files of a removed dataset could not be removed; it is tried again at the next start", "dataset", d.Name, "error", err)
		}
	}
}

// setAside marks a dataset's uploads, so that they go for sure once it is
// gone, also after a kill; bringBack undoes that.
func (s *Service) setAside(id uuid.UUID) { s.renameUploads(s.uploads(id), s.uploads(id)+deleting) }

// bringBack puts what was set aside to what may have been uploaded since.
func (s *Service) bringBack(id uuid.UUID) {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	from, to := s.uploads(id)+deleting, s.uploads(id)
	if !isFolder(to) {
		s.renameUploads(from, to)
		return
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return // nothing was set aside
	}
	for _, e := range entries {
		path, err := freePath(to, e.Name())
		if err != nil {
			s.Logger.Error("an uploaded file could not be put back", "error", err)
			return
		}
		s.renameUploads(filepath.Join(from, e.Name()), path)
	}
	_ = os.Remove(from) // what could not be moved stays in it
}

func (s *Service) renameUploads(from, to string) {
	if err := os.Rename(from, to); err != nil && !errors.Is(err, fs.ErrNotExist) {
		s.Logger.Error("uploaded files could not be renamed", "error", err)
	}
}

// tidyUploads ends what a killed program left half done: uploads that did not
// arrive, and deletions. Folders without a mark are never removed, whatever
// the database says: it may be an older copy.
func (s *Service) tidyUploads(datasets []space.Dataset) {
	here := map[string]uuid.UUID{}
	for _, d := range datasets {
		here[d.ID.String()] = d.ID
	}
	entries, err := os.ReadDir(s.Uploads)
	if err != nil {
		return // nothing was ever uploaded
	}
	for _, e := range entries {
		path := filepath.Join(s.Uploads, e.Name())
		name, marked := strings.CutSuffix(e.Name(), deleting)
		if id, ok := here[name]; ok && marked {
			s.bringBack(id)
			continue
		}
		if !marked && (path == s.incoming || !strings.HasPrefix(name, incomingPrefix)) {
			continue
		}
		if err := os.RemoveAll(path); err != nil {
			s.Logger.Warn("what is left of an upload could not be removed", "error", err)
		}
	}
}

// walkUploads adds the files that were sent to the dataset, which are all
// admitted. A folder that is not there hides what it held, as an unreachable
// pick does.
func (l *look) walkUploads(folder string) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		l.blind = append(l.blind, folder)
		return
	}
	l.dirs = append(l.dirs, folder)
	for _, e := range entries {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() && !passing(e.Name()) {
			l.add(filepath.Join(folder, e.Name()), folder, info, true)
		}
	}
}
