package parse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strings"
)

// Parser reads files of all formats. It is safe for concurrent use.
type Parser struct {
	limits  Limits
	formats []Format
	byExt   map[string]Format
}

// New returns a Parser of the formats of All.
func New(deps Deps) *Parser {
	p := &Parser{limits: deps.Limits, formats: All(deps), byExt: map[string]Format{}}
	for _, f := range p.formats {
		for _, ext := range f.Extensions {
			p.byExt[ext] = f
		}
	}
	return p
}

// Formats returns what the parser can read, the formats admitted by default
// first.
func (p *Parser) Formats() []Format { return slices.Clone(p.formats) }

// Limits returns what the parser refuses to go beyond.
func (p *Parser) Limits() Limits { return p.limits }

// Supports reports whether files with the extension of path can be read.
func (p *Parser) Supports(path string) bool {
	_, ok := p.byExt[Ext(path)]
	return ok
}

// Ext returns the extension of path in lower case with its dot, and "" where
// there is none.
func Ext(path string) string { return strings.ToLower(filepath.Ext(path)) }

// ParseFile opens and parses the file at path.
func (p *Parser) ParseFile(ctx context.Context, path string) (*Document, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, unreadable(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, unreadable(err)
	}
	if !info.Mode().IsRegular() {
		return nil, fail(Unreadable, "This is not a regular file.")
	}
	return p.Parse(ctx, path, f, info.Size())
}

// Parse reads size bytes of r as a file called name, whose extension picks the
// format. The error is an *Error, or the context's.
func (p *Parser) Parse(ctx context.Context, name string, r io.ReaderAt, size int64) (*Document, error) {
	ext := Ext(name)
	format, ok := p.byExt[ext]
	switch {
	case !ok && ext == "":
		return nil, fail(Unsupported, "Unsupported file type: (none)")
	case !ok:
		return nil, fail(Unsupported, "Unsupported file type: %s", ext)
	case size == 0:
		return nil, fail(Empty, "The file is empty.")
	case size > p.limits.FileBytes:
		return nil, tooMuchBytes(p.limits.FileBytes, "The file is larger than %s.")
	}
	b := newBuilder(ctx, p.limits)
	src := &source{ReaderAt: r, ctx: ctx, ext: ext, size: size, limits: p.limits}
	if err := guarded(ctx, format, src, b); err != nil {
		return nil, p.explain(ctx, format, b, err)
	}
	if err := b.err(); err != nil {
		return nil, err
	}
	if len(b.doc.Blocks) == 0 {
		return nil, fail(NoText, "No text was found in the file.")
	}
	return &b.doc, nil
}

// guarded runs the format's parser and turns a panic in it, or in a library it
// uses, into an error: one bad file must not stop the others.
func guarded(ctx context.Context, f Format, src *source, b *builder) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			err = because(fmt.Errorf("panic: %v\n%s", cause, debug.Stack()), Crashed,
				"The %s parser broke down over this file; it may be damaged. Open it and save it again, or convert it.", f.Name)
		}
	}()
	return f.parse(ctx, src, b)
}

// explain returns err as an *Error or as the context's error.
func (p *Parser) explain(ctx context.Context, f Format, b *builder, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if b.held.failed != nil {
		return b.held.failed
	}
	var known *Error
	var path *os.PathError
	switch {
	case errors.As(err, &known):
		return known
	case errors.As(err, &path):
		return unreadable(err)
	}
	return because(err, Damaged, "The file is damaged, or its contents are not what its extension says (%s).", f.Name)
}

func unreadable(err error) *Error {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return because(err, Unreadable, "The file is no longer there.")
	case errors.Is(err, os.ErrPermission):
		return because(err, Unreadable, "Permission denied: the program may not read this file.")
	}
	return because(err, Unreadable, "The file could not be read from the disk.")
}
