package parse

import (
	"context"
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
