package api

import (
	"encoding/json"

	"github.com/gin-gonic/gin"

	"syft-space/app/query"
)

// chatChunk is a piece of a streamed answer.
type chatChunk struct {
	ChatHead
	Choices []chunkChoice   `json:"choices"`
	Usage   json.RawMessage `json:"usage,omitempty"` // null until the last, where usage was asked for
	ChatExtras
}

type chunkChoice struct {
	Index        int        `json:"index"`
	Delta        chunkDelta `json:"delta"`
	LogProbs     any        `json:"logprobs"`
	FinishReason *string    `json:"finish_reason"`
}

type chunkDelta struct {
	Role    string  `json:"role,omitempty"`
	Content *string `json:"content,omitempty"`
}

// chatStream writes an answer chunk by chunk.
type chatStream struct {
	events *sse
	head   ChatHead
	usage  bool // the caller asked for it
	begun  bool
}

// say sends text; the first chunk names the role.
func (c *chatStream) say(text string) error {
	if !c.begun {
		c.begun = true
		empty := ""
		if err := c.send(chunkDelta{Role: "assistant", Content: &empty}, nil, ChatExtras{}); err != nil {
			return err
		}
	}
	if text == "" {
		return nil
	}
	return c.send(chunkDelta{Content: &text}, nil, ChatExtras{})
}

func (c *chatStream) send(delta chunkDelta, finishReason *string, extras ChatExtras) error {
	chunk := chatChunk{ChatHead: c.head, Choices: []chunkChoice{{Delta: delta, FinishReason: finishReason}}, ChatExtras: extras}
	if c.usage {
		chunk.Usage = json.RawMessage("null")
	}
	return c.events.data(chunk)
}

// end closes the answer. What OpenAI's answers lack rides on the last chunk,
// which is the one with the usage where that was asked for.
func (c *chatStream) end(r query.Response, withMetadata bool) error {
	text, reason, usage := said(r)
	if r.Summary != nil {
		text = "" // it went out while it was made
	}
	if err := c.say(text); err != nil {
		return err
	}
	extras := chatExtras(r, withMetadata)
	if !c.usage {
		return c.send(chunkDelta{}, &reason, extras)
	}
	if err := c.send(chunkDelta{}, &reason, ChatExtras{}); err != nil {
		return err
	}
	counted, err := json.Marshal(usage)
	if err != nil {
		return err
	}
	return c.events.data(chatChunk{ChatHead: c.head, Choices: []chunkChoice{}, Usage: counted, ChatExtras: extras})
}

// streamChat answers a chat as server-sent events. A caller who is gone is
// noticed by the request's context, which ends the model's call.
func (s *server) streamChat(c *gin.Context, in *chatInput, request query.Request, head ChatHead) {
	head.Object = "chat.completion.chunk"
	events := newSSE(c.Writer)
	defer events.stop() // also when the pipeline panics
	out := &chatStream{events: events, head: head, usage: in.Body.StreamOptions != nil && in.Body.StreamOptions.IncludeUsage}
	response, err := s.Queries.Run(c.Request.Context(), in.tenant(), in.who, in.Body.Model, request, query.Options{}, out.say)
	events.stop()
	switch {
	case err != nil && !events.started:
		s.abort(c, err)
		return
	case err != nil:
		_ = events.data(s.toWire(c.Request.Context(), err).at(openAIPrefix))
	default:
		_ = out.end(response, request.IncludeMetadata)
	}
	_ = events.write(endOfStream)
}
