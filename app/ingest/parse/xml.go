package parse

import (
	"context"
	"encoding/xml"
	"io"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html/charset"

	"syft-space/app/space"
)

// xmlFormat reads XML of any vocabulary: an element with running text is a
// paragraph, and small elements with values become records of "name: value"
// lines.
func xmlFormat() Format {
	return Format{Name: "XML", Extensions: []string{".xml", ".rss", ".atom", ".dita", ".tei", ".xliff", ".opml"}, parse: parseXML}
}

func parseXML(_ context.Context, src *source, b *builder) error {
	data, err := src.bytes()
	if err != nil {
		return err
	}
	text, err := decodeXML(data, b)
	if err != nil {
		return err
	}
	x := newXMLReader(stoppable{b.ctx, strings.NewReader(text)}, b.limits)
	// The text is UTF-8 by now, whatever its declaration says.
	x.dec.CharsetReader = func(_ string, input io.Reader) (io.Reader, error) { return input, nil }
	w := xmlWalker{x: x, b: b}
	for b.err() == nil {
		token, err := x.next()
		if err == io.EOF {
			break
		}
		if err != nil {
			return w.explain(err)
		}
		if start, ok := token.(xml.StartElement); ok {
			if err := w.element(start, 1); err != nil {
				return w.explain(err)
			}
			w.flush()
		}
	}
	return b.err()
}

// xmlEncoding finds the charset in an XML declaration.
var xmlEncoding = regexp.MustCompile(`^\s*<\?xml[^>]*\bencoding=["']([\w.:-]+)["']`)

// decodeXML returns a document as UTF-8, in the charset that it declares unless
// it is valid UTF-8.
func decodeXML(data []byte, b *builder) (string, error) {
	if declared := xmlEncoding.FindSubmatch(data[:min(len(data), 300)]); declared != nil && !utf8.Valid(data) && !looksBinary(data) {
		if enc, _ := charset.Lookup(string(declared[1])); enc != nil {
			return decodeAs(enc, data), nil
		}
	}
	return decodeText(data, b)
}

// xmlWalker turns elements into blocks.
type xmlWalker struct {
	x     *xmlReader
	b     *builder
	lines []string // of the record in hand
	first int      // line of the file where it begins
}

// explain keeps what was read of a document that ends in an error.
func (w *xmlWalker) explain(err error) error {
	line, _ := w.x.dec.InputPos()
	if w.b.err() != nil || len(w.b.doc.Blocks) == 0 || ReasonOf(err) == TooLarge {
		return err
	}
	w.b.warn("The XML is damaged from line %d on; what stands before was kept.", line)
	return nil
}

// element reads one element. Its children are read in turn while it holds
// nothing but elements; with text of its own it is a paragraph or a value.
func (w *xmlWalker) element(e xml.StartElement, level int) error {
	first, _ := w.x.dec.InputPos()
	for _, a := range e.Attr {
		if value := oneLine(a.Value); value != "" && a.Name.Space != "xmlns" && a.Name.Local != "xmlns" && len(value) > 2 {
			w.value(e.Name.Local+" "+a.Name.Local, value, first)
		}
	}
	var own strings.Builder // text before the first child
	for inside := w.x.depth; ; {
		token, err := w.x.next()
		if err != nil {
			return err
		}
		if w.x.depth < inside {
			w.leaf(e.Name.Local, own.String(), first, level)
			return w.b.err()
		}
		switch t := token.(type) {
		case xml.CharData:
			own.Write(t)
		case xml.StartElement:
			if strings.TrimSpace(own.String()) == "" {
				if err := w.element(t, level+1); err != nil {
					return err
				}
				continue
			}
			rest, err := w.restOf(inside)
			if err != nil {
				return err
			}
			w.leaf(e.Name.Local, own.String()+rest, first, level)
			return w.b.err()
		}
	}
}

// restOf returns the text up to the end of the element at a depth, which mixes
// text with elements.
func (w *xmlWalker) restOf(depth int) (string, error) {
	var out strings.Builder
	for w.x.depth >= depth {
		token, err := w.x.next()
		if err != nil {
			return out.String(), err
		}
		if data, ok := token.(xml.CharData); ok {
			out.Write(data)
		}
	}
	return out.String(), nil
}

// leaf writes the text of an element without further ones that count.
func (w *xmlWalker) leaf(name, text string, first, level int) {
	text = cleanText(text)
	if text == "" {
		return
	}
	last, _ := w.x.dec.InputPos()
	at := space.Position{LineStart: first, LineEnd: last}
	switch strings.ToLower(name) {
	case "title", "head", "heading", "bridgehead": // what vocabularies call headings
		w.flush()
		w.b.title(text)
		w.b.heading(level, text, at)
		return
	case "p", "para":
	default:
		if len(text) <= longMember {
			w.value(name, text, first)
			return
		}
	}
	w.flush()
	w.b.paragraph(strings.ReplaceAll(text, "\n", " "), at)
}

// value adds a line to the record in hand; records end when they are long.
func (w *xmlWalker) value(name, value string, line int) {
	if len(w.lines) == 0 {
		w.first = line
	}
	w.lines = append(w.lines, name+": "+value)
	bytes := 0
	for _, l := range w.lines {
		bytes += len(l)
	}
	if bytes > smallJSON {
		w.flush()
	}
}

func (w *xmlWalker) flush() {
	if len(w.lines) > 0 {
		last, _ := w.x.dec.InputPos()
		w.b.row("", strings.Join(w.lines, "\n"), space.Position{LineStart: w.first, LineEnd: last})
	}
	w.lines = nil
}
