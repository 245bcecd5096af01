package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"
)

// texts is a field that holds a text or a list of texts.
type texts struct {
	raw  json.RawMessage // nil where the field is missing
	list []string
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *texts) UnmarshalJSON(data []byte) error {
	t.raw = slices.Clone(data)
	return nil
}

// read takes the field apart and returns everything that is wrong with it. A
// text has at least shortest characters.
func (t *texts) read(at string, most, shortest int) []error {
	if t.raw == nil {
		return nil
	}
	var value any
	_ = json.Unmarshal(t.raw, &value) // it was read as JSON before
	list, isList := value.([]any)
	if text, ok := value.(string); ok {
		list, isList = []any{text}, true
	}
	switch {
	case !isList:
		return []error{wrong(at, "list|", value)}
	case len(list) > most:
		return []error{wrong(at, fmt.Sprintf("max_items|%d", most), len(list))}
	}
	var problems []error
	for i, each := range list {
		text, ok := each.(string)
		switch place := fmt.Sprintf("%s[%d]", at, i); {
		case !ok:
			problems = append(problems, wrong(place, "str|", each))
		case utf8.RuneCountInString(text) < shortest:
			problems = append(problems, wrong(place, fmt.Sprintf("min_length|%d", shortest), text))
		}
		t.list = append(t.list, text)
	}
	return problems
}

// textOrList documents such a field.
func textOrList(least, most, shortest int, example string) *huma.Schema {
	text := &huma.Schema{Type: huma.TypeString, MinLength: &shortest}
	return &huma.Schema{
		Examples:   []any{example},
		Extensions: map[string]any{"oneOf": []*huma.Schema{text, {Type: huma.TypeArray, Items: text, MinItems: &least, MaxItems: &most}}},
	}
}

// There are at most so many stop sequences, as in a query, each of so many
// characters.
const (
	maxStops = 16
	maxStop  = 500
)

// longStops reports the stop sequences that are too long.
func longStops(at string, stops []string) (problems []error) {
	for i, stop := range stops {
		if utf8.RuneCountInString(stop) > maxStop {
			problems = append(problems, wrong(fmt.Sprintf("%s[%d]", at, i), fmt.Sprintf("max_length|%d", maxStop), stop))
		}
	}
	return problems
}

// stopTexts are stop sequences; null stands for none.
type stopTexts struct{ texts }

// Schema implements huma.SchemaProvider.
func (stopTexts) Schema(huma.Registry) *huma.Schema {
	s := textOrList(0, maxStops, 0, "###")
	s.Extensions["oneOf"] = append(s.Extensions["oneOf"].([]*huma.Schema), &huma.Schema{Type: "null"})
	return s
}

func (t *stopTexts) read(at string) []error {
	if string(t.raw) == "null" {
		return nil
	}
	problems := t.texts.read(at, maxStops, 0)
	return append(problems, longStops(at, t.list)...)
}

// inputTexts are what is to be embedded, at least one text.
type inputTexts struct{ texts }

// Schema implements huma.SchemaProvider.
func (inputTexts) Schema(huma.Registry) *huma.Schema {
	return textOrList(1, maxTexts, 1, "How long is the warranty?")
}

func (t *inputTexts) read(at string) []error {
	problems := t.texts.read(at, maxTexts, 1)
	length := 0
	for _, text := range t.list {
		length += utf8.RuneCountInString(text)
	}
	switch {
	case length > maxConversation:
		return append(problems, wrong(at, fmt.Sprintf("max_length|%d", maxConversation), length))
	case t.raw != nil && len(t.list) == 0 && len(problems) == 0:
		return []error{wrong(at, "min_items|1", t.list)}
	}
	return problems
}
