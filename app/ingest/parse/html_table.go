package parse

import (
	"maps"
	"strconv"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

const (
	longestCell = 1500 // bytes of text; tables with longer cells arrange a page
	widestSpan  = 50   // columns that one cell may take
)

// htmlRow is one row of a table in the tree.
type htmlRow struct {
	cells []*html.Node
	head  bool // all cells name columns
}

// table writes a table of data row by row, and what only arranges the page as
// the blocks in its cells.
func (w *htmlWalker) table(n *html.Node) {
	rows := htmlRows(n)
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Caption {
			w.children(c)
			w.flush()
		}
	}
	if w.arranges(n, rows) {
		for _, r := range rows {
			for _, cell := range r.cells {
				w.walk(cell)
				w.settle()
			}
		}
		return
	}
	var t *table
	spans := map[int]rowSpan{}
	for _, r := range rows {
		if w.b.err() != nil {
			return
		}
		cells := w.cellTexts(r, spans)
		if r.head && t != nil && t.written == 0 && len(t.held) == 0 {
			continue // a header of several rows: the first one will do
		}
		switch {
		case r.head && (t == nil || !sameCells(t.header, cells)):
			if t != nil {
				t.close()
			}
			t = newTable(w.b, cells, w.at)
		case r.head: // repeated in the middle
		default:
			if t == nil {
				t = newTable(w.b, nil, w.at)
			}
			t.row(cells, w.at)
		}
	}
	if t != nil {
		t.close()
	}
}

// htmlRows returns the rows of a table, without those of tables in it.
func htmlRows(n *html.Node) []htmlRow {
	var rows []htmlRow
	var visit func(n *html.Node, inHead bool)
	visit = func(n *html.Node, inHead bool) {
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			switch c.DataAtom {
			case atom.Thead, atom.Tbody, atom.Tfoot:
				visit(c, c.DataAtom == atom.Thead)
			case atom.Tr:
				rows = append(rows, newHTMLRow(c, inHead))
			}
		}
	}
	visit(n, false)
	if len(rows) > 2 && !rows[0].head && emphasised(rows[0]) {
		rows[0].head = true
	}
	return rows
}

func newHTMLRow(n *html.Node, inHead bool) htmlRow {
	r := htmlRow{head: inHead}
	named := 0
	for c := n.FirstChild; c != nil; c = c.NextSibling {
		if c.DataAtom == atom.Td || c.DataAtom == atom.Th {
			r.cells = append(r.cells, c)
			if c.DataAtom == atom.Th {
				named++
			}
		}
	}
	r.head = r.head || named > 1 && named == len(r.cells)
	return r
}

// arranges reports whether a table is for layout: no row with two filled
// cells, or cells that hold whole parts of a page.
func (w *htmlWalker) arranges(n *html.Node, rows []htmlRow) bool {
	if hasWord(attr(n, "role"), "presentation", "none") {
		return true
	}
	widest := 0
	for _, r := range rows {
		filled := 0
		for _, cell := range r.cells {
			size := textLength(cell)
			if size > longestCell || holdsStructure(cell) {
				return true
			}
			if size > 0 {
				filled++
			}
		}
		widest = max(widest, filled)
	}
	return widest < 2
}

func holdsStructure(cell *html.Node) bool {
	for c := range cell.Descendants() {
		switch c.DataAtom {
		case atom.H1, atom.H2, atom.H3, atom.H4, atom.H5, atom.H6, atom.Table, atom.Pre:
			return true
		}
	}
	return false
}

// emphasised reports whether every filled cell of a row is short and all bold:
// a header in all but name.
func emphasised(r htmlRow) bool {
	filled := 0
	for _, cell := range r.cells {
		size := textLength(cell)
		if size == 0 {
			continue
		}
		if size > 40 || !allBold(cell) {
			return false
		}
		filled++
	}
	return filled > 1
}

// allBold reports whether the only thing in n is an emphasised element.
func allBold(n *html.Node) bool {
	for {
		var only *html.Node
		for c := n.FirstChild; c != nil; c = c.NextSibling {
			if textLength(c) == 0 {
				continue
			}
			if only != nil || c.Type == html.TextNode {
				return false
			}
			only = c
		}
		if only == nil {
			return false
		}
		if only.DataAtom == atom.B || only.DataAtom == atom.Strong ||
			hasWord(attr(only, "class"), "emph", "bold", "strong", "tableheadintable") {
			return true
		}
		n = only
	}
}

// rowSpan is a cell that reaches down into so many rows below.
type rowSpan struct {
	left int
	text string
}

// cellTexts returns the texts of a row's cells in their columns; a cell that
// spans rows is repeated in each. spans, by column, are those of the row above
// and become those of this one.
func (w *htmlWalker) cellTexts(r htmlRow, spans map[int]rowSpan) []string {
	var cells []string
	above := maps.Clone(spans)
	clear(spans)
	takeSpans := func() {
		for s, ok := above[len(cells)]; ok; s, ok = above[len(cells)] {
			if s.left > 1 {
				spans[len(cells)] = rowSpan{s.left - 1, s.text}
			}
			cells = append(cells, s.text)
		}
	}
	for _, cell := range r.cells {
		takeSpans()
		text := w.cellText(cell)
		if down, _ := strconv.Atoi(attr(cell, "rowspan")); down > 1 {
			spans[len(cells)] = rowSpan{down - 1, text}
		}
		cells = append(cells, text)
		across, _ := strconv.Atoi(attr(cell, "colspan"))
		for range min(across, widestSpan, widestSheet-len(cells)) - 1 {
			cells = append(cells, "")
		}
	}
	takeSpans()
	return cells
}

// cellText returns the text of a cell, its blocks on lines of their own.
func (w *htmlWalker) cellText(cell *html.Node) string {
	inner := htmlWalker{b: w.b.inner(), keepAll: true}
	inner.children(cell)
	inner.settle()
	w.b.release(inner.b.doc.Blocks)
	return blockTexts(inner.b.doc.Blocks)
}

func sameCells(header, cells []string) bool {
	if len(header) != len(cells) {
		return false
	}
	for i := range header {
		if header[i] != oneLine(cells[i]) {
			return false
		}
	}
	return true
}
