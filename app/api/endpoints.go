package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// endpointCreate is the body of POST /endpoints.
type endpointCreate struct {
	Name         string     `json:"name" minLength:"1" maxLength:"200" doc:"Display name" example:"Legal Q&A"`
	Slug         string     `json:"slug" pattern:"^[a-z0-9]+(-[a-z0-9]+)*$" shows:"{\"minLength\":3,\"maxLength\":64}" doc:"Path of the endpoint: 3 to 64 of a-z, 0-9 and single hyphens; never changes" example:"legal-qa"`
	Description  string     `json:"description,omitempty" maxLength:"50000" doc:"Documentation for callers, Markdown" example:"Answers from our *contracts*."`
	Summary      string     `json:"summary,omitempty" maxLength:"500" doc:"One sentence" example:"Contracts and court decisions"`
	DatasetID    *uuid.UUID `json:"dataset_id,omitempty" nullable:"true" format:"uuid" doc:"Dataset to search; never changes"`
	ModelID      *uuid.UUID `json:"model_id,omitempty" nullable:"true" format:"uuid" doc:"Model to ask; never changes"`
	ResponseType string     `json:"response_type,omitempty" default:"both" enum:"raw,summary,both" doc:"raw: passages; summary: a model's answer; both: an answer grounded in passages"`
	Published    bool       `json:"published,omitempty" doc:"Whether callers may query it" example:"true"`
	Tags         string     `json:"tags,omitempty" maxLength:"1000" doc:"Separated by commas" example:"law,contracts"`
	SystemPrompt *string    `json:"system_prompt,omitempty" nullable:"true" maxLength:"20000" doc:"Instructions to the model" example:"Answer in one paragraph."`
}

// Resolve implements huma.ResolverWithPath: every problem with a slug's form is
// a mismatch with its pattern, a length that the pattern admits included.
func (e *endpointCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	if n := len(e.Slug); n == 0 || n >= space.MinSlug && n <= space.MaxSlug || !space.SlugForm(e.Slug) {
		return nil // huma reports what is missing or has another form
	}
	return []error{&huma.ErrorDetail{Location: at.With("slug"), Message: "regex|" + space.SlugPattern, Value: e.Slug}}
}

// endpointPatch is the body of PATCH /endpoints/{slug}.
type endpointPatch struct {
	Name         *string `json:"name,omitempty" minLength:"1" maxLength:"200" doc:"Display name" example:"Legal Q&A"`
	Summary      *string `json:"summary,omitempty" maxLength:"500" doc:"One sentence" example:"Contracts and court decisions"`
	Description  *string `json:"description,omitempty" maxLength:"50000" doc:"Documentation for callers, Markdown" example:"Answers from our *contracts*."`
	Published    *bool   `json:"published,omitempty" doc:"Whether callers may query it" example:"true"`
	Tags         *string `json:"tags,omitempty" maxLength:"1000" doc:"Separated by commas" example:"law,contracts"`
	SystemPrompt *string `json:"system_prompt,omitempty" maxLength:"20000" doc:"Instructions to the model; an empty text clears them" example:"Answer in one paragraph."`
}

// EndpointBase is what every view of an endpoint has.
type EndpointBase struct {
	ID           uuid.UUID   `json:"id" format:"uuid" doc:"Its UUID"`
	Name         string      `json:"name" doc:"Display name" example:"Legal Q&A"`
	Slug         string      `json:"slug" doc:"Path of the endpoint" example:"legal-qa"`
	Summary      string      `json:"summary" doc:"One sentence" example:"Contracts and court decisions"`
	ResponseType string      `json:"response_type" enum:"raw,summary,both" doc:"raw: passages; summary: a model's answer; both: an answer grounded in passages"`
	Published    bool        `json:"published" doc:"Whether callers may query it" example:"true"`
	Archived     bool        `json:"archived" doc:"Whether it was archived: queries are answered 410" example:"false"`
	PublishedTo  []uuid.UUID `json:"published_to" doc:"Marketplaces that list it"`
	Tags         string      `json:"tags" doc:"Separated by commas" example:"law,contracts"`
	CreatedAt    time.Time   `json:"created_at" doc:"When it was made"`
	UpdatedAt    time.Time   `json:"updated_at" doc:"When it was last changed"`
}

// EndpointCreated is the answer to POST /endpoints.
type EndpointCreated struct {
	EndpointBase
	TenantID     uuid.UUID  `json:"tenant_id" format:"uuid" doc:"The tenant that it belongs to"`
	Description  string     `json:"description" doc:"Documentation for callers, Markdown" example:"Answers from our *contracts*."`
	DatasetID    *uuid.UUID `json:"dataset_id" format:"uuid" nullable:"true" doc:"Dataset that it searches; null without one"`
	ModelID      *uuid.UUID `json:"model_id" format:"uuid" nullable:"true" doc:"Model that it asks; null without one"`
	SystemPrompt *string    `json:"system_prompt" nullable:"true" doc:"Instructions to the model; null without" example:"Answer in one paragraph."`
	QueryURL     string     `json:"query_url" doc:"Where callers query it" example:"http://127.0.0.1:8080/api/v1/endpoints/legal-qa/query"`
}

// endpointDetail is one endpoint with what it joins.
type endpointDetail struct {
	EndpointCreated
	Model    *modelBrief     `json:"model" doc:"The model; null without one"`
	Dataset  *datasetBrief   `json:"dataset" doc:"The dataset; null without one"`
	Policies []attachedBrief `json:"policies" doc:"In order of age"`
}

// endpointItem is an endpoint as the list shows it.
type endpointItem struct {
	EndpointBase
	Model       *modelBrief   `json:"model" doc:"The model; null without one"`
	Dataset     *datasetBrief `json:"dataset" doc:"The dataset; null without one"`
	PolicyCount int           `json:"policy_count" doc:"Policies that are attached to it" example:"2"`
}

type modelBrief struct {
	ID            uuid.UUID       `json:"id" format:"uuid" doc:"Its UUID"`
	Name          string          `json:"name" doc:"What the owner calls it" example:"llama"`
	DType         string          `json:"dtype" doc:"Name of its type" example:"ollama"`
	Configuration json.RawMessage `json:"configuration" doc:"Without its secrets" example:"{\"model\":\"llama3.2\"}"`
}

type datasetBrief struct {
	ID            uuid.UUID       `json:"id" format:"uuid" doc:"Its UUID"`
	Name          string          `json:"name" doc:"What the owner calls it" example:"my-docs"`
	Summary       string          `json:"summary" doc:"One sentence" example:"Contracts and court decisions"`
	DType         string          `json:"dtype" doc:"Name of its type" example:"local_file"`
	Configuration json.RawMessage `json:"configuration" doc:"Without its secrets" example:"{\"filePaths\":[{\"path\":\"~/Documents\"}]}"`
}

type attachedBrief struct {
	ID            uuid.UUID       `json:"id" format:"uuid" doc:"Its UUID"`
	Name          string          `json:"name" doc:"What the owner calls it" example:"20 an hour"`
	PolicyType    string          `json:"policy_type" doc:"Name of its type" example:"rate_limit"`
	Configuration json.RawMessage `json:"configuration" doc:"Without its secrets" example:"{\"limit\":\"20/h\"}"`
	Enabled       bool            `json:"enabled" doc:"Whether it has an effect" example:"true"`
}

// SlugPath addresses an endpoint.
type SlugPath struct {
	Caller
	Slug string `path:"slug" doc:"Slug of the endpoint" example:"legal-qa"`
}

func (s *server) endpointRoutes() {
	const tag = "Endpoints"
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/endpoints", id: "create-endpoint", tag: tag, status: http.StatusCreated,
		summary: "Create an endpoint", errors: []int{400, 404, 409},
		description: "Joins a dataset, a model or both under a slug that callers query.",
	}, s.createEndpoint)
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/endpoints", id: "list-endpoints", tag: tag, summary: "List endpoints",
		description: "In order of age; each with what it joins and how many policies it has.",
	}, s.listEndpoints)
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/endpoints/validate-slug", id: "validate-slug", tag: tag,
		summary: "Ask whether a slug is free", description: "A slug whose form is not allowed is not available.",
	}, s.validateSlug)
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/endpoints/{slug}", id: "get-endpoint", tag: tag,
		summary: "Get an endpoint", errors: []int{404},
		description: "With what it joins and its policies, without their secrets.",
	}, s.getEndpoint)
	register(s, operation{
		method: http.MethodPatch, path: Prefix + "/endpoints/{slug}", id: "update-endpoint", tag: tag,
		summary: "Change an endpoint", errors: []int{404},
		description: "What it joins, its response type and its slug never change.",
	}, s.updateEndpoint)
	register(s, operation{
		method: http.MethodDelete, path: Prefix + "/endpoints/{slug}", id: "delete-endpoint", tag: tag,
		summary: "Delete an endpoint", errors: []int{404},
		description: "Removes its policies too, never its dataset or model.",
	}, s.deleteEndpoint)
	for _, archive := range []bool{true, false} {
		verb := map[bool]string{true: "archive", false: "unarchive"}[archive]
		register(s, operation{
			method: http.MethodPost, path: Prefix + "/endpoints/{slug}/" + verb, id: verb + "-endpoint", tag: tag,
			summary: strings.ToUpper(verb[:1]) + verb[1:] + " an endpoint", errors: []int{404},
			description: "An archived endpoint answers queries with 410.",
		}, func(ctx context.Context, in *SlugPath) (*body[endpointDetail], error) {
			return s.changeEndpoint(ctx, in, space.EndpointPatch{Archived: &archive})
		})
	}
}

func (s *server) createEndpoint(ctx context.Context, in *struct {
	Caller
	Body endpointCreate
}) (*body[EndpointCreated], error) {
	b := in.Body
	endpoint, err := s.Endpoints.Create(ctx, in.tenant(), catalog.EndpointDraft{
		Name: b.Name, Slug: b.Slug, Description: b.Description, Summary: b.Summary, Tags: b.Tags,
		DatasetID: b.DatasetID, ModelID: b.ModelID, ResponseType: space.ResponseType(b.ResponseType),
		Published: b.Published, SystemPrompt: b.SystemPrompt,
	})
	if err != nil {
		return nil, err
	}
	return ok(s.wireCreated(endpoint)), nil
}

func (s *server) listEndpoints(ctx context.Context, in *struct {
	Caller
	PageParams
}) (*body[pageOf[endpointItem]], error) {
	list, err := s.Endpoints.List(ctx, in.tenant(), in.page())
	if err != nil {
		return nil, err
	}
	return toPage(list, in.PageParams, func(e catalog.EndpointItem) endpointItem {
		return endpointItem{
			EndpointBase: wireBase(e.Endpoint), Model: s.briefModel(e.Model), Dataset: s.briefDataset(e.Dataset),
			PolicyCount: e.PolicyCount,
		}
	}), nil
}

func (s *server) getEndpoint(ctx context.Context, in *SlugPath) (*body[endpointDetail], error) {
	view, err := s.Endpoints.Get(ctx, in.tenant(), in.Slug)
	if err != nil {
		return nil, err
	}
	return ok(s.wireEndpoint(view)), nil
}

func (s *server) updateEndpoint(ctx context.Context, in *struct {
	SlugPath
	Body endpointPatch
}) (*body[endpointDetail], error) {
	b := in.Body
	if b == (endpointPatch{}) {
		return nil, nothingKnown("name, summary, description, published, tags, system_prompt")
	}
	return s.changeEndpoint(ctx, &in.SlugPath, space.EndpointPatch{
		Name: b.Name, Summary: b.Summary, Description: b.Description, Published: b.Published,
		Tags: b.Tags, SystemPrompt: b.SystemPrompt,
	})
}

func (s *server) changeEndpoint(ctx context.Context, in *SlugPath, patch space.EndpointPatch) (*body[endpointDetail], error) {
	view, err := s.Endpoints.Update(ctx, in.tenant(), in.Slug, patch)
	if err != nil {
		return nil, err
	}
	return ok(s.wireEndpoint(view)), nil
}

func (s *server) deleteEndpoint(ctx context.Context, in *SlugPath) (*body[message], error) {
	if err := s.Endpoints.Delete(ctx, in.tenant(), in.Slug); err != nil {
		return nil, err
	}
	return ok(message{"Endpoint '" + in.Slug + "' deleted"}), nil
}

// slugAnswer says whether a slug is free here and at marketplaces.
type slugAnswer struct {
	Slug           string            `json:"slug" doc:"The slug that was asked for" example:"legal-qa"`
	LocalAvailable bool              `json:"local_available" doc:"Whether an endpoint could be made with it here" example:"true"`
	Marketplaces   []marketplaceSlug `json:"marketplaces" nullable:"true" doc:"null where none was asked"`
}

type marketplaceSlug struct {
	MarketplaceID uuid.UUID `json:"marketplace_id" format:"uuid" doc:"The marketplace that was asked"`
	Available     *bool     `json:"available" nullable:"true" doc:"Whether the slug is free there; null where it did not answer" example:"true"`
	Error         *string   `json:"error" nullable:"true" doc:"Why it did not answer" example:"The marketplace cannot be reached"`
}

func (s *server) validateSlug(ctx context.Context, in *struct {
	Caller
	Body struct {
		Slug                 string      `json:"slug" doc:"The slug to ask for" example:"legal-qa"`
		MarketplaceIDs       []uuid.UUID `json:"marketplace_ids,omitempty" nullable:"true" doc:"Marketplaces to ask"`
		CheckAllMarketplaces bool        `json:"check_all_marketplaces,omitempty" doc:"Ask all active marketplaces" example:"false"`
	}
}) (*body[slugAnswer], error) {
	free, err := s.Endpoints.SlugFree(ctx, in.tenant(), in.Body.Slug)
	if err != nil {
		return nil, err
	}
	return ok(slugAnswer{Slug: in.Body.Slug, LocalAvailable: free}), nil
}

func wireBase(e space.Endpoint) EndpointBase {
	return EndpointBase{
		ID: e.ID, Name: e.Name, Slug: e.Slug, Summary: e.Summary, ResponseType: string(e.ResponseType),
		Published: e.Published, Archived: e.Archived, PublishedTo: orEmpty(e.PublishedTo), Tags: e.Tags,
		CreatedAt: e.CreatedAt, UpdatedAt: e.UpdatedAt,
	}
}

func (s *server) wireCreated(e space.Endpoint) EndpointCreated {
	return EndpointCreated{
		EndpointBase: wireBase(e), TenantID: e.Tenant.UUID, Description: e.Description,
		DatasetID: e.DatasetID, ModelID: e.ModelID, SystemPrompt: e.SystemPrompt,
		QueryURL: s.publicURL() + Prefix + "/endpoints/" + e.Slug + "/query",
	}
}

func (s *server) wireEndpoint(v catalog.EndpointView) endpointDetail {
	d := endpointDetail{
		EndpointCreated: s.wireCreated(v.Endpoint), Model: s.briefModel(v.Model), Dataset: s.briefDataset(v.Dataset),
		Policies: []attachedBrief{},
	}
	for _, p := range v.Policies {
		d.Policies = append(d.Policies, attachedBrief{
			ID: p.ID, Name: p.Name, PolicyType: p.Type, Enabled: p.Enabled,
			Configuration: s.Policies.Kinds.Mask(p.Type, p.Configuration),
		})
	}
	return d
}

func (s *server) briefModel(m *space.Model) *modelBrief {
	if m == nil {
		return nil
	}
	return &modelBrief{ID: m.ID, Name: m.Name, DType: m.Type, Configuration: s.Models.Kinds.Mask(m.Type, m.Configuration)}
}

func (s *server) briefDataset(d *space.Dataset) *datasetBrief {
	if d == nil {
		return nil
	}
	return &datasetBrief{
		ID: d.ID, Name: d.Name, Summary: d.Summary, DType: d.Type,
		Configuration: s.Datasets.Kinds.Mask(d.Type, d.Configuration),
	}
}

// nothingKnown refuses a PATCH that changes nothing.
func nothingKnown(fields string) error {
	return space.Invalid(space.FieldError{
		Loc: []any{"body"}, Type: "value_error", Msg: "nothing to change: send at least one of " + fields,
	})
}
