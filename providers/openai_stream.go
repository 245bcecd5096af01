package providers

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"time"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/packages/ssestream"

	"syft-space/app/space"
)

// errUnfinished is a stream that ended before the server said that it is over.
var errUnfinished = space.Errorf(space.KindUpstream, "the model server broke off in the middle of its answer")

// errForeign is a success that holds nothing of an answer: the page of some web
// site, most likely.
var errForeign = errors.New("the server's success is no answer of the interface")

// afterFinish is how long the last words of a stream, usage and [DONE], are
// waited for once the answer itself is complete.
const afterFinish = 5 * time.Second

// openAIAnswer reads the answer to one request.
type openAIAnswer struct {
	body     *http.Response
	w        *watch
	limits   Limits
	push     func(string) error
	reply    reply
	finished bool
}

func (a *openAIAnswer) read() (reply, error) {
	defer a.body.Body.Close()
	a.reply.version = a.body.Header.Get("Openai-Version")
	media, _, _ := mime.ParseMediaType(a.body.Header.Get("Content-Type"))
	if media == "application/json" {
		err := a.readPlain()
		return a.reply, err
	}
	decoder, told := ssestream.NewDecoder(a.body), media == "text/event-stream"
	for decoder.Next() {
		told = true
		data := bytes.TrimSpace(decoder.Event().Data)
		if bytes.Equal(data, []byte("[DONE]")) {
			return a.reply, a.done()
		}
		if err := a.event(data); err != nil {
			return a.reply, err
		}
	}
	switch {
	case a.finished: // the answer is whole; its last words are missing
		return a.reply, nil
	case !told && decoder.Err() == nil:
		return a.reply, errForeign
	}
	return a.reply, unfinished(decoder.Err())
}

// unfinished words the end of a stream that should have gone on; err may be nil.
func unfinished(err error) error {
	switch {
	case errors.Is(err, bufio.ErrTooLong):
		return errTooMuch
	case errors.Is(err, context.Canceled), errors.Is(err, errTooMuch):
		return err
	}
	return errUnfinished.WithCause(err)
}

// done ends a stream at its [DONE]. A server that names no reason stopped.
func (a *openAIAnswer) done() error {
	if a.reply.finish == "" {
		a.reply.finish = space.FinishStop
	}
	return nil
}

// event takes in one event of the stream.
func (a *openAIAnswer) event(data []byte) error {
	if r, ok := errorIn(data); ok {
		return r
	}
	var chunk openai.ChatCompletionChunk
	if err := json.Unmarshal(data, &chunk); err != nil {
		return fmt.Errorf("an event is no part of an answer: %w", err)
	}
	a.head(chunk.ID, chunk.Model, chunk.Usage)
	for _, choice := range chunk.Choices {
		if choice.Index != 0 {
			continue
		}
		if text := choice.Delta.Content + choice.Delta.Refusal; text != "" {
			if err := a.push(text); err != nil {
				return err
			}
		}
		a.finish(choice.FinishReason)
	}
	silence := a.limits.BetweenTokens
	if a.finished {
		silence = min(silence, afterFinish)
	}
	a.w.step(silence)
	return nil
}

// readPlain reads the answer of a server that does not stream.
func (a *openAIAnswer) readPlain() error {
	body, err := io.ReadAll(a.body.Body)
	if err != nil {
		return err
	}
	if r, ok := errorIn(body); ok {
		return r
	}
	var whole openai.ChatCompletion
	if err := json.Unmarshal(body, &whole); err != nil {
		return fmt.Errorf("the body is no answer: %w", err)
	}
	if len(whole.Choices) == 0 {
		return errors.New("the body holds no answer")
	}
	a.head(whole.ID, whole.Model, whole.Usage)
	choice := whole.Choices[0]
	a.finish(choice.FinishReason)
	if err := a.push(choice.Message.Content + choice.Message.Refusal); err != nil {
		return err
	}
	return a.done()
}

func (a *openAIAnswer) head(id, model string, u openai.CompletionUsage) {
	or(&a.reply.id, id)
	or(&a.reply.model, model)
	if u.PromptTokens > 0 || u.CompletionTokens > 0 {
		a.reply.usage = space.Usage{PromptTokens: int(u.PromptTokens), CompletionTokens: int(u.CompletionTokens)}
	}
}

// finish notes why the answer ended.
func (a *openAIAnswer) finish(reason string) {
	if reason == "" {
		return
	}
	a.finished = true
	a.reply.finish = space.FinishStop
	switch reason {
	case "length":
		a.reply.finish = space.FinishLength
	case "content_filter":
		a.reply.notes = append(a.reply.notes, "The model server's content filter cut the answer.")
	}
}
