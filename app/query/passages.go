package query

import (
	"fmt"
	"strings"
)

// noPassages is what an answer of passages reads where none was found.
const noPassages = "No passage was found that fits the question."

// Text renders passages for callers who take an answer as text only: numbered
// as citations are, each with its source.
func (r *References) Text() string {
	if len(r.Hits) == 0 {
		return noPassages
	}
	blocks := make([]string, len(r.Hits))
	for i, h := range r.Hits {
		blocks[i] = r.source(i) + "\n" + strings.TrimSpace(h.Content)
	}
	return strings.Join(blocks, "\n\n")
}

// Sources lists where the passages come from, one numbered line each; "" where
// there are none.
func (r *References) Sources() string {
	lines := make([]string, len(r.Hits))
	for i := range r.Hits {
		lines[i] = r.source(i)
	}
	return strings.Join(lines, "\n")
}

// source is the number of a passage, followed by its source where that is known.
func (r *References) source(i int) string {
	if line := sourceLine(r.Hits[i].Metadata); line != unknownSource {
		return fmt.Sprintf("[%d] %s", i+1, line)
	}
	return fmt.Sprintf("[%d]", i+1)
}
