package parse

import (
	"context"
	"fmt"
	"strings"
	"testing"
)

// FuzzPDFLayout lays out lines at any places: nothing may be lost but running
// lines, and no place may make it panic.
func FuzzPDFLayout(f *testing.F) {
	f.Add([]byte("one two\x10\x20\x30\nthree\x11\x21\x31\n- four\x12\x22\x32\n"), 2)
	f.Fuzz(func(t *testing.T, data []byte, perPage int) {
		perPage = 1 + min(max(perPage, 0), 50)
		doc := pdfDocument{}
		for i, raw := range strings.SplitAfter(string(data), "\n") {
			if i%perPage == 0 {
				doc.pages = append(doc.pages, pdfPage{Number: len(doc.pages) + 1})
			}
			line := pdfLine{Text: strings.ToValidUTF8(strings.TrimSpace(raw), "")}
			if line.Text == "" {
				continue
			}
			at := func(n int) float64 { return float64(raw[len(raw)*n/9]) * 3 }
			line.Left, line.Bottom = at(1), at(2)
			line.Right, line.Top = line.Left+at(3), line.Bottom+at(4)/20
			line.Bold, line.Mono, line.Cells = raw[0]&1 > 0, raw[0]&2 > 0, raw[0]&4 > 0
			p := &doc.pages[len(doc.pages)-1]
			p.Lines = append(p.Lines, line)
			if i%3 == 0 {
				doc.outline = append(doc.outline, pdfEntry{Title: line.Text, Level: 1 + i%4, Page: len(doc.pages)})
			}
		}
		b := newBuilder(context.Background(), DefaultLimits())
		doc.write(b)
		for _, block := range b.doc.Blocks {
			if len(block.Position.Pages) == 0 {
				t.Fatalf("block %+v is on no page", block)
			}
		}
	})
}

func TestPDFDatesAndTitles(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"D:20240131120000+01'00'": "2024-01-31T12:00:00",
		"D:20240131":              "2024-01-31",
		"20240131000000Z":         "2024-01-31",
		"January":                 "January",
		"":                        "",
	} {
		if got := pdfDate(in); got != want {
			t.Errorf("pdfDate(%q) = %q, want %q", in, got, want)
		}
	}
	for title, program := range map[string]bool{
		"Microsoft Word - offer.doc": true, "report.tex": true, "Untitled": true, "Annual report 2.0": false, "": false,
	} {
		if got := programTitle(title); got != program {
			t.Errorf("programTitle(%q) = %v", title, got)
		}
	}
}

func TestPDFWordsAreJoinedAcrossLines(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ before, next, want string }{
		{"hyphen\u0002", "ation", "hyphenation"},
		{"well-", "known", "well-known"},
		{"pages 3 -", "5", "pages 3 - 5"},
		{"two", "words", "two words"},
		{"\u65e5\u672c", "\u8a9e", "\u65e5\u672c\u8a9e"},
		{"\u65e5\u672c", "PDF", "\u65e5\u672c PDF"},
	} {
		if got := lineText(test.before) + wordJoint(test.before, test.next) + test.next; got != test.want {
			t.Errorf("%q and %q make %q, want %q", test.before, test.next, got, test.want)
		}
	}
	if got := lineText("Chapter 1 . . . . . . . . 12"); got != "Chapter 1 ... 12" {
		t.Errorf("leaders are left: %q", got)
	}
}

func TestPDFOutlineFindsItsHeadings(t *testing.T) {
	t.Parallel()
	line := func(y float64, text string) pdfLine {
		return pdfLine{Text: text, Left: 50, Right: 500, Bottom: y, Top: y + 10}
	}
	doc := pdfDocument{
		outline: []pdfEntry{{"Introduction", 1, 1}, {"A title over two lines", 2, 1}, {"Not shown", 2, 2}},
		pages: []pdfPage{
			{Number: 1, Lines: []pdfLine{line(700, "1.2 Introduction"), line(680, "The introduction says little."), line(660, "A title over"), line(648, "two lines"), line(630, "Text.")}},
			{Number: 2, Lines: []pdfLine{line(700, "More text.")}},
		},
	}
	b := newBuilder(context.Background(), DefaultLimits())
	doc.write(b)
	var got []string
	for _, block := range b.doc.Blocks {
		got = append(got, block.Kind.String()+" "+block.Text)
	}
	want := "heading 1.2 Introduction|paragraph The introduction says little.|heading A title over two lines|paragraph Text.|heading Not shown|paragraph More text."
	if strings.Join(got, "|") != want {
		t.Errorf("blocks = %q, want %q", got, want)
	}
}

func TestPDFOutlineOfManyTitlesOnOnePage(t *testing.T) {
	t.Parallel()
	var page pdfPage
	page.Number = 1
	for i := range 3000 {
		y := float64(100_000 - 12*i)
		page.Lines = append(page.Lines, pdfLine{Text: fmt.Sprintf("Line number %d", i), Left: 50, Right: 500, Bottom: y, Top: y + 10})
	}
	doc := pdfDocument{pages: []pdfPage{page}, outline: []pdfEntry{{"Line number 7", 1, 1}}}
	for i := range outlineEntries {
		doc.outline = append(doc.outline, pdfEntry{fmt.Sprintf("Title %d", i), 2, 1})
	}
	doc.outline = append(doc.outline, pdfEntry{"Line number 9", 1, 1}) // too late to be looked for
	b := newBuilder(context.Background(), DefaultLimits())
	doc.write(b)
	headings := map[string]int{}
	for _, block := range b.doc.Blocks {
		if block.Kind == Heading {
			headings[block.Text]++
		}
	}
	if len(headings) != outlineEntries+2 || b.doc.Blocks[outlineEntries].Text != "Line number 9" || headings["Line number 7"] != 1 {
		t.Errorf("%d headings, of which %q ends those that the page does not show", len(headings), b.doc.Blocks[outlineEntries].Text)
	}
}

func TestPDFBlocksHaveAnEnd(t *testing.T) {
	t.Parallel()
	var doc pdfDocument
	for p := range 30 { // one sentence without an end
		page := pdfPage{Number: p + 1}
		for i := range 100 {
			y := float64(2000 - 12*i)
			page.Lines = append(page.Lines, pdfLine{Text: fmt.Sprintf("goes on %d", p*100+i), Left: 50, Right: 500, Bottom: y, Top: y + 10})
		}
		doc.pages = append(doc.pages, page)
	}
	b := newBuilder(context.Background(), DefaultLimits())
	doc.write(b)
	if n := len(b.doc.Blocks); n < 2 || n > 4 {
		t.Errorf("3000 lines are %d blocks", n)
	}
}
