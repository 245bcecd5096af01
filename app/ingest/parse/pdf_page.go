package parse

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
)

// softHyphen is what the library puts where a hyphen only breaks a word at the
// end of a line.
const softHyphen = '\u0002'

// page returns the lines of the page with an index, from 0, each with its place
// and the look of its font. A page that cannot be loaded is marked and left
// out; an error means that the library itself broke down.
func (r *pdfReader) page(index int) (*pdfPage, error) {
	page := &pdfPage{Number: index + 1}
	loaded, err := r.lib.FPDF_LoadPage(&requests.FPDF_LoadPage{Document: r.doc, Index: index})
	if err != nil {
		page.Failed = true
		return page, r.alive()
	}
	texts, err := r.lib.FPDFText_LoadPage(&requests.FPDFText_LoadPage{Page: requests.Page{ByReference: &loaded.Page}})
	if err != nil {
		page.Failed = true
		return page, r.alive()
	}
	page.Lines, err = r.lines(texts.TextPage)
	if err != nil {
		return nil, err
	}
	if len(page.Lines) == 0 {
		objects, err := r.lib.FPDFPage_CountObjects(&requests.FPDFPage_CountObjects{Page: requests.Page{ByReference: &loaded.Page}})
		page.Blank = err == nil && objects.Count == 0
	}
	if _, err := r.lib.FPDFText_ClosePage(&requests.FPDFText_ClosePage{TextPage: texts.TextPage}); err != nil {
		return nil, err
	}
	_, err = r.lib.FPDF_ClosePage(&requests.FPDF_ClosePage{Page: loaded.Page})
	return page, err
}

// alive returns an error when the library no longer answers: after a trap, such
// as running out of memory, every further call fails.
func (r *pdfReader) alive() error {
	_, err := r.lib.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: r.doc})
	return err
}

func (r *pdfReader) lines(page references.FPDF_TEXTPAGE) ([]pdfLine, error) {
	counted, err := r.lib.FPDFText_CountChars(&requests.FPDFText_CountChars{TextPage: page})
	if err != nil || counted.Count <= 0 {
		return nil, err
	}
	got, err := r.lib.FPDFText_GetText(&requests.FPDFText_GetText{TextPage: page, Count: counted.Count})
	if err != nil {
		return nil, err
	}
	r.text += int64(len(got.Text))
	if r.text > r.request.Text {
		return nil, nil // the caller sees that, too
	}
	var out []pdfLine
	offset := 0 // characters of the page before the line
	for raw := range strings.SplitSeq(got.Text, "\n") {
		line := pdfLine{Text: strings.TrimRight(raw, "\r ")}
		if first, last := visibleEnds(line.Text); first >= 0 {
			if err := r.measure(page, &line, offset+first, offset+last); err != nil {
				return nil, err
			}
			out = append(out, line)
		}
		offset += utf8.RuneCountInString(raw) + 1
	}
	return out, r.findCells(page, counted.Count, out)
}

// findCells marks the lines with gaps in them that are wider than the space
// between two words can be.
func (r *pdfReader) findCells(page references.FPDF_TEXTPAGE, chars int, lines []pdfLine) error {
	counted, err := r.lib.FPDFText_CountRects(&requests.FPDFText_CountRects{TextPage: page, Count: chars})
	if err != nil {
		return err
	}
	var before charBox
	at := 0 // the line in hand: rectangles come in the order of the text
	for i := range counted.Count {
		got, err := r.lib.FPDFText_GetRect(&requests.FPDFText_GetRect{TextPage: page, Index: i})
		if err != nil {
			continue
		}
		box := charBox{got.Left, got.Right, min(got.Bottom, got.Top), max(got.Bottom, got.Top)}
		for next := at; next < len(lines) && next < at+4; next++ {
			if lines[next].holds(box) {
				at = next
				break
			}
		}
		if at < len(lines) && lines[at].holds(box) && lines[at].holds(before) && box.left-before.right > 1.5*lines[at].size() {
			lines[at].Cells = true
		}
		before = box
	}
	return nil
}

// holds reports whether the middle of a box lies in the line.
func (l pdfLine) holds(b charBox) bool {
	x, y := (b.left+b.right)/2, (b.bottom+b.top)/2
	return x >= l.Left-1 && x <= l.Right+1 && y >= l.Bottom && y <= l.Top
}

// visibleEnds returns the index, in characters, of the first and the last
// character of a line that is no space; -1 for an empty line.
func visibleEnds(line string) (first, last int) {
	first = -1
	i := 0
	for _, c := range line {
		if !unicode.IsSpace(c) && (shows(c) || c == softHyphen) {
			if first < 0 {
				first = i
			}
			last = i
		}
		i++
	}
	return first, last
}

// measure notes where a line stands and how its font looks, by its first and
// last visible characters.
func (r *pdfReader) measure(page references.FPDF_TEXTPAGE, line *pdfLine, first, last int) error {
	at, err := r.lib.FPDFText_GetCharIndexFromTextIndex(&requests.FPDFText_GetCharIndexFromTextIndex{TextPage: page, NTextIndex: first})
	if err != nil {
		return err
	}
	if at.CharIndex < 0 {
		return nil
	}
	last = at.CharIndex + last - first
	start, ok := r.box(page, at.CharIndex)
	if !ok {
		return nil // the line stands without its place
	}
	end, ok := r.box(page, last)
	if !ok {
		end = start
	}
	middle, ok := r.box(page, (at.CharIndex+last)/2)
	if !ok {
		middle = end
	}
	line.Left, line.Right = start.left, max(start.right, end.right)
	// A line may begin or end with a raised or a small character: of the three
	// the one of middling size stands for the line.
	three := []charBox{start, middle, end}
	slices.SortFunc(three, func(a, b charBox) int { return cmp.Compare(a.top-a.bottom, b.top-b.bottom) })
	line.Bottom, line.Top = three[1].bottom, three[1].top
	line.Bold, line.Mono = r.font(page, at.CharIndex)
	if line.Bold || line.Mono { // both count only if the line also ends so
		bold, mono := r.font(page, last)
		line.Bold, line.Mono = line.Bold && bold, line.Mono && mono
	}
	return nil
}

// charBox is the box of a character at the full height of its font.
type charBox struct{ left, right, bottom, top float64 }

// box returns the box of a character; not ok for one without, such as a space
// that the library inserted.
func (r *pdfReader) box(page references.FPDF_TEXTPAGE, index int) (box charBox, ok bool) {
	got, err := r.lib.FPDFText_GetLooseCharBox(&requests.FPDFText_GetLooseCharBox{TextPage: page, Index: index})
	if err != nil {
		return charBox{}, false
	}
	b := got.Rect
	box = charBox{float64(b.Left), float64(b.Right), float64(min(b.Bottom, b.Top)), float64(max(b.Bottom, b.Top))}
	return box, box.top > box.bottom
}

// Font flags of PDF 32000-1:2008, table 123.
const (
	fontFixedPitch = 1 << 0
	fontForceBold  = 1 << 18
)

// font tells by flags and name whether a character's font is bold, and whether
// all its letters have one width.
func (r *pdfReader) font(page references.FPDF_TEXTPAGE, index int) (bold, mono bool) {
	font, err := r.lib.FPDFText_GetFontInfo(&requests.FPDFText_GetFontInfo{TextPage: page, Index: index})
	if err != nil {
		return false, false // generated characters have none
	}
	name := strings.ToLower(font.FontName)
	bold = font.Flags&fontForceBold != 0 || containsAny(name, "bold", "black", "heavy", "demi", "cmbx", "cmssbx", "-medi")
	mono = font.Flags&fontFixedPitch != 0 || containsAny(name, "mono", "courier", "cmtt", "consol", "typewriter", "lmtt", "beramono")
	return bold, mono
}

func containsAny(s string, parts ...string) bool {
	for _, p := range parts {
		if strings.Contains(s, p) {
			return true
		}
	}
	return false
}
