package chunk

import (
	"strings"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
	"syft-space/app/text"
)

// unit is a part of a block that is not cut: a sentence, a row, a line. Large
// documents have millions, so that it refers to its block instead of holding
// texts; offsets are in bytes.
type unit struct {
	b            *parse.Block
	before       int32 // end of the unit before it in its block
	start, end   int32
	line, last   int32 // its own lines in the file; 0 where those of the block stand for them
	tokens       int32
	headerTokens int32
}

func (u unit) text() string { return u.b.Text[u.start:u.end] }

// joint returns what stands between the unit and the one before it.
func (u unit) joint() string { return u.b.Text[u.before:u.start] }

func (u unit) position() space.Position {
	at := u.b.Position
	if u.line > 0 {
		at.LineStart, at.LineEnd = int(u.line), int(u.last)
	}
	return at
}

// wholeUnit returns a block as one unit.
func wholeUnit(b *parse.Block, tokens int) unit {
	return unit{b: b, end: int32(len(b.Text)), tokens: int32(tokens)}
}

// cost returns what units[i] adds to a passage that begins with units[0]: with
// the header where it is the first row of its table there.
func cost(units []unit, i int) int {
	u := units[i]
	if u.b.Header != "" && (i == 0 || units[i-1].b.Header != u.b.Header) {
		return int(u.tokens + u.headerTokens)
	}
	return int(u.tokens)
}

// costOf returns the length of a passage of units.
func costOf(units []unit) int {
	total := 0
	for i := range units {
		total += cost(units, i)
	}
	return total
}

// sentences appends the units of a block: sentences of running text, lines of
// code, rows. A row that would fill most of a passage is cut between its lines,
// and what is longer than a passage wherever it has to be.
func (s *splitter) sentences(units []unit, b *parse.Block) []unit {
	switch b.Kind {
	case parse.Code:
		return s.cutter(b).cut(units, lineSpans(b.Text))
	case parse.Row:
		units, b = s.foldHeader(units, b)
		c := s.cutter(b)
		if tokens := s.count(b.Text); tokens <= s.o.Size*3/4 {
			return c.append(units, text.Span{End: len(b.Text)}, tokens)
		}
		return c.cut(units, lineSentences(b.Text))
	}
	s.folded = ""
	return s.cutter(b).cut(units, text.Sentences(b.Text))
}

// lines appends the lines of a block.
func (s *splitter) lines(units []unit, b *parse.Block) []unit {
	units, b = s.foldHeader(units, b)
	return s.cutter(b).cut(units, lineSpans(b.Text))
}

// foldHeader makes the header of a table text of its own, once, where it is too
// long to be repeated in each passage.
func (s *splitter) foldHeader(units []unit, b *parse.Block) ([]unit, *parse.Block) {
	if b.Header == "" || s.headerLength(b.Header) <= s.o.Max/3 {
		return units, b
	}
	if s.folded != b.Header {
		s.folded = b.Header
		header := headerBlock(b)
		units = s.cutter(header).cut(units, text.Sentences(header.Text))
	}
	return units, withoutHeader(b)
}

// headerBlock returns the header of a row's table as a row.
func headerBlock(b *parse.Block) *parse.Block {
	return &parse.Block{Kind: parse.Row, Text: b.Header, Position: b.Position}
}

func withoutHeader(b *parse.Block) *parse.Block {
	c := *b
	c.Header = ""
	return &c
}

// headerLength returns the tokens of a table's header; the rows of a table
// follow each other, so that one is worth remembering.
func (s *splitter) headerLength(header string) int {
	if header == "" {
		return 0
	}
	if s.header != header {
		s.header, s.headerTokens = header, s.count(header)
	}
	return s.headerTokens
}

// lineSpans returns the lines of s that are not blank, with their indentation.
func lineSpans(s string) []text.Span {
	var spans []text.Span
	for start := 0; start < len(s); {
		end := strings.IndexByte(s[start:], '\n')
		if end < 0 {
			end = len(s) - start
		}
		if strings.TrimSpace(s[start:start+end]) != "" {
			spans = append(spans, text.Span{Start: start, End: start + end})
		}
		start += end + 1
	}
	return spans
}

// lineSentences returns the sentences of each line of s.
func lineSentences(s string) []text.Span {
	var spans []text.Span
	for _, line := range lineSpans(s) {
		for _, part := range text.Sentences(s[line.Start:line.End]) {
			spans = append(spans, text.Span{Start: line.Start + part.Start, End: line.Start + part.End})
		}
	}
	return spans
}
