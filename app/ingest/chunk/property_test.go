package chunk_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/ingest/chunk"
	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// randomBlocks returns blocks of all kinds. Every word of them is different, so
// that it can be looked for.
func randomBlocks(rnd *rand.Rand) []parse.Block {
	word := 0
	text := func(most int) string {
		var out strings.Builder
		for range 1 + rnd.IntN(most) {
			word++
			fmt.Fprintf(&out, "w%dx", word)
			switch rnd.IntN(12) {
			case 0:
				out.WriteString(". ")
			case 1:
				out.WriteString("\n")
			case 2:
				out.WriteString("\u3002")
			case 3:
				out.WriteString(strings.Repeat("y", rnd.IntN(300)) + " ")
			default:
				out.WriteString(" ")
			}
		}
		return strings.TrimSpace(out.String())
	}
	header := ""
	var blocks []parse.Block
	for i := range rnd.IntN(30) {
		b := parse.Block{Kind: parse.Kind(rnd.IntN(5)), Text: text(1 << rnd.IntN(9)), Position: space.Position{LineStart: i + 1, LineEnd: i + 1}}
		switch b.Kind {
		case parse.Heading:
			b.Level = 1 + rnd.IntN(4)
			b.Text = text(8)
		case parse.Row:
			if rnd.IntN(4) == 0 || header == "" {
				header = text(1 << rnd.IntN(7))
			}
			b.Header = header
		}
		blocks = append(blocks, b)
	}
	return blocks
}

func randomOptions(rnd *rand.Rand) chunk.Options {
	size := 20 + rnd.IntN(200)
	o := chunk.Options{Size: size, Max: size + rnd.IntN(100), Overlap: rnd.IntN(size/2 + 1), Min: rnd.IntN(80), Limit: rnd.IntN(3) * 150}
	o.Strategy = []chunk.Strategy{chunk.Structure, chunk.Structure, chunk.Lines, chunk.Whole}[rnd.IntN(4)]
	return o
}

// checkChunks reports what is wrong with the passages of a document.
func checkChunks(t *testing.T, blocks []parse.Block, o chunk.Options, count func(string) int) {
	t.Helper()
	doc := &parse.Document{Title: "A title", Blocks: blocks}
	chunks := splitBy(count, doc, o)
	var all strings.Builder
	for i, c := range chunks {
		if c.Index != i {
			t.Fatalf("passage %d has the index %d", i, c.Index)
		}
		if strings.TrimSpace(c.Text) == "" || c.Tokens != count(c.Text) {
			t.Fatalf("passage %d has %d tokens: %q", i, c.Tokens, c.Text)
		}
		if c.Tokens > o.Max && len([]rune(c.Text)) > 1 {
			t.Fatalf("passage %d has %d tokens, more than %d: %q", i, c.Tokens, o.Max, c.Text)
		}
		all.WriteString(c.Text + " " + strings.Join(c.Headings, " ") + " ")
	}
	found := squeeze(all.String())
	for _, b := range blocks {
		for _, text := range []string{b.Text, b.Header} {
			for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ' ' || r == '\n' || r == '\u3002' }) {
				// Cuts within a word leave its parts in two passages.
				if part = strings.TrimRight(part, "y"); !strings.Contains(found, part) && !inParts(found, part) {
					t.Fatalf("%q is in no passage", part)
				}
			}
		}
	}
	if diff := cmp.Diff(chunks, splitBy(count, doc, o)); diff != "" {
		t.Fatalf("the same document gives other passages:\n%s", diff)
	}
}

// inParts reports whether a word that was cut is there: its first and its
// last half.
func inParts(all, word string) bool {
	n := len(word)
	for cut := 1; cut < n; cut++ {
		if strings.Contains(all, word[:cut]) && strings.Contains(all, word[cut:]) {
			return true
		}
	}
	return false
}

func TestEveryBitOfTextLandsInAPassage(t *testing.T) {
	t.Parallel()
	for seed := range uint64(300) {
		rnd := rand.New(rand.NewPCG(seed, 1))
		checkChunks(t, randomBlocks(rnd), randomOptions(rnd), thirds)
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzSplit cuts documents that the fuzzer makes up of lines: the first byte of
// each says what it is.
func FuzzSplit(f *testing.F) {
	f.Add("#Title\nText of it. More.\n|a | b\n|c | d\n>code\n*item\n##Sub\n\u65e5\u672c\u3002", 30, 40, 5, 10, uint8(0))
	f.Add(strings.Repeat("x", 500), 20, 20, 0, 0, uint8(1))
	f.Fuzz(func(t *testing.T, raw string, size, most, overlap, least int, strategy uint8) {
		o := chunk.Options{Size: min(max(size, 20), 8192), Min: max(least, 0)}
		o.Max, o.Overlap = min(max(most, o.Size), 8192), min(max(overlap, 0), o.Size/2)
		o.Strategy = []chunk.Strategy{chunk.Structure, chunk.Lines, chunk.Whole}[strategy%3]
		var blocks []parse.Block
		for line := range strings.SplitSeq(strings.ToValidUTF8(raw, ""), "\n") {
			b := parse.Block{Kind: parse.Paragraph, Text: strings.TrimSpace(line)}
			switch {
			case strings.HasPrefix(line, "#"):
				b.Kind, b.Level = parse.Heading, 1+strings.Count(line, "#")
			case strings.HasPrefix(line, "|"):
				b.Kind, b.Header = parse.Row, "head | er"
			case strings.HasPrefix(line, ">"):
				b.Kind = parse.Code
			case strings.HasPrefix(line, "*"):
				b.Kind = parse.ListItem
			}
			if b.Text != "" {
				blocks = append(blocks, b)
			}
		}
		for _, c := range splitBy(thirds, &parse.Document{Blocks: blocks}, o) {
			if c.Text == "" || c.Tokens > o.Max && len([]rune(c.Text)) > 1 {
				t.Fatalf("passage of %d tokens: %q", c.Tokens, c.Text)
			}
		}
	})
}

func BenchmarkSplit(b *testing.B) {
	var blocks []parse.Block
	bytes := 0
	for i := range 400 {
		if i%8 == 0 {
			blocks = append(blocks, heading(2, fmt.Sprintf("Section %d", i)))
		}
		text := prose(fmt.Sprint("p", i), 2+i%9)
		blocks = append(blocks, paragraph(text))
		bytes += len(text)
	}
	doc := &parse.Document{Blocks: blocks}
	b.SetBytes(int64(bytes))
	chunks := 0
	for b.Loop() {
		chunks += len(splitBy(thirds, doc, chunk.Defaults()))
	}
	b.ReportMetric(float64(chunks)/b.Elapsed().Seconds(), "passages/s")
}
