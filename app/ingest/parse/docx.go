package parse

import (
	"context"
	"encoding/xml"
	"errors"
	"io"
	"strings"

	"syft-space/app/space"
)

// docxFormat reads Word documents: text, headings, lists with their numbers,
// tables, notes and text boxes; not deleted or hidden text, headers or footers.
func docxFormat() Format {
	return Format{Name: "Word document", Extensions: []string{".docx", ".docm", ".dotx"}, Seed: true, parse: parseDOCX}
}

func parseDOCX(_ context.Context, src *source, b *builder) error {
	a, err := openArchive(b.ctx, src)
	if err != nil {
		return err
	}
	main, err := a.mainPart("word/document.xml")
	if err != nil {
		return err
	}
	if err := noteCoreProperties(a, b); err != nil {
		return err
	}
	links, err := a.relations(main)
	if err != nil {
		return err
	}
	d := docx{numbers: newDOCXNumbers(), notes: map[string]string{}}
	if err := d.readParts(a, links); err != nil {
		return err
	}
	r, err := a.open(main)
	if err != nil {
		return err
	}
	defer r.Close()
	d.x = newXMLReader(r, b.limits)
	err = d.x.root(func(e xml.StartElement) error {
		if e.Name.Local != "body" {
			return nil
		}
		return d.blocks(b)
	})
	var syntax *xml.SyntaxError
	if err == io.EOF || errors.Is(err, io.ErrUnexpectedEOF) || errors.As(err, &syntax) {
		b.warn("The document is damaged; what could be read was kept.")
		return nil
	}
	return err
}

// docx is a Word document in the course of being read.
type docx struct {
	x       *xmlReader
	styles  map[string]docxStyle
	numbers *docxNumbers
	notes   map[string]string // foot- and endnotes by kind and id
}

// readParts reads the parts that the main one refers to.
func (d *docx) readParts(a *archive, links map[string]relation) error {
	for _, l := range links {
		var err error
		switch l.kind {
		case "styles":
			err = a.part(l.target, func(x *xmlReader) (err error) {
				d.styles, err = readDOCXStyles(x)
				return err
			})
		case "numbering":
			err = a.part(l.target, d.numbers.read)
		case "footnotes", "endnotes":
			err = a.part(l.target, func(x *xmlReader) error { return d.readNotes(x) })
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (d *docx) readNotes(x *xmlReader) error {
	return x.root(func(e xml.StartElement) error {
		if kind := xmlAttr(e, "type"); kind == "separator" || kind == "continuationSeparator" {
			return nil
		}
		text, err := x.text()
		d.notes[e.Name.Local+xmlAttr(e, "id")] = oneLine(text)
		return err
	})
}

// blocks reads the paragraphs and tables in the element whose start was read
// last.
func (d *docx) blocks(b *builder) error {
	return d.x.each(func(e xml.StartElement) error {
		if err := b.err(); err != nil {
			return err
		}
		switch e.Name.Local {
		case "p":
			return d.paragraph(b)
		case "tbl":
			return d.table(b)
		case "sdt", "sdtContent", "ins", "moveTo", "smartTag", "customXml", "AlternateContent", "Choice":
			return d.blocks(b)
		}
		return d.x.skip()
	})
}

// paragraph reads one paragraph and writes it, then the notes that it refers to
// and the text boxes that hang on it.
func (d *docx) paragraph(b *builder) error {
	p := docxParagraph{boxes: b.inner(), bold: true}
	if err := d.inline(&p); err != nil {
		return err
	}
	d.write(&p, b)
	for _, id := range p.notes {
		if note := d.notes[id]; note != "" {
			b.paragraph(note, space.Position{})
		}
	}
	b.addAll(p.boxes.doc.Blocks)
	return nil
}

// write writes a paragraph as what its style says it is.
func (d *docx) write(p *docxParagraph, b *builder) {
	text := oneLine(p.text.String())
	if text == "" {
		return
	}
	style := d.styles[p.style]
	level := style.level
	if p.outline > 0 {
		level = p.outline
	}
	list, depth := p.list, p.listLevel
	if list == "" {
		list, depth = style.list, style.listLevel
	}
	marker := d.numbers.marker(list, depth)
	switch {
	case level > 0:
		if level == titleLevel {
			b.title(text)
		}
		if marker != bullet {
			text = marker + text
		}
		b.heading(level, text, space.Position{})
	case style.code:
		b.codeLine(p.text.String(), space.Position{})
	case marker != "":
		b.item(marker+p.text.String(), space.Position{})
	case p.bold && len(text) <= 100 && !strings.ContainsAny(text[len(text)-1:], ".,;:!?"):
		b.heading(boldLevel, text, space.Position{}) // a heading in all but name
	default:
		b.paragraph(p.text.String(), space.Position{})
	}
}

// table reads one table and writes it.
func (d *docx) table(b *builder) error {
	var rows []gridRow
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "tr":
			row, err := d.tableRow(b)
			if row.filled() {
				rows = append(rows, row)
			}
			return err
		case "sdt", "sdtContent", "ins", "customXml":
			return d.x.each(read)
		}
		return d.x.skip()
	}
	if err := d.x.each(read); err != nil {
		return err
	}
	b.grid(rows, space.Position{})
	return b.err()
}

func (d *docx) tableRow(b *builder) (gridRow, error) {
	var row gridRow
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "trPr", "sdt", "sdtContent", "ins", "customXml":
			return d.x.each(read)
		case "tblHeader":
			row.header = xmlSwitch(e)
		case "tc":
			cell := b.inner()
			if err := d.blocks(cell); err != nil {
				return err
			}
			for i := range cell.doc.Blocks { // bold cells are no headings
				if block := &cell.doc.Blocks[i]; block.Level == boldLevel {
					block.Kind, block.Level = Paragraph, 0
				}
			}
			if len(row.cells) < widestSheet {
				row.cells = append(row.cells, cell.doc.Blocks)
			}
		}
		return nil
	}
	err := d.x.each(read)
	return row, err
}
