package parse

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"syft-space/app/space"
)

// openODF opens an OpenDocument file and takes its metadata.
func openODF(src *source, b *builder) (*archive, error) {
	a, err := openArchive(b.ctx, src)
	if err != nil {
		return nil, err
	}
	if !a.has("content.xml") {
		return nil, fail(Damaged, "The file is a zip archive, but not a document of this type.")
	}
	if manifest, err := a.read("META-INF/manifest.xml"); err == nil && bytes.Contains(manifest, []byte("encryption-data")) {
		return nil, fail(Locked, "The file needs a password; save it without one.")
	}
	return a, noteODF(a, b)
}

func noteODF(a *archive, b *builder) error {
	return a.part("meta.xml", func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			if e.Name.Local != "meta" {
				return nil
			}
			return x.each(func(e xml.StartElement) error {
				text, err := x.text()
				if err != nil {
					return err
				}
				switch e.Name.Local {
				case "title":
					b.title(text)
				case "initial-creator":
					b.meta("author", text)
				case "creator":
					if b.doc.Metadata["author"] == nil {
						b.meta("author", text)
					}
				case "creation-date":
					b.meta("created", text)
				case "date":
					b.meta("modified", text)
				case "keyword":
					b.meta("keywords", text)
				case "subject", "description", "language":
					b.meta(e.Name.Local, text)
				}
				return nil
			})
		})
	})
}

// odf is the content of an OpenDocument file in the course of being read.
type odf struct {
	x       *xmlReader
	at      space.Position
	ordered map[string][]bool // by list style: whether each level is numbered
	parents map[string]string // by automatic style: the style it changes
	lists   []odfList
}

type odfList struct {
	style string
	next  int
}

// readStyles notes which lists are numbered, and what automatic styles are made
// from.
func (o *odf) readStyles() error {
	return o.x.each(func(e xml.StartElement) error {
		if e.Name.Local == "style" {
			o.parents[xmlAttr(e, "name")] = xmlAttr(e, "parent-style-name")
		}
		if e.Name.Local != "list-style" {
			return o.x.skip()
		}
		var levels []bool
		err := o.x.each(func(e xml.StartElement) error {
			levels = append(levels, e.Name.Local == "list-level-style-number" && xmlAttr(e, "num-format") != "")
			return nil
		})
		o.ordered[xmlAttr(e, "name")] = levels
		return err
	})
}

// blocks reads what stands in the element whose start was read last.
func (o *odf) blocks(b *builder) error {
	return o.x.each(func(e xml.StartElement) error {
		if err := b.err(); err != nil {
			return err
		}
		switch e.Name.Local {
		case "h":
			level := min(max(atoiOr(xmlAttr(e, "outline-level"), 1), 1), 10)
			text, after, err := o.inline(b)
			b.heading(level, text, o.at)
			b.addAll(after)
			return err
		case "p":
			return o.paragraph(b, xmlAttr(e, "style-name"))
		case "list":
			return o.list(b, xmlAttr(e, "style-name"))
		case "table":
			return o.table(b)
		case "tracked-changes", "annotation", "forms", "sequence-decls", "table-of-content", "alphabetical-index", "settings":
			return o.x.skip()
		}
		return o.blocks(b) // sections, frames, text boxes, shapes
	})
}

func (o *odf) paragraph(b *builder, style string) error {
	if parent := o.parents[style]; parent != "" {
		style = parent
	}
	style = strings.ToLower(strings.ReplaceAll(style, "_20_", " "))
	text, after, err := o.inline(b)
	switch {
	case style == "title":
		b.title(text)
		b.heading(1, text, o.at)
	case codeStyle(style):
		b.codeLine(text, o.at)
	case len(o.lists) > 0:
		b.item(o.marker()+text, o.at)
	default:
		b.paragraph(text, o.at)
	}
	b.addAll(after)
	return err
}

// marker returns what stands before the paragraph of a list item; it counts
// the item. Further paragraphs of it have none.
func (o *odf) marker() string {
	l := &o.lists[len(o.lists)-1]
	if l.next <= 0 {
		return ""
	}
	number := l.next
	l.next = -number
	levels := o.ordered[l.style]
	if depth := len(o.lists) - 1; depth < len(levels) && levels[depth] {
		return fmt.Sprintf("%d. ", number)
	}
	return bullet
}

func (o *odf) list(b *builder, style string) error {
	if style == "" && len(o.lists) > 0 {
		style = o.lists[len(o.lists)-1].style
	}
	o.lists = append(o.lists, odfList{style: style})
	items := 0
	err := o.x.each(func(e xml.StartElement) error {
		if e.Name.Local == "list-item" {
			items++
			o.lists[len(o.lists)-1].next = items
		}
		return o.blocks(b)
	})
	o.lists = o.lists[:len(o.lists)-1]
	return err
}

// inline returns the text of the paragraph whose start was read last, and the
// blocks of the notes and text boxes in it, which belong after it.
func (o *odf) inline(b *builder) (text string, after []Block, err error) {
	var out strings.Builder
	inner := b.inner()
	err = o.runs(&out, inner)
	return out.String(), inner.doc.Blocks, err
}

// runs appends the text below the element whose start was read last.
func (o *odf) runs(out *strings.Builder, after *builder) error {
	for inside := o.x.depth; ; {
		t, err := o.x.next()
		if err != nil {
			return err
		}
		if o.x.depth < inside {
			return nil
		}
		switch t := t.(type) {
		case xml.CharData:
			out.Write(t)
		case xml.StartElement:
			if err := o.run(t, out, after); err != nil {
				return err
			}
		}
	}
}

func (o *odf) run(e xml.StartElement, out *strings.Builder, after *builder) error {
	switch e.Name.Local {
	case "s":
		out.WriteString(strings.Repeat(" ", min(max(atoiOr(xmlAttr(e, "c"), 1), 1), 100)))
		return o.x.skip()
	case "tab":
		out.WriteByte('\t')
		return o.x.skip()
	case "line-break":
		out.WriteByte('\n')
		return o.x.skip()
	case "note-body", "text-box":
		return o.blocks(after)
	case "annotation", "annotation-end", "note-citation", "ruby-text", "tracked-changes":
		return o.x.skip()
	}
	return o.runs(out, after)
}

// table reads a table of a text document or a slide.
func (o *odf) table(b *builder) error {
	inner := odf{x: o.x, at: o.at, ordered: o.ordered, parents: o.parents}
	var rows []gridRow
	heading := false
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "table-header-rows":
			heading = true
			err := o.x.each(read)
			heading = false
			return err
		case "table-rows", "table-row-group":
			return o.x.each(read)
		case "table-row":
			row := gridRow{header: heading}
			err := o.x.each(func(e xml.StartElement) error {
				cell := b.inner()
				err := inner.blocks(cell)
				if len(row.cells) < widestSheet {
					row.cells = append(row.cells, cell.doc.Blocks)
				}
				return err
			})
			if row.filled() {
				rows = append(rows, row)
			}
			return err
		}
		return nil
	}
	err := o.x.each(read)
	b.grid(rows, o.at)
	return err
}

// repeats returns how often a row or a cell stands, by an attribute of it.
func repeats(e xml.StartElement, attribute string) int {
	n, err := strconv.Atoi(xmlAttr(e, attribute))
	if err != nil || n < 1 {
		return 1
	}
	return n
}
