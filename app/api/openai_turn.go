package api

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/space"
)

// chatTurn is one message of a chat, whose content is a string or a list of
// parts.
type chatTurn struct {
	role    string
	content string
	refused string // what stands in it that cannot be taken, "" where all is well
}

// Schema implements huma.SchemaProvider.
func (chatTurn) Schema(huma.Registry) *huma.Schema {
	part := &huma.Schema{
		Type: huma.TypeObject, Required: []string{"type"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"type": {Type: huma.TypeString, Description: "Only text can be taken", Examples: []any{"text"}},
			"text": {Type: huma.TypeString, Description: "The text", Examples: []any{"How long is the warranty?"}},
		},
	}
	return &huma.Schema{
		Type: huma.TypeObject, Required: []string{"role"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"role": {
				Type: huma.TypeString, Enum: []any{"system", "developer", "user", "assistant", "tool", "function"},
				Description: "Who speaks; developer is taken for system, tool and function are refused", Examples: []any{"user"},
			},
			"content": {
				Description: "The text, or a list of parts of type text",
				OneOf:       []*huma.Schema{{Type: huma.TypeString, Nullable: true}, {Type: huma.TypeArray, Items: part}},
				Examples:    []any{"How long is the warranty?"},
			},
		},
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (t *chatTurn) UnmarshalJSON(data []byte) error {
	var sent struct {
		Role      string
		Content   json.RawMessage
		ToolCalls []any `json:"tool_calls"`
	}
	if err := json.Unmarshal(data, &sent); err != nil {
		return err
	}
	t.role = sent.Role
	if len(sent.ToolCalls) > 0 {
		t.refused = "calls of tools"
	}
	if len(sent.Content) == 0 || sent.Content[0] != '[' {
		return unmarshalOptional(sent.Content, &t.content)
	}
	var parts []struct{ Type, Text string }
	if err := json.Unmarshal(sent.Content, &parts); err != nil {
		return err
	}
	texts := make([]string, len(parts))
	for i, p := range parts {
		if texts[i] = p.Text; p.Type != "text" {
			t.refused = fmt.Sprintf("parts of type '%s'", p.Type)
		}
	}
	t.content = strings.Join(texts, "\n")
	return nil
}

func unmarshalOptional(data json.RawMessage, v any) error {
	if len(data) == 0 {
		return nil
	}
	return json.Unmarshal(data, v)
}

// conversationOf turns a chat into the conversation of a query.
func conversationOf(turns []chatTurn) (messages, error) {
	out := make(messages, len(turns))
	for i, t := range turns {
		if t.role == "tool" || t.role == "function" {
			t.refused = "messages of tools"
		}
		if t.refused != "" {
			return nil, space.Errorf(space.KindInvalid, "messages.%d: endpoints cannot take %s; send text only", i, t.refused)
		}
		out[i] = space.ChatMessage{Role: t.role, Content: t.content}
		if t.role == "developer" {
			out[i].Role = "system"
		}
	}
	return out, nil
}

// stopSequences is a text or a list of texts.
type stopSequences []string

// maxStops is the most stop sequences, as in a query.
const maxStops = 16

// Schema implements huma.SchemaProvider.
func (stopSequences) Schema(huma.Registry) *huma.Schema {
	most := maxStops
	return &huma.Schema{
		OneOf: []*huma.Schema{
			{Type: huma.TypeString, Nullable: true},
			{Type: huma.TypeArray, MaxItems: &most, Items: &huma.Schema{Type: huma.TypeString}},
		},
		Examples: []any{"###"},
	}
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *stopSequences) UnmarshalJSON(data []byte) error {
	var one string
	if len(data) > 0 && data[0] == '"' {
		err := json.Unmarshal(data, &one)
		*s = stopSequences{one}
		return err
	}
	return json.Unmarshal(data, (*[]string)(s))
}
