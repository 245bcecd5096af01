package providers

import (
	"cmp"
	"context"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"syft-space/app/space"
)

// What a model is for.
const (
	kindChat      = "chat"
	kindEmbedding = "embedding"
	kindOther     = "other"
)

// AvailableModel is a model that a server offers.
type AvailableModel struct {
	Name string `json:"name"` // what to enter as model
	Kind string `json:"kind"` // chat, embedding or other
	Size int64  `json:"size"` // bytes on the server's disk; 0 where it does not say
}

// AvailableModels is the result of the action fetch_available_models.
type AvailableModels struct {
	Models []AvailableModel `json:"models"` // never nil; those for chat first, then by name
}

func (a AvailableModels) sorted() AvailableModels {
	order := func(m AvailableModel) int { return slices.Index([]string{kindChat, kindEmbedding, kindOther}, m.Kind) }
	slices.SortStableFunc(a.Models, func(x, y AvailableModel) int {
		return cmp.Or(cmp.Compare(order(x), order(y)), strings.Compare(x.Name, y.Name))
	})
	return a
}

// TestResult is the result of the action test: what the model answered to a
// line, and how long it took.
type TestResult struct {
	Answer         string      `json:"answer"`
	Model          string      `json:"model"` // as the server names it
	Usage          space.Usage `json:"usage"`
	FirstTokenMS   int64       `json:"first_token_ms"`
	ResponseTimeMS int64       `json:"response_time_ms"`
	Notes          []string    `json:"notes"`
}

// Progress tells how far an action has come.
type Progress struct {
	Status    string `json:"status"`
	Completed int64  `json:"completed"` // bytes
	Total     int64  `json:"total"`     // bytes known of so far; 0 where unknown
}

// testLine is what the action test says where the caller does not.
const testLine = "Say hello in one short sentence."

// testAction sends a line, or the argument message, to the model that a
// configuration of t describes.
func testAction(t Type, clock space.Clock) Action {
	return func(ctx context.Context, config any, arguments json.RawMessage, _ func(any)) (any, error) {
		args := struct {
			Message string `json:"message"`
		}{}
		if len(arguments) > 0 && json.Unmarshal(arguments, &args) != nil {
			return nil, space.Errorf(space.KindInvalid, "the arguments of the action 'test' are an object with the text 'message'")
		}
		or(&args.Message, testLine)
		model, err := t.Open(config)
		if err != nil {
			return nil, err
		}
		began, first := clock(), time.Duration(-1)
		res, err := model.Chat(ctx, space.ChatRequest{
			Messages:  []space.ChatMessage{{Role: "user", Content: args.Message}},
			MaxTokens: 200,
		}, func(string) error {
			if first < 0 {
				first = clock().Sub(began)
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
		return TestResult{
			Answer: res.Text, Model: res.Model, Usage: res.Usage, Notes: append([]string{}, res.Notes...),
			FirstTokenMS: max(first, 0).Milliseconds(), ResponseTimeMS: clock().Sub(began).Milliseconds(),
		}, nil
	}
}
