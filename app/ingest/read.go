package ingest

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"syft-space/app/ingest/chunk"
	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// read parses a file, cuts it and stores its passages in one transaction: from
// then on they are found by words.
func (s *Service) read(r *run, job space.Job) error {
	parsed, err := s.Parser.ParseFile(r.ctx, job.Path)
	if err != nil {
		return s.failed(r, job, err)
	}
	if info, err := os.Stat(job.Path); err != nil || !same(job.Fingerprint, printOf(info)) {
		s.deferJob(r.ctx, job, "The file is being changed; it is read when it rests.", settle)
		return nil
	}
	doc, err := s.document(r, job, parsed)
	if err != nil {
		return err
	}
	passages, err := s.passages(r.ctx, r.plan.Chunking, doc, parsed)
	if err != nil {
		return err
	}
	if len(passages) == 0 {
		return s.failed(r, job, &parse.Error{Reason: parse.NoText, Detail: "No text was found in the file."})
	}
	job.DocumentID, job.Chunks = doc.ID, len(passages)
	job.Message = strings.Join(parsed.Warnings, " ")
	err = s.Store.ReplaceDocument(r.ctx, job.Tenant, space.DocumentWrite{Document: doc, Passages: passages, Job: job})
	if space.KindOf(err) == space.KindConflict && err != nil {
		return nil // cancelled or deleted meanwhile: nothing was written
	}
	if err != nil {
		return err
	}
	s.Deps.Changed(job.Tenant, job.DatasetID)
	signal(r.vectors)
	return nil
}

// document is the row of a file: in place of the one at its path where that
// has no other path, else a new one.
func (s *Service) document(r *run, job space.Job, parsed *parse.Document) (space.Document, error) {
	doc := space.Document{
		ID: s.IDs(), Tenant: job.Tenant, DatasetID: job.DatasetID, Hash: job.Fingerprint.Hash,
		Title: parsed.Title, FileType: parse.Ext(job.Path), Metadata: parsed.Metadata,
		Paths:        []space.DocumentPath{{Path: job.Path, Rel: relative(job.Pick, job.Path)}},
		ChunkVersion: s.chunkVersion(r.plan), IngestedAt: s.Clock(),
	}
	same, err := s.Store.DocumentByHash(r.ctx, job.Tenant, job.DatasetID, doc.Hash)
	if err != nil && space.KindOf(err) == space.KindNotFound {
		same, err = s.Store.DocumentByPath(r.ctx, job.Tenant, job.DatasetID, job.Path)
		if err == nil && len(same.Paths) > 1 {
			return doc, nil // the edit of one of several copies begins a new document
		}
	}
	switch {
	case err == nil:
		doc.ID = same.ID
		if same.Hash == doc.Hash { // cut anew, with all its copies
			own := doc.Paths[0]
			doc.Paths = same.Paths
			if !slices.ContainsFunc(same.Paths, func(p space.DocumentPath) bool { return p.Path == own.Path }) {
				doc.Paths = append(doc.Paths, own)
			}
		}
	case space.KindOf(err) != space.KindNotFound:
		return doc, err
	}
	return doc, nil
}

// passages cuts a parsed file. The error is the context's.
func (s *Service) passages(ctx context.Context, c space.Chunking, doc space.Document, parsed *parse.Document) ([]space.Passage, error) {
	title := doc.Title
	if title == "" {
		title = filepath.Base(doc.Paths[0].Rel)
	}
	pieces, err := chunk.Split(ctx, parsed, chunking(c), s.CountTokens)
	if err != nil {
		return nil, err
	}
	passages := make([]space.Passage, len(pieces))
	for i, p := range pieces {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		passages[i] = space.Passage{
			DocumentID: doc.ID, Index: i, Text: p.Text, Headings: p.Headings, Position: p.Position,
			Terms: s.Analyse(title, p.Headings, p.Text),
		}
	}
	return passages, nil
}

// chunkVersion names the cutting: passages of another one are made anew.
func (s *Service) chunkVersion(p space.IngestPlan) string { return chunking(p.Chunking).Fingerprint() }

// chunking are a plan's options for the cut.
func chunking(c space.Chunking) chunk.Options {
	o := chunk.Defaults()
	o.Strategy, o.Size, o.Max, o.Overlap = chunk.Strategy(c.Strategy), c.Size, c.Max, c.Overlap
	o.Min, o.Limit = min(o.Min, o.Size/4), c.Limit
	return o
}
