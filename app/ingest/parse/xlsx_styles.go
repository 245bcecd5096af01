package parse

import (
	"encoding/xml"
	"strings"
)

// cellLook is what a number format makes of a number.
type cellLook uint8

const (
	cellPlain cellLook = iota
	cellPercent
	cellDate
	cellDuration // hours that go on past 24
)

type cellStyle struct{ look cellLook }

// readStyles reads which of the workbook's cell formats are dates or
// percentages.
func (w *workbook) readStyles(x *xmlReader) error {
	custom := map[string]string{}
	return x.root(func(e xml.StartElement) error {
		switch e.Name.Local {
		case "numFmts":
			return x.each(func(e xml.StartElement) error {
				custom[xmlAttr(e, "numFmtId")] = xmlAttr(e, "formatCode")
				return nil
			})
		case "cellXfs":
			return x.each(func(e xml.StartElement) error {
				id := xmlAttr(e, "numFmtId")
				look := builtinLook(atoiOr(id, 0))
				if code, ok := custom[id]; ok {
					look = formatLook(code)
				}
				w.styles = append(w.styles, cellStyle{look})
				return nil
			})
		}
		return x.skip()
	})
}

// builtinLook returns the look of the formats that files do not spell out
// (ECMA-376 part 1, 18.8.30).
func builtinLook(id int) cellLook {
	switch {
	case id == 9, id == 10:
		return cellPercent
	case id == 46:
		return cellDuration
	case id >= 14 && id <= 22, id >= 27 && id <= 36, id == 45, id == 47, id >= 50 && id <= 58:
		return cellDate
	}
	return cellPlain
}

// formatLook tells the look of a format code: letters of dates outside of
// quotes and brackets make it a date.
func formatLook(code string) cellLook {
	code, _, _ = strings.Cut(strings.ToLower(code), ";")
	for i := 0; i < len(code); i++ {
		switch code[i] {
		case '"':
			if end := strings.IndexByte(code[i+1:], '"'); end >= 0 {
				i += end + 1
			}
		case '\\', '_', '*':
			i++
		case '[':
			end := strings.IndexByte(code[i:], ']')
			if end < 0 {
				return cellPlain
			}
			if strings.Trim(code[i+1:i+end], "hms") == "" {
				return cellDuration
			}
			i += end
		case '%':
			return cellPercent
		case 'y', 'd', 'h', 'm', 's':
			return cellDate
		case 'g':
			if strings.HasPrefix(code[i:], "general") {
				return cellPlain
			}
		}
	}
	return cellPlain
}
