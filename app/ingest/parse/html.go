package parse

import (
	"bytes"
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
	"golang.org/x/net/html/charset"

	"syft-space/app/space"
)

// htmlFormat reads web pages: the main content, without navigation and what
// else surrounds it on every page.
func htmlFormat() Format {
	return Format{Name: "HTML", Extensions: []string{".html", ".htm", ".xhtml"}, Seed: true, parse: parseHTML}
}

func parseHTML(_ context.Context, src *source, b *builder) error {
	data, err := src.bytes()
	if err != nil {
		return err
	}
	text, err := decodeHTML(data, b)
	if err != nil {
		return err
	}
	root, err := htmlTree(b, text)
	if err != nil {
		return err
	}
	noteHTML(root, b)
	return writeHTMLTree(b, root, space.Position{})
}

// decodeHTML returns a page as UTF-8. A declared charset wins, except over
// bytes that are valid UTF-8: those are not anything else by chance.
func decodeHTML(data []byte, b *builder) (string, error) {
	if bytes.Count(data, []byte("<")) > b.limits.Nodes {
		return "", tooManyTags(b.limits) // before anything slower looks at all of them
	}
	data = emptyTags.ReplaceAll(data, []byte("<$1$2></$1>"))
	if _, n := byteOrderMark(data); n > 0 || wideASCII(data) != nil || utf8.Valid(data) {
		return decodeText(data, b)
	}
	enc, _, declared := charset.DetermineEncoding(data[:min(len(data), 1024)], "")
	if declared && !looksBinary(data) {
		return decodeAs(enc, data), nil
	}
	return decodeText(data, b)
}

// emptyTags are elements closed as XML closes them, which a parser of HTML takes
// for opened: the rest of the page would be their text.
var emptyTags = regexp.MustCompile(`(?i)<(title|script|style|textarea|iframe|noscript|xmp|noframes)(\s[^<>]*)?/>`)

// writeHTMLBody writes the main content of a page that is part of a document.
func writeHTMLBody(b *builder, text string, at space.Position) error {
	root, err := htmlTree(b, text)
	if err != nil {
		return err
	}
	return writeHTMLTree(b, root, at)
}

func writeHTMLTree(b *builder, root *html.Node, at space.Position) error {
	before := len(b.doc.Blocks)
	w := newHTMLWalker(b, at)
	w.page(root)
	if len(b.doc.Blocks) == before && b.err() == nil {
		w = newHTMLWalker(b, at) // all of it looked like navigation
		w.keepAll = true
		w.walk(root)
		w.flush()
	}
	return b.err()
}

// writeHTMLFragment writes a piece of HTML that stands in another format.
func writeHTMLFragment(b *builder, text string, at space.Position) error {
	nodes, err := htmlFragment(b, text)
	if err != nil {
		return err
	}
	w := newHTMLWalker(b, at)
	w.keepAll = true
	for _, n := range nodes {
		w.walk(n)
	}
	w.flush()
	return b.err()
}

// noteHTML takes the title and the metadata of a page.
func noteHTML(root *html.Node, b *builder) {
	og := ""
	for n := range root.Descendants() {
		switch n.DataAtom {
		case atom.Html:
			b.meta("language", attr(n, "lang"))
		case atom.Title:
			if n.Parent != nil && n.Parent.DataAtom == atom.Head {
				b.title(textOf(n))
			}
		case atom.Meta:
			name, content := strings.ToLower(attr(n, "name")+attr(n, "property")), attr(n, "content")
			switch name {
			case "author", "description", "keywords":
				b.meta(name, content)
			case "date", "dcterms.created", "dcterms.date", "article:published_time":
				b.meta("created", content)
			case "last-modified", "dcterms.modified", "article:modified_time":
				b.meta("modified", content)
			case "og:title":
				og = content
			}
		}
	}
	b.title(og)
}

// attr returns the value of an attribute, "" without it.
func attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

func hasAttr(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Key == name {
			return true
		}
	}
	return false
}

// textOf returns all text below n as it stands in the source.
func textOf(n *html.Node) string {
	var out bytes.Buffer
	if n.Type == html.TextNode {
		out.WriteString(n.Data)
	}
	for c := range n.Descendants() {
		if c.Type == html.TextNode {
			out.WriteString(c.Data)
		}
	}
	return out.String()
}
