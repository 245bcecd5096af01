package parse

import (
	"encoding/xml"
	"io"
	"strings"

	"golang.org/x/net/html/charset"
)

// xmlReader reads the tokens of an XML document and watches over its depth.
// Go's decoder neither fetches external entities nor expands declared ones.
type xmlReader struct {
	dec          *xml.Decoder
	depth, limit int
}

// newXMLReader reads XML leniently: files in the wild are not all well formed.
func newXMLReader(r io.Reader, limits Limits) *xmlReader {
	dec := xml.NewDecoder(r)
	dec.Strict = false
	dec.Entity = xml.HTMLEntity
	dec.CharsetReader = charset.NewReaderLabel
	return &xmlReader{dec: dec, limit: limits.Depth}
}

// next returns the next token, io.EOF after the last. Bytes of character data
// are valid until the following call.
func (x *xmlReader) next() (xml.Token, error) {
	t, err := x.dec.Token()
	switch t.(type) {
	case xml.StartElement:
		if x.depth++; x.depth > x.limit {
			return nil, fail(TooLarge, "The XML is nested more than %d levels deep.", x.limit)
		}
	case xml.EndElement:
		x.depth--
	}
	return t, err
}

// skip reads on to the end of the element whose start was read last.
func (x *xmlReader) skip() error {
	for inside := x.depth; x.depth >= inside; {
		if _, err := x.next(); err != nil {
			return err
		}
	}
	return nil
}

// text returns all text in the element whose start was read last.
func (x *xmlReader) text() (string, error) {
	var out strings.Builder
	for inside := x.depth; x.depth >= inside; {
		t, err := x.next()
		if err != nil {
			return "", err
		}
		if data, ok := t.(xml.CharData); ok {
			out.Write(data)
		}
	}
	return out.String(), nil
}

// each calls visit for every child of the element whose start was read last.
// visit may read the child to its end; what it leaves is read for it.
func (x *xmlReader) each(visit func(xml.StartElement) error) error {
	for inside := x.depth; ; {
		t, err := x.next()
		if err != nil {
			return err
		}
		if x.depth < inside {
			return nil
		}
		start, ok := t.(xml.StartElement)
		if !ok {
			continue
		}
		if err := visit(start); err != nil {
			return err
		}
		for x.depth > inside {
			if _, err := x.next(); err != nil {
				return err
			}
		}
	}
}

// root calls visit for every child of the document's root element.
func (x *xmlReader) root(visit func(xml.StartElement) error) error {
	for {
		t, err := x.next()
		if err != nil {
			return err
		}
		if _, ok := t.(xml.StartElement); ok {
			return x.each(visit)
		}
	}
}

// xmlAttr returns an attribute by its local name, "" without it.
func xmlAttr(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// xmlSwitch returns a boolean attribute "val" of Office: on where it is left
// out.
func xmlSwitch(e xml.StartElement) bool {
	switch xmlAttr(e, "val") {
	case "0", "false", "off", "none":
		return false
	}
	return true
}
