package parse

import (
	"context"
	"encoding/xml"
	"strings"

	"syft-space/app/space"
)

// pptxFormat reads PowerPoint presentations: slides in their order, with the
// speaker's notes. Pages are slides.
func pptxFormat() Format {
	return Format{Name: "PowerPoint presentation", Extensions: []string{".pptx", ".pptm", ".ppsx", ".potx"}, parse: parsePPTX}
}

func parsePPTX(_ context.Context, src *source, b *builder) error {
	a, err := openArchive(b.ctx, src)
	if err != nil {
		return err
	}
	main, err := a.mainPart("ppt/presentation.xml")
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
	var slides []string
	err = a.part(main, func(x *xmlReader) error {
		return x.root(func(e xml.StartElement) error {
			if e.Name.Local != "sldIdLst" {
				return nil
			}
			return x.each(func(e xml.StartElement) error {
				slides = append(slides, links[relationID(e)].target)
				return nil
			})
		})
	})
	if err != nil {
		return err
	}
	for i, part := range slides {
		if err := readSlide(a, part, i+1, b); err != nil {
			return err
		}
	}
	return b.err()
}

// readSlide writes one slide and its notes.
func readSlide(a *archive, part string, number int, b *builder) error {
	if !a.has(part) {
		b.warn("Slide %d is missing from the file.", number)
		return nil
	}
	s := slide{at: space.Position{Pages: []int{number}}, body: b.inner()}
	err := a.part(part, func(x *xmlReader) error {
		s.x = x
		return s.read()
	})
	if err != nil {
		return err
	}
	if s.hidden {
		b.release(s.body.doc.Blocks)
		b.warn("The hidden slide %d was left out.", number)
		return nil
	}
	if err := readSlideNotes(a, part, &s); err != nil {
		return err
	}
	writeSlide(b, oneLine(s.title.String()), s.body.doc.Blocks, s.at)
	return b.err()
}

// readSlideNotes adds the speaker's notes to a slide.
func readSlideNotes(a *archive, part string, s *slide) error {
	links, err := a.relations(part)
	if err != nil {
		return err
	}
	for _, l := range links {
		if l.kind != "notesSlide" {
			continue
		}
		err = a.part(l.target, func(x *xmlReader) error {
			s.x, s.notes = x, true
			return s.read()
		})
	}
	return err
}

// slide is a slide, or its notes, in the course of being read.
type slide struct {
	x      *xmlReader
	at     space.Position
	title  strings.Builder
	body   *builder
	hidden bool
	notes  bool // the notes are read: only their own text counts
}

func (s *slide) read() error {
	for {
		t, err := s.x.next()
		if err != nil {
			return err
		}
		if start, ok := t.(xml.StartElement); ok {
			s.hidden = s.hidden || xmlAttr(start, "show") == "0"
			return s.shapes()
		}
	}
}

// shapes reads the shapes below the element whose start was read last.
func (s *slide) shapes() error {
	return s.x.each(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "sp":
			return s.shape()
		case "tbl":
			return s.table()
		case "Fallback", "extLst":
			return s.x.skip()
		}
		return s.shapes()
	})
}

// shape reads one shape: what it is for, then its text.
func (s *slide) shape() error {
	kind := ""
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "nvSpPr", "nvPr":
			return s.x.each(read)
		case "ph":
			if kind = xmlAttr(e, "type"); kind == "" {
				kind = "obj"
			}
		case "txBody":
			return s.text(kind)
		}
		return nil
	}
	return s.x.each(read)
}

// text writes the paragraphs of a text body as its kind of placeholder asks.
func (s *slide) text(kind string) error {
	switch {
	case kind == "sldNum" || kind == "dt" || kind == "ftr" || kind == "hdr" || kind == "sldImg":
		return s.x.skip()
	case s.notes && kind != "body":
		return s.x.skip()
	}
	isTitle := kind == "title" || kind == "ctrTitle"
	return s.x.each(func(e xml.StartElement) error {
		if e.Name.Local != "p" {
			return nil
		}
		text, err := s.paragraph()
		switch {
		case err != nil:
			return err
		case isTitle:
			s.title.WriteString(text + " ")
		case (kind == "body" || kind == "obj") && !s.notes && strings.TrimSpace(text) != "":
			s.body.item(bullet+strings.TrimSpace(text), s.at)
		default:
			s.body.paragraph(text, s.at)
		}
		return nil
	})
}

// paragraph returns the text of the paragraph whose start was read last.
func (s *slide) paragraph() (string, error) {
	var out strings.Builder
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "t":
			text, err := s.x.text()
			out.WriteString(text)
			return err
		case "br":
			out.WriteByte('\n')
		case "pPr", "rPr", "endParaRPr":
			return s.x.skip()
		default:
			return s.x.each(read)
		}
		return nil
	}
	err := s.x.each(read)
	return out.String(), err
}

// table reads one table.
func (s *slide) table() error {
	var rows []gridRow
	err := s.x.each(func(e xml.StartElement) error {
		if e.Name.Local != "tr" {
			return nil
		}
		var row gridRow
		err := s.x.each(func(e xml.StartElement) error {
			if e.Name.Local != "tc" {
				return nil
			}
			cell := slide{x: s.x, at: s.at, body: s.body.inner()}
			err := s.x.each(func(e xml.StartElement) error {
				if e.Name.Local == "txBody" {
					return cell.text("")
				}
				return nil
			})
			if len(row.cells) < widestSheet {
				row.cells = append(row.cells, cell.body.doc.Blocks)
			}
			return err
		})
		if row.filled() {
			rows = append(rows, row)
		}
		return err
	})
	s.body.grid(rows, s.at)
	return err
}
