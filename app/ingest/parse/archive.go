package parse

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"context"
	"errors"
	"io"
	"path"
	"strings"
)

// archive is an opened zip file whose unpacked bytes are counted as they are
// read, whatever its directory says about their number.
type archive struct {
	ctx      context.Context
	limits   Limits
	files    map[string]*zip.File
	packed   int64
	unpacked int64
}

// openArchive opens the file as a zip archive whose parts are read until ctx is
// done.
func openArchive(ctx context.Context, src *source) (*archive, error) {
	var head [8]byte
	n, _ := src.ReadAt(head[:], 0)
	if bytes.HasPrefix(head[:n], []byte{0xd0, 0xcf, 0x11, 0xe0}) {
		return nil, oldOfficeFile(src)
	}
	directory := &cappedReaderAt{r: src.ReaderAt, left: largestDirectory}
	r, err := zip.NewReader(directory, src.size)
	directory.left = -1
	if err != nil {
		return nil, because(err, Damaged, "The file is damaged, incomplete, or not what its extension %s says.", src.ext)
	}
	if len(r.File) > src.limits.ArchiveEntries {
		return nil, fail(TooLarge, "The file is an archive of more than %d parts.", src.limits.ArchiveEntries)
	}
	a := &archive{ctx: ctx, limits: src.limits, files: make(map[string]*zip.File, len(r.File))}
	r.RegisterDecompressor(zip.Deflate, func(packed io.Reader) io.ReadCloser {
		return flate.NewReader(&countingReader{packed, &a.packed})
	})
	r.RegisterDecompressor(zip.Store, func(packed io.Reader) io.ReadCloser {
		return io.NopCloser(&countingReader{packed, &a.packed})
	})
	for _, f := range r.File {
		name := partName(f.Name)
		if _, twice := a.files[name]; !twice {
			a.files[name] = f
		}
	}
	return a, nil
}

// largestDirectory bounds the bytes of an archive's directory, which is held in
// memory before its entries can be counted.
const largestDirectory = 16 << 20

// cappedReaderAt reads at most left bytes more, and without bounds once left
// is negative.
type cappedReaderAt struct {
	r    io.ReaderAt
	left int64
}

func (c *cappedReaderAt) ReadAt(p []byte, at int64) (int, error) {
	if c.left >= 0 {
		if c.left -= int64(len(p)); c.left < 0 {
			c.left = 0
			return 0, errors.New("the directory of the archive is too large")
		}
	}
	return c.r.ReadAt(p, at)
}

// oldOfficeFile explains a compound file where a zip archive should be: what
// Office makes of a document with a password, or a document of before 2007.
func oldOfficeFile(src *source) *Error {
	data, err := src.bytes()
	if err != nil {
		return unreadable(err)
	}
	if bytes.Contains(data, utf16ASCII("EncryptedPackage")) {
		return fail(Locked, "The file needs a password; save it without one.")
	}
	return fail(Damaged, "The file is in the format of Office 97-2003; save it as %s.", src.ext)
}

func utf16ASCII(s string) []byte {
	var out []byte
	for i := range len(s) {
		out = append(out, s[i], 0)
	}
	return out
}

// partName returns the name of a part in the form in which relationships name
// it: clean, with slashes, without one at its start, compared without case.
func partName(name string) string {
	name = strings.ReplaceAll(name, `\`, "/")
	return strings.ToLower(strings.TrimPrefix(path.Clean("/"+name), "/"))
}

// has reports whether the archive holds a part.
func (a *archive) has(name string) bool { return a.files[partName(name)] != nil }

// errNoPart is what open returns for a part that is not there.
var errNoPart = errors.New("no such part in the archive")

// open returns a reader of one part that stops at the archive's limits.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f := a.files[partName(name)]
	if f == nil {
		return nil, errNoPart
	}
	if f.Flags&1 != 0 {
		return nil, fail(Locked, "The file needs a password; save it without one.")
	}
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	return &partReader{a: a, r: r}, nil
}

// read returns a whole part.
func (a *archive) read(name string) ([]byte, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	return io.ReadAll(r)
}

// partReader counts what one part unpacks to.
type partReader struct {
	a *archive
	r io.ReadCloser
}

func (p *partReader) Close() error { return p.r.Close() }

func (p *partReader) Read(buf []byte) (int, error) {
	a := p.a
	if err := a.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := p.r.Read(buf)
	a.unpacked += int64(n)
	switch {
	case a.unpacked > a.limits.ArchiveBytes:
		return 0, tooMuchBytes(a.limits.ArchiveBytes, "The file unpacks to more than %s.")
	case a.unpacked > a.limits.ArchiveFree && a.unpacked > a.limits.ArchiveRatio*max(a.packed, 1):
		return 0, fail(TooLarge, "The file unpacks to more than %d times its size, which real documents do not.", a.limits.ArchiveRatio)
	}
	return n, err
}

// countingReader adds what is read through it to a counter.
type countingReader struct {
	r     io.Reader
	total *int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.total += int64(n)
	return n, err
}
