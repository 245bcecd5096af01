package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/space"
)

// A conversation has at most so many characters in so many messages.
const (
	maxConversation = 200_000
	maxMessages     = 1000
)

var roles = []string{"system", "user", "assistant"}

// messages is a question as a string, or a conversation as a list of messages.
// It is read by hand: huma would report a choice of two types as one problem
// without its place.
type messages struct {
	raw  json.RawMessage // nil where the field is missing
	list []space.ChatMessage
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *messages) UnmarshalJSON(data []byte) error {
	m.raw = slices.Clone(data)
	return nil
}

// Schema implements huma.SchemaProvider. The choice is an extension, which
// huma shows and does not check.
func (messages) Schema(huma.Registry) *huma.Schema {
	message := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"role", "content"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"role":    {Type: huma.TypeString, Enum: []any{"system", "user", "assistant"}, Description: "Who speaks"},
			"content": {Type: huma.TypeString, Description: "What is said", Examples: []any{"What are the copyright terms?"}},
		},
	}
	one, most := 1, maxMessages
	return &huma.Schema{
		Description: "The question as a string, or the conversation as a list of messages; 200,000 characters in all",
		Examples:    []any{"What are the copyright terms?"},
		Extensions: map[string]any{"oneOf": []*huma.Schema{
			{Type: huma.TypeString, MinLength: &one}, {Type: huma.TypeArray, Items: message, MinItems: &one, MaxItems: &most},
		}},
	}
}

// read takes the conversation apart and returns everything that is wrong with it.
func (m *messages) read() []error {
	const at = "body.messages"
	if m.raw == nil {
		return nil // huma reports what is missing
	}
	var value any
	_ = json.Unmarshal(m.raw, &value) // it was read as JSON before
	var problems []error
	switch v := value.(type) {
	case string:
		if v == "" {
			return []error{wrong(at, "min_length|1", v)}
		}
		m.list = []space.ChatMessage{{Role: "user", Content: v}}
	case []any:
		if err := wrongCount(at, len(v)); err != nil {
			return []error{err}
		}
		for i, each := range v {
			message, wrongs := readMessage(fmt.Sprintf("%s[%d]", at, i), each)
			m.list, problems = append(m.list, message), append(problems, wrongs...)
		}
	default:
		return []error{wrong(at, "list|", v)}
	}
	return append(problems, tooLong(at, m.list)...)
}

// wrongCount reports a list with no message or with too many, which are not
// even read.
func wrongCount(at string, n int) error {
	switch {
	case n == 0:
		return wrong(at, "min_items|1", n)
	case n > maxMessages:
		return wrong(at, fmt.Sprintf("max_items|%d", maxMessages), n)
	}
	return nil
}

// tooLong reports a conversation that is longer than is taken.
func tooLong(at string, conversation []space.ChatMessage) []error {
	length := 0
	for _, message := range conversation {
		length += utf8.RuneCountInString(message.Content)
	}
	if length > maxConversation {
		return []error{wrong(at, fmt.Sprintf("max_length|%d", maxConversation), length)}
	}
	return nil
}

func readMessage(at string, value any) (message space.ChatMessage, problems []error) {
	fields, ok := value.(map[string]any)
	if !ok {
		return message, []error{wrong(at, "dict|", value)}
	}
	text := func(name string) string {
		v, there := fields[name]
		s, isText := v.(string)
		switch {
		case !there:
			problems = append(problems, wrong(at, "required|"+name, nil))
		case !isText:
			problems = append(problems, wrong(at+"."+name, "str|", v))
		}
		return s
	}
	message.Role, message.Content = text("role"), text("content")
	if _, isText := fields["role"].(string); isText && !slices.Contains(roles, message.Role) {
		problems = append(problems, wrong(at+".role", "enum|'"+strings.Join(roles, "', '")+"'", message.Role))
	}
	return message, problems
}

// wrong is a problem in the form that the schema engine's problems have.
func wrong(at, message string, value any) error {
	return &huma.ErrorDetail{Location: at, Message: message, Value: value}
}
