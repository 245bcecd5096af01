package parse

import (
	"context"
	"encoding/xml"

	"syft-space/app/space"
)

// mostRepeats bounds how often a filled row is repeated: files state empty rows
// to the end of the sheet that way, and formatting does it to filled ones.
const mostRepeats = 100

// odsFormat reads OpenDocument spreadsheets; cells are read as they are shown.
func odsFormat() Format {
	return Format{Name: "OpenDocument spreadsheet", Extensions: []string{".ods", ".ots"}, parse: parseODS}
}

func parseODS(_ context.Context, src *source, b *builder) error {
	err := readODF(src, b, func(o *odf, e xml.StartElement) error {
		if e.Name.Local != "spreadsheet" {
			return nil
		}
		return o.x.each(func(e xml.StartElement) error {
			if e.Name.Local != "table" {
				return o.x.skip()
			}
			return o.sheet(b, clip(xmlAttr(e, "name"), longestHeading))
		})
	})
	if b.onlyHeadings() {
		b.doc.Blocks = nil
	}
	return err
}

// sheet writes the rows of one table of a spreadsheet.
func (o *odf) sheet(b *builder, name string) error {
	b.heading(1, name, space.Position{Sheet: name})
	rows := newSheetRows(b, name)
	number := 1
	var read func(xml.StartElement) error
	read = func(e xml.StartElement) error {
		switch e.Name.Local {
		case "table-rows", "table-header-rows", "table-row-group":
			return o.x.each(read)
		case "table-row":
			times := repeats(e, "number-rows-repeated")
			cells, err := o.sheetRow(b)
			if len(cells) > 0 {
				for i := range min(times, mostRepeats) {
					rows.add(number+i, cells)
				}
			}
			number += times
			if err != nil {
				return err
			}
			return b.err()
		}
		return o.x.skip()
	}
	err := o.x.each(read)
	rows.close()
	return err
}

// sheetRow returns the cells of a row.
func (o *odf) sheetRow(b *builder) ([]cell, error) {
	var cells []cell
	column := 0
	err := o.x.each(func(e xml.StartElement) error {
		times := repeats(e, "number-columns-repeated")
		inner := b.inner()
		if err := o.blocks(inner); err != nil {
			return err
		}
		b.release(inner.doc.Blocks)
		text := blockTexts(inner.doc.Blocks)
		if text == "" {
			column = min(column+min(times, widestSheet), widestSheet)
			return nil
		}
		for range min(times, mostRepeats) {
			if column < widestSheet {
				cells = append(cells, cell{column, text})
				column++
			}
		}
		return nil
	})
	return cells, err
}
