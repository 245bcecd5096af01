package api

import (
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/query"
	"syft-space/app/space"
)

// ChatHead begins an answer, and every chunk of one.
type ChatHead struct {
	ID      string `json:"id" doc:"Of the answer" example:"chatcmpl-550e8400-e29b-41d4-a716-446655440000"`
	Object  string `json:"object" doc:"chat.completion, or chat.completion.chunk in a stream" example:"chat.completion"`
	Created int64  `json:"created" doc:"In seconds since 1970" example:"1764201600"`
	Model   string `json:"model" doc:"Slug of the endpoint" example:"legal-qa"`
}

// ChatExtras are what a query's answer has beyond OpenAI's.
type ChatExtras struct {
	References     *references           `json:"references,omitempty" doc:"The passages that the answer rests on, in the order in which it cites them as [1], [2] and so on"`
	Cost           *float64              `json:"cost,omitempty" doc:"What was charged" example:"0.01"`
	Currency       *string               `json:"currency,omitempty" doc:"Currency of the cost" example:"USD"`
	PolicyMetadata *space.PolicyMetadata `json:"policy_metadata,omitempty" doc:"What the endpoint's policies did"`
}

// completion is an answer in one piece.
type completion struct {
	ChatHead
	Choices []completionChoice `json:"choices" doc:"The one answer"`
	Usage   space.Usage        `json:"usage" doc:"Counts of tokens"`
	ChatExtras
}

type completionChoice struct {
	Index        int               `json:"index" doc:"Always 0" example:"0"`
	Message      completionMessage `json:"message" doc:"The answer"`
	LogProbs     null              `json:"logprobs" doc:"Always null"`
	FinishReason string            `json:"finish_reason" enum:"stop,length" doc:"Why the answer ended" example:"stop"`
}

type completionMessage struct {
	Role    string `json:"role" enum:"assistant" doc:"Always assistant" example:"assistant"`
	Content string `json:"content" doc:"The model's words, or the passages of an endpoint without a model" example:"The warranty is 36 months [1]."`
	Refusal null   `json:"refusal" doc:"Always null"`
}

func wireChat(head ChatHead, r query.Response, withMetadata bool) completion {
	head.Object = "chat.completion"
	text, reason, usage := said(r)
	return completion{
		ChatHead: head, Usage: usage, ChatExtras: chatExtras(r, withMetadata),
		Choices: []completionChoice{{Message: completionMessage{Role: "assistant", Content: text}, FinishReason: reason}},
	}
}

// said is the answer as text: the model's words, or the passages where no
// model was asked. OpenAI knows two of our reasons for an end.
func said(r query.Response) (text, finishReason string, usage space.Usage) {
	switch {
	case r.Summary == nil:
		return r.References.Text(), string(space.FinishStop), usage
	case r.Summary.FinishReason == space.FinishLength:
		return r.Summary.Text, string(space.FinishLength), r.Summary.Usage
	}
	return r.Summary.Text, string(space.FinishStop), r.Summary.Usage
}

func chatExtras(r query.Response, withMetadata bool) ChatExtras {
	metadata := wireMetadata(r.Policies)
	return ChatExtras{References: wireReferences(r.References, withMetadata), Cost: r.Cost, Currency: r.Currency, PolicyMetadata: &metadata}
}

// chatResponses documents what huma cannot see through a stream.
func chatResponses(s *server) map[string]*huma.Response {
	registry := s.huma.OpenAPI().Components.Schemas
	return map[string]*huma.Response{"200": {
		Description: "The answer in one piece, or as a stream of chunks `data: {\"object\":\"chat.completion.chunk\", …}` that ends with `data: [DONE]`",
		Content: map[string]*huma.MediaType{
			"application/json": {Schema: registry.Schema(reflect.TypeFor[completion](), true, "ChatCompletion")},
			"text/event-stream": streamed("data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1764201600,\"model\":\"legal-qa\"," +
				"\"choices\":[{\"index\":0,\"delta\":{\"content\":\"36 months\"},\"logprobs\":null,\"finish_reason\":null}]}\n\n" + endOfStream),
		},
	}}
}
