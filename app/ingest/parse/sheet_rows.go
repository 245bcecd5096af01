package parse

import (
	"slices"

	"syft-space/app/space"
)

// sheetRows cuts the rows of a spreadsheet into tables: an empty row ends one,
// and the first row of the next one is its header if it looks like one.
type sheetRows struct {
	b      *builder
	sheet  string
	t      *table
	header []string // of the last table that had one
	offset int      // column in which the table in hand begins
	last   int      // number of the row before
	cells  []string // reused from row to row
}

func newSheetRows(b *builder, sheet string) *sheetRows { return &sheetRows{b: b, sheet: sheet} }

// add takes the row with a number, from 1; rows in between were empty.
func (s *sheetRows) add(number int, cells []string) {
	filled, first := 0, -1
	for i, c := range cells {
		if c != "" {
			if filled++; first < 0 {
				first = i
			}
		}
	}
	if filled == 0 {
		return // not counted as the row before, so that the next one sees the gap
	}
	if number != s.last+1 {
		s.close()
	}
	s.last = number
	at := space.Position{Sheet: s.sheet, RowStart: number, RowEnd: number}
	switch {
	case s.t != nil:
		s.t.row(s.within(cells), at)
	case likeHeader(cells[first:]):
		s.offset = first
		s.header = slices.Clone(cells[first:])
		s.t = newTable(s.b, s.header, at)
	case filled == 1 && first == 0:
		s.b.paragraph(cells[first], at) // a title, or a note between tables
	default:
		header := s.header
		if len(cells) > s.offset+len(header) || first < s.offset {
			header, s.offset = nil, first
		}
		s.t = newTable(s.b, header, at)
		s.t.row(s.within(cells), at)
	}
}

// within returns the cells from the column on in which the table begins; all of
// them if there is something further to the left.
func (s *sheetRows) within(cells []string) []string {
	for i, c := range cells {
		if c != "" && i < s.offset {
			return cells
		}
		if i >= s.offset {
			return cells[i:]
		}
	}
	return nil
}

// close ends the table in hand.
func (s *sheetRows) close() {
	if s.t != nil {
		s.t.close()
	}
	s.t = nil
}
