package parse

import (
	"context"
	"fmt"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"

	"syft-space/app/space"
)

// markdownFormat reads CommonMark with GitHub's tables, definition lists,
// footnotes and front matter.
func markdownFormat() Format {
	return Format{
		Name:       "Markdown",
		Extensions: []string{".md", ".markdown", ".mdown", ".mkd", ".mdx", ".qmd", ".rmd"},
		Seed:       true,
		parse:      parseMarkdown,
	}
}

func parseMarkdown(_ context.Context, src *source, b *builder) error {
	text, err := src.text(b)
	if err != nil {
		return err
	}
	body, skipped := frontMatter(text, b)
	source := []byte(body)
	w := &markdownWalker{b: b, source: source, lines: newLineIndex(body, 1+skipped)}
	guard := markdownGuard{b: b}
	w.blocks(guard.parse(source), 0)
	return b.err()
}

// markdownWalker turns the blocks of a Markdown tree into ours.
type markdownWalker struct {
	b      *builder
	source []byte
	lines  lineIndex
}

// blocks walks the block children of n, which stands depth blocks deep.
func (w *markdownWalker) blocks(n ast.Node, depth int) {
	if depth > w.b.limits.Depth {
		w.b.warn("Blocks nested deeper than %d were left out.", w.b.limits.Depth)
		return
	}
	for c := n.FirstChild(); c != nil && w.b.err() == nil; c = c.NextSibling() {
		w.block(c, depth)
	}
}

func (w *markdownWalker) block(n ast.Node, depth int) {
	switch n := n.(type) {
	case *ast.Heading:
		title := w.inline(n)
		if n.Level == 1 {
			w.b.title(title)
		}
		w.b.heading(n.Level, title, w.position(n))
	case *ast.Paragraph, *ast.TextBlock, *extast.DefinitionTerm:
		w.b.paragraph(w.inline(n), w.position(n))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		w.b.code(w.raw(n), w.position(n))
	case *ast.HTMLBlock:
		w.html(n)
	case *ast.List:
		w.list(n, depth)
	case *extast.Table:
		w.table(n)
	default:
		if n.Type() == ast.TypeBlock {
			w.blocks(n, depth+1)
		}
	}
}

// list writes the items of a list, each with its marker.
func (w *markdownWalker) list(n *ast.List, depth int) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		marker := "- "
		if n.IsOrdered() {
			marker = fmt.Sprintf("%d. ", number)
			number++
		}
		first := item.FirstChild()
		switch first.(type) {
		case *ast.TextBlock, *ast.Paragraph:
			w.b.item(marker+w.inline(first), w.position(first))
			first = first.NextSibling()
		}
		for c := first; c != nil && depth < w.b.limits.Depth; c = c.NextSibling() {
			w.block(c, depth+1)
		}
	}
}

func (w *markdownWalker) table(n *extast.Table) {
	var t *table
	for r := n.FirstChild(); r != nil; r = r.NextSibling() {
		var cells []string
		for c := r.FirstChild(); c != nil; c = c.NextSibling() {
			cells = append(cells, w.inline(c))
		}
		at := w.position(r)
		if at.LineStart == 0 && r.FirstChild() != nil {
			at = w.position(r.FirstChild())
		}
		if _, ok := r.(*extast.TableHeader); ok {
			t = newTable(w.b, cells, at)
		} else if t != nil {
			t.row(cells, at)
		}
	}
	if t != nil {
		t.close()
	}
}

// html writes the text of a block of HTML.
func (w *markdownWalker) html(n *ast.HTMLBlock) {
	raw := w.raw(n)
	if n.HasClosure() {
		raw += string(n.ClosureLine.Value(w.source))
	}
	at := w.position(n)
	if err := writeHTMLFragment(w.b, raw, at); err != nil {
		w.b.warn("HTML in line %d could not be read and was left out.", at.LineStart)
	}
}

func (w *markdownWalker) raw(n ast.Node) string {
	var out strings.Builder
	for i := range n.Lines().Len() {
		line := n.Lines().At(i)
		out.Write(line.Value(w.source))
	}
	return out.String()
}

// position returns the lines of the source that n was read from.
func (w *markdownWalker) position(n ast.Node) space.Position {
	if n.Type() != ast.TypeBlock || n.Lines().Len() == 0 {
		return space.Position{}
	}
	first, last := n.Lines().At(0), n.Lines().At(n.Lines().Len()-1)
	return space.Position{LineStart: w.lines.line(first.Start), LineEnd: w.lines.line(max(last.Stop-1, first.Start))}
}
