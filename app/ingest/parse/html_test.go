package parse_test

import (
	"strings"
	"testing"
)

func TestHTML(t *testing.T) {
	t.Parallel()
	tests := map[string]struct{ data, want string }{
		"headings, paragraphs, inline markup": {
			"<h1>Ti<b>t</b>le <a class=headerlink href=#>\u00b6</a></h1>Loose text <p>One\n  <em>two</em><br>three</p>four", `
			heading1: Title
			paragraph: Loose text
			paragraph: One two/three
			paragraph: four`},
		"lists": {
			"<ol start=3><li>a<li value=9><p>b</p><p>c</p><ul><li>d</ul></ol><dl><dt>T<dt>U<dd>V<dd>W</dl>", `
			item: 3. a
			item: 9. b
			paragraph: c
			item: - d
			item: T, U: V
			paragraph: W`},
		"code keeps its lines": {
			"<pre><code>if x {\n\ty()\n}</code></pre>", `code: if x {/	y()/}`},
		"tables with a header": {
			"<table><caption>Prices</caption><thead><tr><th>Name<th>Price</thead><tr><td>Nut<td><p>1</p><p>euro</p></table>", `
			paragraph: Prices
			row: {Name | Price} Nut | 1 euro`},
		"a bold first row is a header": {
			"<table><tr><td><b>Name</b><td><p><strong>Price</strong></p><tr><td>Nut<td>1<tr><td>Bolt<td>2</table>", `
			row: {Name | Price} Nut | 1
			row: {Name | Price} Bolt | 2`},
		"cells that span rows and columns": {
			"<table><tr><th>A<th>B<th>C<tr><td rowspan=2>x<td colspan=2>y<tr><td>z<td>w</table>", `
			row: {A | B | C} x | y
			row: {A | B | C} x | z | w`},
		"tables for layout": {
			"<table><tr><td><img src=tip.png><th>Tip<tr><td><p>Use it.</p></table><table><tr><td><h2>Left</h2><p>L</p><td>R</table>", `
			paragraph: Tip
			paragraph: Use it.
			heading2: Left
			paragraph: L
			paragraph: R`},
		"programs, controls and pictures are no text": {
			"<p>a<script>b</script><style>c</style><noscript>d</noscript><button>e</button><svg><text>f</text></svg></p>", `paragraph: a`},
		"small hidden parts are left out, long ones kept": {
			"<p hidden>menu</p><p style='display: none'>" + strings.Repeat("content ", 50) + "</p><p>x</p>", `
			paragraph: ` + strings.TrimSpace(strings.Repeat("content ", 50)) + `
			paragraph: x`},
		"variants that a script chooses from are all kept": {
			"<p>Press <span><span hidden>Option</span><span hidden>Alt</span></span>.</p>", `paragraph: Press Option/ Alt.`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, "a.html", test.data), test.want)
		})
	}
}

func TestHTMLMainContent(t *testing.T) {
	t.Parallel()
	text := strings.TrimSpace(strings.Repeat("This is what the page is about. ", 12))
	links := "<a href=1>Home</a> <a href=2>Products</a> <a href=3>About us</a>"
	tests := map[string]struct{ body, want string }{
		"navigation around the content": {
			"<header>" + links + "</header><nav>" + links + "</nav><p>" + text + "</p><aside>" + links + "</aside><footer>(c) Us</footer>", `paragraph: ` + text},
		"navigation by role and class": {
			"<div role=navigation>" + links + "</div><div class='x navheader'>" + links + "</div><p>" + text + "</p><div id=sidebar>" + links + "</div>", `paragraph: ` + text},
		"the main element": {
			"<div>" + links + "</div><main><p>" + text + "</p></main><div>" + links + "</div>", `paragraph: ` + text},
		"an almost empty main element is not trusted": {
			"<main><p>x</p></main><p>" + text + "</p>", "paragraph: x\nparagraph: " + text},
		"the only top heading is kept wherever it stands": {
			"<header><h1>Title</h1>" + links + "</header><p>" + text + "</p>", "heading1: Title\nparagraph: " + text},
		"the header of an article": {
			"<article><header><h1>Title</h1><p>By Ada</p></header><p>" + text + "</p></article>", "heading1: Title\nparagraph: By Ada\nparagraph: " + text},
		"a note beside the text": {
			"<p>" + text + "</p><aside>Mind the gap between the train and the platform.</aside>", "paragraph: " + text + "\nparagraph: Mind the gap between the train and the platform."},
		"a page that is all navigation": {
			"<nav>" + links + "</nav>", `paragraph: Home Products About us`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			wantOutline(t, read(t, "a.html", "<body>"+test.body), test.want)
		})
	}
}

func TestHTMLCharsetAndMetadata(t *testing.T) {
	t.Parallel()
	tests := map[string]string{
		"declared":             "<meta charset=windows-1251><title>\xcf\xf0</title><p>\xcf\xf0",
		"declared, but UTF-8":  "<meta charset=iso-8859-1><title>\u041f\u0440</title><p>\u041f\u0440",
		"undeclared UTF-8":     "<title>\u041f\u0440</title><p>\u041f\u0440",
		"in a title of XHTML ": "<?xml version=\"1.0\"?><html><head><script src=\"x\"/><title>\u041f\u0440</title></head><body><p>\u041f\u0440</p></body></html>",
	}
	for name, data := range tests {
		doc := read(t, "a.htm", data)
		if len(doc.Blocks) != 1 || doc.Blocks[0].Text != "\u041f\u0440" || doc.Title != "\u041f\u0440" {
			t.Errorf("%s: title %q, blocks %+v", name, doc.Title, doc.Blocks)
		}
	}
	doc := read(t, "a.html", `<html lang=de><title> A
		b </title><meta name=author content=Ada><meta property="article:published_time" content=2024-01-02><p>x`)
	if doc.Title != "A b" || doc.Metadata["author"] != "Ada" || doc.Metadata["created"] != "2024-01-02" || doc.Metadata["language"] != "de" {
		t.Errorf("title %q, metadata %v", doc.Title, doc.Metadata)
	}
}
