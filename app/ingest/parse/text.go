package parse

import (
	"context"
	"strings"

	"syft-space/app/space"
)

// textFormat reads plain text: paragraphs are what blank lines set apart.
func textFormat() Format {
	return Format{
		Name:       "plain text",
		Extensions: []string{".txt", ".text", ".log", ".rst", ".adoc", ".asciidoc", ".org", ".tex"},
		Seed:       true,
		parse:      parseText,
	}
}

func parseText(_ context.Context, src *source, b *builder) error {
	text, err := src.text(b)
	if err != nil {
		return err
	}
	var titles titleFinder
	for lines, first := range paragraphs(text, b) {
		title, level, used := titles.find(src.ext, lines)
		if used > 0 {
			b.heading(level, title, space.Position{LineStart: first, LineEnd: first + used - 1})
			lines, first = afterLines(lines, used), first+used
		}
		b.paragraph(lines, space.Position{LineStart: first, LineEnd: first + strings.Count(lines, "\n")})
		if b.err() != nil {
			return b.err()
		}
	}
	return nil
}

// paragraphs yields the runs of lines of text that blank lines or form feeds
// set apart, with the number of their first line, from 1, as long as b takes
// more.
func paragraphs(text string, b *builder) func(yield func(lines string, first int) bool) {
	return func(yield func(string, int) bool) {
		var held strings.Builder
		first, number := 1, 0
		for line := range lines(text) {
			if number++; b.err() != nil {
				return
			}
			switch {
			case strings.TrimSpace(line) == "":
				if held.Len() > 0 && !yield(held.String(), first) {
					return
				}
				held.Reset()
				continue
			case held.Len() == 0:
				first = number
			default:
				held.WriteByte('\n')
			}
			held.WriteString(line)
		}
		if held.Len() > 0 {
			yield(held.String(), first)
		}
	}
}

// lines yields the lines of text without their ends, of whichever system.
func lines(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for text != "" {
			i := strings.IndexAny(text, "\r\n")
			if i < 0 {
				yield(text)
				return
			}
			line := text[:i]
			if strings.HasPrefix(text[i:], "\r\n") {
				i++
			}
			text = text[i+1:]
			if !yield(line) {
				return
			}
		}
	}
}
