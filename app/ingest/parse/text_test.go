package parse_test

import (
	"fmt"
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
	"golang.org/x/text/encoding/unicode"

	"syft-space/app/ingest/parse"
)

func TestPlainText(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ name, data, want string }{
		"blank lines set paragraphs apart": {"a.txt", "One,\ntwo.\n \n\nThree.\n", `
			paragraph @l1-2: One,/two.
			paragraph @l5-5: Three.`},
		"line ends of all systems": {"a.txt", "a\r\nb\rc\nd", `paragraph @l1-4: a/b/c/d`},
		"underlined lines are headings": {"a.txt", "Manual\n======\n\nIntro\n-----\nText.\n\nEnd\n---\n", `
			heading1 @l1-2: Manual
			heading2 @l4-5: Intro
			paragraph @l6-6: Text.
			heading2 @l8-9: End`},
		"overlined titles rank on their own": {"a.rst", "*****\nTitle\n*****\n\nPart\n****\n", `
			heading1 @l1-3: Title
			heading2 @l5-6: Part`},
		"rulers and tables are no headings": {"a.txt", "-----\nText after a ruler.\n\n+---+\n| a |\n+---+\n", `
			paragraph @l1-2: -----/Text after a ruler.
			paragraph @l4-6: +---+/| a |/+---+`},
		"AsciiDoc and Org": {"a.adoc", "= Title\n\n== Part\nText.\n", `
			heading1 @l1-1: Title
			heading2 @l3-3: Part
			paragraph @l4-4: Text.`},
		"what does not show is left out": {"a.txt", "soft\u00adhyphen\u200b, no\u00a0break\x07", `paragraph @l1-1: softhyphen, no break`},
		"code is cut before unindented lines": {"a.go", "package a\n\nfunc b() {\n\tx()\n\n\ty()\n}\n\n// c does.\nfunc c() {}\n", `
			code @l1-1: package a
			code @l3-7: func b() {/	x()//	y()/}
			code @l9-10: // c does./func c() {}`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, test.name, test.data), test.want)
		})
	}
}

func TestCharsets(t *testing.T) {
	t.Parallel()
	const (
		russian   = "\u0421\u044a\u0435\u0448\u044c \u0436\u0435 \u0435\u0449\u0451 \u044d\u0442\u0438\u0445 \u043c\u044f\u0433\u043a\u0438\u0445 \u0444\u0440\u0430\u043d\u0446\u0443\u0437\u0441\u043a\u0438\u0445 \u0431\u0443\u043b\u043e\u043a, \u0434\u0430 \u0432\u044b\u043f\u0435\u0439 \u0447\u0430\u044e."
		japanese_ = "\u3053\u306e\u6587\u66f8\u306f\u65e5\u672c\u8a9e\u3067\u66f8\u304b\u308c\u3066\u3044\u307e\u3059\u3002\u6587\u5b57\u30b3\u30fc\u30c9\u306e\u5224\u5b9a\u3092\u8a66\u3057\u307e\u3059\u3002"
		chinese   = "\u8fd9\u662f\u4e00\u4e2a\u7528\u4e2d\u6587\u5199\u7684\u6587\u4ef6\uff0c\u6211\u4eec\u7528\u5b83\u6765\u6d4b\u8bd5\u7f16\u7801\u7684\u68c0\u6d4b\u3002"
		taiwan    = "\u9019\u662f\u4e00\u500b\u7528\u4e2d\u6587\u5beb\u7684\u6587\u4ef6\uff0c\u6211\u5011\u7528\u5b83\u4f86\u6e2c\u8a66\u7de8\u78bc\u7684\u6aa2\u6e2c\u3002"
		korean_   = "\uc774 \ubb38\uc11c\ub294 \ud55c\uad6d\uc5b4\ub85c \uc791\uc131\ub418\uc5c8\uc2b5\ub2c8\ub2e4. \ubb38\uc790 \uc9d1\ud569\uc744 \uc2dc\ud5d8\ud569\ub2c8\ub2e4."
		greek     = "\u0397 \u03b3\u03c1\u03ae\u03b3\u03bf\u03c1\u03b7 \u03b1\u03bb\u03b5\u03c0\u03bf\u03cd \u03c0\u03b7\u03b4\u03ac \u03c0\u03ac\u03bd\u03c9 \u03b1\u03c0\u03cc \u03c4\u03bf \u03c3\u03ba\u03c5\u03bb\u03af."
		french    = "D\u00e9j\u00e0 vu: l'\u00e9t\u00e9, o\u00f9 \u00e7a co\u00fbte 5 \u20ac."
		polish    = "Stra\u017c w\u0119\u017c\u00f3w pe\u0142na."
	)
	tests := map[string]struct {
		text   string
		enc    encoding.Encoding
		warned bool
	}{
		"utf-8":                       {russian, encoding.Nop, false},
		"utf-8 with a mark":           {"\ufeff" + french, encoding.Nop, false},
		"utf-16 with a mark":          {french, unicode.UTF16(unicode.LittleEndian, unicode.UseBOM), false},
		"big-endian utf-16":           {russian, unicode.UTF16(unicode.BigEndian, unicode.UseBOM), false},
		"utf-16 without a mark":       {"Plain English text, as some programs save it.", unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), false},
		"windows-1251":                {russian, charmap.Windows1251, false},
		"koi8-r":                      {russian, charmap.KOI8R, false},
		"iso-8859-5":                  {russian, charmap.ISO8859_5, false},
		"shift_jis":                   {japanese_, japanese.ShiftJIS, false},
		"euc-jp":                      {japanese_, japanese.EUCJP, false},
		"gb18030":                     {chinese, simplifiedchinese.GB18030, false},
		"big5":                        {taiwan, traditionalchinese.Big5, false},
		"euc-kr":                      {korean_, korean.EUCKR, false},
		"windows-1253":                {greek, charmap.Windows1253, false},
		"windows-1252 as a last hope": {french, charmap.Windows1252, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			data, err := test.enc.NewEncoder().String(test.text)
			if err != nil {
				t.Fatal(err)
			}
			doc := read(t, "a.txt", data)
			if got, want := doc.Blocks[0].Text, strings.TrimPrefix(test.text, "\ufeff"); got != want {
				t.Errorf("text = %q, want %q", got, want)
			}
			if (len(doc.Warnings) > 0) != test.warned {
				t.Errorf("warnings = %q", doc.Warnings)
			}
		})
	}
	t.Run("a few broken bytes do not make it another charset", func(t *testing.T) {
		t.Parallel()
		doc := read(t, "a.txt", polish+" "+russian+"\xff.")
		if got := doc.Blocks[0].Text; got != polish+" "+russian+"." {
			t.Errorf("text = %q", got)
		}
		if len(doc.Warnings) != 1 {
			t.Errorf("warnings = %q, want one", doc.Warnings)
		}
	})
}

func TestMarkdown(t *testing.T) {
	t.Parallel()
	doc := read(t, "a.md", `---
title: The guide
tags: [one, two]
draft: true
weight: 3
nested: {left: out}
---
# Guide &amp; *more*

Some **bold** text with a [link](http://example.com),
an escaped \* and `+"`code \\*`"+`.

1. First
2. Second
   with a second line
   - nested
     `+"```sh\n     ls -l\n     ```"+`
- [x] done

| Name | Price |
|------|------:|
| Nut  | 1     |
| Bolt | 2     |

    indented code

<details><summary>More</summary>
<p>Folded <b>text</b>.</p>
</details>

Term
: Its definition.

Setext
------
> Quoted.[^1]

[^1]: A note.
`)
	wantOutline(t, doc, `
		heading1 @l8-8: Guide & more
		paragraph @l10-11: Some bold text with a link,/an escaped * and code \*.
		item @l13-13: 1. First
		item @l14-15: 2. Second/with a second line
		item @l16-16: - nested
		code @l18-18: ls -l
		item @l20-20: - [x] done
		row @l24-24: {Name | Price} Nut | 1
		row @l25-25: {Name | Price} Bolt | 2
		code @l27-27: indented code
		paragraph @l29-31: More
		paragraph @l29-31: Folded text.
		paragraph @l33-33: Term
		paragraph @l34-34: Its definition.
		heading2 @l36-36: Setext
		paragraph @l38-38: Quoted.
		paragraph @l40-40: A note.`)
	if doc.Title != "The guide" {
		t.Errorf("title = %q", doc.Title)
	}
	want := "map[draft:true tags:one, two weight:3]"
	if got := fmt.Sprint(doc.Metadata); got != want {
		t.Errorf("metadata = %s, want %s", got, want)
	}
}

func TestMarkdownWithoutFrontMatterKeepsItsRuler(t *testing.T) {
	t.Parallel()
	wantOutline(t, read(t, "a.md", "---\n\nA: text\n\n---\n\nMore.\n"), `
		paragraph @l3-3: A: text
		paragraph @l7-7: More.`)
}

func TestSeparatedValues(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("An answer that takes a while to read. ", 15)
	tests := map[string]struct{ name, data, want string }{
		"header and rows": {"a.csv", "Name,Age\nAda,36\n\"Grace, H.\",85\n", `
			row @r2-2: {Name | Age} Ada | 36
			row @r3-3: {Name | Age} Grace, H. | 85`},
		"no header": {"a.csv", "1,2\n3,4\n", `
			row @r1-1: 1 | 2
			row @r2-2: 3 | 4`},
		"semicolons and a decimal comma": {"a.csv", "Name;Preis\nMutter;1,50\nSchraube;2,75\n", `
			row @r2-2: {Name | Preis} Mutter | 1,50
			row @r3-3: {Name | Preis} Schraube | 2,75`},
		"what Excel says separates": {"a.csv", "sep=|\r\nName|Age\r\nAda|36\r\n", `row @r2-2: {Name | Age} Ada | 36`},
		"tabs":                      {"a.tsv", "Name\tAge\nAda\t36\n", `row @r2-2: {Name | Age} Ada | 36`},
		"quotes within a cell, and rows of any length": {"a.csv", "Name,Note\nAda,6\" tall\nBob\nCy,a,b\n", `
			row @r2-2: {Name | Note} Ada | 6" tall
			row @r3-3: {Name | Note} Bob
			row @r4-4: {Name | Note} Cy | a | b`},
		"long cells become records": {"a.csv", "Question,Answer\nWhy?," + long + "\n",
			`row @r2-2: Question: Why?/Answer: ` + strings.TrimSpace(long)},
		"a header alone is a row": {"a.csv", "Name,Age\n", `row @r1-1: Name | Age`},
		"one column":              {"a.csv", "Ada\nBob\n", "row @r1-1: Ada\nrow @r2-2: Bob"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, test.name, test.data), test.want)
		})
	}
}

func TestJSON(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("A long text. ", 30)
	big := fmt.Sprintf(`{"id":"x1","name":"Widget","text":%q,"more":%q,"tail":%q,"list":[{"a":1}]}`, long, long, long)
	tests := map[string]struct{ name, data, want string }{
		"a small object is a record": {"a.json", `{"a":{"b":1.50,"c":null},"d":["x","y"],"e":[{"f":true}],"g":""}`,
			`row: a.b: 1.50/d: x, y/e[0].f: true`},
		"elements are records with their pointers": {"a.json", `[{"q":"Why?","a":"So."},{"q":"Who?"}, 7, 8]`, `
			row @/0: q: Why?/a: So.
			row @/1: q: Who?
			row: 7/8`},
		"a large object is a section": {"a.json", `{"m/n":[` + big + `,{"id":2}]}`, `
			heading1 @/m~1n: m/n
			heading2 @/m~1n/0: 1: x1
			row @/m~1n/0: id: x1/name: Widget
			paragraph @/m~1n/0/text: text: ` + strings.TrimSpace(long) + `
			paragraph @/m~1n/0/more: more: ` + strings.TrimSpace(long) + `
			paragraph @/m~1n/0/tail: tail: ` + strings.TrimSpace(long) + `
			row @/m~1n/0/list: list[0].a: 1
			row @/m~1n/1: id: 2`},
		"a scalar":                         {"a.json", `"just text"`, `row: just text`},
		"lines under the name of JSON":     {"a.json", "{\"a\":1}\n{\"a\":2}\n", "row @l1-1: a: 1\nrow @l2-2: a: 2"},
		"lines, some of them not readable": {"a.jsonl", "{\"a\":1}\n\noops\n{\"a\":2}\n", "row @l1-1: a: 1\nrow @l4-4: a: 2"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, test.name, test.data), test.want)
		})
	}
	doc := read(t, "a.json", `{"title":"T","version":2,"ratio":0.5,"ok":true,"deep":{"x":1}}`)
	if got, want := fmt.Sprint(doc.Title, " ", doc.Metadata), "T map[ok:true ratio:0.5 title:T version:2]"; got != want {
		t.Errorf("title and metadata = %s, want %s", got, want)
	}
}

func TestXML(t *testing.T) {
	t.Parallel()
	doc := read(t, "a.xml", `<?xml version="1.0" encoding="ISO-8859-1"?>
<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>
<book id="b17"><title>Caf`+"\xe9"+`</title>
<chapter><title>One</title>
<para>Text with <em>emphasis</em> and &e; in it.</para>
<entry><name>Nut</name><price unit="EUR">1</price></entry>
</chapter></book>`)
	wantOutline(t, doc, `
		row @l3-3: book id: b17
		heading2 @l3-3: Caf`+"\u00e9"+`
		heading3 @l4-4: One
		paragraph @l5-5: Text with emphasis and &e; in it.
		row @l6-7: name: Nut/price unit: EUR/price: 1`)
	doc = read(t, "a.xml", "<a><p>Kept.</p><b")
	wantOutline(t, doc, `paragraph @l1-1: Kept.`)
	if len(doc.Warnings) != 1 {
		t.Errorf("warnings = %q, want one", doc.Warnings)
	}
}

func TestRichTextFormat(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ data, want string }{
		"text in code pages and by number": {`{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset0 Arial;}{\f1\fcharset204 Arial;}}\f0 caf\'e9 {\f1\'cf\'f0} \uc1\u8364? \u-10179?\u-8704?\par}`,
			"paragraph @l1-1: caf\u00e9 \u041f\u0440 \u20ac \U0001f600"},
		"what is no text is skipped": {`{\rtf1{\info{\title T}{\author A}}{\*\generator X;}{\pict ffd8}{\header H}Body{\v hidden}.\par}`,
			`paragraph @l1-1: Body.`},
		"headings by style and level": {`{\rtf1{\stylesheet{\s1 heading 1;}{\s2 Normal;}}\pard\s1 One\par\pard\s2 Text\par\pard\outlinelevel1 Two\par}`, `
			heading2 @l1-1: One
			paragraph @l2-2: Text
			heading3 @l3-3: Two`},
		"tables": {`{\rtf1\trowd\pard\intbl Name\cell Price\cell\row\trowd\pard\intbl Nut\cell 1\cell\row\pard After\par}`, `
			row @l2-2: {Name | Price} Nut | 1
			paragraph @l3-3: After`},
		"lists": {`{\rtf1\pard{\listtext\u183\'b7\tab}Dot\par\pard{\listtext 2.\tab}Two\par}`, `
			item @l1-1: - Dot
			item @l2-2: 2. Two`},
		"groups that never end": {`{\rtf1 {{{ Text`, `paragraph @l1-1: Text`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, "a.rtf", test.data), test.want)
		})
	}
	_, err := readWith(parse.DefaultLimits(), "a.rtf", `{\rtf1 `+strings.Repeat("{", 300))
	wantError(t, err, parse.TooLarge, "nested more than 256 levels")
}
