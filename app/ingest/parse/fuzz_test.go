package parse_test

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"unicode/utf8"

	"syft-space/app/ingest/parse"
)

// fuzzFormat feeds a format with what the fuzzer makes of the seeds. No input
// may make it panic, return text that is not valid, or neither text nor error.
func fuzzFormat(f *testing.F, ext string, seeds ...string) {
	f.Helper()
	for _, s := range seeds {
		f.Add([]byte(s))
	}
	limits := parse.DefaultLimits()
	limits.FileBytes, limits.TextBytes, limits.ArchiveBytes = 1<<20, 1<<20, 4<<20
	p := parse.New(parse.Deps{Limits: limits, PDF: sharedPool})
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := p.Parse(context.Background(), "a"+ext, bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if parse.ReasonOf(err) == parse.Crashed {
				t.Fatal(err)
			}
			return
		}
		if len(doc.Blocks) == 0 {
			t.Fatal("neither text nor an error")
		}
		for i, b := range doc.Blocks {
			if strings.TrimSpace(b.Text) == "" || !utf8.ValidString(b.Text) || !utf8.ValidString(b.Header) {
				t.Fatalf("block %d is %q under %q", i, b.Text, b.Header)
			}
			if (b.Kind == parse.Heading) != (b.Level > 0) {
				t.Fatalf("block %d is a %s of level %d", i, b.Kind, b.Level)
			}
			if at := b.Position; at.LineEnd < at.LineStart || at.RowEnd < at.RowStart {
				t.Fatalf("block %d stands at %+v", i, at)
			}
		}
	})
}

func FuzzText(f *testing.F) {
	fuzzFormat(f, ".txt", "Title\n=====\n\nText\r\nmore.\n", "\xff\xfea\x00b\x00", "\xcf\xf0\xe8\xe2\xe5\xf2, \xec\xe8\xf0", "\x83\x65\x83\x58\x83\x67")
}

func FuzzSourceCode(f *testing.F) { fuzzFormat(f, ".go", "package a\n\nfunc b() {\n\n}\n") }

func FuzzHTML(f *testing.F) {
	fuzzFormat(f, ".html", "<h1>A</h1><p>b<ul><li>c</ul><pre>d</pre>", "<table><tr><th rowspan=3>a<th colspan=9>b<tr><td>c</table>",
		"<nav>a</nav><header><h1>x</h1></header><dl><dt>a<dd>b</dl>", "<?xml?><title/><p>x", "<p hidden>a</p><span hidden>a</span>")
}

func FuzzMarkdown(f *testing.F) {
	fuzzFormat(f, ".md", "---\ntitle: x\n---\n# A\n\n1. b\n   - c\n\n| a | b |\n|---|---|\n| c | d |\n", "```\ncode\n```\n<div>x</div>\n\na\n: b[^1]\n\n[^1]: c\n")
}

func FuzzCSV(f *testing.F) {
	fuzzFormat(f, ".csv", "a,b\n1,\"2\n3\"\n", "sep=;\na;b\n", "a|b|c\n\"x")
}

func FuzzTSV(f *testing.F) { fuzzFormat(f, ".tsv", "a\tb\n1\t2\n") }

func FuzzJSON(f *testing.F) {
	fuzzFormat(f, ".json", `{"a":[{"b":1.5e3,"c/~":null}],"d":"\ud83d\ude00"}`, `[[[1]],"x",{}]`, "{\"a\":1}\n{\"b\":2}")
}

func FuzzJSONLines(f *testing.F) { fuzzFormat(f, ".jsonl", "{\"a\":1}\n[2]\noops\n") }

func FuzzXML(f *testing.F) {
	fuzzFormat(f, ".xml", `<?xml version="1.0" encoding="x"?><a b="ccc"><title>d</title><p>e <i>f</i> &amp; &g;</p></a>`)
}

func FuzzRTF(f *testing.F) {
	fuzzFormat(f, ".rtf", `{\rtf1\ansicpg1252{\fonttbl{\f0\fcharset128 a;}}{\stylesheet{\s1 heading 1;}}\s1 a\'8ab\par\u-10179?\trowd a\cell\row}`, `{\rtf1\bin5 x`)
}

func FuzzEML(f *testing.F) {
	fuzzFormat(f, ".eml", "Subject: a\r\nContent-Type: multipart/alternative; boundary=b\r\n\r\n--b\r\n\r\nx\r\n--b\r\nContent-Type: text/html\r\n\r\n<p>y\r\n--b--\r\n",
		"Subject: =?utf-8?q?a?=\r\nContent-Transfer-Encoding: base64\r\nContent-Type: text/plain; charset=koi8-r\r\n\r\nzzzz\r\n")
}

func FuzzMbox(f *testing.F) {
	fuzzFormat(f, ".mbox", "From a Mon Jan 1 00:00:00 2024\nSubject: a\n\nb\n\nFrom b Mon Jan 1 00:00:00 2024\nSubject: c\n\n>From d\n")
}

func FuzzDOCX(f *testing.F) {
	fuzzFormat(f, ".docx", testdata(f, "doc.docx"), wordOf(f, listed(0, "a")+para("x", "b")))
}

// FuzzDOCXBody is FuzzDOCX with the fuzzer inside of the archive.
func FuzzDOCXBody(f *testing.F) {
	fuzzPart(f, ".docx", func(t testing.TB, part string) string {
		return wordOf(t, part, "word/styles.xml", wordStyles, "word/numbering.xml", wordNumbers)
	}, listed(2, "a")+para("Titel", "b")+`<w:tbl><w:tr><w:tc>`+para("x", "c")+`</w:tc></w:tr></w:tbl>`)
}

func FuzzXLSXSheet(f *testing.F) {
	fuzzPart(f, ".xlsx", func(t testing.TB, part string) string { return workbookOf(t, part) },
		`<sheetData><row r="1"><c r="B1" t="inlineStr"><is><t>a</t></is></c><c r="ZZ1" s="1"><v>45000.5</v></c></row></sheetData>`)
}

func FuzzODTContent(f *testing.F) {
	fuzzPart(f, ".odt", func(t testing.TB, part string) string { return zipOf(t, "content.xml", part) },
		`<d><automatic-styles><list-style name="L"><list-level-style-number num-format="1"/></list-style></automatic-styles><body><text><h outline-level="2">a</h><p>b<s c="3"/><note><note-body><p>c</p></note-body></note></p><list style-name="L"><list-item><p>d</p></list-item></list></text></body></d>`)
}

func FuzzODSContent(f *testing.F) {
	fuzzPart(f, ".ods", func(t testing.TB, part string) string { return zipOf(t, "content.xml", part) },
		`<d><body><spreadsheet><table name="a"><table-row number-rows-repeated="3"><table-cell number-columns-repeated="2"><p>b</p></table-cell></table-row></table></spreadsheet></body></d>`)
}

func FuzzODPContent(f *testing.F) {
	fuzzPart(f, ".odp", func(t testing.TB, part string) string { return zipOf(t, "content.xml", part) },
		`<d><body><presentation><page><frame class="title"><text-box><p>a</p></text-box></frame><notes><frame class="notes"><text-box><p>b</p></text-box></frame></notes></page></presentation></body></d>`)
}

func FuzzPPTXSlide(f *testing.F) {
	fuzzPart(f, ".pptx", func(t testing.TB, part string) string {
		return zipOf(t, "ppt/presentation.xml", `<p xmlns:r="x/relationships"><sldIdLst><sldId r:id="a"/></sldIdLst></p>`,
			"ppt/_rels/presentation.xml.rels", `<R><R Id="a" Target="s.xml"/></R>`, "ppt/s.xml", part)
	}, `<sld><sp><nvSpPr><nvPr><ph type="title"/></nvPr></nvSpPr><txBody><p><r><t>a</t></r></p></txBody></sp><tbl><tr><tc><txBody><p><r><t>b</t></r></p></txBody></tc></tr></tbl></sld>`)
}

func FuzzEPUBPackage(f *testing.F) {
	fuzzPart(f, ".epub", func(t testing.TB, part string) string {
		return zipOf(t, "META-INF/container.xml", `<c><r><rootfile full-path="a/b.opf"/></r></c>`, "a/b.opf", part, "a/c.html", "<p>x")
	}, `<p><metadata><title>a</title></metadata><manifest><item id="i" href="c.html" media-type="text/html"/></manifest><spine><itemref idref="i"/></spine></p>`)
}

// fuzzPart fuzzes one part of an archive; text as it is, without a zip's sums
// to get right.
func fuzzPart(f *testing.F, ext string, archive func(testing.TB, string) string, seed string) {
	f.Helper()
	f.Add(seed)
	limits := parse.DefaultLimits()
	limits.TextBytes, limits.ArchiveBytes = 1<<20, 4<<20
	f.Fuzz(func(t *testing.T, part string) {
		doc, err := readWith(limits, "a"+ext, archive(t, part))
		switch {
		case err != nil && parse.ReasonOf(err) == parse.Crashed:
			t.Fatal(err)
		case err == nil && len(doc.Blocks) == 0:
			t.Fatal("neither text nor an error")
		}
	})
}

// FuzzPDF fuzzes our side of the PDF reader, and the library's: a worker that
// dies is reported as a crash.
func FuzzPDF(f *testing.F) {
	seed := pdfOf([]text{{50, 700, 20, "Title"}, {50, 650, 10, "Some text."}}, nil)
	if _, err := readWith(parse.DefaultLimits(), "a.pdf", seed); err != nil { // also starts the worker, which takes long
		f.Fatal(err)
	}
	f.Add([]byte(seed))
	f.Fuzz(func(t *testing.T, data []byte) {
		doc, err := readWith(parse.DefaultLimits(), "a.pdf", string(data))
		if err == nil && len(doc.Blocks) == 0 {
			t.Fatal("neither text nor an error")
		}
	})
}
