package api

import (
	"context"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"syft-space/app/query"
	"syft-space/app/space"
)

// chatBody is a request of OpenAI's chat API: the fields that mean something
// here, and after them those of a query that OpenAI lacks.
type chatBody struct {
	Model               string         `json:"model" minLength:"1" maxLength:"200" doc:"Slug of the endpoint" example:"legal-qa"`
	Messages            chatMessages   `json:"messages" doc:"The conversation"`
	MaxTokens           *int           `json:"max_tokens,omitempty" nullable:"true" minimum:"1" doc:"Length of the answer at most, in tokens; the model's own limit where neither this nor max_completion_tokens is sent" example:"800"`
	MaxCompletionTokens *int           `json:"max_completion_tokens,omitempty" nullable:"true" minimum:"1" doc:"The newer name of max_tokens; it wins" example:"800"`
	Temperature         *float64       `json:"temperature,omitempty" nullable:"true" minimum:"0" maximum:"2" doc:"How freely the model picks words; 0.7 where it is not sent" example:"0.7"`
	Stop                stopTexts      `json:"stop,omitempty" doc:"Text or texts that end the answer, each of at most 500 characters"`
	Stream              *bool          `json:"stream,omitempty" nullable:"true" doc:"Answer as server-sent events" example:"false"`
	StreamOptions       *streamOptions `json:"stream_options,omitempty" doc:"What a stream carries"`
	N                   *int           `json:"n,omitempty" nullable:"true" minimum:"1" maximum:"1" doc:"Number of answers: an endpoint gives one" example:"1"`
	PresencePenalty     *float64       `json:"presence_penalty,omitempty" nullable:"true" minimum:"-2" maximum:"2" doc:"Makes the model turn to new subjects" example:"0"`
	FrequencyPenalty    *float64       `json:"frequency_penalty,omitempty" nullable:"true" minimum:"-2" maximum:"2" doc:"Makes the model repeat itself less" example:"0"`

	SimilarityThreshold *float64       `json:"similarity_threshold,omitempty" default:"0.5" minimum:"0" maximum:"1" doc:"Passages must score higher; 0 means no filter" example:"0.5"`
	Limit               *int           `json:"limit,omitempty" default:"5" minimum:"1" maximum:"100" doc:"Passages at most" example:"5"`
	IncludeMetadata     *bool          `json:"include_metadata,omitempty" default:"true" doc:"Whether passages come with their metadata" example:"true"`
	Extras              map[string]any `json:"extras,omitempty" nullable:"true" doc:"search: hybrid, vector or lexical; filters: conditions on the documents" example:"{\"search\":\"hybrid\"}"`
	TransactionToken    *string        `json:"transaction_token,omitempty" nullable:"true" maxLength:"8192" doc:"Pays for the query where the endpoint has a price" example:"tok-1"`
}

// streamOptions say what a stream carries.
type streamOptions struct {
	IncludeUsage bool `json:"include_usage"`
}

// Schema implements huma.SchemaProvider: by tags alone, an object cannot be null.
func (streamOptions) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Type: huma.TypeObject, Nullable: true, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{"include_usage": {
			Type: huma.TypeBoolean, Nullable: true, Description: "End the stream with a chunk that counts tokens", Examples: []any{true},
		}},
	}
}

// chatInput is a chat with who sends it.
type chatInput struct {
	Caller
	Body chatBody
}

// Resolve implements huma.Resolver.
func (in *chatInput) Resolve(ctx huma.Context) []error {
	errs := append(in.Caller.Resolve(ctx), in.Body.Messages.read()...)
	errs = append(errs, in.Body.Stop.read("body.stop")...)
	return append(errs, wrongExtras(in.Body.Extras)...)
}

// chatCompletion answers a chat. Errors before the first byte are ordinary
// errors, also when a stream was asked for.
func (s *server) chatCompletion(ctx context.Context, in *chatInput) (*huma.StreamResponse, error) {
	request, err := in.Body.request()
	if err != nil {
		return nil, err
	}
	head := ChatHead{ID: "chatcmpl-" + s.IDs().String(), Created: s.Clock().Unix(), Model: in.Body.Model}
	if isSet(in.Body.Stream) {
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			s.streamChat(humagin.Unwrap(hctx), in, request, head)
		}}, nil
	}
	response, err := s.Queries.Run(ctx, in.tenant(), in.who, in.Body.Model, request, query.Options{}, nil)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		humagin.Unwrap(hctx).PureJSON(http.StatusOK, wireChat(head, response, request.IncludeMetadata))
	}}, nil
}

// request turns a chat into a query.
func (b chatBody) request() (query.Request, error) {
	if b.Messages.refused != "" {
		return query.Request{}, space.Errorf(space.KindInvalid, "%s", b.Messages.refused)
	}
	mode, filters, problems := query.ParseExtras(b.Extras)
	if len(problems) > 0 {
		return query.Request{}, space.Invalid(problems...)
	}
	r := openRequest(b.Messages.list)
	r.Mode, r.Filters, r.Stop = mode, filters, b.Stop.list
	set(&r.MaxTokens, b.MaxTokens)
	set(&r.MaxTokens, b.MaxCompletionTokens)
	set(&r.Temperature, b.Temperature)
	set(&r.PresencePenalty, b.PresencePenalty)
	set(&r.FrequencyPenalty, b.FrequencyPenalty)
	set(&r.Threshold, b.SimilarityThreshold)
	set(&r.Limit, b.Limit)
	set(&r.IncludeMetadata, b.IncludeMetadata)
	if b.TransactionToken != nil {
		r.TransactionToken = space.Secret(*b.TransactionToken)
	}
	return r, nil
}

// openRequest is a query with a query's defaults, but for those that cut the
// answer short.
func openRequest(conversation []space.ChatMessage) query.Request {
	return query.Request{
		Messages: conversation, Threshold: 0.5, Limit: 5, IncludeMetadata: true, Temperature: 0.7, Mode: space.SearchHybrid,
	}
}

func isSet(b *bool) bool { return b != nil && *b }
