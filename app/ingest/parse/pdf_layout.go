package parse

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/space"
)

// pdfDocument is the text of a PDF with its layout.
type pdfDocument struct {
	pages   []pdfPage
	outline []pdfEntry
	body    float64 // size of most of the text, in points
}

// longestBlock is how many lines a block has at most, about.
const longestBlock = 1000

// pdfBlock is a run of lines that belong together.
type pdfBlock struct {
	lines  []pdfLine
	text   string
	size   float64
	pages  []int
	level  int // of a heading; 0 for others
	bold   bool
	mono   bool
	single bool // set apart from what is above and below
}

// write guesses the structure of the document and writes its blocks.
func (d *pdfDocument) write(b *builder) {
	d.dropRunningLines()
	d.body = d.bodySize()
	var blocks []pdfBlock
	titles := newOutlineFinder(d.outline, len(d.pages))
	for _, page := range d.pages {
		if b.err() != nil {
			return
		}
		found := d.blocks(page, titles)
		if n := len(blocks); n > 0 && len(found) > 0 && continues(blocks[n-1], found[0]) {
			blocks[n-1].join(found[0])
			found = found[1:]
		}
		blocks = append(blocks, found...)
	}
	if !titles.useful {
		d.rankHeadings(blocks)
	}
	for _, block := range blocks {
		at := space.Position{Pages: block.pages}
		switch {
		case block.level > 0:
			if block.level == 1 && block.pages[0] == 1 {
				b.title(block.text)
			}
			b.heading(block.level, block.text, at)
		case block.mono:
			b.code(block.text, at)
		case listMarker(block.text) > 0:
			b.item(bulletToDash(block.text), at)
		default:
			b.paragraph(block.text, at)
		}
	}
}

// bodySize returns the font size of most letters, rounded to half a point.
func (d *pdfDocument) bodySize() float64 {
	letters := map[float64]int{}
	for _, p := range d.pages {
		for _, l := range p.Lines {
			if !l.Mono {
				letters[roundHalf(l.size())] += len(l.Text)
			}
		}
	}
	best, most := 0.0, 0
	for size, n := range letters {
		if n > most || n == most && size < best {
			best, most = size, n
		}
	}
	return best
}

func roundHalf(v float64) float64 { return math.Round(v*2) / 2 }

// blocks groups the lines of a page into blocks.
func (d *pdfDocument) blocks(page pdfPage, titles *outlineFinder) []pdfBlock {
	var out []pdfBlock
	headings := titles.find(page)
	for _, run := range columnRuns(page.Lines) {
		shape := shapeOf(run)
		for i, line := range run {
			mark, isTitle := headings[line.Top*1e4+line.Left]
			last := len(out) - 1
			switch {
			case isTitle && mark.first:
				out = append(out, newPDFBlock(line, page.Number))
				out[len(out)-1].level = mark.level
			case isTitle && last >= 0 && out[last].level > 0:
				out[last].add(line, " ")
			case i > 0 && last >= 0 && out[last].level == 0 && !shape.breaks(run[i-1], line, out[last]):
				out[last].add(line, shape.joint(out[last], line))
			default:
				block := newPDFBlock(line, page.Number)
				if i == 0 && last >= 0 && continues(out[last], block) { // the next column
					out[last].join(block)
					continue
				}
				block.single = i == 0 || run[i-1].Bottom-line.Bottom > 1.3*shape.pitch
				out = append(out, block)
			}
		}
	}
	var missed []pdfBlock // headings that the page does not show
	for _, entry := range titles.left[page.Number] {
		missed = append(missed, pdfBlock{text: entry.Title, level: entry.Level, pages: []int{page.Number}})
	}
	return append(missed, out...)
}

func newPDFBlock(line pdfLine, page int) pdfBlock {
	return pdfBlock{lines: []pdfLine{line}, text: lineText(line.Text), size: line.size(),
		pages: []int{page}, bold: line.Bold, mono: line.Mono}
}

// add appends a line after joint; "" joins the two parts of a word.
func (b *pdfBlock) add(line pdfLine, joint string) {
	b.lines = append(b.lines, line)
	b.bold = b.bold && line.Bold
	b.text += joint + lineText(line.Text)
}

// join appends the first block of the next page, which goes on with this one.
func (b *pdfBlock) join(next pdfBlock) {
	b.text += wordJoint(b.lines[len(b.lines)-1].Text, next.text) + next.text
	b.lines = append(b.lines, next.lines...)
	b.pages = slices.Compact(append(b.pages, next.pages...))
}

// continues reports whether the first block of a page goes on with the last
// one of the page before: a sentence that is not at its end, in the same font.
func continues(last, next pdfBlock) bool {
	if last.level > 0 || next.level > 0 || len(last.lines) > longestBlock || last.mono != next.mono || len(last.lines) == 0 ||
		math.Abs(last.size-next.size) > 0.5 || listMarker(next.text) > 0 {
		return false
	}
	first, _ := utf8.DecodeRuneInString(next.text)
	return !last.mono && !endsSentence(last.text) && (unicode.IsLower(first) || strings.HasSuffix(last.lines[len(last.lines)-1].Text, string(softHyphen)))
}

// columnRuns cuts the lines of a page where the text begins anew further up: at
// the top of a column, a box, a note.
func columnRuns(lines []pdfLine) [][]pdfLine {
	var runs [][]pdfLine
	start := 0
	for i := 1; i < len(lines); i++ {
		if lines[i].Bottom > lines[i-1].Top {
			runs = append(runs, lines[start:i])
			start = i
		}
	}
	if start < len(lines) {
		runs = append(runs, lines[start:])
	}
	return runs
}

// runShape is what is usual in a run of lines.
type runShape struct {
	pitch, right, width float64
}

func shapeOf(run []pdfLine) runShape {
	var pitches, rights []float64
	left := math.Inf(1)
	for i, l := range run {
		left = min(left, l.Left)
		rights = append(rights, l.Right)
		if i > 0 {
			if gap := run[i-1].Bottom - l.Bottom; gap > 0.5*l.size() {
				pitches = append(pitches, gap)
			}
		}
	}
	slices.Sort(rights)
	s := runShape{right: rights[len(rights)*9/10], pitch: 1.3 * run[0].size()}
	s.width = s.right - left
	if len(pitches) > 0 {
		slices.Sort(pitches)
		s.pitch = pitches[(len(pitches)-1)/2]
	}
	return s
}

// short reports whether a line ends well before the others of its run.
func (s runShape) short(l pdfLine) bool { return l.Right < s.right-0.12*s.width }

// breaks reports whether line begins a new block after the line before it.
func (s runShape) breaks(before, line pdfLine, block pdfBlock) bool {
	if len(block.lines) > longestBlock {
		return true
	}
	gap := before.Bottom - line.Bottom
	size := max(line.size(), 1)
	if line.Mono != before.Mono && gap > 0.5*size {
		return true
	}
	if line.Mono && before.Mono {
		return gap > 2.3*s.pitch
	}
	switch {
	case gap < 0.5*size: // on the same height: the next cell of a table
		return false
	case gap < 1.9*s.pitch && goesOn(before, line) && !line.Cells:
		return false
	case math.Abs(line.size()-before.size()) > 0.12*size, gap > 1.35*s.pitch:
		return true
	case line.Bold != before.Bold && (gap > 1.1*s.pitch || s.short(before)):
		return true
	case listMarker(line.Text) > 0:
		return true
	}
	indented := line.Left > before.Left+0.8*size && len(block.lines) > 0 && listMarker(block.text) == 0
	return endsSentence(before.Text) && (indented || s.short(before))
}

// goesOn reports whether the text runs on from one line to the next: a broken
// word, or a small letter after what is no end of a sentence.
func goesOn(before, line pdfLine) bool {
	first, _ := utf8.DecodeRuneInString(line.Text)
	return strings.HasSuffix(before.Text, string(softHyphen)) ||
		unicode.IsLower(first) && !endsSentence(before.Text) && before.Bold == line.Bold
}

// joint returns what stands between a block and the next line of it.
func (s runShape) joint(block pdfBlock, line pdfLine) string {
	if block.mono {
		return "\n" + strings.Repeat(" ", indentOf(block.lines[0], line))
	}
	before := block.lines[len(block.lines)-1]
	sameHeight := before.Bottom-line.Bottom < 0.5*line.size()
	if !sameHeight && (before.Cells || line.Cells || s.short(before) && !goesOn(before, line)) {
		return "\n" // it may be meant: the rows of a table, an address, verse
	}
	return wordJoint(before.Text, line.Text)
}

// indentOf returns by how many letters a line of code stands to the right of
// the first one.
func indentOf(first, line pdfLine) int {
	letters := utf8.RuneCountInString(line.Text)
	width := (line.Right - line.Left) / float64(max(letters, 1))
	if width <= 0 {
		return 0
	}
	return int(min(max(math.Round((line.Left-first.Left)/width), 0), 40))
}
