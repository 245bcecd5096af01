package parse

import (
	"math"
	"slices"
	"strings"
	"unicode"
)

// outlineFinder finds the entries of a document's outline among the lines of
// its pages.
type outlineFinder struct {
	byPage map[int][]pdfEntry
	useful bool // the outline is fine enough to go by
	left   map[int][]pdfEntry
}

// titleMark marks a line as a heading, or as the rest of one.
type titleMark struct {
	level int
	first bool
}

// newOutlineFinder returns a finder that uses the outline only if it has at
// least an entry for every thirty pages.
func newOutlineFinder(outline []pdfEntry, pages int) *outlineFinder {
	f := &outlineFinder{byPage: map[int][]pdfEntry{}, left: map[int][]pdfEntry{}}
	f.useful = len(outline) > 1 && len(outline)*30 >= pages
	if f.useful {
		for _, e := range outline {
			f.byPage[e.Page] = append(f.byPage[e.Page], e)
		}
	}
	return f
}

// find marks the lines of a page that are headings by the outline. The marks
// are keyed by the lines' places.
func (f *outlineFinder) find(page pdfPage) map[float64]titleMark {
	marks := map[float64]titleMark{}
	entries := f.byPage[page.Number]
	if len(entries) == 0 {
		return marks
	}
	used := make([]bool, len(page.Lines))
	spelled := make([]string, len(page.Lines))
	for i, l := range page.Lines {
		spelled[i] = letters(lineText(l.Text))
	}
	for i, e := range entries {
		at, n := 0, 0
		if i*len(spelled) < mostSteps {
			at, n = findTitle(spelled, used, letters(e.Title))
		}
		if n == 0 {
			f.left[page.Number] = append(f.left[page.Number], e)
			continue
		}
		for i := at; i < at+n; i++ {
			used[i] = true
			marks[page.Lines[i].Top*1e4+page.Lines[i].Left] = titleMark{e.Level, i == at}
		}
	}
	return marks
}

// mostSteps bounds how many lines of one page are compared with titles: an
// outline has up to ten thousand, and all of them may lead to the same page.
const mostSteps = 5_000_000

// findTitle returns the first line, and the number of lines, whose letters spell
// title on their own, with nothing but a number before it.
func findTitle(lines []string, used []bool, title string) (at, n int) {
	if title == "" {
		return 0, 0
	}
	for i := range lines {
		joined := ""
		for j := i; j < len(lines) && j < i+3 && !used[j]; j++ {
			if len(joined)+len(lines[j]) > len(title)+16 {
				break
			}
			if joined += lines[j]; joined == "" {
				break // no part of a title
			}
			if before, ok := strings.CutSuffix(joined, title); ok && numbering(before) {
				return i, j - i + 1
			}
		}
	}
	return 0, 0
}

// letters returns the letters and digits of s in lower case.
func letters(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsDigit(r) {
			return unicode.ToLower(r)
		}
		return -1
	}, s)
}

// numbering reports whether s, letters and digits, can be the number before a
// title: "31", "a2", "chapter4", "part2".
func numbering(s string) bool {
	for _, word := range []string{"chapter", "appendix", "section", "part", "kapitel", "anhang", "chapitre"} {
		s = strings.TrimPrefix(s, word)
	}
	if len(s) > 8 {
		return false
	}
	other := strings.TrimLeft(s, "0123456789ivxabcde")
	return other == ""
}

// rankHeadings marks blocks as headings by their look, in a document without
// an outline: larger than the body text, or bold and on their own. Sizes rank
// the levels.
func (d *pdfDocument) rankHeadings(blocks []pdfBlock) {
	var sizes []float64
	bold := 0
	for _, b := range blocks {
		if d.larger(b) {
			sizes = append(sizes, roundHalf(b.size))
		}
		if b.bold {
			bold++
		}
	}
	slices.Sort(sizes)
	sizes = slices.Compact(sizes)
	slices.Reverse(sizes)
	useBold := bold*4 < len(blocks)
	for i := range blocks {
		b := &blocks[i]
		switch {
		case d.larger(*b):
			b.level = min(1+slices.Index(sizes, roundHalf(b.size)), 6)
		case useBold && b.bold && b.single && len(b.lines) == 1 && titleLike(b.text, 100) && b.size >= 0.9*d.body:
			b.level = 7
		}
	}
}

func (d *pdfDocument) larger(b pdfBlock) bool {
	return !b.mono && b.size >= 1.15*d.body && len(b.lines) <= 3 && titleLike(b.text, 150)
}

// titleLike reports whether text can be a heading: short, with letters, and no
// sentence.
func titleLike(text string, most int) bool {
	if len(text) > most || listMarkerOnly(text) {
		return false
	}
	named := 0
	for _, r := range text {
		if unicode.IsLetter(r) {
			named++
		}
	}
	return named >= 2 && named*2 >= int(math.Sqrt(float64(len(text)))) && !strings.ContainsAny(text[len(text)-1:], ".,;:")
}

// listMarkerOnly reports whether text begins with a bullet.
func listMarkerOnly(text string) bool {
	return listMarker(text) > 0 && (text[0] < '0' || text[0] > '9')
}
