package parse

import (
	"context"
	"encoding/csv"
	"io"
	"strings"

	"syft-space/app/space"
)

// csvFormat reads comma-separated values, whatever separates them.
func csvFormat() Format {
	return Format{Name: "CSV", Extensions: []string{".csv"}, Seed: true, parse: parseCSV}
}

// tsvFormat reads tab-separated values.
func tsvFormat() Format {
	return Format{Name: "TSV", Extensions: []string{".tsv", ".tab"}, parse: parseCSV}
}

// mostColumns bounds a row of separated values, all of which is held at once.
const mostColumns = 1_000_000

func parseCSV(_ context.Context, src *source, b *builder) error {
	text, err := src.text(b)
	if err != nil {
		return err
	}
	separator := '\t'
	if src.ext == ".csv" {
		text, separator = sniffSeparator(text)
	}
	for line := range strings.Lines(text) {
		if strings.Count(line, string(separator)) >= mostColumns {
			return fail(TooLarge, "A row of the file has more than %d cells.", mostColumns)
		}
	}
	r := csv.NewReader(stoppable{b.ctx, strings.NewReader(text)})
	r.Comma, r.LazyQuotes, r.FieldsPerRecord, r.ReuseRecord = separator, true, -1, true
	var t *table
	for n := 1; b.err() == nil; n++ {
		cells, err := r.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			b.warn("Row %d could not be read and was left out.", n)
			continue
		}
		at := space.Position{RowStart: n, RowEnd: n}
		if t != nil {
			t.row(cells, at)
			continue
		}
		if likeHeader(filledCells(cells), len(cells)) {
			t = newTable(b, cells, at)
			continue
		}
		t = newTable(b, nil, at)
		t.row(cells, at)
	}
	if t != nil {
		t.close()
	}
	return b.err()
}

// sniffSeparator returns what separates the cells of text: what its first line
// says (Excel's "sep=;", which is cut off), or else the character that most of
// its first lines hold equally often.
func sniffSeparator(text string) (rest string, separator rune) {
	first, after, _ := strings.Cut(text, "\n")
	if mark, ok := strings.CutPrefix(strings.TrimRight(first, "\r"), "sep="); ok && len(mark) == 1 && validSeparator(mark[0]) {
		return after, rune(mark[0])
	}
	head := text[:min(len(text), 16<<10)]
	best, bestScore := ',', 0
	for _, candidate := range []byte{',', ';', '\t', '|'} {
		if score := separatorScore(head, candidate); score > bestScore {
			best, bestScore = rune(candidate), score
		}
	}
	return text, best
}

// validSeparator reports whether encoding/csv can separate by c.
func validSeparator(c byte) bool { return c > ' ' && c < 0x7f && c != '"' || c == '\t' }

// separatorScore returns how many of the first lines of head hold separator
// as often as the first one does, more for more columns; 0 if it has none.
func separatorScore(head string, separator byte) int {
	want, same, n := 0, 0, 0
	count, quoted := 0, false
	for i := 0; i < len(head) && n < tableSample; i++ {
		switch c := head[i]; {
		case c == '"':
			quoted = !quoted
		case c == separator && !quoted:
			count++
		case c == '\n' && !quoted:
			if n == 0 {
				want = count
			}
			if count == want {
				same++
			}
			n, count = n+1, 0
		}
	}
	if n == 0 {
		want, same = count, 1
	}
	if want == 0 {
		return 0
	}
	return same*100 + min(want, 99)
}
