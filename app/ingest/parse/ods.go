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
			return o.sheet(b, xmlAttr(e, "name"))
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
			cells, err := o.sheetRow(b, rows.cells[:0])
			rows.cells = cells
			for i := range min(times, mostRepeats) {
				rows.add(number+i, cells)
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

// sheetRow appends the texts of a row's cells to cells.
func (o *odf) sheetRow(b *builder, cells []string) ([]string, error) {
	empty := 0 // cells since the last filled one
	err := o.x.each(func(e xml.StartElement) error {
		times := repeats(e, "number-columns-repeated")
		cell := newBuilder(b.ctx, b.limits)
		if err := o.blocks(cell); err != nil {
			return err
		}
		text := blockTexts(cell.doc.Blocks)
		if text == "" {
			empty += min(times, widestSheet)
			return nil
		}
		for range min(times, mostRepeats) {
			for ; empty > 0 && len(cells) < widestSheet; empty-- {
				cells = append(cells, "")
			}
			if len(cells) < widestSheet {
				cells = append(cells, text)
			}
		}
		return nil
	})
	return cells, err
}
