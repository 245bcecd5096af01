package query

import (
	"context"
	"errors"
	"slices"

	"syft-space/app/space"
)

var (
	errStopped     = errors.New("a stop sequence was found")
	errChatTimeout = errors.New("the model took longer than query.chat_timeout")
)

// chat asks the model and puts its answer into resp.
func (q *query) chat(ctx context.Context, resp *Response) error {
	began := q.p.Clock()
	t := q.newTalk(ctx)
	var hits []space.Hit
	if resp.References != nil {
		hits = resp.References.Hits
	}
	result, err := q.ask(ctx, resp, hits, t)
	if err != nil {
		return err
	}
	if err := t.end(result.Text); err != nil {
		return err
	}
	s := &Summary{
		ID: result.ID, Model: result.Model, Text: t.text.String(), FinishReason: result.FinishReason,
		Usage: result.Usage, APIVersion: result.APIVersion, Notes: result.Notes,
	}
	q.complete(s, t, resp.Prompt)
	s.Took = q.p.Clock().Sub(began)
	resp.Summary = s
	if resp.References != nil {
		resp.References.Notes = append(resp.References.Notes, result.Notes...)
	}
	return nil
}

// ask calls the model with a time limit of its own.
func (q *query) ask(ctx context.Context, resp *Response, hits []space.Hit, t *talk) (space.ChatResult, error) {
	chatCtx, cancel := ctx, context.CancelFunc(func() {})
	if limit := q.p.Settings().ChatTimeout; limit > 0 {
		chatCtx, cancel = context.WithTimeoutCause(ctx, limit, errChatTimeout)
	}
	defer cancel()
	var result space.ChatResult
	var err error
	if grounded, ok := q.model.(Grounded); ok {
		result, err = grounded.Answer(chatCtx, space.GroundedRequest{
			Question: q.req.question(), Documents: hits, MaxTokens: q.req.MaxTokens,
		}, t.say)
	} else {
		resp.Prompt = q.prompt(chatCtx, resp.References)
		result, err = q.model.Chat(chatCtx, space.ChatRequest{
			Messages: resp.Prompt, MaxTokens: q.req.MaxTokens, Temperature: q.req.Temperature,
			Stop: q.sequences(), PresencePenalty: q.req.PresencePenalty,
			FrequencyPenalty: q.req.FrequencyPenalty,
		}, t.say)
	}
	switch {
	case t.err != nil:
		return result, t.err
	case err == nil, t.stop.Stopped():
		return result, nil
	case ctx.Err() == nil && errors.Is(context.Cause(chatCtx), errChatTimeout):
		return result, space.Errorf(space.KindTimeout, "%s: the model took longer than %s",
			modelFailed, q.p.Settings().ChatTimeout).WithCause(err)
	}
	return result, dependencyFailed(ctx, modelFailed, err)
}

// sequences returns the stop sequences that a model is handed. An empty one stops
// nothing, but some servers would find it before the first word.
func (q *query) sequences() []string {
	return slices.DeleteFunc(slices.Clone(q.req.Stop), func(s string) bool { return s == "" })
}

// complete fills in what a model does not say, or could not because a stop
// sequence ended its call.
func (q *query) complete(s *Summary, t *talk, prompt []space.ChatMessage) {
	if s.ID == "" {
		s.ID = q.id.String()
	}
	if s.Model == "" {
		s.Model = q.row.Name
	}
	if t.stop.Stopped() || s.FinishReason == "" {
		s.FinishReason = space.FinishStop
	}
	if s.Usage.PromptTokens == 0 {
		s.Usage.PromptTokens = q.countMessages(prompt)
	}
	if s.Usage.CompletionTokens == 0 {
		s.Usage.CompletionTokens = q.p.CountTokens(s.Text)
	}
	if s.Usage.TotalTokens == 0 {
		s.Usage.TotalTokens = s.Usage.PromptTokens + s.Usage.CompletionTokens
	}
}
