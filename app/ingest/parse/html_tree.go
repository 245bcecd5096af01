package parse

import (
	"errors"
	"io"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// htmlTree parses a page. Its tree takes twenty times what a page of nothing
// but tags does, so that its nodes are counted before it is built.
func htmlTree(b *builder, text string) (*html.Node, error) {
	if err := countHTML(b, text); err != nil {
		return nil, err
	}
	root, err := html.Parse(stoppable{b.ctx, strings.NewReader(text)})
	return root, explainHTML(b, err)
}

// htmlFragment is htmlTree for what stands in the body of a page.
func htmlFragment(b *builder, text string) ([]*html.Node, error) {
	if err := countHTML(b, text); err != nil {
		return nil, err
	}
	body := &html.Node{Type: html.ElementNode, Data: "body", DataAtom: atom.Body}
	nodes, err := html.ParseFragment(stoppable{b.ctx, strings.NewReader(text)}, body)
	return nodes, explainHTML(b, err)
}

func explainHTML(b *builder, err error) error {
	if err == nil || b.err() != nil {
		return b.err()
	}
	return because(err, TooLarge, "The HTML is nested too deeply to be read.")
}

// countHTML returns an error if the tree of a page would have more nodes than
// the limit.
func countHTML(b *builder, text string) error {
	left := b.limits.Nodes
	z := html.NewTokenizer(stoppable{b.ctx, strings.NewReader(text)})
	var count nodeCount
	for left >= 0 {
		if z.Next() == html.ErrorToken {
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return err
			}
			return nil
		}
		left -= count.next(z.Token())
	}
	return tooManyTags(b.limits)
}

func tooManyTags(limits Limits) *Error {
	return fail(TooLarge, "The HTML has more than %d tags and texts; split it into smaller files.", limits.Nodes)
}

// nodeCount estimates the nodes that the tokens of a page become. A parser
// opens formatting elements that were not closed again in each block, up to the
// table around them, so that five hundred of them make each tag five hundred.
type nodeCount struct {
	open   []html.Token // formatting elements, at most three of them the same
	tables []int        // how many were open where each open table begins
}

// next returns how many nodes a token makes at most, about.
func (c *nodeCount) next(t html.Token) int {
	outside := 0
	if n := len(c.tables); n > 0 {
		outside = c.tables[n-1]
	}
	switch t.DataAtom {
	case atom.Table:
		switch {
		case t.Type == html.StartTagToken:
			c.tables = append(c.tables, len(c.open))
		case len(c.tables) > 0:
			c.open, c.tables = c.open[:outside], c.tables[:len(c.tables)-1]
		}
	case atom.Td, atom.Th, atom.Tr:
		c.open = c.open[:outside]
	case atom.B, atom.Big, atom.Code, atom.Em, atom.Font, atom.I, atom.S, atom.Small, atom.Strike, atom.Strong, atom.Tt, atom.U:
		c.format(t, outside)
	}
	return 1 + len(c.open)
}

// format opens or closes a formatting element in the table around it.
func (c *nodeCount) format(t html.Token, outside int) {
	same := 0
	for i := len(c.open) - 1; i >= outside; i-- {
		if c.open[i].DataAtom != t.DataAtom {
			continue
		}
		if t.Type == html.EndTagToken {
			c.open = slices.Delete(c.open, i, i+1)
			return
		}
		if slices.Equal(c.open[i].Attr, t.Attr) {
			same++
		}
	}
	if t.Type == html.StartTagToken && same < 3 && len(c.open) < deepestHTML {
		c.open = append(c.open, t)
	}
}

// deepestHTML is how deep the parser lets elements nest.
const deepestHTML = 512
