package parse

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"syft-space/app/space"
)

const (
	longestHeading = 250     // bytes; longer ones are paragraphs that only look like headings
	deepestHeading = 12      // level; deeper ones rank with it, as each passage keeps its path
	longestCode    = 8 << 10 // bytes; lines after that begin another block
	mostWarnings   = 20      // of one file
	blockCost      = 30      // bytes that a block counts beside its text; it takes four times as many, but a table of a million short rows is a document
)

// builder gathers the blocks of one document, cleans their text and watches
// over the limit on it. Once the limit is passed or the context is done it
// takes nothing more and err says why.
type builder struct {
	ctx    context.Context
	limits Limits
	doc    Document
	held   *heldText
}

// heldText is what the blocks of a file take, those that wait in inner builders
// included. Blocks count beside their text: many with a letter each are as large
// as few with much.
type heldText struct {
	text, blocks int64
	failed       error // why none of the builders takes more
}

func newBuilder(ctx context.Context, limits Limits) *builder {
	return &builder{ctx: ctx, limits: limits, doc: Document{Metadata: map[string]any{}}, held: &heldText{}}
}

// inner returns a builder for a part of the document, such as a cell, whose
// blocks go to addAll, or to release once their text is copied.
func (b *builder) inner() *builder {
	return &builder{ctx: b.ctx, limits: b.limits, doc: Document{Metadata: map[string]any{}}, held: b.held}
}

// err returns why the builder takes no more, nil while it does. Parsers look
// at it in their loops.
func (b *builder) err() error {
	h, limit := b.held, b.limits.TextBytes
	switch {
	case h.failed != nil:
	case h.text > limit:
		h.failed = tooMuchText(limit)
	case h.text+blockCost*h.blocks > limit:
		h.failed = tooMuchBytes(limit, "The file has too many rows or paragraphs for the limit of %s; split it into smaller files.")
	default:
		h.failed = b.ctx.Err()
	}
	return h.failed
}

func (b *builder) heading(level int, text string, at space.Position) {
	text = strings.ReplaceAll(cleanText(text), "\n", " ")
	if len(text) > longestHeading {
		b.add(Block{Kind: Paragraph, Text: text, Position: at})
		return
	}
	b.add(Block{Kind: Heading, Level: min(max(level, 1), deepestHeading), Text: text, Position: at})
}

func (b *builder) paragraph(text string, at space.Position) {
	b.add(Block{Kind: Paragraph, Text: cleanText(text), Position: at})
}

func (b *builder) item(text string, at space.Position) {
	b.add(Block{Kind: ListItem, Text: cleanText(text), Position: at})
}

func (b *builder) row(header, text string, at space.Position) {
	b.add(Block{Kind: Row, Text: cleanText(text), Header: header, Position: at})
}

func (b *builder) code(text string, at space.Position) {
	b.add(Block{Kind: Code, Text: cleanCode(text), Position: at})
}

// add appends a block whose text is clean; it leaves out empty ones.
func (b *builder) add(block Block) {
	if block.Text == "" || b.err() != nil {
		return
	}
	b.held.text += int64(len(block.Text))
	b.held.blocks++
	if b.err() == nil {
		b.doc.Blocks = append(b.doc.Blocks, block)
	}
}

// codeLine writes a line of code that a format keeps as a paragraph of its own;
// it goes on with the code before it.
func (b *builder) codeLine(text string, at space.Position) {
	n := len(b.doc.Blocks)
	if n == 0 || b.doc.Blocks[n-1].Kind != Code || len(b.doc.Blocks[n-1].Text) > longestCode {
		b.code(text, at)
		return
	}
	last := &b.doc.Blocks[n-1]
	line := cleanCode(text)
	if line == "" {
		return
	}
	b.held.text += int64(len(line)) + 1
	if b.err() == nil {
		last.Text += "\n" + line
	}
}

// addAll takes over the blocks of an inner builder.
func (b *builder) addAll(blocks []Block) {
	if b.err() == nil {
		b.doc.Blocks = append(b.doc.Blocks, blocks...)
	}
}

// release no longer counts the blocks of an inner builder.
func (b *builder) release(blocks []Block) {
	for _, block := range blocks {
		b.held.text -= int64(len(block.Text))
	}
	b.held.blocks -= int64(len(blocks))
}

// warn notes a sentence about what was left out or guessed, once.
func (b *builder) warn(format string, args ...any) {
	warning := fmt.Sprintf(format, args...)
	if len(b.doc.Warnings) < mostWarnings && !slices.Contains(b.doc.Warnings, warning) {
		b.doc.Warnings = append(b.doc.Warnings, warning)
	}
}

// meta notes a scalar under a key; empty strings are left out.
func (b *builder) meta(key string, value any) {
	if s, ok := value.(string); ok {
		s = strings.ReplaceAll(cleanText(s), "\n", " ")
		if s == "" {
			return
		}
		value = clip(s, 1000)
	}
	b.doc.Metadata[key] = value
}

// title notes the document's title unless it has one.
func (b *builder) title(text string) {
	if b.doc.Title == "" {
		b.doc.Title = clip(strings.ReplaceAll(cleanText(text), "\n", " "), longestHeading)
	}
}
