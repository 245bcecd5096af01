package parse

import (
	"bytes"
	"context"
	"strings"
	"time"
)

// pdfFormat reads PDF files in worker processes. Their text has places but no
// structure: paragraphs and headings are guessed from the layout, better where
// the document has an outline.
func pdfFormat(pool *PDFPool) Format {
	return Format{
		Name:       "PDF",
		Extensions: []string{".pdf"},
		Seed:       true,
		parse: func(ctx context.Context, src *source, b *builder) error {
			return parsePDF(ctx, pool, src, b)
		},
	}
}

// mostLines bounds the lines of a PDF, each of which takes a hundred bytes
// beside its text until all are laid out.
const mostLines = 2_000_000

func parsePDF(ctx context.Context, pool *PDFPool, src *source, b *builder) error {
	data, err := src.bytes()
	if err != nil {
		return err
	}
	if !bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-")) {
		return fail(Damaged, "The file is damaged or is not a PDF.")
	}
	var doc pdfDocument
	lines := 0
	err = pool.read(ctx, data, src.limits, func(reply pdfReply) error {
		switch reply.Kind {
		case "open":
			notePDF(reply, b)
			doc.outline = reply.Outline
		case "page":
			doc.pages = append(doc.pages, *reply.Page)
			if lines += len(reply.Page.Lines); lines > mostLines {
				return fail(TooLarge, "The PDF has more than %d lines of text; split it into smaller files.", mostLines)
			}
		}
		return b.err()
	})
	if err != nil {
		return err
	}
	if err := doc.checkText(b); err != nil {
		return err
	}
	doc.write(b)
	return b.err()
}

// checkText tells a scan from a document with some pictures in it.
func (d *pdfDocument) checkText(b *builder) error {
	empty, pictures, failed := 0, 0, 0
	for _, p := range d.pages {
		switch {
		case p.Failed:
			failed++
		case len(p.Lines) == 0:
			empty++
			if !p.Blank {
				pictures++
			}
		}
	}
	switch n := len(d.pages); {
	case failed == n && n > 0:
		return fail(Damaged, "None of the PDF's %d pages could be read; the file is damaged.", n)
	case empty+failed == n:
		return fail(NoText, "The PDF has no text layer (a scan?). Run it through text recognition (OCR) first.")
	}
	if failed > 0 {
		b.warn("%d of %d pages could not be read and were left out.", failed, len(d.pages))
	}
	if pictures > 0 {
		b.warn("%d of %d pages have no text layer (scans or pictures?) and were left out.", pictures, len(d.pages))
	}
	return nil
}

// notePDF takes the document's metadata.
func notePDF(open pdfReply, b *builder) {
	b.meta("pages", int64(open.Pages))
	b.meta("author", open.Meta["Author"])
	b.meta("subject", open.Meta["Subject"])
	b.meta("keywords", open.Meta["Keywords"])
	b.meta("created", pdfDate(open.Meta["CreationDate"]))
	b.meta("modified", pdfDate(open.Meta["ModDate"]))
	if title := oneLine(open.Meta["Title"]); !programTitle(title) {
		b.title(title)
	}
}

// programTitle reports whether a title is what a program puts there when no
// one wrote one: the name of the file, or of the program.
func programTitle(title string) bool {
	lower := strings.ToLower(title)
	switch Ext(lower) {
	case ".doc", ".docx", ".odt", ".rtf", ".tex", ".dvi", ".ps", ".indd", ".qxd", ".pdf", ".ppt", ".pptx", ".xls", ".xlsx", ".txt", ".html":
		return true
	}
	return strings.HasPrefix(lower, "microsoft word - ") || strings.HasPrefix(lower, "untitled") || lower == "slide 1"
}

// pdfDate turns D:20240131120000+01'00' (PDF 32000-1:2008, 7.9.4) into a date
// and a time without a zone; what is no date is returned as it is.
func pdfDate(s string) string {
	digits := strings.TrimPrefix(s, "D:")
	if end := strings.IndexFunc(digits, func(r rune) bool { return r < '0' || r > '9' }); end >= 0 {
		digits = digits[:end]
	}
	for _, layout := range []string{"20060102150405", "20060102"} {
		if len(digits) < len(layout) {
			continue
		}
		if t, err := time.Parse(layout, digits[:len(layout)]); err == nil {
			return strings.TrimSuffix(t.Format("2006-01-02T15:04:05"), "T00:00:00")
		}
	}
	return s
}
