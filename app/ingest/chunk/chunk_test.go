package chunk_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/ingest/chunk"
	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// words counts a token for every word, and one for every ten letters of a long
// one.
func words(s string) int {
	n := 0
	for w := range strings.FieldsSeq(s) {
		n += 1 + (utf8.RuneCountInString(w)-1)/10
	}
	return n
}

// prose returns sentences of ten words each, every one different.
func prose(name string, sentences int) string {
	var out []string
	for i := range sentences {
		out = append(out, fmt.Sprintf("The %s sentence %d is as long as any other.", name, i))
	}
	return strings.Join(out, " ")
}

func heading(level int, text string) parse.Block {
	return parse.Block{Kind: parse.Heading, Level: level, Text: text}
}

func paragraph(text string) parse.Block { return parse.Block{Kind: parse.Paragraph, Text: text} }

func split(o chunk.Options, blocks ...parse.Block) []chunk.Chunk {
	return splitBy(words, &parse.Document{Blocks: blocks}, o)
}

// splitBy cuts a document with lengths by count.
func splitBy(count func(string) int, doc *parse.Document, o chunk.Options) []chunk.Chunk {
	chunks, err := chunk.Split(context.Background(), doc, o, count)
	if err != nil {
		panic(err) // it is only ever the context's
	}
	return chunks
}

// thirds counts a token for every three characters, spaces or not.
func thirds(s string) int { return (utf8.RuneCountInString(s) + 2) / 3 }

// show writes chunks as "path: text", newlines as slashes.
func show(chunks []chunk.Chunk) []string {
	var out []string
	for _, c := range chunks {
		out = append(out, strings.Join(c.Headings, " > ")+": "+strings.ReplaceAll(c.Text, "\n", "/"))
	}
	return out
}

func wantChunks(t *testing.T, got []chunk.Chunk, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, show(got)); diff != "" {
		t.Errorf("passages (-want +got):\n%s", diff)
	}
}

// tight returns options for small examples.
func tight(size, max, overlap, min int) chunk.Options {
	return chunk.Options{Strategy: chunk.Structure, Size: size, Max: max, Overlap: overlap, Min: min}
}

func TestASmallDocumentIsOnePassage(t *testing.T) {
	t.Parallel()
	wantChunks(t, split(chunk.Defaults(),
		heading(1, "Guide"), paragraph("Text of the guide."), heading(2, "Part"), paragraph("More text.")),
		"Guide: Text of the guide.//Part//More text.")
}

func TestSectionsAreCutFromEachOther(t *testing.T) {
	t.Parallel()
	a, b := prose("a", 4), prose("b", 4)
	wantChunks(t, split(tight(40, 50, 0, 10),
		heading(1, "Guide"), heading(2, "A"), paragraph(a), heading(2, "B"), paragraph(b)),
		"Guide > A: "+a, "Guide > B: "+b)
}

func TestSmallPiecesJoinANeighbourOfTheirSection(t *testing.T) {
	t.Parallel()
	long := prose("long", 4)
	wantChunks(t, split(tight(40, 60, 0, 15),
		heading(1, "Guide"), paragraph("Short start."),
		heading(2, "A"), paragraph(long),
		heading(2, "B"), heading(3, "B1"), paragraph("Tiny."), heading(3, "B2"), paragraph(long)),
		"Guide: Short start.//A//"+long,
		"Guide > B: B1//Tiny.//B2//"+long)
}

func TestAHeadingWithoutTextIsKept(t *testing.T) {
	t.Parallel()
	long := prose("long", 4)
	wantChunks(t, split(tight(40, 50, 0, 10), heading(1, "Guide"), heading(2, "A"), paragraph(long), heading(2, "B")),
		"Guide: A//"+long+"//B")
	wantChunks(t, split(chunk.Defaults(), heading(1, "Only")), ": Only")
	wantChunks(t, split(chunk.Defaults()))
}

func TestLongSectionsAreCutEvenlyBetweenSentences(t *testing.T) {
	t.Parallel()
	chunks := split(tight(40, 60, 0, 10), heading(1, "A"), paragraph(prose("x", 13)))
	if len(chunks) != 3 {
		t.Fatalf("130 words in passages of about 40 are %d passages: %q", len(chunks), show(chunks))
	}
	for _, c := range chunks {
		if c.Tokens < 40 || c.Tokens > 50 || !strings.HasPrefix(c.Text, "The x") || !strings.HasSuffix(c.Text, ".") {
			t.Errorf("passage of %d tokens: %q", c.Tokens, c.Text)
		}
	}
}

func TestCutsPreferTheEndsOfBlocks(t *testing.T) {
	t.Parallel()
	a, b := prose("a", 5), prose("b", 3)
	wantChunks(t, split(tight(40, 60, 0, 10), paragraph(a), paragraph(b)), ": "+a, ": "+b)
	wantChunks(t, split(tight(40, 60, 0, 10), paragraph(prose("a", 3)), paragraph("It announces the list:"), paragraph(b)),
		": "+prose("a", 3), ": It announces the list://"+b)
}

func TestOverlapIsWholeSentencesWithinASection(t *testing.T) {
	t.Parallel()
	chunks := split(tight(40, 60, 12, 10), heading(1, "A"), paragraph(prose("a", 8)), heading(1, "B"), paragraph(prose("b", 8)))
	for i, c := range chunks {
		first := strings.SplitAfter(c.Text, ".")[0]
		repeats := i > 0 && strings.HasSuffix(chunks[i-1].Text, first)
		sameSection := i > 0 && cmp.Equal(chunks[i-1].Headings, c.Headings)
		if repeats != sameSection {
			t.Errorf("passage %d repeats the end of the one before: %v, want %v\n%q", i, repeats, sameSection, show(chunks))
		}
	}
}

func TestTableHeadersRepeat(t *testing.T) {
	t.Parallel()
	blocks := []parse.Block{paragraph("Prices follow.")}
	for i := range 12 {
		blocks = append(blocks, parse.Block{Kind: parse.Row, Header: "Name | Price", Text: fmt.Sprintf("Nut number %d | %d", i, i), Position: space.Position{Sheet: "S", RowStart: i + 2, RowEnd: i + 2}})
	}
	chunks := split(tight(30, 40, 0, 5), blocks...)
	if len(chunks) < 2 {
		t.Fatalf("passages = %q, want several", show(chunks))
	}
	row := 2
	for i, c := range chunks {
		if strings.Count(c.Text, "Name | Price\nNut") != 1 {
			t.Errorf("passage %d has not one header: %q", i, c.Text)
		}
		if c.Position.RowStart != row {
			t.Errorf("passage %d begins in row %d, want %d", i, c.Position.RowStart, row)
		}
		row = c.Position.RowEnd + 1
	}
}

func TestAHeaderTooLongToRepeatStandsOnce(t *testing.T) {
	t.Parallel()
	header := strings.TrimSpace(strings.Repeat("column ", 20))
	var blocks []parse.Block
	for i := range 10 {
		blocks = append(blocks, parse.Block{Kind: parse.Row, Header: header, Text: fmt.Sprintf("a b c d e f g h i %d", i)})
	}
	all := strings.Join(show(split(tight(30, 40, 0, 5), blocks...)), "/")
	if n := strings.Count(all, "column"); n != 20 {
		t.Errorf("the header's words stand %d times, want 20: %s", n, all)
	}
}

func TestPositionsCoverWhatAPassageHolds(t *testing.T) {
	t.Parallel()
	lines := []string{"The first line of the file is here.", "The second line comes after it, and", "the third line ends it all."}
	blocks := []parse.Block{
		{Kind: parse.Paragraph, Text: strings.Join(lines, "\n"), Position: space.Position{LineStart: 5, LineEnd: 7, Pages: []int{2, 3}}},
		{Kind: parse.Paragraph, Text: "Another block of some eight more words.", Position: space.Position{LineStart: 9, LineEnd: 9, Pages: []int{4}, Part: "part 2"}},
	}
	got := []space.Position{}
	for _, c := range split(tight(20, 20, 0, 5), blocks...) {
		got = append(got, c.Position)
	}
	want := []space.Position{
		{LineStart: 5, LineEnd: 5, Pages: []int{2, 3}},
		{LineStart: 6, LineEnd: 9, Pages: []int{2, 3, 4}, Part: "part 2"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("positions (-want +got):\n%s", diff)
	}
	whole := split(chunk.Defaults(), blocks...)[0].Position
	if diff := cmp.Diff(space.Position{LineStart: 5, LineEnd: 9, Pages: []int{2, 3, 4}, Part: "part 2"}, whole); diff != "" {
		t.Errorf("position of both (-want +got):\n%s", diff)
	}
	// A cut within a block narrows the lines.
	cut := split(tight(20, 20, 0, 0), parse.Block{Kind: parse.Code, Text: strings.Repeat("one two three four five\n", 7) + "end", Position: space.Position{LineStart: 1, LineEnd: 8}})
	if first, last := cut[0].Position, cut[len(cut)-1].Position; first.LineStart != 1 || last.LineEnd != 8 || first.LineEnd >= last.LineStart {
		t.Errorf("lines %+v and %+v", first, last)
	}
}

func TestStrategies(t *testing.T) {
	t.Parallel()
	blocks := []parse.Block{heading(1, "A"), paragraph("One line.\nTwo lines. Still two."), heading(1, "B"), paragraph("Three.")}
	o := tight(200, 240, 0, 0)
	o.Strategy = chunk.Lines
	wantChunks(t, split(o, blocks...), ": A//One line./Two lines. Still two.//B//Three.")
	o.Size, o.Max = 5, 5
	wantChunks(t, split(o, blocks...), ": A//One line.", ": Two lines. Still two.", ": B//Three.")
	o = chunk.Defaults()
	o.Strategy = chunk.Whole
	long := prose("x", 40)
	if got := split(o, heading(1, "A"), paragraph(long)); len(got) != 2 {
		t.Errorf("400 words in passages of at most 240 are %d passages", len(got))
	}
}

func TestScriptsWithoutSpacesAreCutAtTheirMarks(t *testing.T) {
	t.Parallel()
	count := func(s string) int { return utf8.RuneCountInString(s) }
	sentence := "\u3053\u308c\u306f\u6587\u7ae0\u3067\u3059\u3002" // 8 characters
	clause := strings.Repeat("\u6587", 14) + "\u3001"              // 15
	doc := &parse.Document{Blocks: []parse.Block{paragraph(strings.Repeat(sentence, 10)), paragraph(strings.Repeat(clause, 6))}}
	for _, c := range splitBy(count, doc, tight(24, 32, 0, 5)) {
		if n := count(c.Text); n > 32 || !strings.HasSuffix(c.Text, "\u3002") && !strings.HasSuffix(c.Text, "\u3001") {
			t.Errorf("passage of %d characters is cut within a clause: %q", n, c.Text)
		}
	}
}

func TestNoPassageExceedsTheCeiling(t *testing.T) {
	t.Parallel()
	// A tokenizer that sees more in a whole than in its parts.
	superadditive := func(s string) int { n := thirds(s); return n + n*n/200 }
	long := strings.Repeat("x", 10_000)
	docs := map[string][]parse.Block{
		"a word":         {paragraph(long)},
		"a word in code": {{Kind: parse.Code, Text: long + "\n" + long}},
		"a row":          {{Kind: parse.Row, Header: "a | b", Text: long}},
		"a header":       {{Kind: parse.Row, Header: long, Text: "x"}, {Kind: parse.Row, Header: long, Text: "y"}},
		"a heading":      {heading(1, long), paragraph("x")},
		"marks":          {paragraph("e" + strings.Repeat("\u0301", 5000))},
		"sentences":      {paragraph(prose("s", 300))},
		"headings":       {heading(1, prose("h", 20)), heading(2, prose("h", 20)), paragraph(prose("t", 20))},
	}
	for name, blocks := range docs {
		for counter, count := range map[string]func(string) int{"thirds": thirds, "superadditive": superadditive, "words": words} {
			for _, strategy := range []chunk.Strategy{chunk.Structure, chunk.Lines, chunk.Whole} {
				o := chunk.Defaults()
				o.Strategy = strategy
				for _, c := range splitBy(count, &parse.Document{Blocks: blocks}, o) {
					if n := count(c.Text); n > o.Max || n != c.Tokens {
						t.Fatalf("%s, %s, %s: passage of %d tokens (said to be %d): %.60q", name, counter, strategy, n, c.Tokens, c.Text)
					}
				}
			}
		}
	}
}

func TestThePassageAndItsContextStayWithinTheLimit(t *testing.T) {
	t.Parallel()
	o := chunk.Defaults()
	o.Limit = 100
	title := strings.TrimSpace(strings.Repeat("title ", 20))
	doc := &parse.Document{Title: title, Blocks: []parse.Block{heading(1, "One two three"), paragraph(prose("x", 60))}}
	for _, c := range splitBy(words, doc, o) {
		if n := words(chunk.Context(title, c.Headings)) + c.Tokens; n > 100 {
			t.Errorf("passage and context have %d tokens", n)
		}
	}
}

func TestContext(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("word ", 60)
	tests := []struct {
		title    string
		headings []string
		want     string
	}{
		{"", nil, ""},
		{"Guide", nil, "Guide"},
		{"Guide", []string{"Part", "Chapter"}, "Guide > Part > Chapter"},
		{"GUIDE", []string{"Guide", "Part"}, "Guide > Part"},
		{"", []string{"Part"}, "Part"},
	}
	for _, test := range tests {
		if got := chunk.Context(test.title, test.headings); got != test.want {
			t.Errorf("Context(%q, %q) = %q, want %q", test.title, test.headings, got, test.want)
		}
	}
	got := chunk.Context("Guide", []string{long, long, long, "Leaf"})
	if len(got) > 300 || !strings.HasPrefix(got, "Guide > ") || !strings.HasSuffix(got, " > Leaf") {
		t.Errorf("a long path becomes %q", got)
	}
}

func TestTheFingerprintTellsOptionsApart(t *testing.T) {
	t.Parallel()
	a, b := chunk.Defaults(), chunk.Defaults()
	b.Overlap++
	if a.Fingerprint() == b.Fingerprint() {
		t.Errorf("%+v and %+v have one fingerprint", a, b)
	}
}

func TestSplitStopsWithItsContext(t *testing.T) {
	t.Parallel()
	lines := strings.Repeat("One line of many.\n", 1000)
	blocks := []parse.Block{{Kind: parse.Code, Text: strings.Repeat("A long line. ", 1000)}, {Kind: parse.Code, Text: lines}}
	for range 1000 {
		blocks = append(blocks, paragraph(prose("x", 1)))
	}
	for _, strategy := range []chunk.Strategy{chunk.Structure, chunk.Lines, chunk.Whole} {
		for _, last := range []int{1, 500, 1500, 2500} { // within a line, within the code, between blocks
			o := chunk.Defaults()
			o.Strategy = strategy
			ctx, cancel := context.WithCancel(context.Background())
			counted := 0
			_, err := chunk.Split(ctx, &parse.Document{Blocks: blocks}, o, func(s string) int {
				if counted++; counted == last {
					cancel()
				}
				return words(s)
			})
			if !errors.Is(err, context.Canceled) || counted > last+2 {
				t.Errorf("%s: stopped at text %d, it counted %d; error %v", strategy, last, counted, err)
			}
		}
	}
}

// squeeze returns s without anything but its visible characters.
func squeeze(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return -1
		}
		return r
	}, s)
}
