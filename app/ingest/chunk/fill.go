package chunk

import (
	"strings"

	"syft-space/app/ingest/parse"
)

// fill cuts the units of a section into pieces of about even length, between
// blocks rather than within them, and lets each piece but the first begin with
// the last sentences of the one before.
func (s *splitter) fill(units []unit, in *section) []piece {
	if len(units) == 0 {
		return nil
	}
	remaining := make([]int, len(units)+1) // tokens from a unit to the end
	for i := len(units) - 1; i >= 0; i-- {
		remaining[i] = remaining[i+1] + int(units[i].tokens)
	}
	var pieces []piece
	for start := 0; start < len(units); {
		lead := start
		if start > 0 {
			lead = s.overlapStart(units, start)
		}
		if costOf(units[lead:start+1]) > s.o.Max {
			lead = start
		}
		end := s.pieceEnd(units, lead, start, remaining[start])
		pieces = append(pieces, newPiece(in, units[lead:end:end], start-lead))
		start = end
	}
	return pieces
}

// pieceEnd returns where the piece that begins at lead, with new text from
// start on, had best end. left is the number of tokens from start on.
func (s *splitter) pieceEnd(units []unit, lead, start, left int) int {
	used := costOf(units[lead:start])
	goal := s.goal(left, used)
	best, bestLoss := start+1, -1.0
	for i := start; i < len(units); i++ {
		used += cost(units[lead:], i-lead)
		if used > s.o.Max && i > start {
			break
		}
		loss := abs(used-goal)/float64(goal) + s.breakLoss(units, i+1)
		if i+1 == len(units) {
			return i + 1
		}
		if bestLoss < 0 || loss <= bestLoss {
			best, bestLoss = i+1, loss
		}
	}
	return best
}

// goal returns the length that makes the pieces of left tokens, and the used
// ones before them, even: as few as fit into passages of about the size.
func (s *splitter) goal(left, used int) int {
	room := s.o.Max * 19 / 20
	n := max((left+s.o.Size/2)/s.o.Size, 1)
	for (left+used+(n-1)*s.o.Overlap)/n > room {
		n++
	}
	return max((left+used+(n-1)*s.o.Overlap)/n, 1)
}

// breakLoss says how bad it is to cut before units[i], in parts of the goal by
// which the length may be off instead.
func (s *splitter) breakLoss(units []unit, i int) float64 {
	if i >= len(units) {
		return 0
	}
	before, after := units[i-1], units[i]
	loss := 0.0
	switch {
	case before.b.Kind == parse.Heading:
		return 1
	case before.b == after.b && before.b.Kind == parse.Code:
		loss = 0.2
	case before.b == after.b:
		loss = 0.3
	case before.b.Kind == after.b.Kind && before.b.Kind != parse.Paragraph:
		loss = 0.1 // between the rows of a table, the items of a list
	}
	if before.b != after.b && strings.HasSuffix(before.text(), ":") {
		loss += 0.25 // it announces what follows
	}
	return loss
}

// overlapStart returns from which unit on the piece that begins at start
// repeats the one before: whole sentences of running text, and lines where
// these are all there is.
func (s *splitter) overlapStart(units []unit, start int) int {
	tokens, lead := 0, start
	for lead > 0 {
		u := units[lead-1]
		if u.b.Kind == parse.Heading || s.o.Strategy == Structure && u.b.Kind != parse.Paragraph && u.b.Kind != parse.ListItem {
			break
		}
		if tokens += int(u.tokens); tokens > s.o.Overlap*3/2 || tokens > s.o.Overlap && lead < start {
			break
		}
		lead--
	}
	return lead
}

func abs(n int) float64 {
	if n < 0 {
		n = -n
	}
	return float64(n)
}
