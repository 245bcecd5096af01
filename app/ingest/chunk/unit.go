package chunk

import (
	"strings"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
	"syft-space/app/text"
)

// unit is a part of a block that is not cut: a sentence, a row, a line.
type unit struct {
	text   string
	joint  string // what stands between it and the unit before it in its block
	kind   parse.Kind
	block  int // index of its block
	tokens int
	at     space.Position

	header       string // of its table
	headerTokens int
}

// cost returns what units[i] adds to a passage that begins with units[0]: with
// the header where it is the first row of its table there.
func cost(units []unit, i int) int {
	u := units[i]
	if u.header != "" && (i == 0 || units[i-1].header != u.header) {
		return u.tokens + u.headerTokens
	}
	return u.tokens
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
func (s *splitter) sentences(units []unit, b parse.Block, index int) []unit {
	switch b.Kind {
	case parse.Code:
		return s.cutter(b, index).cut(units, lineSpans(b.Text))
	case parse.Row:
		units, b = s.foldHeader(units, b, index)
		c := s.cutter(b, index)
		if tokens := s.count(b.Text); tokens <= s.o.Size*3/4 {
			return c.append(units, text.Span{End: len(b.Text)}, tokens)
		}
		return c.cut(units, lineSentences(b.Text))
	}
	s.folded = ""
	return s.cutter(b, index).cut(units, text.Sentences(b.Text))
}

// lines appends the lines of a block.
func (s *splitter) lines(units []unit, b parse.Block, index int) []unit {
	units, b = s.foldHeader(units, b, index)
	return s.cutter(b, index).cut(units, lineSpans(b.Text))
}

// foldHeader makes the header of a table text of its own, once, where it is too
// long to be repeated in each passage.
func (s *splitter) foldHeader(units []unit, b parse.Block, index int) ([]unit, parse.Block) {
	if b.Header == "" || s.headerLength(b.Header) <= s.o.Max/3 {
		return units, b
	}
	if s.folded != b.Header {
		s.folded = b.Header
		header := parse.Block{Kind: parse.Row, Text: b.Header, Position: b.Position}
		units = s.cutter(header, index).cut(units, text.Sentences(header.Text))
	}
	b.Header = ""
	return units, b
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
