package parse

import (
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"syft-space/app/space"
)

// htmlWalker turns a tree of HTML into blocks. The blocks come from the tree
// and not from Markdown made of it: a table keeps its header, a list item its
// number, and nothing has to be parsed, or escaped, twice.
type htmlWalker struct {
	b       *builder
	at      space.Position
	keepAll bool      // nothing is taken for navigation
	facts   pageFacts // of the page in hand

	text   strings.Builder // the running text since the last block
	marker string          // of a list item, until its first text
	terms  []string        // of a definition list, until their definition
	lists  []listState

	choiceIn *html.Node // the parent that oneOfSeveral last looked into
	isChoice bool
}

// listState is an open list.
type listState struct {
	ordered bool
	next    int
}

// unbroken makes spaces of the line breaks in the source, which are not shown.
var unbroken = strings.NewReplacer("\r", " ", "\n", " ")

func newHTMLWalker(b *builder, at space.Position) *htmlWalker {
	return &htmlWalker{b: b, at: at}
}

// flush ends the running text and writes it as a paragraph or an item.
func (w *htmlWalker) flush() {
	text := cleanText(w.text.String())
	w.text.Reset()
	switch {
	case text == "":
	case len(w.terms) > 0:
		term := strings.Join(w.terms, ", ")
		w.b.item(term+joiner(term)+text, w.at)
		w.terms, w.marker = nil, ""
	case w.marker != "":
		w.b.item(w.marker+text, w.at)
		w.marker = ""
	default:
		w.b.paragraph(text, w.at)
	}
}

// settle ends the running text before a block that can take neither marker nor
// term.
func (w *htmlWalker) settle() {
	w.flush()
	for _, term := range w.terms {
		w.b.item(term, w.at)
	}
	w.terms, w.marker = nil, ""
}

// joiner returns what stands between a term and its definition.
func joiner(term string) string {
	if strings.HasSuffix(term, ":") {
		return " "
	}
	return ": "
}

func (w *htmlWalker) walk(n *html.Node) {
	if w.b.err() != nil {
		return
	}
	switch n.Type {
	case html.TextNode:
		w.text.WriteString(unbroken.Replace(n.Data))
	case html.ElementNode:
		if !w.leftOut(n) {
			w.element(n)
		}
	case html.DocumentNode:
		w.children(n)
	}
}

func (w *htmlWalker) children(n *html.Node) {
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		w.walk(c)
	}
}

func (w *htmlWalker) element(n *html.Node) {
	switch n.DataAtom {
	case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6:
		w.heading(n)
	case atom.Pre, atom.Listing, atom.Xmp, atom.Plaintext:
		w.settle()
		w.b.code(codeText(n), w.at)
	case atom.Table:
		w.settle()
		w.table(n)
	case atom.Ul, atom.Ol, atom.Menu, atom.Dir:
		w.list(n)
	case atom.Li:
		w.listItem(n)
	case atom.Dt:
		w.flush()
		w.children(n)
		w.holdTerm()
	case atom.Br:
		w.text.WriteByte('\n')
	case atom.Wbr:
	default:
		if !isBlockElement(n.DataAtom) {
			if n.PrevSibling != nil && w.oneOfSeveral(n) {
				w.text.WriteString("/ ")
			}
			w.children(n)
			return
		}
		w.flush()
		w.children(n)
		w.flush()
	}
}

// heading writes a heading; one inside a list item or a table cell still
// begins a section.
func (w *htmlWalker) heading(n *html.Node) {
	w.settle()
	w.children(n) // what is left out of running text is left out of headings too
	title := w.text.String()
	w.text.Reset()
	level := int(n.Data[1] - '0')
	w.b.heading(level, title, w.at)
}

func (w *htmlWalker) list(n *html.Node) {
	w.flush()
	if len(w.terms) > 0 {
		w.settle()
	}
	state := listState{ordered: n.DataAtom == atom.Ol, next: 1}
	if start, err := strconv.Atoi(attr(n, "start")); err == nil {
		state.next = start
	}
	w.lists = append(w.lists, state)
	w.children(n)
	w.flush()
	w.marker = ""
	w.lists = w.lists[:len(w.lists)-1]
}

func (w *htmlWalker) listItem(n *html.Node) {
	w.flush()
	w.marker = "- "
	if len(w.lists) > 0 {
		if l := &w.lists[len(w.lists)-1]; l.ordered {
			if value, err := strconv.Atoi(attr(n, "value")); err == nil {
				l.next = value
			}
			w.marker = fmt.Sprintf("%d. ", l.next)
			l.next++
		}
	}
	w.children(n)
	w.flush()
	w.marker = ""
}

// holdTerm keeps the term just read for its definition. A few terms in a row
// share one; many are a list of their own.
func (w *htmlWalker) holdTerm() {
	term := oneLine(w.text.String())
	w.text.Reset()
	if len(w.terms) == 4 {
		w.settle()
	}
	if term != "" {
		w.terms = append(w.terms, term)
	}
}

// codeText returns preformatted text, its line breaks as they are shown.
func codeText(n *html.Node) string {
	var out strings.Builder
	for c := range n.Descendants() {
		switch {
		case c.Type == html.TextNode:
			out.WriteString(c.Data)
		case c.DataAtom == atom.Br:
			out.WriteByte('\n')
		}
	}
	return out.String()
}

// isBlockElement reports whether an element begins and ends a paragraph.
func isBlockElement(a atom.Atom) bool {
	switch a {
	case atom.Address, atom.Article, atom.Aside, atom.Blockquote, atom.Body, atom.Caption, atom.Center,
		atom.Dd, atom.Details, atom.Dialog, atom.Div, atom.Dl, atom.Fieldset, atom.Figcaption, atom.Figure,
		atom.Footer, atom.Form, atom.Header, atom.Hgroup, atom.Hr, atom.Html, atom.Legend, atom.Main,
		atom.Nav, atom.P, atom.Search, atom.Section, atom.Summary, atom.Tbody, atom.Td, atom.Tfoot,
		atom.Th, atom.Thead, atom.Tr:
		return true
	}
	return false
}
