package quote

import (
	"strings"
	"unicode"
)

// isRow reports whether a line is a row of a table: cells between bars or tabs.
func isRow(line string) bool {
	return strings.Contains(line, " | ") || strings.HasPrefix(line, "|") && strings.Count(line, "|") > 1 ||
		strings.Count(line, "\t") > 1
}

func cellsOf(line string) []string {
	sep := "|"
	if !strings.Contains(line, sep) {
		sep = "\t"
	}
	cells := strings.Split(strings.Trim(strings.TrimSpace(line), sep), sep)
	return trimmed(cells)
}

// isHeader reports whether cells name the columns of the rows that follow:
// they are as many, none is empty, none holds a digit.
func isHeader(cells []string, following []string) bool {
	for _, c := range cells {
		if c == "" || strings.ContainsFunc(c, unicode.IsDigit) || len(c) > 60 {
			return false
		}
	}
	if len(following) == 0 {
		return false
	}
	next := strings.TrimSpace(following[0])
	if next != "" && rule.MatchString(next) {
		return true // Markdown underlines its header
	}
	return isRow(next) && len(cellsOf(next)) <= len(cells)
}

// row writes a row so that it can be read alone: "name: value; name: value".
func row(cells, header []string) block {
	b := block{shape: tabular, header: header}
	if len(cells) == 2 && cells[0] != "" && cells[1] != "" {
		b.text = cells[0] + ": " + cells[1]
		return b
	}
	var parts []string
	for i, c := range cells {
		switch {
		case c == "":
		case i < len(header):
			parts = append(parts, header[i]+": "+c)
		default:
			parts = append(parts, c)
		}
	}
	b.text = strings.Join(parts, "; ")
	return b
}
