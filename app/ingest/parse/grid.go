package parse

import (
	"slices"
	"strings"

	"syft-space/app/space"
)

// gridRow is a row of a table whose cells were read as blocks.
type gridRow struct {
	cells  [][]Block
	header bool // the file says that it names the columns
}

// filled reports whether the row has any text.
func (r gridRow) filled() bool {
	return slices.ContainsFunc(r.cells, func(cell []Block) bool { return len(cell) > 0 })
}

// grid writes a table of a text document: as rows where it holds data, and as
// the blocks in its cells where it only arranges them.
func (b *builder) grid(rows []gridRow, at space.Position) {
	if arrangesBlocks(rows) {
		for _, r := range rows {
			for _, cell := range r.cells {
				b.addAll(cell)
			}
		}
		return
	}
	var t *table
	for i, r := range rows {
		if b.err() != nil {
			return
		}
		cells := make([]string, len(r.cells))
		for j, cell := range r.cells {
			cells[j] = blockTexts(cell)
			b.release(cell)
		}
		switch {
		case i == 0 && len(rows) > 1 && (r.header || likeHeader(filledCells(cells), len(cells))):
			t = newTable(b, cells, at)
			continue
		case r.header && t != nil && i < 3: // the rest of a header of several rows
			continue
		case t == nil:
			t = newTable(b, nil, at)
		}
		t.row(cells, at)
	}
	if t != nil {
		t.close()
	}
}

// arrangesBlocks reports whether no row has two filled cells, or a cell holds
// more than a cell of data would.
func arrangesBlocks(rows []gridRow) bool {
	widest := 0
	for _, r := range rows {
		filled := 0
		for _, cell := range r.cells {
			size := 0
			for _, block := range cell {
				size += len(block.Text)
				if block.Kind == Heading && block.Level <= 6 {
					return true
				}
			}
			if size > longestCell {
				return true
			}
			if size > 0 {
				filled++
			}
		}
		widest = max(widest, filled)
	}
	return widest < 2
}

// blockTexts returns the texts of blocks on lines of their own.
func blockTexts(blocks []Block) string {
	texts := make([]string, len(blocks))
	for i, b := range blocks {
		texts[i] = b.Text
	}
	return strings.Join(texts, "\n")
}
