package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/ingest/parse"
)

const wordSpace = `xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006"`

// wordOf returns a Word document with a body and further parts.
func wordOf(t testing.TB, body string, parts ...string) string {
	rels := ""
	for i := 0; i < len(parts); i += 2 {
		kind := strings.TrimSuffix(strings.TrimPrefix(parts[i], "word/"), ".xml")
		rels += fmt.Sprintf(`<Relationship Id="r%d" Type="http://x/%s" Target="%s.xml"/>`, i, kind, kind)
	}
	return zipOf(t, append(parts,
		"word/document.xml", `<w:document `+wordSpace+`><w:body>`+body+`</w:body></w:document>`,
		"word/_rels/document.xml.rels", `<Relationships>`+rels+`</Relationships>`)...)
}

func para(style, text string) string {
	return `<w:p><w:pPr><w:pStyle w:val="` + style + `"/></w:pPr><w:r><w:t>` + text + `</w:t></w:r></w:p>`
}

const wordStyles = `<w:styles ` + wordSpace + `>
	<w:style w:type="paragraph" w:styleId="Titel"><w:name w:val="Title"/></w:style>
	<w:style w:type="paragraph" w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
	<w:style w:type="paragraph" w:styleId="Meine"><w:name w:val="My heading"/><w:basedOn w:val="berschrift1"/></w:style>
	<w:style w:type="paragraph" w:styleId="Nummer"><w:name w:val="heading 2"/><w:pPr><w:numPr><w:ilvl w:val="1"/><w:numId w:val="7"/></w:numPr></w:pPr></w:style>
</w:styles>`

const wordNumbers = `<w:numbering ` + wordSpace + `>
	<w:abstractNum w:abstractNumId="3">
		<w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>
		<w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%1.%2)"/></w:lvl>
		<w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="bullet"/><w:lvlText w:val="x"/></w:lvl>
	</w:abstractNum><w:num w:numId="7"><w:abstractNumId w:val="3"/></w:num></w:numbering>`

func listed(level int, text string) string {
	return fmt.Sprintf(`<w:p><w:pPr><w:numPr><w:ilvl w:val="%d"/><w:numId w:val="7"/></w:numPr></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, level, text)
}

func TestWordDocument(t *testing.T) {
	t.Parallel()
	run := func(s string) string { return `<w:r><w:t>` + s + `</w:t></w:r>` }
	tests := map[string]struct{ body, want string }{
		"styles of any language are headings": {
			para("Titel", "Book") + para("berschrift1", "One") + para("Meine", "Two") + para("x", "Text."), `
			heading1: Book
			heading2: One
			heading2: Two
			paragraph: Text.`},
		"an outline level makes a heading": {
			`<w:p><w:pPr><w:outlineLvl w:val="2"/></w:pPr>` + run("Deep") + `</w:p>`, `heading4: Deep`},
		"lists are numbered as Word would": {
			listed(0, "First") + listed(0, "Second") + listed(1, "Sub") + listed(1, "Sub") + listed(2, "Dot") + listed(0, "Third") + listed(1, "Sub"), `
			item: 1. First
			item: 2. Second
			item: 2.a) Sub
			item: 2.b) Sub
			item: - Dot
			item: 3. Third
			item: 3.a) Sub`},
		"numbered headings keep their numbers": {
			listed(0, "One") + para("Nummer", "Scope"), `
			item: 1. One
			heading3: 1.a) Scope`},
		"a short bold paragraph is a heading": {
			`<w:p><w:r><w:rPr><w:b/></w:rPr><w:t>Summary</w:t></w:r></w:p><w:p><w:r><w:rPr><w:b w:val="0"/></w:rPr><w:t>Text</w:t></w:r></w:p>`, `
			heading11: Summary
			paragraph: Text`},
		"deleted and hidden text is left out, inserted text is not": {
			`<w:p>` + run("A ") + `<w:del><w:r><w:delText>no</w:delText></w:r></w:del><w:ins>` + run("B") + `</w:ins><w:r><w:rPr><w:vanish/></w:rPr><w:t>secret</w:t></w:r></w:p>`,
			`paragraph: A B`},
		"fields show their result, links their text": {
			`<w:p><w:hyperlink>` + run("link") + `</w:hyperlink><w:r><w:instrText> PAGE </w:instrText></w:r>` + run(" 7") + `</w:p>`,
			`paragraph: link 7`},
		"a text box follows its paragraph, once": {
			`<w:p>` + run("Before.") + `<w:r><mc:AlternateContent><mc:Choice><w:drawing><w:txbxContent>` + para("x", "Boxed text.") +
				`</w:txbxContent></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>` + para("x", "Boxed text.") + `</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>`, `
			paragraph: Before.
			paragraph: Boxed text.`},
		"a footnote follows its paragraph": {
			`<w:p>` + run("Claim.") + `<w:r><w:footnoteReference w:id="2"/></w:r></w:p>`, `
			paragraph: Claim.
			paragraph: The source.`},
		"content controls are looked into": {
			`<w:sdt><w:sdtContent>` + para("x", "Inside.") + `</w:sdtContent></w:sdt>`, `paragraph: Inside.`},
		"a table has its header with each row": {
			`<w:tbl><w:tr><w:trPr><w:tblHeader/></w:trPr><w:tc>` + para("x", "City") + `</w:tc><w:tc>` + para("x", "Rate 2") + `</w:tc></w:tr>` +
				`<w:tr><w:tc>` + para("x", "Paris") + `</w:tc><w:tc>` + para("x", "180") + para("x", "euros") + `</w:tc></w:tr></w:tbl>`,
			`row: {City | Rate 2} Paris | 180 euros`},
		"a table of one column is text": {
			`<w:tbl><w:tr><w:tc>` + para("x", "A frame around text.") + `</w:tc></w:tr></w:tbl>`,
			`paragraph: A frame around text.`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, "a.docx", wordOf(t, test.body, "word/styles.xml", wordStyles, "word/numbering.xml", wordNumbers,
				"word/footnotes.xml", `<w:footnotes `+wordSpace+`><w:footnote w:id="0" w:type="separator"/><w:footnote w:id="2">`+para("x", "The source.")+`</w:footnote></w:footnotes>`))
			wantOutline(t, doc, test.want)
		})
	}
}

func TestWordDocumentCutShortKeepsWhatIsThere(t *testing.T) {
	t.Parallel()
	data := zipOf(t, "word/document.xml", `<w:document `+wordSpace+`><w:body>`+para("x", "Kept.")+`<w:p>`)
	doc := read(t, "a.docx", data)
	wantOutline(t, doc, `paragraph: Kept.`)
	if len(doc.Warnings) != 1 {
		t.Errorf("warnings = %q, want one", doc.Warnings)
	}
}

// workbookOf returns a workbook with one sheet of the given contents.
func workbookOf(t testing.TB, sheet string, parts ...string) string {
	rels := `<Relationship Id="s1" Type="x/worksheet" Target="worksheets/sheet1.xml"/><Relationship Id="h" Type="x/worksheet" Target="worksheets/hidden.xml"/>`
	for i := 0; i < len(parts); i += 2 {
		kind := strings.TrimSuffix(strings.TrimPrefix(parts[i], "xl/"), ".xml")
		rels += fmt.Sprintf(`<Relationship Id="p%d" Type="x/%s" Target="%s.xml"/>`, i, kind, kind)
	}
	return zipOf(t, append(parts,
		"xl/workbook.xml", `<workbook xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="Data" r:id="s1"/><sheet name="Lookup" state="hidden" r:id="h"/></sheets></workbook>`,
		"xl/_rels/workbook.xml.rels", `<Relationships>`+rels+`</Relationships>`,
		"xl/worksheets/hidden.xml", `<worksheet><sheetData><row r="1"><c t="str"><v>secret</v></c></row></sheetData></worksheet>`,
		"xl/worksheets/sheet1.xml", `<worksheet>`+sheet+`</worksheet>`)...)
}

func TestWorkbook(t *testing.T) {
	t.Parallel()
	text := func(ref, s string) string {
		return `<c r="` + ref + `" t="inlineStr"><is><t>` + s + `</t></is></c>`
	}
	row := func(n int, cells ...string) string {
		return fmt.Sprintf(`<row r="%d">%s</row>`, n, strings.Join(cells, ""))
	}
	tests := map[string]struct{ sheet, want string }{
		"numbers look as they do in Excel": {
			row(1, `<c r="A1" s="0"><v>0.30000000000000004</v></c>`, `<c r="B1" s="1"><v>45292</v></c>`, `<c r="C1" s="1"><v>45292.75</v></c>`,
				`<c r="D1" s="2"><v>0.125</v></c>`, `<c r="E1" s="3"><v>1.5</v></c>`, `<c r="F1" s="4"><v>45292</v></c>`, `<c r="G1" t="b"><v>1</v></c>`, `<c r="H1" t="e"><v>#N/A</v></c>`, `<c r="I1" s="1"><v>0.5</v></c>`),
			`row @Data r1-1: 0.3 | 2024-01-01 | 2024-01-01 18:00 | 12.5% | 36:00:00 | 45292 | TRUE | #N/A | 12:00:00`},
		"shared and rich strings": {
			row(1, `<c r="A1" t="s"><v>0</v></c>`, `<c r="B1" t="s"><v>1</v></c>`, `<c r="C1" t="s"><v>99</v></c>`, `<c r="D1"><v>5</v></c>`),
			`row @Data r1-1: plain | rich text | | 5`},
		"an empty row ends a table": {
			row(1, text("A1", "Report 2024")) + row(3, text("A3", "Name"), text("B3", "Price")) + row(4, text("A4", "Nut"), `<c r="B4"><v>1</v></c>`) +
				row(7, text("A7", "City"), text("B7", "Zip")) + row(8, text("A8", "Bonn"), `<c r="B8"><v>53111</v></c>`), `
			paragraph @Data r1-1: Report 2024
			row @Data r4-4: {Name | Price} Nut | 1
			row @Data r8-8: {City | Zip} Bonn | 53111`},
		"rows after a gap keep the header": {
			row(1, text("A1", "Name"), text("B1", "Price")) + row(2, text("A2", "Nut"), `<c r="B2"><v>1</v></c>`) + row(4, text("A4", "Bolt"), `<c r="B4"><v>2</v></c>`), `
			row @Data r2-2: {Name | Price} Nut | 1
			row @Data r4-4: {Name | Price} Bolt | 2`},
		"a table need not begin in the first column": {
			row(2, text("C2", "Name"), text("D2", "Price")) + row(3, text("C3", "Nut"), `<c r="D3"><v>1</v></c>`),
			`row @Data r3-3: {Name | Price} Nut | 1`},
		"rows and cells without references are counted": {
			`<row><c t="str"><v>a</v></c><c><v>1</v></c></row><row><c t="str"><v>b</v></c><c><v>2</v></c></row>`, `
			row @Data r1-1: a | 1
			row @Data r2-2: b | 2`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			doc := read(t, "a.xlsx", workbookOf(t, `<sheetData>`+test.sheet+`</sheetData>`,
				"xl/sharedStrings.xml", `<sst><si><t>plain</t></si><si><r><t>rich </t></r><r><t>text</t></r><rPh><t>reading</t></rPh></si></sst>`,
				"xl/styles.xml", `<styleSheet><numFmts><numFmt numFmtId="164" formatCode="[h]:mm:ss"/><numFmt numFmtId="165" formatCode="&quot;days&quot; 0"/></numFmts><cellXfs><xf numFmtId="0"/><xf numFmtId="22"/><xf numFmtId="10"/><xf numFmtId="164"/><xf numFmtId="165"/></cellXfs></styleSheet>`))
			wantOutline(t, doc, "heading1 @Data: Data\n"+test.want)
			if diff := cmp.Diff([]string{`The hidden sheet "Lookup" was left out.`}, doc.Warnings); diff != "" {
				t.Errorf("warnings (-want +got):\n%s", diff)
			}
		})
	}
}

func TestPresentation(t *testing.T) {
	t.Parallel()
	const ns = `xmlns:p="p" xmlns:a="a" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"`
	shape := func(kind string, paragraphs ...string) string {
		ph := ""
		if kind != "none" {
			ph = `<p:ph type="` + kind + `"/>`
		}
		return `<p:sp><p:nvSpPr><p:nvPr>` + ph + `</p:nvPr></p:nvSpPr><p:txBody><a:p><a:r><a:t>` +
			strings.Join(paragraphs, `</a:t></a:r></a:p><a:p><a:r><a:t>`) + `</a:t></a:r></a:p></p:txBody></p:sp>`
	}
	slide := func(show, shapes string) string {
		return `<p:sld ` + ns + show + `><p:cSld><p:spTree>` + shapes + `</p:spTree></p:cSld></p:sld>`
	}
	doc := read(t, "a.pptx", zipOf(t,
		"ppt/presentation.xml", `<p:presentation `+ns+`><p:sldIdLst><p:sldId r:id="b"/><p:sldId r:id="a"/><p:sldId r:id="c"/></p:sldIdLst></p:presentation>`,
		"ppt/_rels/presentation.xml.rels", `<Relationships><Relationship Id="a" Target="slides/slide1.xml"/><Relationship Id="b" Target="slides/slide2.xml"/><Relationship Id="c" Target="slides/slide3.xml"/></Relationships>`,
		"ppt/slides/slide1.xml", slide("", shape("none", "Second, by its place in the list. It has no title.")),
		"ppt/slides/slide2.xml", slide("", shape("body", "Point one", "Point two")+shape("sldNum", "1")+shape("title", "Opening")),
		"ppt/slides/slide3.xml", slide(` show="0"`, shape("title", "Hidden")),
		"ppt/slides/_rels/slide2.xml.rels", `<Relationships><Relationship Id="n" Type="x/notesSlide" Target="../notesSlides/n1.xml"/></Relationships>`,
		"ppt/notesSlides/n1.xml", slide("", shape("sldImg", "picture")+shape("body", "Say hello first.")),
	))
	wantOutline(t, doc, `
		heading1 @p1: Opening
		item @p1: - Point one
		item @p1: - Point two
		paragraph @p1: Say hello first.
		heading1 @p2: Slide 2
		paragraph @p2: Second, by its place in the list. It has no title.`)
	if doc.Title != "Opening" || len(doc.Warnings) != 1 {
		t.Errorf("title %q, warnings %q", doc.Title, doc.Warnings)
	}
}

func TestOpenDocumentPresentation(t *testing.T) {
	t.Parallel()
	doc := read(t, "slides.odp", testdata(t, "slides.odp"))
	wantOutline(t, doc, `
		heading1 @p1: Quarterly review
		item @p1: - Revenue grew by 12 %
		item @p1: - Costs fell
		heading1 @p2: Slide 2
		paragraph @p2: A slide without a title.
		row @p2: {Region | Units} North | 42`)
}

func TestBook(t *testing.T) {
	t.Parallel()
	page := func(body string) string {
		return `<?xml version="1.0"?><html xmlns="http://www.w3.org/1999/xhtml"><head><title/></head><body>` + body + `</body></html>`
	}
	parts := []string{
		"META-INF/container.xml", `<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>`,
		"OEBPS/book.opf", `<package><metadata><dc:title xmlns:dc="d">Walden</dc:title><dc:creator xmlns:dc="d">Thoreau</dc:creator></metadata>
			<manifest><item id="n" href="nav.xhtml" media-type="application/xhtml+xml" properties="nav"/><item id="b" href="two.xhtml" media-type="application/xhtml+xml"/><item id="a" href="text/one%201.xhtml" media-type="application/xhtml+xml"/></manifest>
			<spine><itemref idref="n"/><itemref idref="a"/><itemref idref="b"/></spine></package>`,
		"OEBPS/nav.xhtml", page("<p>Contents</p>"),
		"OEBPS/text/one 1.xhtml", page("<h1>Economy</h1><p>When I wrote the following pages.</p>"),
		"OEBPS/two.xhtml", page("<h1>Where I lived</h1><p>At a certain season.</p>"),
	}
	doc := read(t, "a.epub", zipOf(t, parts...))
	wantOutline(t, doc, `
		heading1 @chapter 1: Economy
		paragraph @chapter 1: When I wrote the following pages.
		heading1 @chapter 2: Where I lived
		paragraph @chapter 2: At a certain season.`)
	if doc.Title != "Walden" || doc.Metadata["author"] != "Thoreau" {
		t.Errorf("title %q, metadata %v", doc.Title, doc.Metadata)
	}
	_, err := readWith(parse.DefaultLimits(), "a.epub", zipOf(t, append(parts, "META-INF/encryption.xml", `<encryption><EncryptionMethod Algorithm="aes256"/></encryption>`)...))
	wantError(t, err, parse.Locked, "copy-protected")
}

func TestArchiveLimitsCountWhatIsReallyRead(t *testing.T) {
	t.Parallel()
	limits := parse.DefaultLimits()
	limits.ArchiveEntries = 5
	limits.ArchiveBytes = 4 << 20
	many := []string{}
	for i := range 6 {
		many = append(many, fmt.Sprint(i), "x")
	}
	text := func(n int) string { return para("x", strings.Repeat("word ", n)) }
	// Text that does not pack well, so that only the total is too large.
	var varied strings.Builder
	for i := range 400_000 {
		fmt.Fprintf(&varied, "%x ", i*2654435761)
	}
	tests := map[string]struct{ data, says string }{
		"entries": {zipOf(t, many...), "more than 5 parts"},
		"ratio":   {wordOf(t, text(500_000)), "more than 100 times its size"},
		"total":   {wordOf(t, para("x", varied.String())), "unpacks to more than 4 MiB"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := readWith(limits, "a.docx", test.data)
			wantError(t, err, parse.TooLarge, test.says)
		})
	}
	if _, err := readWith(limits, "a.docx", wordOf(t, text(100_000))); err != nil {
		t.Errorf("half a mebibyte of repeated words is refused: %v", err)
	}
}
