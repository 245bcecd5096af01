package parse

import (
	"context"
	"encoding/xml"
)

// odtFormat reads OpenDocument texts.
func odtFormat() Format {
	return Format{Name: "OpenDocument text", Extensions: []string{".odt", ".ott"}, parse: parseODT}
}

func parseODT(_ context.Context, src *source, b *builder) error {
	return readODF(src, b, func(o *odf, e xml.StartElement) error {
		if e.Name.Local == "text" {
			return o.blocks(b)
		}
		return nil
	})
}

// readODF calls read with the child of the body: a text, a spreadsheet or a
// presentation.
func readODF(src *source, b *builder, read func(*odf, xml.StartElement) error) error {
	a, err := openODF(src, b)
	if err != nil {
		return err
	}
	err = a.part("content.xml", func(x *xmlReader) error {
		o := &odf{x: x, ordered: map[string][]bool{}, parents: map[string]string{}}
		return x.root(func(e xml.StartElement) error {
			switch e.Name.Local {
			case "automatic-styles":
				return o.readStyles()
			case "body":
				return x.each(func(e xml.StartElement) error { return read(o, e) })
			}
			return x.skip()
		})
	})
	if err != nil {
		return err
	}
	return b.err()
}
