package parse

import (
	"encoding/xml"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// widestSheet is the number of columns that Excel has.
const widestSheet = 16384

// readRow returns the cells of the row whose start was read last, in the order
// of their columns. Of several in one column the last counts.
func (w *workbook) readRow(x *xmlReader) ([]cell, error) {
	var cells []cell
	next, sorted := 0, true
	err := x.each(func(e xml.StartElement) error {
		if e.Name.Local != "c" {
			return nil
		}
		column := columnOf(xmlAttr(e, "r"), next)
		sorted = sorted && column >= next
		next = column + 1
		value, err := w.readCell(x, e)
		if value != "" && column < widestSheet {
			cells = append(cells, cell{column, value})
		}
		return err
	})
	if !sorted {
		slices.Reverse(cells)
		slices.SortStableFunc(cells, func(a, b cell) int { return a.column - b.column })
		cells = slices.CompactFunc(cells, func(a, b cell) bool { return a.column == b.column })
	}
	return cells, err
}

// columnOf returns the column, from 0, of a reference such as "AB12", and next
// where there is none.
func columnOf(ref string, next int) int {
	column := 0
	for i := 0; i < len(ref) && ref[i] >= 'A' && ref[i] <= 'Z' && i < 4; i++ {
		column = column*26 + int(ref[i]-'A') + 1
	}
	if column == 0 {
		return next
	}
	return column - 1
}

// readCell returns what a cell shows.
func (w *workbook) readCell(x *xmlReader, e xml.StartElement) (string, error) {
	kind, style := xmlAttr(e, "t"), xmlAttr(e, "s")
	raw, inline := "", ""
	err := x.each(func(e xml.StartElement) (err error) {
		switch e.Name.Local {
		case "v":
			raw, err = x.text()
		case "is":
			inline, err = richText(x)
		}
		return err
	})
	raw = strings.TrimSpace(raw)
	switch kind {
	case "s":
		if i := atoiOr(raw, -1); i >= 0 && i < len(w.strings) {
			return w.strings[i], err
		}
		return "", err
	case "inlineStr":
		return inline, err
	case "b":
		if raw == "1" {
			return "TRUE", err
		}
		return "FALSE", err
	case "str", "e", "d":
		return raw, err
	}
	return w.number(raw, style), err
}

// number formats a number as its style shows it, as far as it tells dates,
// times and percentages from plain numbers.
func (w *workbook) number(raw, style string) string {
	v, err := strconv.ParseFloat(raw, 64)
	if err != nil || math.IsNaN(v) || math.IsInf(v, 0) {
		return raw
	}
	look := cellPlain
	if i := atoiOr(style, -1); i >= 0 && i < len(w.styles) {
		look = w.styles[i].look
	}
	switch look {
	case cellPercent:
		return plainNumber(v*100) + "%"
	case cellDate:
		return excelDate(v, w.from04)
	case cellDuration:
		seconds := int64(math.Round(v * 86400))
		return strconv.FormatInt(seconds/3600, 10) + ":" + time.Unix(0, 0).UTC().Add(time.Duration(seconds%3600)*time.Second).Format("04:05")
	}
	return plainNumber(v)
}

// plainNumber writes a number with the fifteen digits that Excel keeps, which
// hides the errors of binary fractions.
func plainNumber(v float64) string {
	if math.Abs(v) >= 1e15 || v != 0 && math.Abs(v) < 1e-9 {
		return strconv.FormatFloat(v, 'g', 15, 64)
	}
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'g', 15, 64), 64)
	if err != nil {
		return strconv.FormatFloat(v, 'g', -1, 64)
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}

// excelDate writes a serial date: days since the end of 1899, or since 1904.
// The fraction is the time of day; a number under 1 is a time only.
func excelDate(v float64, from04 bool) string {
	if v < 0 || v > 2958466 { // past the year 9999
		return plainNumber(v)
	}
	seconds := int64(math.Round(v * 86400))
	days, clock := seconds/86400, seconds%86400
	if days == 0 && clock > 0 {
		return time.Unix(clock, 0).UTC().Format("15:04:05")
	}
	base := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC)
	switch {
	case from04:
		base = time.Date(1904, 1, 1, 0, 0, 0, 0, time.UTC)
	case days < 60: // before the 29 February 1900 that Excel believes in
		days++
	}
	t := base.AddDate(0, 0, int(days)).Add(time.Duration(clock) * time.Second)
	switch {
	case clock == 0:
		return t.Format(time.DateOnly)
	case clock%60 == 0:
		return t.Format("2006-01-02 15:04")
	}
	return t.Format(time.DateTime)
}

func atoiOr(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}
