package parse

import (
	"strconv"
	"strings"

	"syft-space/app/space"
)

const (
	tableSample  = 20  // rows that decide how a table is written
	widestTable  = 10  // columns; wider tables are written as records
	longestLine  = 400 // bytes of the mean row; longer ones are written as records
	longestLabel = 100 // bytes of a column's name
	widestGap    = 50  // empty columns that a line shows between two cells
)

// cell is a cell that is not empty. Rows hold no others: in a sheet, two cells
// may stand sixteen thousand columns apart.
type cell struct {
	column int // from 0
	text   string
}

// filledCells returns the cells of a row that are not empty.
func filledCells(texts []string) []cell {
	cells := make([]cell, 0, len(texts))
	for i, text := range texts {
		if text != "" {
			cells = append(cells, cell{i, text})
		}
	}
	return cells
}

// table writes the rows of one table. Narrow tables become lines under a
// header that passages repeat; wide ones, and those with long cells, become
// records of "name: value" lines, which can be read, and cut, on their own.
type table struct {
	b       *builder
	header  []string // nil for a table without one
	line    string   // the header as the rows that are lines carry it
	records bool
	held    []tableRow // the sample, until it is complete
	decided bool
	written int
	at      space.Position // of the header
}

type tableRow struct {
	cells []cell
	at    space.Position
}

func newTable(b *builder, header []string, at space.Position) *table {
	t := &table{b: b, at: at}
	for _, name := range header {
		t.header = append(t.header, oneLine(name))
	}
	return t
}

// row adds a row with an empty text for an empty cell; cells may be fewer or
// more than the header's.
func (t *table) row(texts []string, at space.Position) { t.add(filledCells(texts), at) }

// add adds a row of cells in the order of their columns, and keeps them.
func (t *table) add(cells []cell, at space.Position) {
	if t.decided {
		t.write(tableRow{cells, at})
		return
	}
	t.held = append(t.held, tableRow{cells, at})
	if len(t.held) == tableSample {
		t.decide()
	}
}

// close writes what is still held. A header without rows becomes a row.
func (t *table) close() {
	t.decide()
	if t.written == 0 && t.header != nil {
		t.b.row("", joinCells(filledCells(t.header)), t.at)
	}
}

func (t *table) decide() {
	bytes := 0
	for _, r := range t.held {
		for _, c := range r.cells {
			bytes += len(c.text)
		}
	}
	long := len(t.held) > 0 && bytes/len(t.held) > longestLine
	t.records = len(t.header) > 1 && (len(t.header) > widestTable || long)
	if !t.records && t.header != nil {
		t.line = joinCells(filledCells(t.header))
		t.b.held.text += int64(len(t.line))
	}
	t.decided = true
	for _, r := range t.held {
		t.write(r)
	}
	t.held = nil
}

func (t *table) write(r tableRow) {
	text := ""
	if t.records {
		text = record(t.header, r.cells)
	} else {
		text = joinCells(r.cells)
	}
	if text == "" {
		return
	}
	t.written++
	t.b.row(t.line, text, r.at)
}

// record writes a row as lines of "name: value", without the empty ones.
func record(names []string, cells []cell) string {
	var out strings.Builder
	for _, c := range cells {
		text := cleanText(c.text)
		if text == "" {
			continue
		}
		if c.column < len(names) && names[c.column] != "" {
			out.WriteString(clip(names[c.column], longestLabel))
			out.WriteString(": ")
		}
		out.WriteString(text)
		out.WriteByte('\n')
	}
	return out.String()
}

// joinCells writes a row as one line, without the empty cells at its end.
func joinCells(cells []cell) string {
	var out strings.Builder
	last := 0
	for _, c := range cells {
		if text := oneLine(c.text); text != "" {
			out.WriteString(strings.Repeat(" | ", min(c.column-last, widestGap)))
			out.WriteString(text)
			last = c.column
		}
	}
	return strings.TrimSpace(out.String())
}

func oneLine(s string) string { return strings.ReplaceAll(cleanText(s), "\n", " ") }

// likeHeader reports whether the first row of a table of so many columns names
// them: two or more short, different cells, none of which is a number or a date.
func likeHeader(cells []cell, columns int) bool {
	seen := map[string]bool{}
	for _, c := range cells {
		text := oneLine(c.text)
		if text == "" {
			continue
		}
		if seen[text] || len(text) > longestLabel || likeValue(text) {
			return false
		}
		seen[text] = true
	}
	return len(seen) >= 2 && len(seen)*5 >= columns*4
}

// likeValue reports whether a cell is data rather than a name: a number, an
// amount, a date, an address on the net.
func likeValue(s string) bool {
	if strings.Contains(s, "://") || strings.Contains(s, "@") {
		return true
	}
	digits, letters := 0, 0
	for _, r := range s {
		switch {
		case r >= '0' && r <= '9':
			digits++
		case r > ' ' && !strings.ContainsRune(".,:;+-/%$()", r) && r != 0x20ac && r != 0xa3:
			letters++
		}
	}
	if digits > 0 && letters <= 1 { // 1e5, 12h, 2024-01-02T03:04
		_, err := strconv.Atoi(s)
		return err != nil || len(s) != 4 || s[0] != '1' && s[0] != '2' // a year may name a column
	}
	return false
}
