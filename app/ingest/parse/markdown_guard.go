package parse

import (
	"bytes"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/parser"
	mdtext "github.com/yuin/goldmark/text"
	"github.com/yuin/goldmark/util"
)

const (
	deepestQuote = 100  // quotes, lists and items in each other; marks further in are text
	mostMarks    = 5000 // of emphasis, code, links and the like in one block; further ones are text
)

// markdownGuard bounds what goldmark, whose time and memory grow with the square
// of some inputs and which knows no context, is led to do. It takes the first
// turn at whatever may open a block or an inline element.
type markdownGuard struct {
	b      *builder
	left   int // nodes until the limit
	within ast.Node
	marks  int // in it
}

// parse returns the tree of a text.
func (g *markdownGuard) parse(source []byte) ast.Node {
	g.left = g.b.limits.Nodes
	g.spend(bytes.Count(source, []byte("\n"))) // each line makes a node at least
	md := goldmark.New(
		goldmark.WithExtensions(extension.Table, extension.Strikethrough,
			extension.TaskList, extension.DefinitionList, extension.Footnote),
		goldmark.WithParserOptions(
			parser.WithBlockParsers(util.Prioritized(blockGuard{parser.NewParagraphParser(), g}, 0)),
			parser.WithParagraphTransformers(util.Prioritized(tableGuard{g}, 0)),
			parser.WithInlineParsers(util.Prioritized(inlineGuard{g}, 0))))
	return md.Parser().Parse(lineGuard{mdtext.NewReader(source), g})
}

// spend takes nodes off the limit. Past it, and when the context is done, it
// panics, as nothing else stops goldmark; guarded turns that into the error.
func (g *markdownGuard) spend(nodes int) {
	if g.left -= nodes; g.left < 0 && g.b.err() == nil {
		g.b.held.failed = fail(TooLarge, "The Markdown has more than %d lines and marks; split it into smaller files.", g.b.limits.Nodes)
	}
	if err := g.b.err(); err != nil {
		panic(err)
	}
}

// lineGuard reads lines until the context is done.
type lineGuard struct {
	mdtext.Reader
	g *markdownGuard
}

func (r lineGuard) AdvanceLine() {
	r.g.spend(0)
	r.Reader.AdvanceLine()
}

// blockGuard makes a paragraph of what is nested too deeply.
type blockGuard struct {
	parser.BlockParser // of paragraphs
	g                  *markdownGuard
}

func (p blockGuard) Trigger() []byte { return []byte(">-+*:[0123456789") }

func (p blockGuard) CanInterruptParagraph() bool { return true }

func (p blockGuard) Open(parent ast.Node, reader mdtext.Reader, pc parser.Context) (ast.Node, parser.State) {
	p.g.spend(1)
	switch parent.(type) {
	case *ast.List, *extast.DefinitionList: // these hold nothing but their items
		return nil, parser.NoChildren
	}
	if len(pc.OpenedBlocks()) < deepestQuote {
		return nil, parser.NoChildren
	}
	return p.BlockParser.Open(parent, reader, pc)
}

// tableGuard counts the cells of tables: a row of one cell is filled up to the
// columns of its table.
type tableGuard struct{ g *markdownGuard }

func (t tableGuard) Transform(node *ast.Paragraph, reader mdtext.Reader, _ parser.Context) {
	lines, cells := node.Lines(), 0
	for i := range lines.Len() {
		line := lines.At(i)
		value := line.Value(reader.Source())
		if len(bytes.Trim(value, "|-: \t\r\n")) == 0 && bytes.ContainsRune(value, '-') {
			cells = max(cells, (1+bytes.Count(value, []byte("|")))*(lines.Len()-i))
		}
	}
	t.g.spend(cells)
}

// inlineGuard makes text of marks that are too many.
type inlineGuard struct{ g *markdownGuard }

func (p inlineGuard) Trigger() []byte { return []byte("*_~`[]!<") }

func (p inlineGuard) Parse(parent ast.Node, block mdtext.Reader, _ parser.Context) ast.Node {
	g := p.g
	g.spend(1)
	if g.within != parent {
		g.within, g.marks = parent, 0
	}
	if g.marks++; g.marks <= mostMarks {
		return nil
	}
	_, at := block.PeekLine()
	block.Advance(1)
	return ast.NewTextSegment(at.WithStop(at.Start + 1))
}
