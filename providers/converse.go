package providers

import (
	"context"
	"errors"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/space"
	"syft-space/app/text"
)

// errStopped tells the reader of a stream that a stop sequence was reached.
var errStopped = errors.New("a stop sequence was reached")

// emitError is an error of the caller's emit on its way back to the caller.
type emitError struct{ error }

// Unwrap returns the caller's own error.
func (e emitError) Unwrap() error { return e.error }

// reply is what a server says about an answer beside its text.
type reply struct {
	id, model, version string
	finish             space.FinishReason
	usage              space.Usage // zero where the server did not count
	notes              []string
}

// stream asks a server once. It hands the text to push as it comes in, and
// returns push's error as soon as there is one; the reply is then what was
// known so far. A stream that ends before the server said so is an error.
type stream func(ctx context.Context, stops []string, w *watch, push func(string) error) (reply, error)

// conversation runs one chat: the rules that are the same for every server.
type conversation struct {
	deps Deps
	peer peer
	req  space.ChatRequest
	emit space.Emit
	ask  stream

	text strings.Builder
}

// run asks, and asks once more where a stop sequence of white space emptied
// the answer: most servers stop there even where the answer only begins with
// a line break. The second time such stops are not sent, and the answer is cut
// here.
func (c *conversation) run(ctx context.Context) (space.ChatResult, error) {
	r, err := c.once(ctx, c.req.Stop)
	if err == nil && c.text.Len() == 0 && r.finish == space.FinishStop && slices.ContainsFunc(c.req.Stop, leadsWithSpace) {
		asked := r.usage
		r, err = c.once(ctx, slices.DeleteFunc(slices.Clone(c.req.Stop), leadsWithSpace))
		if r.usage.PromptTokens == 0 {
			r.usage.PromptTokens = asked.PromptTokens
		}
	}
	if err != nil {
		return space.ChatResult{}, err
	}
	return c.result(r), nil
}

// leadsWithSpace reports whether a server that knows nothing of the rule about
// leading white space might empty an answer at the stop.
func leadsWithSpace(stop string) bool {
	r, _ := utf8.DecodeRuneInString(stop)
	return unicode.IsSpace(r)
}

func (c *conversation) once(ctx context.Context, stops []string) (reply, error) {
	inner, w := newWatch(ctx, c.deps.Limits.FirstToken)
	defer w.done()
	cut := text.NewStopper(c.req.Stop)
	push := func(piece string) error {
		w.pause()
		defer w.step(c.deps.Limits.BetweenTokens)
		if err := c.deliver(cut.Push(piece)); err != nil {
			return err
		}
		if cut.Stopped() {
			return errStopped
		}
		return nil
	}
	r, err := c.ask(inner, stops, w, push)
	if errors.Is(err, errStopped) {
		r.finish, err = space.FinishStop, nil
	} else if err == nil {
		err = c.deliver(cut.Rest())
	}
	var own emitError
	if errors.As(err, &own) {
		return r, own.error
	}
	if err != nil {
		return r, c.peer.fault(ctx, inner, err)
	}
	return r, nil
}

func (c *conversation) deliver(text string) error {
	if text == "" {
		return nil
	}
	if int64(c.text.Len()+len(text)) > c.deps.Limits.AnswerBytes {
		return errTooMuch
	}
	c.text.WriteString(text)
	if err := c.emit(text); err != nil {
		return emitError{err}
	}
	return nil
}

// result completes the reply: where the server did not count tokens, which is
// also so when a stop cut its answer short, they are estimated.
func (c *conversation) result(r reply) space.ChatResult {
	u := r.usage
	if u.PromptTokens <= 0 {
		u.PromptTokens = promptTokens(c.req.Messages, c.deps.CountTokens)
	}
	if u.CompletionTokens <= 0 && c.text.Len() > 0 {
		u.CompletionTokens = c.deps.CountTokens(c.text.String())
	}
	u.TotalTokens = u.PromptTokens + u.CompletionTokens
	return space.ChatResult{
		ID: r.id, Model: r.model, Text: c.text.String(), FinishReason: r.finish, Usage: u,
		APIVersion: r.version, Notes: r.notes,
	}
}

// messageTokens is what a turn takes beside its text, in most chat formats.
const messageTokens = 4

// promptTokens estimates the tokens of a conversation.
func promptTokens(messages []space.ChatMessage, count func(string) int) int {
	n := 0
	for _, m := range messages {
		n += count(m.Content) + messageTokens
	}
	return n
}

// withSystemPrompt puts the model's own prompt before everything else.
func withSystemPrompt(prompt string, messages []space.ChatMessage) []space.ChatMessage {
	if prompt == "" {
		return messages
	}
	return append([]space.ChatMessage{{Role: "system", Content: prompt}}, messages...)
}

// besidePrompt returns what the model's own prompt leaves of its context window,
// at least one token.
func besidePrompt(window int, prompt string, count func(string) int) int {
	if prompt == "" {
		return window
	}
	return max(1, window-count(prompt)-messageTokens)
}
