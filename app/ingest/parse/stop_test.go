package parse_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"syft-space/app/ingest/parse"
)

// countdown is a context that is done once it was looked at a number of times:
// a stop in the middle of the work that does not depend on the clock.
type countdown struct {
	context.Context
	left int
}

func (c *countdown) Err() error {
	if c.left--; c.left < 0 {
		return context.Canceled
	}
	return nil
}

// Every format looks at the context while it works, and soon again once it is
// done.
func TestAllFormatsStopWithTheirContext(t *testing.T) {
	t.Parallel()
	times := func(s string) string { return strings.Repeat(s, 5000) }
	tests := map[string]string{
		"a.txt":   times("word\n"),
		"a.go":    times("\tx()\n"),
		"a.html":  times("<p>word"),
		"b.html":  "<table><tr>" + times("<td>a<td>b<tr>"),
		"a.md":    times("> word\n"),
		"b.md":    times("*word* "),
		"c.md":    "```\n" + times("code\n"),
		"a.csv":   times("a,b\n"),
		"a.json":  "[" + times(`{"a":1},`) + "1]",
		"a.jsonl": times("{\"a\":1}\n"),
		"a.xml":   "<a>" + times("<b>some text</b>") + "</a>",
		"b.xml":   "<a>text" + times("<b>some text</b>") + "</a>",
		"a.rtf":   `{\rtf1 ` + times(`word\par `),
		"a.eml":   "Subject: a\r\n\r\n" + times("word\r\n"),
		"a.mbox":  times("From a Mon Jan 1 00:00:00 2024\nSubject: a\n\nb\n\n"),
		"a.docx":  wordOf(t, times(para("x", "word"))),
		"a.xlsx":  workbookOf(t, "<sheetData>"+times(`<row><c><v>1</v></c></row>`)+"</sheetData>"),
		"a.odt":   zipOf(t, "content.xml", "<d><body><text>"+times("<p>word</p>")+"</text></body></d>"),
		"a.epub": zipOf(t, "META-INF/container.xml", `<c><r><rootfile full-path="b.opf"/></r></c>`,
			"b.opf", `<p><manifest><item id="i" href="c.html" media-type="text/html"/></manifest><spine><itemref idref="i"/></spine></p>`,
			"c.html", times("<p>word")),
	}
	p := newParser(parse.DefaultLimits())
	for name, data := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			looks := &countdown{context.Background(), 1 << 60}
			if _, err := p.Parse(looks, name, strings.NewReader(data), int64(len(data))); err != nil {
				t.Fatal(err)
			}
			n := 1<<60 - looks.left
			if n < 10 {
				t.Errorf("it looked at its context %d times in all", n)
			}
			for _, left := range []int{0, n / 4, n / 2, n - 1} {
				ctx := &countdown{context.Background(), left}
				if _, err := p.Parse(ctx, name, strings.NewReader(data), int64(len(data))); !errors.Is(err, context.Canceled) {
					t.Errorf("stopped at look %d of %d: error = %v", left, n, err)
				}
				if ctx.left < -1000 {
					t.Errorf("stopped at look %d of %d, it went on for %d more", left, n, -ctx.left)
				}
			}
		})
	}
}
