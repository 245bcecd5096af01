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
)

// table writes the rows of one table. Narrow tables become lines under a
// header that passages repeat; wide ones, and those with long cells, become
// records of "name: value" lines, which can be read, and cut, on their own.
type table struct {
	b       *builder
	header  []string // nil for a table without one
	records bool
	held    []tableRow // the sample, until it is complete
	decided bool
	written int
	at      space.Position // of the header
}

type tableRow struct {
	cells []string
	at    space.Position
}

func newTable(b *builder, header []string, at space.Position) *table {
	t := &table{b: b, at: at}
	for _, name := range header {
		t.header = append(t.header, oneLine(name))
	}
	return t
}

// row adds a row; cells may be fewer or more than the header's.
func (t *table) row(cells []string, at space.Position) {
	if t.decided {
		t.write(tableRow{cells, at})
		return
	}
	t.held = append(t.held, tableRow{append([]string(nil), cells...), at})
	if len(t.held) == tableSample {
		t.decide()
	}
}

// close writes what is still held. A header without rows becomes a row.
func (t *table) close() {
	t.decide()
	if t.written == 0 && t.header != nil {
		t.b.row("", joinCells(t.header), t.at)
	}
}

func (t *table) decide() {
	bytes := 0
	for _, r := range t.held {
		for _, c := range r.cells {
			bytes += len(c)
		}
	}
	long := len(t.held) > 0 && bytes/len(t.held) > longestLine
	t.records = len(t.header) > 1 && (len(t.header) > widestTable || long)
	t.decided = true
	for _, r := range t.held {
		t.write(r)
	}
	t.held = nil
}

func (t *table) write(r tableRow) {
	text, header := "", ""
	if t.records {
		text = record(t.header, r.cells)
	} else {
		text, header = joinCells(r.cells), joinCells(t.header)
	}
	if text == "" {
		return
	}
	t.written++
	t.b.row(header, text, r.at)
}

// record writes a row as lines of "name: value", without the empty ones.
func record(names, cells []string) string {
	var out strings.Builder
	for i, c := range cells {
		if c = cleanText(c); c == "" {
			continue
		}
		if i < len(names) && names[i] != "" {
			out.WriteString(clip(names[i], longestLabel))
			out.WriteString(": ")
		}
		out.WriteString(c)
		out.WriteByte('\n')
	}
	return out.String()
}

// joinCells writes a row as one line, without the empty cells at its end.
func joinCells(cells []string) string {
	clean := make([]string, len(cells))
	last := 0
	for i, c := range cells {
		if clean[i] = oneLine(c); clean[i] != "" {
			last = i + 1
		}
	}
	return strings.TrimSpace(strings.Join(clean[:last], " | "))
}

func oneLine(s string) string { return strings.ReplaceAll(cleanText(s), "\n", " ") }

// likeHeader reports whether the first row of a table names its columns: two
// or more short, different cells, none of which is a number or a date.
func likeHeader(cells []string) bool {
	seen := map[string]bool{}
	filled := 0
	for _, c := range cells {
		c = oneLine(c)
		if c == "" {
			continue
		}
		if seen[c] || len(c) > longestLabel || likeValue(c) {
			return false
		}
		seen[c] = true
		filled++
	}
	return filled >= 2 && filled*5 >= len(cells)*4
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
