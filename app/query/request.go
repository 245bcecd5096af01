package query

import (
	"strings"

	"syft-space/app/space"
)

// Request is a question with its defaults filled in.
type Request struct {
	Messages         []space.ChatMessage // never empty; a bare string is one user message
	Threshold        float64             // 0..1; 0 means no filter
	Limit            int                 // 1..100 passages
	IncludeMetadata  bool
	MaxTokens        int     // ≥ 1; 0 means the model's own limit
	Temperature      float64 // 0..2
	Stop             []string
	PresencePenalty  float64 // -2..2
	FrequencyPenalty float64 // -2..2
	Mode             space.SearchMode
	Filters          []space.Filter
	TransactionToken space.Secret
}

// question returns what to search for: the last user message with content.
func (r Request) question() string {
	for i := len(r.Messages) - 1; i >= 0; i-- {
		if m := r.Messages[i]; m.Role == roleUser {
			if text := strings.TrimSpace(m.Content); text != "" {
				return text
			}
		}
	}
	return ""
}

// The roles of a conversation.
const (
	roleSystem = "system"
	roleUser   = "user"
)
