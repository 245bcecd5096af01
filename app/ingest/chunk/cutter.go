package chunk

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/ingest/parse"
	"syft-space/app/text"
)

// cutter cuts one block into units, from its start to its end.
type cutter struct {
	s       *splitter
	b       *parse.Block
	ceiling int  // tokens of the longest unit
	end     int  // of the unit before
	lines   int  // line breaks before end
	exact   bool // the lines of the text are those of the file
}

func (s *splitter) cutter(b *parse.Block) *cutter {
	at := b.Position
	return &cutter{
		s: s, b: b,
		ceiling: s.o.Max - s.headerLength(b.Header),
		exact:   at.LineStart > 0 && strings.Count(b.Text, "\n") == at.LineEnd-at.LineStart,
	}
}

// cut appends the spans of the block as units, in parts where they are longer
// than a passage.
func (c *cutter) cut(units []unit, spans []text.Span) []unit {
	for _, span := range spans {
		if span.End-span.Start <= text.LongestSentence {
			units = c.fit(units, span)
			continue
		}
		for _, part := range text.Sentences(c.b.Text[span.Start:span.End]) { // a line without an end
			units = c.fit(units, text.Span{Start: span.Start + part.Start, End: span.Start + part.End})
		}
	}
	return units
}

// fit appends a span as one unit, or as several that are short enough. What
// stands between two parts of a word or of a line is nothing.
func (c *cutter) fit(units []unit, span text.Span) []unit {
	if c.s.ctx.Err() != nil {
		return units
	}
	tokens := c.s.count(c.b.Text[span.Start:span.End])
	if tokens <= c.ceiling {
		return c.append(units, span, tokens)
	}
	at := c.cutPoint(span, tokens)
	if at <= span.Start || at >= span.End { // a single character
		return c.append(units, span, tokens)
	}
	units = c.fit(units, text.Span{Start: span.Start, End: at})
	return c.fit(units, text.Span{Start: at, End: span.End})
}

// cutPoint returns where to cut a span that is too long: after as much as
// should fit, better at a line break, a clause or a space than within a word.
func (c *cutter) cutPoint(span text.Span, tokens int) int {
	s := c.b.Text[span.Start:span.End]
	room := max(c.ceiling*9/10, 1) // tokens are not spread evenly
	parts := max((tokens+room-1)/room, 2)
	goal := max(len(s)/parts, 1)
	best, bestRank := 0, 0
	for end := 0; end < len(s) && (end < goal || best == 0); {
		r, n := utf8.DecodeRuneInString(s[end:])
		end += n
		rank := cutRank(r, s[end:])
		if best == 0 || end >= goal/2 && rank >= bestRank {
			best, bestRank = end, rank
		}
	}
	return span.Start + best
}

// cutRank says how good a place to cut is after r, before rest; 0 for places
// that would tear a mark from its letter.
func cutRank(r rune, rest string) int {
	next, _ := utf8.DecodeRuneInString(rest)
	switch {
	case unicode.IsMark(next) || next == 0x200d || r == 0x200d:
		return 0
	case r == '\n':
		return 5
	case strings.ContainsRune(";:\uff1b\uff1a|", r):
		return 4
	case strings.ContainsRune(",\u3001\uff0c\u060c", r):
		return 3
	case unicode.IsSpace(r):
		return 2
	}
	return 1
}

// append appends a span as a unit with its place in the file.
func (c *cutter) append(units []unit, span text.Span, tokens int) []unit {
	u := unit{
		b: c.b, before: int32(c.end), start: int32(span.Start), end: int32(span.End),
		tokens: int32(tokens), headerTokens: int32(c.s.headerLength(c.b.Header)),
	}
	if c.exact {
		first := c.b.Position.LineStart
		c.lines += strings.Count(u.joint(), "\n")
		u.line = int32(first + c.lines)
		c.lines += strings.Count(u.text(), "\n")
		u.last = int32(first + c.lines)
	}
	c.end = span.End
	return append(units, u)
}
