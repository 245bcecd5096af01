package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"github.com/google/uuid"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// Uploaded files are copies that nobody else has: they lie in the data folder,
// in one folder for each dataset, which is walked like a pick. A request is
// taken whole or not at all: its files are staged, then moved to their place.

// Uploading is one file that is being sent.
type Uploading struct {
	Name    string
	Content io.Reader
}

// staged is a file whose bytes are safe on the disk, not yet in its place.
type staged struct {
	name, temporary, hash string
	size                  int64
}

// Upload takes the files that next returns, until io.EOF, into a dataset and
// returns their jobs in the same order. A file with the bytes of one that was
// uploaded before returns that one's job.
func (s *Service) Upload(ctx context.Context, tenant space.TenantID, id uuid.UUID, next func() (Uploading, error)) ([]space.Job, error) {
	dataset, here, err := s.here(ctx, tenant, id)
	if err == nil && !here {
		err = space.Errorf(space.KindInvalid, "The documents of '%s' are kept by another server; files cannot be added to it here", dataset.Name)
	}
	if err != nil {
		return nil, err
	}
	var files []staged
	defer func() {
		for _, f := range files {
			os.Remove(f.temporary) // those that are kept have been moved away
		}
	}()
	for {
		sent, err := next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
		f, err := s.stage(sent, len(files))
		if err != nil {
			return nil, err
		}
		files = append(files, f)
	}
	if len(files) == 0 {
		return nil, space.Invalid(space.FieldError{Loc: []any{"body", "files"}, Msg: "field required", Type: "value_error.missing"})
	}
	return s.keep(ctx, dataset, files)
}

// stage writes a file's bytes to the disk while they come.
func (s *Service) stage(sent Uploading, i int) (_ staged, err error) {
	name, problem := uploadName(sent.Name)
	switch ext := parse.Ext(name); {
	case problem != "":
		return staged{}, space.Invalid(space.FieldError{Loc: []any{"body", "files", i}, Msg: problem, Type: "value_error"})
	case !s.Parser.Supports(name) && ext == "":
		return staged{}, space.Errorf(space.KindUnsupported, "Unsupported file type: '%s' has no extension", name)
	case !s.Parser.Supports(name):
		return staged{}, space.Errorf(space.KindUnsupported, "Unsupported file type: %s", ext)
	}
	if err := os.MkdirAll(s.incoming, 0o700); err != nil {
		return staged{}, diskTrouble(err)
	}
	f, err := os.CreateTemp(s.incoming, "*.part")
	if err != nil {
		return staged{}, diskTrouble(err)
	}
	defer func() {
		f.Close()
		if err != nil {
			os.Remove(f.Name())
		}
	}()
	limit := s.Parser.Limits().FileBytes
	hash, source := sha256.New(), &source{Reader: io.LimitReader(sent.Content, limit+1)}
	size, err := io.Copy(f, io.TeeReader(source, hash))
	switch {
	case source.err != nil:
		return staged{}, source.err
	case err != nil:
		return staged{}, diskTrouble(err)
	case size > limit:
		return staged{}, space.Errorf(space.KindTooLarge, "'%s' is too large; a file has at most %d bytes", name, limit)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return staged{}, diskTrouble(err)
	}
	return staged{name: name, temporary: f.Name(), hash: hex.EncodeToString(hash.Sum(nil)), size: size}, nil
}

// source keeps the error of reading apart from that of writing.
type source struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (s *source) Read(p []byte) (int, error) {
	n, err := s.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		s.err = err
	}
	return n, err
}

// keep moves staged files to their place and queues them. No scan runs
// meanwhile, which would give them other jobs.
func (s *Service) keep(ctx context.Context, d space.Dataset, files []staged) (jobs []space.Job, err error) {
	s.keeping.Lock()
	defer s.keeping.Unlock()
	if r, release, ok := s.take(d.ID); ok {
		defer release()
		r.scanning.Lock()
		defer r.scanning.Unlock()
		defer signal(r.nudges) // the folder may be new to the watcher
	}
	if d, err = s.Store.DatasetByID(ctx, d.Tenant, d.ID); err != nil { // it may have been stopped or started meanwhile
		return nil, err
	}
	folder := s.uploads(d.ID)
	var moved []string
	defer func() {
		if err == nil {
			return
		}
		for _, path := range moved {
			os.Remove(path)
		}
		os.Remove(folder) // where it is empty, because the dataset was deleted
	}()
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return nil, diskTrouble(err)
	}
	var fresh []space.Job
	for _, f := range files {
		path, err := sameBytes(ctx, folder, f)
		if err != nil {
			return nil, err
		}
		if path == "" {
			if path, err = freePath(folder, f.name); err == nil {
				err = os.Rename(f.temporary, path)
			}
			if err != nil {
				return nil, diskTrouble(err)
			}
			moved = append(moved, path)
		} else if job, known, err := s.jobAt(ctx, d, path, fresh); err != nil {
			return nil, err
		} else if known {
			jobs = append(jobs, job)
			continue
		}
		job, err := s.uploadJob(d, folder, path)
		if err != nil {
			return nil, diskTrouble(err)
		}
		jobs, fresh = append(jobs, job), append(fresh, job)
	}
	syncFolder(folder)
	if len(fresh) > 0 {
		if _, err := s.Store.UpsertJobs(ctx, d.Tenant, d.ID, fresh); err != nil {
			return nil, err
		}
	}
	signal(s.jobs)
	return jobs, nil
}

// jobAt returns the job of the file at path, which may be one of the same
// request; false where it has none.
func (s *Service) jobAt(ctx context.Context, d space.Dataset, path string, fresh []space.Job) (space.Job, bool, error) {
	if i := slices.IndexFunc(fresh, func(j space.Job) bool { return j.Path == path }); i >= 0 {
		return fresh[i], true, nil
	}
	job, err := s.Store.JobByPath(ctx, d.Tenant, d.ID, path)
	if err != nil && space.KindOf(err) == space.KindNotFound {
		return job, false, nil
	}
	return job, err == nil, err
}

// uploadJob is the job of a file in its place. That of a stopped dataset waits
// for /start.
func (s *Service) uploadJob(d space.Dataset, folder, path string) (space.Job, error) {
	info, err := os.Stat(path)
	if err != nil {
		return space.Job{}, err
	}
	job := space.Job{
		ID: s.IDs(), Tenant: d.Tenant, DatasetID: d.ID, Path: path, Pick: folder,
		Fingerprint: printOf(info), Status: space.JobPending, CreatedAt: s.Clock(),
	}
	if d.Stopped {
		job.Status = space.JobCancelled
	}
	return job, nil
}

// sameBytes returns the uploaded file that has the bytes of f, "" for none.
func sameBytes(ctx context.Context, folder string, f staged) (string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return "", diskTrouble(err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err != nil || !info.Mode().IsRegular() || info.Size() != f.size {
			continue
		}
		path := filepath.Join(folder, e.Name())
		hash, err := hashFile(ctx, path)
		if ctx.Err() != nil {
			return "", ctx.Err()
		}
		if err == nil && hash == f.hash {
			return path, nil
		}
	}
	return "", nil
}

// freePath is where a file of the name may lie: "name (2).ext" where the name
// is taken.
func freePath(folder, name string) (string, error) {
	ext := filepath.Ext(name)
	for i := 1; ; i++ {
		path := filepath.Join(folder, name)
		if i > 1 {
			path = filepath.Join(folder, fmt.Sprintf("%s (%d)%s", name[:len(name)-len(ext)], i, ext))
		}
		if _, err := os.Lstat(path); errors.Is(err, os.ErrNotExist) {
			return path, nil
		} else if err != nil {
			return "", err
		}
	}
}

// syncFolder makes a rename outlive a power cut. Systems that cannot sync a
// folder do not need to.
func syncFolder(path string) {
	if f, err := os.Open(path); err == nil {
		_ = f.Sync()
		f.Close()
	}
}

// diskTrouble words why a file could not be kept.
func diskTrouble(err error) error {
	var known *space.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, syscall.ENOSPC), errors.Is(err, syscall.EDQUOT):
		return space.Errorf(space.KindUnavailable, "The disk that holds the data folder is full; free some space and send the files again").WithCause(err)
	}
	return space.Errorf(space.KindUnavailable, "The file cannot be kept: the data folder cannot be written").WithCause(err)
}
