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
}

func newSheetRows(b *builder, sheet string) *sheetRows { return &sheetRows{b: b, sheet: sheet} }

// add takes the row with a number, from 1; rows in between were empty. It keeps
// the cells, which stand in the order of their columns.
func (s *sheetRows) add(number int, cells []cell) {
	if len(cells) == 0 {
		return // not counted as the row before, so that the next one sees the gap
	}
	first, end := cells[0].column, cells[len(cells)-1].column+1
	if number != s.last+1 {
		s.close()
	}
	s.last = number
	at := space.Position{Sheet: s.sheet, RowStart: number, RowEnd: number}
	switch {
	case s.t != nil:
		s.t.add(s.within(cells), at)
	case likeHeader(cells, end-first):
		s.offset = first
		s.header = make([]string, end-first)
		for _, c := range cells {
			s.header[c.column-first] = c.text
		}
		s.t = newTable(s.b, s.header, at)
	case len(cells) == 1 && first == 0:
		s.b.paragraph(cells[0].text, at) // a title, or a note between tables
	default:
		header := s.header
		if end > s.offset+len(header) || first < s.offset {
			header, s.offset = nil, first
		}
		s.t = newTable(s.b, header, at)
		s.t.add(s.within(cells), at)
	}
}

// within returns the cells with their columns counted from the one in which the
// table begins; as they are if there is something further to the left.
func (s *sheetRows) within(cells []cell) []cell {
	if s.offset == 0 || cells[0].column < s.offset {
		return cells
	}
	moved := slices.Clone(cells) // the same cells may come again, as another row
	for i := range moved {
		moved[i].column -= s.offset
	}
	return moved
}

// close ends the table in hand.
func (s *sheetRows) close() {
	if s.t != nil {
		s.t.close()
	}
	s.t = nil
}
