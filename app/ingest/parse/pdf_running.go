package parse

import (
	"math"
	"regexp"
	"slices"
	"strings"
)

const (
	runningReach = 6 // pages to either side on which a running line must come back
	runningTimes = 2 // how often, if only its numbers differ
	runningPlace = 5 // how often, if it only stands at the same place, apart from the rest
)

// dropRunningLines takes out what the margins repeat: running heads, footers
// and page numbers. They would stand in the middle of sentences. Lines larger
// than the text stay: the titles of slides repeat, too.
func (d *pdfDocument) dropRunningLines() {
	body := d.bodySize()
	texts, places := map[runningText][]int{}, map[int][]int{} // pages on which they were
	edges := make([][]edgeLine, len(d.pages))
	for i, p := range d.pages {
		edges[i] = edgeLines(p.Lines)
		for _, e := range edges[i] {
			texts[e.key] = appendNew(texts[e.key], p.Number)
			if e.apart {
				places[e.key.height] = appendNew(places[e.key.height], p.Number)
			}
		}
	}
	for i := range d.pages {
		p := &d.pages[i]
		drop := map[int]bool{}
		for _, e := range edges[i] {
			line := p.Lines[e.index]
			running := countNear(texts[e.key], p.Number) >= runningTimes ||
				e.apart && countNear(places[e.key.height], p.Number) >= runningPlace
			if running && line.size() <= 1.1*body || pageNumber.MatchString(strings.ToLower(line.Text)) {
				drop[e.index] = true
			}
		}
		p.dropLines(drop)
	}
}

// dropLines takes lines out, unless they are all there is.
func (p *pdfPage) dropLines(drop map[int]bool) {
	if len(drop) == 0 || len(drop) == len(p.Lines) {
		return
	}
	kept := make([]pdfLine, 0, len(p.Lines))
	for i, l := range p.Lines {
		if !drop[i] {
			kept = append(kept, l)
		}
	}
	p.Lines = kept
}

// pageNumber matches a line that is nothing but a page number.
var pageNumber = regexp.MustCompile(`^[-\x{2013}\x{2014}|\s]*(page\s*)?(\d{1,4}|[ivxl]{1,7})(\s*(of|/)\s*\d{1,4})?[-\x{2013}\x{2014}|\s]*$`)

// runningText is equal for lines that differ in their numbers only and stand at
// the same height.
type runningText struct {
	text   string
	height int // in steps of four points
}

// edgeLine is a line in one of the two highest or lowest rows of a page.
type edgeLine struct {
	index int
	key   runningText
	apart bool // alone at the edge, with a gap to the next row
}

func edgeLines(lines []pdfLine) []edgeLine {
	var rows []float64
	for _, l := range lines {
		rows = append(rows, math.Round(l.Bottom))
	}
	slices.Sort(rows)
	rows = slices.Compact(rows)
	n := len(rows)
	if n == 0 {
		return nil
	}
	var out []edgeLine
	for i, l := range lines {
		row := math.Round(l.Bottom)
		if row > rows[min(1, n-1)] && row < rows[max(n-2, 0)] {
			continue
		}
		apart := n > 4 && (row == rows[0] && rows[1]-row > 1.8*l.size() || row == rows[n-1] && row-rows[n-2] > 1.8*l.size())
		out = append(out, edgeLine{i, runningText{withoutNumbers(l.Text), int(math.Round(l.Bottom / 4))}, apart})
	}
	return out
}

// withoutNumbers returns s with every run of digits taken out.
func withoutNumbers(s string) string {
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return r == ' ' || r >= '0' && r <= '9' }), " ")
}

// appendNew appends a page to an ascending list that may hold it already.
func appendNew(pages []int, page int) []int {
	if n := len(pages); n > 0 && pages[n-1] == page {
		return pages
	}
	return append(pages, page)
}

// countNear returns how many other pages within reach are among pages.
func countNear(pages []int, page int) int {
	n := 0
	at, _ := slices.BinarySearch(pages, page-runningReach)
	for ; at < len(pages) && pages[at] <= page+runningReach; at++ {
		if pages[at] != page {
			n++
		}
	}
	return n
}
