package query

import (
	"fmt"
	"strings"
	"unicode"
)

// longestSource bounds the source line of a context block, in characters: names
// of files and headings come from outside, like the text they describe.
const longestSource = 200

// unknownSource is the source line of a passage without metadata.
const unknownSource = "unknown"

// sourceLine says in one line where a passage comes from.
func sourceLine(metadata map[string]any) string {
	var parts []string
	add := func(format, key string) {
		if s := listed(metadata[key]); s != "" {
			parts = append(parts, fmt.Sprintf(format, s))
		}
	}
	if metadata["file_path"] != nil {
		add("%s", "file_path")
	} else {
		add("%s", "file_name")
	}
	add("page %s", "page_numbers")
	add("sheet %s", "sheet")
	add("row %s", "row_start")
	add("line %s", "line_start")
	add("%s", "headings")
	if len(parts) == 0 {
		return unknownSource
	}
	line := strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == 0x2028 || r == 0x2029 {
			return ' '
		}
		return r
	}, strings.Join(parts, ", "))
	if runes := []rune(line); len(runes) > longestSource {
		return string(runes[:longestSource])
	}
	return line
}

// listed renders a value of metadata: lists with " > " between, nothing for
// what is absent.
func listed(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return strings.TrimSpace(v)
	case []string:
		return strings.Join(v, " > ")
	case []int:
		return strings.Trim(strings.ReplaceAll(fmt.Sprint(v), " ", "-"), "[]")
	case []any:
		out := make([]string, len(v))
		for i := range v {
			out[i] = fmt.Sprint(v[i])
		}
		return strings.Join(out, " > ")
	}
	return fmt.Sprint(v)
}
