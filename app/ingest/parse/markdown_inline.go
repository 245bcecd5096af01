package parse

import (
	"slices"
	"sort"
	"strings"

	"github.com/yuin/goldmark/ast"
	extast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/util"
	"go.yaml.in/yaml/v3"
)

// inline returns the text of a block without its markup: of links and images
// what is shown, of raw HTML only the line breaks.
func (w *markdownWalker) inline(n ast.Node) string {
	var out strings.Builder
	// The walker never returns an error, so Walk does not either.
	_ = ast.Walk(n, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if !entering {
			return ast.WalkContinue, nil
		}
		switch n := n.(type) {
		case *ast.Text:
			w.writeText(&out, n)
		case *ast.String:
			out.Write(n.Value)
		case *ast.AutoLink:
			out.Write(n.Label(w.source))
		case *ast.RawHTML:
			if raw := strings.ToLower(string(n.Segments.Value(w.source))); strings.HasPrefix(raw, "<br") {
				out.WriteByte('\n')
			}
		case *extast.TaskCheckBox:
			if n.IsChecked {
				out.WriteString("[x] ")
			} else {
				out.WriteString("[ ] ")
			}
		}
		return ast.WalkContinue, nil
	})
	return out.String()
}

func (w *markdownWalker) writeText(out *strings.Builder, n *ast.Text) {
	value := n.Segment.Value(w.source)
	if _, code := n.Parent().(*ast.CodeSpan); !code && !n.IsRaw() {
		value = util.UnescapePunctuations(value)
		value = util.ResolveNumericReferences(value)
		value = util.ResolveEntityNames(value)
	}
	out.Write(value)
	if n.SoftLineBreak() || n.HardLineBreak() {
		out.WriteByte('\n')
	}
}

// largestFrontMatter bounds what is tried as front matter, in bytes.
const largestFrontMatter = 64 << 10

// frontMatter takes the YAML between two lines of three dashes off the start
// of text, notes its scalars, and returns the rest and the number of lines
// taken. What is no YAML stays where it is.
func frontMatter(text string, b *builder) (rest string, skipped int) {
	head := text[:min(len(text), largestFrontMatter)]
	all := slices.Collect(lines(head))
	if len(all) < 2 || strings.TrimRight(all[0], " \t") != "---" || strings.TrimSpace(all[1]) == "" {
		return text, 0
	}
	for i, line := range all[1:] {
		line = strings.TrimRight(line, " \t")
		if line != "---" && line != "..." {
			continue
		}
		var fields map[string]any
		if err := yaml.Unmarshal([]byte(strings.Join(all[1:i+1], "\n")), &fields); err != nil || fields == nil {
			return text, 0
		}
		noteFrontMatter(fields, b)
		return dropLines(text, i+2), i + 2
	}
	return text, 0
}

func noteFrontMatter(fields map[string]any, b *builder) {
	for key, value := range fields {
		if s, ok := scalar(value); ok {
			b.meta(key, s)
		}
	}
	if title, ok := fields["title"].(string); ok {
		b.title(title)
		delete(b.doc.Metadata, "title")
	}
}

// dropLines returns text without its first n lines, whatever ends them.
func dropLines(text string, n int) string {
	for range n {
		i := strings.IndexAny(text, "\r\n")
		if i < 0 {
			return ""
		}
		if strings.HasPrefix(text[i:], "\r\n") {
			i++
		}
		text = text[i+1:]
	}
	return text
}

// lineIndex tells which line a byte offset stands in.
type lineIndex struct {
	starts []int // offsets of the lines' first bytes
	first  int   // number of the first line
}

func newLineIndex(text string, first int) lineIndex {
	index := lineIndex{starts: []int{0}, first: first}
	for i := range len(text) {
		if text[i] == '\n' {
			index.starts = append(index.starts, i+1)
		}
	}
	return index
}

func (x lineIndex) line(offset int) int {
	return x.first + sort.SearchInts(x.starts, offset+1) - 1
}
