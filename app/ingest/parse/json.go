package parse

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/tidwall/gjson"

	"syft-space/app/space"
)

// jsonFormat reads JSON: small objects become records, large ones sections.
// Positions are JSON pointers (RFC 6901).
func jsonFormat() Format {
	return Format{Name: "JSON", Extensions: []string{".json", ".geojson", ".webmanifest"}, Seed: true, parse: parseJSON}
}

// jsonLinesFormat reads JSON values, one a line.
func jsonLinesFormat() Format {
	return Format{Name: "JSON Lines", Extensions: []string{".jsonl", ".ndjson"}, parse: parseJSONLines}
}

func parseJSON(ctx context.Context, src *source, b *builder) error {
	text, err := src.text(b)
	if err != nil {
		return err
	}
	if err := validJSON(text, b.limits.Depth); err != nil {
		first, rest, _ := strings.Cut(strings.TrimSpace(text), "\n")
		if strings.TrimSpace(rest) != "" && gjson.Valid(first) && strings.HasPrefix(first, "{") {
			return writeJSONLines(text, b) // a stream of objects under the wrong name
		}
		return err
	}
	root := gjson.Parse(text)
	noteJSON(root, b)
	w := jsonWalker{b: b}
	w.value("", root, "", 0)
	return b.err()
}

func parseJSONLines(_ context.Context, src *source, b *builder) error {
	text, err := src.text(b)
	if err != nil {
		return err
	}
	return writeJSONLines(text, b)
}

func writeJSONLines(text string, b *builder) error {
	number, good, bad := 0, 0, 0
	for line := range lines(text) {
		number++
		if strings.TrimSpace(line) == "" {
			continue
		}
		if err := validJSON(line, b.limits.Depth); err != nil {
			bad++
			if bad <= 3 {
				b.warn("Line %d is not valid JSON and was left out.", number)
			}
			continue
		}
		good++
		w := jsonWalker{b: b, at: space.Position{LineStart: number, LineEnd: number}}
		w.value("", gjson.Parse(line), "", 0)
		if b.err() != nil {
			return b.err()
		}
	}
	if good == 0 && bad > 0 {
		return fail(Damaged, "None of the file's lines is valid JSON.")
	}
	if bad > 3 {
		b.warn("%d lines in all are not valid JSON and were left out.", bad)
	}
	return nil
}

// validJSON returns why text is not JSON nested at most depth deep, nil if it
// is.
func validJSON(text string, depth int) error {
	if jsonDepth(text) > depth {
		return fail(TooLarge, "The JSON is nested more than %d levels deep.", depth)
	}
	var raw json.RawMessage
	err := json.Unmarshal([]byte(text), &raw)
	var syntax *json.SyntaxError
	if errors.As(err, &syntax) {
		line := 1 + strings.Count(text[:min(int(syntax.Offset), len(text))], "\n")
		return fail(Damaged, "The JSON is not valid in line %d: %s.", line, syntax)
	}
	return err
}

// jsonDepth returns how deep the brackets of text nest outside its strings.
func jsonDepth(text string) int {
	depth, deepest := 0, 0
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '{', '[':
			depth++
			deepest = max(deepest, depth)
		case '}', ']':
			depth--
		case '"':
			for i++; i < len(text) && text[i] != '"'; i++ {
				if text[i] == '\\' {
					i++
				}
			}
		}
	}
	return deepest
}

// noteJSON takes the title and the short scalars of an object at the root.
func noteJSON(root gjson.Result, b *builder) {
	if !root.IsObject() {
		return
	}
	root.ForEach(func(key, value gjson.Result) bool {
		switch {
		case value.Type == gjson.String && len(value.Str) <= longestHeading:
			if key.Str == "title" || key.Str == "name" {
				b.title(value.Str)
			}
			b.meta(clip(key.Str, longestLabel), value.Str)
		case value.Type == gjson.Number:
			if n, ok := scalar(json.Number(value.Raw)); ok {
				b.meta(clip(key.Str, longestLabel), n)
			}
		case value.IsBool():
			b.meta(clip(key.Str, longestLabel), value.Bool())
		}
		return len(b.doc.Metadata) < 50
	})
}
