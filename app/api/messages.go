package api

import (
	"encoding/json"

	"syft-space/app/space"
)

// UnmarshalJSON reads a bare string as one message of the user.
func (m *messages) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		var text string
		if err := json.Unmarshal(data, &text); err != nil {
			return err
		}
		*m = messages{{Role: "user", Content: text}}
		return nil
	}
	return json.Unmarshal(data, (*[]space.ChatMessage)(m))
}
