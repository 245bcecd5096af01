package api

import (
	"context"
	"net/http"

	"syft-space/app/space"
)

// openAIModel is an endpoint as OpenAI lists a model.
type openAIModel struct {
	ID          string `json:"id" doc:"Slug of the endpoint: the model's name in requests" example:"legal-qa"`
	Object      string `json:"object" enum:"model" doc:"Always model" example:"model"`
	Created     int64  `json:"created" doc:"When the endpoint was made, in seconds since 1970" example:"1764201600"`
	OwnedBy     string `json:"owned_by" doc:"Always syft-space" example:"syft-space"`
	Name        string `json:"name" doc:"Display name of the endpoint" example:"Legal Q&A"`
	Description string `json:"description" doc:"One sentence about it" example:"Answers from the contract archive"`
}

// openAIList is a list as OpenAI wraps it.
type openAIList[T any] struct {
	Object string `json:"object" enum:"list" doc:"Always list" example:"list"`
	Data   []T    `json:"data" doc:"The items"`
}

func (s *server) openAIRoutes() {
	const tag = "OpenAI"
	failures := []int{402, 404, 409, 410, 503, 504}
	register(s, operation{
		method: http.MethodGet, path: openAIPrefix + "/models", id: "openai-list-models", tag: tag, who: sender,
		summary:     "List the endpoints that the caller may query",
		description: "The published endpoints, as models. Those whose access policies deny the caller are left out.",
	}, s.listOpenAIModels)
	register(s, operation{
		method: http.MethodGet, path: openAIPrefix + "/models/{id}", id: "openai-get-model", tag: tag, who: sender,
		summary: "Get one endpoint that the caller may query", errors: []int{404},
		description: "As the list has it; an endpoint that is not on the list is not found.",
	}, s.getOpenAIModel)
	register(s, operation{
		method: http.MethodPost, path: openAIPrefix + "/chat/completions", id: "openai-chat", tag: tag, who: sender, policies: true,
		summary: "Ask an endpoint as one asks a model", errors: failures, responses: chatResponses(s),
		description: "The model's name is the endpoint's slug. The answer carries `references` beside what OpenAI's has, in a stream on the last chunk. " +
			"An endpoint without a model answers with its passages as text. Without `max_tokens` and `stop` the answer ends where the model ends it. " +
			"Tools, images and more than one choice are refused; fields that are not named here are ignored.",
	}, s.chatCompletion)
	register(s, operation{
		method: http.MethodPost, path: openAIPrefix + "/embeddings", id: "openai-embeddings", tag: tag, who: sender, policies: true,
		summary: "Get vectors from the embedder of an endpoint's dataset", errors: failures,
		description: "Texts are embedded as passages unless `input_type` is `query`. The endpoint's policies hold as for a query: " +
			"access and rate_limit decide, and accounting charges a call, a text for a document, or a token. " +
			"Policies that filter answers do not run, because no document's text leaves.",
	}, s.embeddings)
}

func (s *server) listOpenAIModels(ctx context.Context, in *none) (*body[openAIList[openAIModel]], error) {
	open, err := s.openEndpoints(ctx, in.who)
	if err != nil {
		return nil, err
	}
	list := openAIList[openAIModel]{Object: "list", Data: make([]openAIModel, len(open))}
	for i, e := range open {
		list.Data[i] = wireOpenAIModel(e)
	}
	return ok(list), nil
}

func (s *server) getOpenAIModel(ctx context.Context, in *struct {
	Caller
	ID string `path:"id" doc:"Slug of the endpoint" example:"legal-qa"`
}) (*body[openAIModel], error) {
	e, err := s.openEndpoint(ctx, in.who, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(wireOpenAIModel(e)), nil
}

// openEndpoints are the endpoints that the caller may query.
func (s *server) openEndpoints(ctx context.Context, who space.Identity) ([]space.Endpoint, error) {
	all, err := s.Endpoints.All(ctx, who.Tenant)
	if err != nil {
		return nil, err
	}
	return s.Queries.Open(ctx, who, all)
}

// openEndpoint is the one named slug of them. Others are not found.
func (s *server) openEndpoint(ctx context.Context, who space.Identity, slug string) (space.Endpoint, error) {
	e, err := s.Endpoints.Find(ctx, who.Tenant, slug)
	if err != nil {
		return space.Endpoint{}, err
	}
	open, err := s.Queries.Open(ctx, who, []space.Endpoint{e})
	if err == nil && len(open) == 0 {
		err = space.NotFound("Endpoint", slug)
	}
	return e, err
}

func wireOpenAIModel(e space.Endpoint) openAIModel {
	return openAIModel{
		ID: e.Slug, Object: "model", Created: e.CreatedAt.Unix(), OwnedBy: "syft-space", Name: e.Name, Description: e.Summary,
	}
}
