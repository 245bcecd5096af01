package parse

import (
	"context"
	"encoding/xml"

	"syft-space/app/space"
)

// odpFormat reads OpenDocument presentations. Pages are slides.
func odpFormat() Format {
	return Format{Name: "OpenDocument presentation", Extensions: []string{".odp", ".otp"}, parse: parseODP}
}

func parseODP(_ context.Context, src *source, b *builder) error {
	number := 0
	return readODF(src, b, func(o *odf, e xml.StartElement) error {
		if e.Name.Local != "presentation" {
			return nil
		}
		return o.x.each(func(e xml.StartElement) error {
			if e.Name.Local != "page" {
				return o.x.skip()
			}
			number++
			return o.slide(b, number)
		})
	})
}

// slide writes one page: its title first, wherever it stands in the file.
func (o *odf) slide(b *builder, number int) error {
	o.at = space.Position{Pages: []int{number}}
	body := b.inner()
	title := ""
	err := o.x.each(func(e xml.StartElement) error {
		if e.Name.Local == "frame" && xmlAttr(e, "class") == "title" {
			frame := b.inner()
			err := o.blocks(frame)
			title = oneLine(blockTexts(frame.doc.Blocks))
			b.release(frame.doc.Blocks)
			return err
		}
		return o.shape(e, body)
	})
	writeSlide(b, title, body.doc.Blocks, o.at)
	return err
}

// shape writes a shape of a slide; of the notes page only the notes.
func (o *odf) shape(e xml.StartElement, body *builder) error {
	switch {
	case e.Name.Local == "notes":
		return o.x.each(func(e xml.StartElement) error {
			if e.Name.Local == "frame" && xmlAttr(e, "class") == "notes" {
				return o.blocks(body)
			}
			return o.x.skip()
		})
	case e.Name.Local == "p": // the text of a drawn shape
		return o.paragraph(body, "")
	}
	return o.blocks(body)
}
