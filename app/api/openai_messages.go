package api

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/space"
)

// chatRoles are the roles that OpenAI knows.
var chatRoles = []string{"system", "developer", "user", "assistant", "tool", "function"}

// chatMessages is a conversation as OpenAI's clients send it. Like messages it
// is read by hand, so that every problem is reported at its place.
type chatMessages struct {
	raw     json.RawMessage // nil where the field is missing
	list    []space.ChatMessage
	refused string // what stands in it that no endpoint takes, "" where all is well
}

// UnmarshalJSON implements json.Unmarshaler.
func (m *chatMessages) UnmarshalJSON(data []byte) error {
	m.raw = slices.Clone(data)
	return nil
}

// Schema implements huma.SchemaProvider.
func (chatMessages) Schema(huma.Registry) *huma.Schema {
	part := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"type", "text"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"type": {Type: huma.TypeString, Enum: []any{"text"}, Description: "Only text is taken"},
			"text": {Type: huma.TypeString, Description: "The text", Examples: []any{"How long is the warranty?"}},
		},
	}
	message := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"role", "content"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"role": {
				Type: huma.TypeString, Enum: []any{"system", "developer", "user", "assistant"}, // tool and function are refused
				Description: "Who speaks; developer is taken for system",
			},
			"content": {
				OneOf:       []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeArray, Items: part}},
				Description: "What is said, in one text or in parts", Examples: []any{"How long is the warranty?"},
			},
		},
	}
	one, most := 1, maxMessages
	return &huma.Schema{
		Description: "The conversation; 200,000 characters in all",
		Examples:    []any{[]any{map[string]any{"role": "user", "content": "How long is the warranty?"}}},
		Extensions:  map[string]any{"type": huma.TypeArray, "items": message, "minItems": &one, "maxItems": &most},
	}
}

// read takes the conversation apart and returns everything that is wrong with it.
func (m *chatMessages) read() []error {
	const at = "body.messages"
	if m.raw == nil {
		return nil // huma reports what is missing
	}
	var value any
	_ = json.Unmarshal(m.raw, &value) // it was read as JSON before
	list, ok := value.([]any)
	if !ok {
		return []error{wrong(at, "list|", value)}
	}
	if err := wrongCount(at, len(list)); err != nil {
		return []error{err}
	}
	var problems []error
	for i, each := range list {
		problems = append(problems, m.readTurn(i, fmt.Sprintf("%s[%d]", at, i), each)...)
	}
	return append(problems, tooLong(at, m.list)...)
}

func (m *chatMessages) readTurn(i int, at string, value any) []error {
	fields, ok := value.(map[string]any)
	if !ok {
		return []error{wrong(at, "dict|", value)}
	}
	role, isText := fields["role"].(string)
	switch {
	case fields["role"] == nil:
		return []error{wrong(at, "required|role", nil)}
	case !isText:
		return []error{wrong(at+".role", "str|", fields["role"])}
	case !slices.Contains(chatRoles, role):
		return []error{wrong(at+".role", "enum|'"+strings.Join(chatRoles, "', '")+"'", role)}
	case role == "developer":
		role = "system"
	case role == "tool", role == "function":
		m.refuse(i, "messages of tools")
	}
	if calls, _ := fields["tool_calls"].([]any); len(calls) > 0 {
		m.refuse(i, "calls of tools")
	}
	text, problems := m.readContent(i, at, fields["content"])
	m.list = append(m.list, space.ChatMessage{Role: role, Content: text})
	return problems
}

// readContent joins the parts of a content.
func (m *chatMessages) readContent(i int, at string, value any) (string, []error) {
	switch v := value.(type) {
	case string:
		return v, nil
	case nil:
		if m.refused != "" { // a tool's, which may be without
			return "", nil
		}
		return "", []error{wrong(at, "required|content", nil)}
	case []any:
		var texts []string
		for j, each := range v {
			part, ok := each.(map[string]any)
			text, isText := part["text"].(string)
			switch place := fmt.Sprintf("%s.content[%d]", at, j); {
			case !ok:
				return "", []error{wrong(place, "dict|", each)}
			case part["type"] != "text":
				m.refuse(i, fmt.Sprintf("parts of type '%v'", part["type"]))
			case !isText:
				return "", []error{wrong(place+".text", "str|", part["text"])}
			}
			texts = append(texts, text)
		}
		return strings.Join(texts, "\n"), nil
	}
	return "", []error{wrong(at+".content", "str|", value)}
}

func (m *chatMessages) refuse(i int, what string) {
	if m.refused == "" {
		m.refused = fmt.Sprintf("messages.%d: an endpoint does not take %s; send text only", i, what)
	}
}
