package providers

import (
	"context"
	"errors"
	"fmt"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"syft-space/app/space"
)

// openAIModel is a model behind OpenAI's chat completions.
type openAIModel struct {
	*openAIServer
	config OpenAIConfig
}

// ContextWindow implements Model. The API has no way to ask for it.
func (m *openAIModel) ContextWindow(context.Context) int {
	return besidePrompt(m.config.ContextWindow, m.config.SystemPrompt, m.deps.CountTokens)
}

// Chat implements Model.
func (m *openAIModel) Chat(ctx context.Context, req space.ChatRequest, emit space.Emit) (space.ChatResult, error) {
	req.Messages = withSystemPrompt(m.config.SystemPrompt, req.Messages)
	c := conversation{deps: m.deps, peer: m.peer, req: req, emit: emit}
	c.ask = func(ctx context.Context, stops []string, w *watch, push func(string) error) (reply, error) {
		return m.ask(ctx, req, stops, w, push)
	}
	return c.run(ctx)
}

// ask streams one answer. Servers differ in the parameters that they know: one
// that the server names in its refusal is left out, and said in the notes.
func (m *openAIModel) ask(ctx context.Context, req space.ChatRequest, stops []string, w *watch, push func(string) error) (reply, error) {
	params := m.params(req, stops)
	var notes []string
	for {
		var raw *http.Response
		err := m.client.Post(ctx, "chat/completions", params, &raw,
			option.WithJSONSet("stream", true), option.WithHeader("Accept", "text/event-stream, application/json"))
		var refused *refusal
		if errors.As(err, &refused) {
			if note, ok := leaveOut(&params, refused); ok {
				notes = append(notes, note...)
				continue
			}
		}
		if err != nil {
			return reply{}, err
		}
		answer := openAIAnswer{body: raw, w: w, limits: m.deps.Limits, push: push}
		r, err := answer.read()
		r.notes = append(notes, r.notes...)
		return r, err
	}
}

func (m *openAIModel) params(req space.ChatRequest, stops []string) openai.ChatCompletionNewParams {
	p := openai.ChatCompletionNewParams{
		Model:         m.config.Model,
		Messages:      openAIMessages(req.Messages),
		Temperature:   openai.Float(req.Temperature),
		StreamOptions: openai.ChatCompletionStreamOptionsParam{IncludeUsage: openai.Bool(true)},
	}
	// OpenAI takes four stop sequences at most. All of them cut the answer
	// here in any case; sending them only spares tokens.
	if n := min(len(stops), 4); n > 0 {
		p.Stop = openai.ChatCompletionNewParamsStopUnion{OfStringArray: stops[:n]}
	}
	if req.PresencePenalty != 0 {
		p.PresencePenalty = openai.Float(req.PresencePenalty)
	}
	if req.FrequencyPenalty != 0 {
		p.FrequencyPenalty = openai.Float(req.FrequencyPenalty)
	}
	switch {
	case req.MaxTokens <= 0:
	case m.official: // its reasoning models refuse the older name
		p.MaxCompletionTokens = openai.Int(int64(req.MaxTokens))
	default: // which compatible servers all know
		p.MaxTokens = openai.Int(int64(req.MaxTokens))
	}
	return p
}

func openAIMessages(messages []space.ChatMessage) []openai.ChatCompletionMessageParamUnion {
	out := make([]openai.ChatCompletionMessageParamUnion, len(messages))
	for i, m := range messages {
		switch m.Role {
		case "system":
			out[i] = openai.SystemMessage(m.Content)
		case "assistant":
			out[i] = openai.AssistantMessage(m.Content)
		default:
			out[i] = openai.UserMessage(m.Content)
		}
	}
	return out
}

// leaveOut removes the parameter that the server does not know, and returns
// what to note about it; ok is false where the refusal is about something
// else. Every parameter is removed at most once, so this ends.
func leaveOut(p *openai.ChatCompletionNewParams, r *refusal) (note []string, ok bool) {
	if r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity {
		return nil, false
	}
	if !r.says("unsupported", "not supported", "unknown", "unrecognized", "unexpected", "not permitted", "does not support", "extra_forbidden") {
		return nil, false
	}
	zero := openai.ChatCompletionNewParams{}
	names := func(param string) bool { return r.param == param || r.param == "" && r.says(param) }
	said := func(param string) []string {
		return []string{fmt.Sprintf("The model server does not support '%s'; the answer was made without it.", param)}
	}
	switch {
	case p.MaxTokens.Valid() && names("max_tokens"):
		p.MaxCompletionTokens, p.MaxTokens = p.MaxTokens, zero.MaxTokens
		return nil, true
	case p.MaxCompletionTokens.Valid() && names("max_completion_tokens"):
		p.MaxCompletionTokens = zero.MaxCompletionTokens
		return said("max_tokens"), true
	case p.StreamOptions.IncludeUsage.Valid() && (names("stream_options") || r.param == "stream_options.include_usage"):
		p.StreamOptions = zero.StreamOptions
		return nil, true
	case p.Temperature.Valid() && names("temperature"):
		p.Temperature = zero.Temperature
		return said("temperature"), true
	case len(p.Stop.OfStringArray) > 0 && names("stop"):
		p.Stop = zero.Stop
		return nil, true
	case p.PresencePenalty.Valid() && names("presence_penalty"):
		p.PresencePenalty = zero.PresencePenalty
		return said("presence_penalty"), true
	case p.FrequencyPenalty.Valid() && names("frequency_penalty"):
		p.FrequencyPenalty = zero.FrequencyPenalty
		return said("frequency_penalty"), true
	}
	return nil, false
}
