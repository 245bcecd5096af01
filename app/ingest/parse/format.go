package parse

import (
	"context"
	"io"
)

// Format is one kind of file that can be read.
type Format struct {
	Name       string   // for people: "PDF", "Word document"
	Extensions []string // lower case, with their dot
	Seed       bool     // admitted unless the owner says otherwise
	parse      parseFunc
}

// parseFunc reads src and adds what it finds to b. It returns an *Error whose
// sentence a person can act on; other errors count as damage.
type parseFunc func(ctx context.Context, src *source, b *builder) error

// source is the file in hand.
type source struct {
	io.ReaderAt
	ctx    context.Context
	ext    string // lower case, with its dot
	size   int64
	limits Limits
}

// reader returns a reader of the whole file.
func (s *source) reader() io.Reader {
	return stoppable{s.ctx, io.NewSectionReader(s.ReaderAt, 0, s.size)}
}

// stoppable is a reader that ends with the context's error. Parsers of other
// libraries, which know no context, are stopped through what they read.
type stoppable struct {
	ctx context.Context
	io.Reader
}

func (s stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.Reader.Read(p)
}

// bytes reads the whole file.
func (s *source) bytes() ([]byte, error) {
	const piece = 1 << 20 // after which the context is looked at: disks may be slow
	data, r := make([]byte, s.size), s.reader()
	for n := 0; n < len(data); {
		m, err := io.ReadFull(r, data[n:min(n+piece, len(data))])
		n += m
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return data[:n], nil // it became shorter since its size was read
		}
		if err != nil {
			return nil, err
		}
	}
	return data, nil
}

// Deps is what the formats need from the process they run in.
type Deps struct {
	Limits Limits
	PDF    *PDFPool // runs the PDF parser in child processes
}

// All returns every format that can be read, those admitted by default first.
func All(deps Deps) []Format {
	return []Format{
		pdfFormat(deps.PDF),
		textFormat(),
		htmlFormat(),
		xlsxFormat(),
		docxFormat(),
		markdownFormat(),
		csvFormat(),
		jsonFormat(),

		pptxFormat(),
		odtFormat(),
		odsFormat(),
		odpFormat(),
		epubFormat(),
		tsvFormat(),
		jsonLinesFormat(),
		xmlFormat(),
		emlFormat(),
		mboxFormat(),
		rtfFormat(),
		sourceCodeFormat(),
	}
}
