package chunk

import (
	"slices"
	"strings"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
	"syft-space/app/text"
)

// render appends a piece as a chunk, or as several where its text turns out
// longer than the sum of its parts.
func (s *splitter) render(chunks []Chunk, p piece) []Chunk {
	passage := textOf(p.units)
	if passage == "" {
		return chunks
	}
	headings := p.in.path()
	tokens := s.count(passage)
	if tokens > s.ceiling(p.in, headings) {
		if halves := s.halves(p); halves != nil {
			for _, half := range halves {
				chunks = s.render(chunks, half)
			}
			return chunks
		}
	}
	return append(chunks, Chunk{
		Index: len(chunks), Text: passage, Headings: headings, Position: positionOf(p.units), Tokens: tokens,
	})
}

// ceiling returns what a passage of a section may have: less than the maximum
// where its Context takes much of the limit, but never less than a quarter, so
// that a strange limit does not grind a document to dust.
func (s *splitter) ceiling(in *section, headings []string) int {
	if s.o.Limit <= 0 {
		return s.o.Max
	}
	if s.contextOf != in {
		s.contextOf, s.contextTokens = in, s.count(Context(s.title, headings))
	}
	return max(min(s.o.Max, s.o.Limit-s.contextTokens), s.o.Max/4)
}

// halves cuts a piece in two; nil if it is a single character.
func (s *splitter) halves(p piece) []piece {
	if n := len(p.units); n > 1 {
		return []piece{newPiece(p.in, p.units[:n/2:n/2], 0), newPiece(p.in, p.units[n/2:], 0)}
	}
	u := p.units[0]
	if u.b.Header != "" {
		header := wholeUnit(headerBlock(u.b), int(u.headerTokens))
		u.b = withoutHeader(u.b)
		return []piece{newPiece(p.in, []unit{header}, 0), newPiece(p.in, []unit{u}, 0)}
	}
	c := cutter{s: s, ceiling: max(int(u.tokens)*5/9, 1), b: u.b}
	at := int32(c.cutPoint(text.Span{Start: int(u.start), End: int(u.end)}, int(u.tokens)))
	if at <= u.start || at >= u.end {
		return nil
	}
	left, right := u, u
	left.end, right.start = at, at
	left.tokens, right.tokens = int32(s.count(left.text())), int32(s.count(right.text()))
	return []piece{newPiece(p.in, []unit{left}, 0), newPiece(p.in, []unit{right}, 0)}
}

// textOf writes units as one text: as they stood within a block, the rows of a
// table and the items of a list on lines of their own, other blocks with an
// empty line between them, and each table under its header.
func textOf(units []unit) string {
	var out strings.Builder
	for i, u := range units {
		if i > 0 {
			out.WriteString(jointOf(units[i-1], u))
		}
		if u.b.Header != "" && (i == 0 || units[i-1].b.Header != u.b.Header) {
			out.WriteString(u.b.Header + "\n")
		}
		out.WriteString(u.text())
	}
	return strings.TrimRight(strings.TrimLeft(out.String(), "\n"), " \t\n")
}

// jointOf returns what stands between two units of a passage.
func jointOf(before, u unit) string {
	switch {
	case before.b == u.b:
		return u.joint()
	case before.b.Kind == u.b.Kind && (u.b.Kind == parse.ListItem || u.b.Kind == parse.Row && before.b.Header == u.b.Header):
		return "\n"
	}
	return "\n\n"
}

// positionOf returns the place of a passage: from the first of its units to the
// last.
func positionOf(units []unit) space.Position {
	at := units[0].position()
	at.Pages = slices.Clone(at.Pages)
	for _, u := range units[1:] {
		next := u.position()
		for _, page := range next.Pages {
			if !slices.Contains(at.Pages, page) {
				at.Pages = append(at.Pages, page)
			}
		}
		at.LineStart, at.LineEnd = span(at.LineStart, at.LineEnd, next.LineStart, next.LineEnd)
		if at.Sheet == "" {
			at.Sheet = next.Sheet
		}
		if at.Sheet == next.Sheet {
			at.RowStart, at.RowEnd = span(at.RowStart, at.RowEnd, next.RowStart, next.RowEnd)
		}
		if at.Part == "" {
			at.Part = next.Part
		}
	}
	slices.Sort(at.Pages)
	return at
}

// span returns the range that covers two ranges; one that begins at 0 is none.
func span(start, end, otherStart, otherEnd int) (int, int) {
	switch {
	case otherStart == 0:
		return start, end
	case start == 0:
		return otherStart, otherEnd
	}
	return min(start, otherStart), max(end, otherEnd)
}
