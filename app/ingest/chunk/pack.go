package chunk

// piece is a passage in the making: units that follow each other in a section
// or, where small ones were joined, in several sections of one.
type piece struct {
	in     *section
	units  []unit
	lead   int // how many units at the start repeat the end of the piece before
	tokens int
}

func newPiece(in *section, units []unit, lead int) piece {
	return piece{in: in, units: units, lead: lead, tokens: costOf(units)}
}

// pack cuts a section and all below it into pieces. What fits into one passage
// becomes one; else each part of the section is cut on its own, and pieces that
// are too small join a neighbour.
func (s *splitter) pack(n *section) []piece {
	for len(n.units) == 0 && len(n.children) == 1 {
		n = n.children[0] // all of it stands under one heading
	}
	switch {
	case len(n.units) > 0 || len(n.children) > 0:
	case n.parent == nil:
		return nil
	default: // a heading without text is text of the section above
		return []piece{newPiece(n.parent, []unit{n.heading}, 0)}
	}
	if n.size(s.o.Max) <= s.o.Max {
		return []piece{newPiece(n, n.all(nil), 0)}
	}
	pieces := s.fill(n.units, n)
	for _, c := range n.children {
		pieces = append(pieces, s.pack(c)...)
	}
	return s.joinSmall(pieces)
}

// joinSmall joins pieces under the minimum with the neighbour that is nearer in
// the tree of sections, or else smaller, where both fit into one passage.
func (s *splitter) joinSmall(pieces []piece) []piece {
	if len(pieces) < 2 {
		return pieces
	}
	joined := pieces[:1:1]
	for i, p := range pieces[1:] {
		last := &joined[len(joined)-1]
		switch {
		case !s.small(*last) && !s.small(p):
		case !s.small(*last) && i+2 < len(pieces) && s.prefersNext(*last, p, pieces[i+2]):
		default:
			if both := join(*last, p); both.tokens <= s.o.Max {
				*last = both
				continue
			}
		}
		joined = append(joined, p)
	}
	return joined
}

// small reports whether a piece has less than the minimum of its own.
func (s *splitter) small(p piece) bool {
	return p.tokens-costOf(p.units[:p.lead]) < s.o.Min
}

// prefersNext reports whether p had better join the piece after it than the
// one before.
func (s *splitter) prefersNext(before, p, next piece) bool {
	if join(p, next).tokens > s.o.Max {
		return false
	}
	nearBefore, nearNext := common(before.in, p.in).depth, common(p.in, next.in).depth
	if nearBefore != nearNext {
		return nearNext > nearBefore
	}
	return next.tokens < before.tokens
}

// join returns two neighbours as one piece of the section that holds both; the
// headings below that become text.
func join(a, b piece) piece {
	in := common(a.in, b.in)
	units := append(a.in.headingsBelow(in), a.units...)
	if a.in != b.in {
		units = append(units, b.in.headingsBelow(in)...)
	}
	own := b.units
	if a.in == b.in {
		own = b.units[b.lead:]
	}
	lead := a.lead
	if a.in != in {
		lead = 0
	}
	return newPiece(in, append(units, own...), lead)
}
