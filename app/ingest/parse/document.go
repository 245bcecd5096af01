// Package parse reads files of many formats into one shape: a document of
// blocks in reading order, each with its place in the file, so that passages
// can be cut along the structure and cited.
package parse

import "syft-space/app/space"

// Document is what a parser found in one file.
type Document struct {
	Title    string         // as the file states it; "" where it does not
	Metadata map[string]any // scalars for filters: string, bool, int64 or float64; never nil
	Blocks   []Block        // in reading order; never empty without an error
	Warnings []string       // plain sentences about what was left out or guessed
}

// Kind says what a block is.
type Kind uint8

// The kinds of blocks.
const (
	Paragraph Kind = iota // running text; a line break in it may be meant or not
	Heading               // begins a section
	ListItem              // one item, its marker left out
	Row                   // one row of a table, or one record
	Code                  // lines whose breaks and indentation matter
)

// String returns the kind's name for logs and tests.
func (k Kind) String() string {
	switch k {
	case Paragraph:
		return "paragraph"
	case Heading:
		return "heading"
	case ListItem:
		return "item"
	case Row:
		return "row"
	case Code:
		return "code"
	}
	return "unknown"
}

// Block is a piece of a document that its author set apart.
type Block struct {
	Kind     Kind
	Level    int    // of a heading: 1 is outermost; levels only rank the headings of one document
	Text     string // valid UTF-8, never empty, "\n" between lines; code keeps its indentation
	Header   string // of a row: the header line of its table, which each passage repeats; "" without one
	Position space.Position
}
