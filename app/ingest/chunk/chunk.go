// Package chunk cuts parsed documents into passages: along their structure
// first, then between sentences, and never longer than the embedder takes. Its
// functions are pure: the same document and options give the same passages.
package chunk

import (
	"context"
	"fmt"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// Version names the way in which documents are cut. Raise it with every change
// of the passages that Split makes: those of another version are made anew.
const Version = 1

// Strategy is what passages are cut along.
type Strategy string

// The strategies.
const (
	Structure Strategy = "structure" // sections, then paragraphs, rows and sentences
	Lines     Strategy = "lines"     // lines, whatever they are: logs, verse, lists of any kind
	Whole     Strategy = "whole"     // as few cuts as the ceiling allows
)

// Options say how a dataset's documents are cut. Lengths are in tokens. The
// types of datasets check what a person sets.
type Options struct {
	Strategy Strategy
	Size     int // what passages aim at
	Max      int // what none exceeds
	Overlap  int // about how much of a passage the next one of its section repeats, in whole sentences
	Min      int // shorter passages join a neighbour of their section; at most half the size counts
	Limit    int // what a passage and its Context together may take; 0 for no limit
}

// Defaults returns the options that the quality of retrieval was measured with.
func Defaults() Options {
	return Options{Strategy: Structure, Size: 200, Max: 240, Overlap: 30, Min: 50}
}

// Fingerprint is a short name of the version and of all that passages depend
// on; passages with another one are made anew.
func (o Options) Fingerprint() string {
	return fmt.Sprintf("%d %s %d/%d/%d/%d/%d", Version, o.Strategy, o.Size, o.Max, o.Overlap, o.Min, o.Limit)
}

// Chunk is one passage of a document.
type Chunk struct {
	Index    int      // from 0, without gaps
	Text     string   // what is stored, found and shown; never empty
	Headings []string // the path of the section, outermost first; not part of Text
	Position space.Position
	Tokens   int // length of Text by the function given to Split
}

// Split cuts a document into passages. count returns the length of a text in
// the embedder's tokens; it is called once for each sentence and once for each
// passage. Size must be at least 20, Max no less, and Overlap at most half of it.
// The error is the context's.
func Split(ctx context.Context, doc *parse.Document, o Options, count func(string) int) ([]Chunk, error) {
	o.Min = min(o.Min, o.Size/2)
	s := splitter{ctx: ctx, o: o, count: count, title: doc.Title}
	var pieces []piece
	switch o.Strategy {
	case Lines:
		pieces = s.fill(s.flat(doc.Blocks, s.lines), &section{})
	case Whole:
		s.o.Size = o.Max
		pieces = s.fill(s.flat(doc.Blocks, s.sentences), &section{})
	default:
		pieces = s.pack(s.sections(doc.Blocks))
	}
	var chunks []Chunk
	for _, p := range pieces {
		if ctx.Err() != nil {
			break
		}
		chunks = s.render(chunks, p)
	}
	return chunks, ctx.Err()
}

// splitter cuts one document.
type splitter struct {
	ctx   context.Context // once it is done, what is left is no longer counted
	o     Options
	count func(string) int
	title string

	// What was counted last, as it is asked for many times in a row.
	header        string
	headerTokens  int
	contextOf     *section
	contextTokens int

	folded string // the header that was last made text of its own
}

// flat cuts blocks into units without regard to their sections; headings are
// text like any other.
func (s *splitter) flat(blocks []parse.Block, cut func([]unit, *parse.Block) []unit) []unit {
	var units []unit
	for i := range blocks {
		if s.ctx.Err() != nil {
			break
		}
		units = cut(units, &blocks[i])
	}
	return units
}
