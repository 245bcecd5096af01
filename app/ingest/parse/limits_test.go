package parse_test

import (
	"fmt"
	"runtime"
	"strings"
	"testing"

	"syft-space/app/ingest/parse"
)

// allocated returns the bytes that parsing allocates in all, and its error.
// Tests that use it cannot be parallel.
func allocated(limits parse.Limits, name, data string) (int64, error) {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, err := readWith(limits, name, data)
	runtime.ReadMemStats(&after)
	return int64(after.TotalAlloc - before.TotalAlloc), err
}

// A file may take a multiple of its size, but not the square of it.
func TestMemoryGrowsWithTheFileOnly(t *testing.T) {
	times := func(n int, s string) string { return strings.Repeat(s, n) }
	columns := func(n int) string { // different ones with long names
		var names []string
		for i := range n {
			names = append(names, strings.Repeat(string(rune('a'+i)), 95))
		}
		return strings.Join(names, ",")
	}
	distant := `<row><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>`
	tests := map[string]struct{ name, data string }{
		"a long key over small objects":   {"a.json", `{"` + times(100_000, "k") + `":[` + times(2000, `{"a":1},`) + `1]}`},
		"a long key over a small object":  {"a.json", `[{"` + times(500_000, "k") + `":{` + times(190, `"a":1,`) + `"b":2}}]`},
		"keys around small objects":       {"a.json", times(200, `{"`+times(100, "k")+`":`) + `[` + times(5000, `{"a":1},`) + `1]` + times(200, `}`)},
		"a wide header over small rows":   {"a.csv", columns(10) + "\n" + times(60_000, "a\n")},
		"distant cells of a sheet":        {"a.xlsx", workbookOf(t, `<sheetData>`+times(2000, distant)+`</sheetData>`)},
		"lines of code as paragraphs":     {"a.odt", zipOf(t, "content.xml", `<d><body><text>`+times(10_000, `<p style-name="Preformatted_20_Text">some code here</p>`)+`</text></body></d>`)},
		"a wide table of short rows":      {"a.md", times(2000, "|a") + "\n" + times(2000, "|-") + "\n" + times(2000, "|\n")},
		"formatting that is never closed": {"a.html", "<p>" + formatting(400) + times(10_000, "<p>x")},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := allocated(parse.DefaultLimits(), test.name, test.data)
			if most := int64(64<<20 + 100*len(test.data)); got > most {
				t.Errorf("%d bytes of file made %d MiB (error %v)", len(test.data), got>>20, err)
			}
		})
	}
}

// formatting returns n different elements that a parser opens again in each
// paragraph.
func formatting(n int) string {
	var out strings.Builder
	for i := range n {
		fmt.Fprintf(&out, "<font size=%d>", i)
	}
	return out.String()
}

func TestManySmallPiecesAreTooMuch(t *testing.T) {
	t.Parallel()
	limits := parse.DefaultLimits()
	limits.TextBytes, limits.Nodes, limits.ArchiveFree = 1<<20, 50_000, 10<<20
	times := func(n int, s string) string { return strings.Repeat(s, n) }
	tests := map[string]struct{ name, data, says string }{
		"rows":                   {"a.csv", times(50_000, "1\n"), "too many rows or paragraphs for the limit of 1 MiB"},
		"paragraphs":             {"a.txt", times(50_000, "a\n\n"), "too many rows or paragraphs"},
		"cells held for a table": {"a.odt", zipOf(t, "content.xml", `<d><body><text><table>`+times(50_000, `<table-row><table-cell><p>a</p></table-cell></table-row>`)+`</table></text></body></d>`), "too many rows or paragraphs"},
		"a cell of much text":    {"a.ods", zipOf(t, "content.xml", `<d><body><spreadsheet><table><table-row><table-cell>`+times(2, `<p>`+times(700_000, "a")+`</p>`)+`</table-cell></table-row></table></spreadsheet></body></d>`), "more than 1 MiB of text"},
		"strings of a workbook":  {"a.xlsx", workbookOf(t, `<sheetData/>`, "xl/sharedStrings.xml", `<sst>`+times(100_000, `<si/>`)+`</sst>`), "more than 1 MiB of text"},
		"tags":                   {"a.html", times(60_000, "<br>"), "more than 50000 tags and texts"},
		"formatting":             {"a.html", "<p>" + formatting(300) + times(1000, "<p>x"), "more than 50000 tags and texts"},
		"tags in a mail":         {"a.eml", "Subject: a\r\nContent-Type: text/html\r\n\r\n" + times(60_000, "<br>\r\n"), "more than 50000 tags and texts"},
		"lines of Markdown":      {"a.md", times(60_000, ">\n"), "more than 50000 lines and marks"},
		"items of one line each": {"a.md", times(1000, times(60, "- ")+"a\n\n"), "more than 50000 lines and marks"},
		"marks of Markdown":      {"a.md", times(20, times(4000, "*a* ")+"\n\n"), "more than 50000 lines and marks"},
		"cells that rows lack":   {"a.md", times(300, "|a") + "\n" + times(300, "|-") + "\n" + times(300, "|\n"), "more than 50000 lines and marks"},
		"cells of one row":       {"a.csv", times(1_000_001, ","), "more than 1000000 cells"},
		"one row of text":        {"a.csv", times(1<<21, "a"), "more than 1 MiB of text"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readWith(limits, test.name, test.data)
			wantError(t, err, parse.TooLarge, test.says)
		})
	}
}

func TestOrdinaryFilesStayWithinTheLimits(t *testing.T) {
	t.Parallel()
	limits := parse.DefaultLimits()
	limits.TextBytes, limits.Nodes = 1<<20, 50_000
	times := func(n int, s string) string { return strings.Repeat(s, n) }
	for name, data := range map[string]string{
		"cells without ends.html":   "<table><tr>" + times(2000, "<td><font color=red>a<td>b<tr>") + "</table>",
		"bold words.html":           "<p>" + times(4000, "<b>bold</b> word "),
		"anchors without ends.html": strings.Repeat("<a name=x><p><b>one<b>two", 2000),
		"table.md":                  "| a | b |\n|---|---|\n" + times(4000, "| c | d |\n"),
		"boxes.md":                  times(1000, "|---|---|---|\n| a | b | c |\n"),
		"quotes.md":                 times(4000, "> > quoted text\n"),
		"words.md":                  times(4000, "some *marked* words\n"),
	} {
		if _, err := readWith(limits, name, data); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestPlacesAreShort(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("k", 1000)
	padding := strings.Repeat(`,{"b":1}`, 200) // the value around it is a section
	tests := map[string]struct{ name, data string }{
		"a long key": {"a.json", `{"` + long + `":[{"a":1}` + padding + `]}`},
		"many keys":  {"a.json", strings.Repeat(`{"key":`, 200) + `[{"a":1}` + padding + `]` + strings.Repeat(`}`, 200)},
		"a sheet of xlsx": {"a.xlsx", workbookOf(t, `<sheetData><row><c><v>1</v></c></row></sheetData>`, "xl/workbook.xml",
			`<workbook xmlns:r="x/relationships"><sheets><sheet name="`+long+`" r:id="s1"/></sheets></workbook>`)},
		"a sheet of ods": {"a.ods", zipOf(t, "content.xml", `<d><body><spreadsheet><table name="`+long+`"><table-row><table-cell><p>b</p></table-cell></table-row></table></spreadsheet></body></d>`)},
	}
	for name, test := range tests {
		for _, b := range read(t, test.name, test.data).Blocks {
			if at := b.Position; len(at.Part) > 310 || len(at.Sheet) > 250 || b.Level > 12 {
				t.Errorf("%s: %s of level %d stands at %+v", name, b.Kind, b.Level, at)
			}
		}
	}
	wantOutline(t, read(t, "a.json", `[{"`+strings.Repeat("a", 100)+`":{"`+strings.Repeat("b", 200)+`":{"c":[1`+strings.Repeat(" ", 1200)+`]}}}]`), `
		heading1 @/0: 1
		heading2 @/0/`+strings.Repeat("a", 100)+`: `+strings.Repeat("a", 100)+`
		heading3 @/0/`+strings.Repeat("a", 100)+"/\u2026: "+strings.Repeat("b", 200)+`
		heading4 @/0/`+strings.Repeat("a", 100)+"/\u2026: c"+`
		row @/0/`+strings.Repeat("a", 100)+"/\u2026: 1")
}

func TestDistantCellsStandInTheirColumns(t *testing.T) {
	t.Parallel()
	doc := read(t, "a.xlsx", workbookOf(t, `<sheetData>
		<row r="1"><c r="A1"><v>1</v></c><c r="C1"><v>3</v></c><c r="XFD1"><v>4</v></c></row>
		<row r="2"><c r="XFD2"><v>4</v></c><c r="A2"><v>0</v></c><c r="A2"><v>1</v></c></row></sheetData>`))
	wantOutline(t, doc, `
		heading1 @Data: Data
		row @Data r1-1: 1 | | 3`+strings.Repeat(" |", 50)+` 4
		row @Data r2-2: 1`+strings.Repeat(" |", 50)+` 4`)
	names := `<row r="1">`
	for i := range 100 {
		names += fmt.Sprintf(`<c t="str"><v>name %c%d</v></c>`, 'a'+i%26, i)
	}
	doc = read(t, "a.xlsx", workbookOf(t, `<sheetData>`+names+`</row><row r="2"><c r="A2"><v>1</v></c><c r="CV2"><v>2</v></c></row></sheetData>`))
	wantOutline(t, doc, "heading1 @Data: Data\nrow @Data r2-2: name a0: 1/name v99: 2")
}

func TestMarkdownNestedTooDeeplyIsText(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ data, want string }{
		"quotes": {strings.Repeat(">", 150) + " deep", strings.Repeat(">", 50) + " deep"},
		"lists":  {strings.Repeat("- ", 150) + "deep", strings.Repeat("- ", 101) + "deep"}, // the first one marks the item,
		"marks":  {strings.Repeat("*a* ", 6000), strings.Repeat("a ", 2500) + strings.TrimSpace(strings.Repeat("*a* ", 3500))},
	} {
		doc := read(t, "a.md", test.data)
		if got := doc.Blocks[len(doc.Blocks)-1].Text; got != test.want {
			t.Errorf("%s: the text is %q, want %q", name, got, test.want)
		}
	}
}
