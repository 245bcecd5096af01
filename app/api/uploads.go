package api

import (
	"context"
	"errors"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"

	"syft-space/app/ingest"
	"syft-space/app/space"
)

// uploadSilence is how long a sender may pause. An upload as a whole may take
// as long as it takes.
const uploadSilence = time.Minute

type uploads struct {
	Files []upload `json:"files" doc:"In the order in which they were sent"`
}

type upload struct {
	FileName string    `json:"file_name" doc:"The name under which the file is kept" example:"report (2).pdf"`
	JobID    uuid.UUID `json:"job_id" format:"uuid" doc:"Its job in the dataset's ingestion" example:"550e8400-e29b-41d4-a716-446655440000"`
	Status   string    `json:"status" enum:"pending,in_progress,completed,failed,cancelled" doc:"How far its ingestion is" example:"pending"`
}

// uploadRequest keeps the request for the handler, which reads the body piece
// by piece.
type uploadRequest struct {
	NamePath
	huma huma.Context
}

// Resolve implements huma.Resolver.
func (u *uploadRequest) Resolve(ctx huma.Context) []error {
	u.huma = ctx
	return u.NamePath.Resolve(ctx)
}

func (s *server) uploadRoutes() {
	const path = Prefix + "/datasets/{name}/files"
	register(s, operation{
		method: http.MethodPost, path: path, id: "upload-files", tag: "Datasets", status: http.StatusCreated,
		summary: "Add files to a dataset", errors: []int{400, 404, 413, 415, 422, 503},
		description: "The files are kept in the data folder and ingested, whatever their dataset picks; they go with it. " +
			"All are taken or none. A name is reduced to its last element; a file of the same name with other bytes is kept as `name (2).ext`, " +
			"and the same bytes return the job that they have.",
	}, s.uploadFiles)
	// huma reads every body that it knows of into memory: this one is only
	// described to it.
	s.huma.OpenAPI().Paths[path].Post.RequestBody = &huma.RequestBody{
		Required: true, Content: map[string]*huma.MediaType{"multipart/form-data": {Schema: &huma.Schema{
			Type: huma.TypeObject, Required: []string{"files"}, Properties: map[string]*huma.Schema{"files": {
				Type: huma.TypeArray, Description: "One part for each file", Items: &huma.Schema{Type: huma.TypeString, Format: "binary", Examples: []any{"(the bytes of a file)"}},
			}},
		}}},
	}
}

func (s *server) uploadFiles(ctx context.Context, in *uploadRequest) (*body[uploads], error) {
	view, err := s.Datasets.Get(ctx, in.tenant(), in.Name)
	if err != nil {
		return nil, err
	}
	request := humagin.Unwrap(in.huma).Request
	request.Body = patient{request.Body, in.huma}
	parts, err := request.MultipartReader()
	if err != nil {
		return nil, &wireError{status: http.StatusUnsupportedMediaType, Detail: "Send the files as multipart/form-data, each as a part named 'files'"}
	}
	jobs, err := s.Ingestion.Upload(ctx, in.tenant(), view.ID, func() (ingest.Uploading, error) { return s.nextFile(parts) })
	if err != nil {
		return nil, s.uploadTrouble(ctx, err)
	}
	out := uploads{Files: make([]upload, len(jobs))}
	for i, j := range jobs {
		out.Files[i] = upload{filepath.Base(j.Path), j.ID, string(j.Status)}
	}
	return ok(out), nil
}

// nextFile passes over parts that are no files.
func (s *server) nextFile(parts *multipart.Reader) (ingest.Uploading, error) {
	for {
		part, err := parts.NextPart()
		if err == io.EOF { // bare: what is cut off wraps it
			return ingest.Uploading{}, io.EOF
		}
		if err != nil {
			return ingest.Uploading{}, brokenUpload{err}
		}
		if part.FormName() == "files" {
			return ingest.Uploading{Name: part.FileName(), Content: readable{part}}, nil
		}
	}
}

// brokenUpload is a failure of reading the request.
type brokenUpload struct{ error }

// Unwrap returns what net/http or mime/multipart said.
func (b brokenUpload) Unwrap() error { return b.error }

// readable marks the failures of reading a part.
type readable struct{ io.Reader }

// Read implements io.Reader.
func (r readable) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		err = brokenUpload{err}
	}
	return n, err
}

// uploadTrouble words what is wrong with a request that could not be read.
func (s *server) uploadTrouble(ctx context.Context, err error) error {
	var broken brokenUpload
	var large *http.MaxBytesError
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &large):
		return space.Errorf(space.KindTooLarge, "%s; at most %s bytes are taken", bodyTooLarge, strconv.FormatInt(s.Options.UploadBytes, 10))
	case errors.As(err, &broken):
		return space.Invalid(space.FieldError{
			Loc: []any{"body"}, Type: "value_error", Msg: "the upload is not whole multipart/form-data; no file of it was kept",
		}).WithCause(err)
	}
	return err
}

// patient gives a sender time anew with each piece.
type patient struct {
	io.ReadCloser
	huma huma.Context
}

// Read implements io.Reader.
func (p patient) Read(b []byte) (int, error) {
	if err := p.huma.SetReadDeadline(space.SystemClock().Add(uploadSilence)); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return 0, err
	}
	n, err := p.ReadCloser.Read(b)
	if err != nil {
		_ = p.huma.SetReadDeadline(time.Time{}) // the connection goes on to its next request
	}
	return n, err
}
