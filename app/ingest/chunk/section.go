package chunk

import (
	"slices"

	"syft-space/app/ingest/parse"
)

// section is a heading with what stands under it.
type section struct {
	parent   *section // nil for the document
	depth    int      // number of headings above and including its own
	level    int      // of its heading
	heading  unit     // its own heading; empty for the document
	units    []unit
	children []*section
}

// sections builds the tree of a document's sections, cut into units.
func (s *splitter) sections(blocks []parse.Block) *section {
	root := &section{}
	at := root
	for i := range blocks {
		if s.ctx.Err() != nil {
			break
		}
		b := &blocks[i]
		if b.Kind != parse.Heading {
			at.units = s.sentences(at.units, b)
			continue
		}
		for at.parent != nil && at.level >= b.Level {
			at = at.parent
		}
		heading := wholeUnit(b, s.count(b.Text))
		child := &section{parent: at, depth: at.depth + 1, level: b.Level, heading: heading}
		at.children = append(at.children, child)
		at = child
	}
	return root
}

// path returns the headings that lead to the section, outermost first.
func (n *section) path() []string {
	var path []string
	for ; n.parent != nil; n = n.parent {
		path = append(path, n.heading.text())
	}
	slices.Reverse(path)
	return path
}

// headingsBelow returns the headings from below above down to the section's
// own.
func (n *section) headingsBelow(above *section) []unit {
	var headings []unit
	for ; n != above; n = n.parent {
		headings = append(headings, n.heading)
	}
	slices.Reverse(headings)
	return headings
}

// common returns the innermost section that holds both.
func common(a, b *section) *section {
	for a != b {
		if a.depth >= b.depth {
			a = a.parent
		} else {
			b = b.parent
		}
	}
	return a
}

// size returns the tokens of a section with all that is below it, its own
// heading left out. It may stop counting beyond most.
func (n *section) size(most int) int {
	total := costOf(n.units)
	for _, c := range n.children {
		if total > most {
			break
		}
		total += int(c.heading.tokens) + c.size(most-total)
	}
	return total
}

// all appends the units of a section and of all below it, with the headings of
// those below.
func (n *section) all(units []unit) []unit {
	units = append(units, n.units...)
	for _, c := range n.children {
		units = append(units, c.heading)
		units = c.all(units)
	}
	return units
}
