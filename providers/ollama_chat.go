package providers

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/ollama/ollama/api"

	"syft-space/app/space"
)

// ollamaModel is a model behind Ollama's chat interface.
type ollamaModel struct {
	*ollamaServer
	config OllamaConfig
	keep   *api.Duration
	known  *factCache
}

// ContextWindow implements Model: what we ask for, or less where the model was
// made for less, which the server says while it can be reached.
func (m *ollamaModel) ContextWindow(ctx context.Context) int {
	window := m.config.NumCtx
	if facts, err := m.known.get(ctx, m.ollamaServer); err == nil && facts.window > 0 {
		window = min(window, facts.window)
	}
	return besidePrompt(window, m.config.SystemPrompt, m.deps.CountTokens)
}

// Chat implements Model.
func (m *ollamaModel) Chat(ctx context.Context, req space.ChatRequest, emit space.Emit) (space.ChatResult, error) {
	req.Messages = withSystemPrompt(m.config.SystemPrompt, req.Messages)
	c := conversation{deps: m.deps, peer: m.peer, req: req, emit: emit}
	c.ask = func(ctx context.Context, stops []string, w *watch, push func(string) error) (reply, error) {
		return m.ask(ctx, m.request(req, stops), w, push)
	}
	return c.run(ctx)
}

// request translates req. The server must not cut the prompt or shift the
// context: it would do so without a word, and answer from what is left.
func (m *ollamaModel) request(req space.ChatRequest, stops []string) *api.ChatRequest {
	no, yes := false, true
	r := &api.ChatRequest{
		Model: m.config.Model, KeepAlive: m.keep,
		Stream: &yes, Truncate: &no, Shift: &no,
		// A model that thinks would spend max_tokens on thoughts nobody reads.
		Think: &api.ThinkValue{Value: false},
		Options: map[string]any{
			"num_ctx":           m.config.NumCtx,
			"temperature":       req.Temperature,
			"presence_penalty":  req.PresencePenalty,
			"frequency_penalty": req.FrequencyPenalty,
		},
	}
	for _, msg := range req.Messages {
		r.Messages = append(r.Messages, api.Message{Role: msg.Role, Content: msg.Content})
	}
	if req.MaxTokens > 0 {
		r.Options["num_predict"] = req.MaxTokens
	}
	if len(stops) > 0 {
		r.Options["stop"] = stops
	}
	return r
}

// ask streams one answer.
func (m *ollamaModel) ask(ctx context.Context, req *api.ChatRequest, w *watch, push func(string) error) (reply, error) {
	var (
		r        reply
		finished bool
		thought  bool
	)
	err := m.client.Chat(ctx, req, func(part api.ChatResponse) error {
		w.step(m.deps.Limits.BetweenTokens)
		or(&r.model, part.Model)
		thought = thought || part.Message.Thinking != ""
		if part.Message.Content != "" {
			if err := push(part.Message.Content); err != nil {
				return err
			}
		}
		if part.Done {
			finished = true
			r.finish = space.FinishStop
			if part.DoneReason == "length" {
				r.finish = space.FinishLength
			}
			r.usage = space.Usage{PromptTokens: part.PromptEvalCount, CompletionTokens: part.EvalCount}
		}
		return nil
	})
	switch {
	case err != nil:
		return r, sentError(err)
	case ctx.Err() != nil: // the library says nothing where a stream breaks off
		return r, ctx.Err()
	case !finished:
		return r, errUnfinished
	}
	r.notes = m.notes(req, r, thought)
	return r, nil
}

// sentError tells an error that the server sent within its stream, which the
// library hands on as plain text, from the others.
func sentError(err error) error {
	var (
		known   *space.Error
		own     emitError
		request *url.Error
	)
	switch {
	case errors.As(err, &known), errors.As(err, &own), errors.As(err, &request), errors.Is(err, errStopped), errors.Is(err, errTooMuch):
		return err
	}
	return &refusal{message: err.Error()}
}

// notes tells what may have spoiled the answer. Servers that do not know
// Truncate cut a prompt that is too long and answer all the same; then they
// count far fewer tokens than there can have been.
func (m *ollamaModel) notes(req *api.ChatRequest, r reply, thought bool) []string {
	var notes []string
	sent := 0
	for _, msg := range req.Messages {
		sent += m.deps.CountTokens(msg.Content) + messageTokens
	}
	if got := r.usage.PromptTokens; got > 0 && sent > m.config.NumCtx*3/4 && got < sent/2 {
		notes = append(notes, fmt.Sprintf("The model server read only %d of about %d tokens of the prompt; a larger num_ctx or a shorter conversation helps.", got, sent))
	}
	if thought && r.finish == space.FinishLength {
		notes = append(notes, "The model spent tokens on thinking; a larger max_tokens leaves more for the answer.")
	}
	return notes
}
