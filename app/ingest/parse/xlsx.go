package parse

import (
	"context"
	"encoding/xml"
	"io"
	"strings"

	"syft-space/app/space"
)

// xlsxFormat reads Excel workbooks. Reading them takes a tenth of what a
// spreadsheet library brings along, and streams.
func xlsxFormat() Format {
	return Format{Name: "Excel workbook", Extensions: []string{".xlsx", ".xlsm", ".xltx"}, Seed: true, parse: parseXLSX}
}

func parseXLSX(_ context.Context, src *source, b *builder) error {
	a, err := openArchive(b.ctx, src)
	if err != nil {
		return err
	}
	main, err := a.mainPart("xl/workbook.xml")
	if err != nil {
		return err
	}
	if err := noteCoreProperties(a, b); err != nil {
		return err
	}
	book := workbook{a: a, b: b}
	if err := book.open(main); err != nil {
		return err
	}
	for _, s := range book.sheets {
		if s.hidden {
			b.warn("The hidden sheet %q was left out.", s.name)
			continue
		}
		b.heading(1, s.name, space.Position{Sheet: s.name})
		if err := book.readSheet(s, b); err != nil {
			return err
		}
	}
	// A heading alone is no text: an empty workbook still has a sheet.
	if b.onlyHeadings() {
		b.doc.Blocks = nil
	}
	return b.err()
}

// workbook is an Excel workbook in the course of being read.
type workbook struct {
	a       *archive
	b       *builder
	sheets  []sheet
	strings []string
	styles  []cellStyle // by the index that cells give
	from04  bool        // dates count from 1904
}

type sheet struct {
	name, part string
	hidden     bool
}

// open reads the list of sheets and the parts that all of them use.
func (w *workbook) open(main string) error {
	links, err := w.a.relations(main)
	if err != nil {
		return err
	}
	for _, l := range links {
		switch l.kind {
		case "sharedStrings":
			err = w.a.part(l.target, w.readStrings)
		case "styles":
			err = w.a.part(l.target, w.readStyles)
		}
		if err != nil {
			return err
		}
	}
	return w.a.part(main, func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "workbookPr":
				date := xmlAttr(e, "date1904")
				w.from04 = date == "1" || date == "true"
			case "sheets":
				return x.each(func(e xml.StartElement) error {
					if l, ok := links[relationID(e)]; ok && l.kind == "worksheet" {
						hidden := xmlAttr(e, "state")
						w.sheets = append(w.sheets, sheet{clip(xmlAttr(e, "name"), longestHeading), l.target, hidden == "hidden" || hidden == "veryHidden"})
					}
					return nil
				})
			}
			return nil
		})
	})
}

// relationID returns the attribute "id" of the namespace of relationships.
func relationID(e xml.StartElement) string {
	for _, a := range e.Attr {
		if a.Name.Local == "id" && (strings.HasSuffix(a.Name.Space, "/relationships") || a.Name.Space == "r") {
			return a.Value
		}
	}
	return ""
}

// readStrings reads the strings that cells refer to by their index. As they are
// held beside the cells' text, the limit on text is theirs, too.
func (w *workbook) readStrings(x *xmlReader) error {
	const each = 16 // bytes that a string takes beside its text
	left := w.b.limits.TextBytes
	return x.root(func(e xml.StartElement) error {
		if e.Name.Local != "si" {
			return nil
		}
		text, err := richText(x)
		if left -= int64(len(text) + each); left < 0 {
			return tooMuchText(w.b.limits.TextBytes)
		}
		w.strings = append(w.strings, text)
		return err
	})
}

// richText returns the text of a string in runs, without its phonetic guide.
func richText(x *xmlReader) (string, error) {
	var out strings.Builder
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "t":
			text, err := x.text()
			out.WriteString(text)
			return err
		case "r":
			return x.each(read)
		}
		return nil
	}
	err := x.each(read)
	return out.String(), err
}

// readSheet writes the rows of one sheet.
func (w *workbook) readSheet(s sheet, b *builder) error {
	r, err := w.a.open(s.part)
	if err != nil {
		b.warn("The sheet %q could not be read.", s.name)
		return nil
	}
	defer r.Close()
	x := newXMLReader(r, b.limits)
	rows := newSheetRows(b, s.name)
	err = x.root(func(e xml.StartElement) error {
		if e.Name.Local != "sheetData" {
			return x.skip()
		}
		return x.each(func(e xml.StartElement) error {
			number := atoiOr(xmlAttr(e, "r"), rows.last+1)
			cells, err := w.readRow(x)
			if err != nil {
				return err
			}
			rows.add(number, cells)
			return b.err()
		})
	})
	rows.close()
	if err == io.EOF {
		return nil
	}
	return err
}

// onlyHeadings reports whether the document has no text but its headings.
func (b *builder) onlyHeadings() bool {
	for _, block := range b.doc.Blocks {
		if block.Kind != Heading {
			return false
		}
	}
	return true
}
