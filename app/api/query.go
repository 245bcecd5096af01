package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"syft-space/app/query"
	"syft-space/app/space"
)

// Queries is the pipeline that answers questions.
type Queries interface {
	Evaluate(ctx context.Context, tenant space.TenantID, slug, sender string, at time.Time) (query.Evaluation, error)
	Embed(ctx context.Context, tenant space.TenantID, sender space.Identity, slug string, req query.EmbedRequest) (query.Embedding, error)
	Open(ctx context.Context, sender space.Identity, endpoints []space.Endpoint) ([]space.Endpoint, error)
	Run(ctx context.Context, tenant space.TenantID, sender space.Identity, slug string, req query.Request, opts query.Options, sink space.Emit) (query.Response, error)
}

// named keeps slugs that no endpoint can have, because they are too long, from
// the pipeline, which writes down what it is asked for.
type named struct{ Queries }

// Embed implements Queries.
func (n named) Embed(ctx context.Context, tenant space.TenantID, sender space.Identity, slug string, req query.EmbedRequest) (query.Embedding, error) {
	if len(slug) > space.MaxSlug {
		return query.Embedding{}, space.NotFound("Endpoint", slug)
	}
	return n.Queries.Embed(ctx, tenant, sender, slug, req)
}

// Run implements Queries.
func (n named) Run(ctx context.Context, tenant space.TenantID, sender space.Identity, slug string, req query.Request, opts query.Options, sink space.Emit) (query.Response, error) {
	if len(slug) > space.MaxSlug {
		return query.Response{}, space.NotFound("Endpoint", slug)
	}
	return n.Queries.Run(ctx, tenant, sender, slug, req, opts, sink)
}

// queryBody is a question to an endpoint. Pointers tell a zero from nothing.
type queryBody struct {
	Messages            messages       `json:"messages" doc:"The question, or the whole conversation"`
	SimilarityThreshold *float64       `json:"similarity_threshold,omitempty" default:"0.5" minimum:"0" maximum:"1" doc:"Passages must score higher; 0 means no filter"`
	Limit               *int           `json:"limit,omitempty" default:"5" minimum:"1" maximum:"100" doc:"Passages at most"`
	IncludeMetadata     *bool          `json:"include_metadata,omitempty" default:"true" doc:"Whether passages come with their metadata"`
	MaxTokens           *int           `json:"max_tokens,omitempty" minimum:"1" doc:"Length of the answer at most, in tokens; 100 unless the Space is set otherwise" example:"800"`
	Temperature         *float64       `json:"temperature,omitempty" default:"0.7" minimum:"0" maximum:"2" doc:"How freely the model picks words"`
	StopSequences       []string       `json:"stop_sequences,omitempty" nullable:"true" maxItems:"16" doc:"Texts of at most 500 characters that end the answer; a line break unless the Space is set otherwise, so send [] for whole answers" example:"[]"`
	Stream              bool           `json:"stream,omitempty" doc:"Answer as server-sent events" example:"false"`
	PresencePenalty     *float64       `json:"presence_penalty,omitempty" default:"0" minimum:"-2" maximum:"2" doc:"Makes the model turn to new subjects"`
	FrequencyPenalty    *float64       `json:"frequency_penalty,omitempty" default:"0" minimum:"-2" maximum:"2" doc:"Makes the model repeat itself less"`
	Extras              map[string]any `json:"extras,omitempty" nullable:"true" doc:"search: hybrid, vector or lexical; filters: conditions on the documents" example:"{\"search\":\"hybrid\"}"`
	TransactionToken    *string        `json:"transaction_token,omitempty" nullable:"true" maxLength:"8192" doc:"Pays for the query where the endpoint has a price" example:"tok_8c1f"`
}

// queryInput is a query with who sends it.
type queryInput struct {
	SlugPath
	Body queryBody
}

// Resolve implements huma.Resolver.
func (in *queryInput) Resolve(ctx huma.Context) []error {
	problems := append(in.SlugPath.Resolve(ctx), in.Body.Messages.read()...)
	problems = append(problems, longStops("body.stop_sequences", in.Body.StopSequences)...)
	return append(problems, wrongExtras(in.Body.Extras)...)
}

// wrongExtras reports what is wrong with how to search, beside everything else
// that is wrong with a request.
func wrongExtras(extras map[string]any) (problems []error) {
	_, _, found := query.ParseExtras(extras)
	for _, p := range found {
		problems = append(problems, &huma.ErrorDetail{Message: p.Msg, Location: "body.extras", Value: p})
	}
	return problems
}

func (s *server) queryRoutes() {
	const tag = "Query"
	s.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[queryAnswer](), true, "")
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/endpoints/{slug}/query", id: "query-endpoint", tag: tag, who: sender, policies: true,
		summary: "Ask an endpoint", errors: []int{402, 404, 409, 410, 503, 504}, responses: queryResponses(),
		description: "Answers with passages, with a model's answer, or with both, as the endpoint is made. " +
			"With `stream` the answer comes as server-sent events.",
	}, func(ctx context.Context, in *queryInput) (*huma.StreamResponse, error) {
		return s.answer(ctx, in, query.Options{})
	})
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/endpoints/{slug}/preview", id: "preview-endpoint", tag: tag, policies: true,
		summary: "Try an endpoint as its owner", errors: []int{402, 404, 409, 410, 429, 503, 504}, responses: queryResponses(),
		description: "As a query, also while the endpoint is not published. Policies are run and reported; nothing is counted or charged.",
	}, func(ctx context.Context, in *queryInput) (*huma.StreamResponse, error) {
		return s.answer(ctx, in, query.Options{Preview: true})
	})
}

// answer runs a query. Errors before the first byte are ordinary errors, also
// when a stream was asked for.
func (s *server) answer(ctx context.Context, in *queryInput, opts query.Options) (*huma.StreamResponse, error) {
	request, err := s.request(in.Body)
	if err != nil {
		return nil, err
	}
	if in.Body.Stream {
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			s.stream(humagin.Unwrap(hctx), in, request, opts)
		}}, nil
	}
	response, err := s.Queries.Run(ctx, in.tenant(), in.who, in.Slug, request, opts, nil)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		humagin.Unwrap(hctx).PureJSON(http.StatusOK, wireAnswer(response, request.IncludeMetadata))
	}}, nil
}

// request fills in the defaults, which are settings, and reads the extras.
func (s *server) request(b queryBody) (query.Request, error) {
	mode, filters, problems := query.ParseExtras(b.Extras)
	if len(problems) > 0 {
		return query.Request{}, space.Invalid(problems...)
	}
	r := query.Request{
		Messages: b.Messages.list, Threshold: *b.SimilarityThreshold, Limit: *b.Limit, IncludeMetadata: *b.IncludeMetadata,
		MaxTokens: s.Options.MaxTokens, Temperature: *b.Temperature, Stop: s.Options.Stop,
		PresencePenalty: *b.PresencePenalty, FrequencyPenalty: *b.FrequencyPenalty, Mode: mode, Filters: filters,
	}
	if b.MaxTokens != nil {
		r.MaxTokens = *b.MaxTokens
	}
	if b.StopSequences != nil {
		r.Stop = b.StopSequences
	}
	if b.TransactionToken != nil {
		r.TransactionToken = space.Secret(*b.TransactionToken)
	}
	return r, nil
}
