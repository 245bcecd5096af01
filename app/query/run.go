package query

import (
	"context"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// query is one run of the pipeline.
type query struct {
	p       *Pipeline
	id      uuid.UUID
	started time.Time
	tenant  space.TenantID
	sender  space.Identity
	slug    string
	req     Request
	preview bool
	sink    space.Emit

	endpoint space.Endpoint
	dataset  *space.Dataset
	row      *space.Model   // as stored
	model    Model          // connected
	embedder space.Embedder // of an embedding; nil in a query
	call     space.PolicyCall
	rules    map[string][]space.Rule
	report   report
	charges  []charge
	answer   space.Answer
	sent     bool // the whole answer reached the sink
	timings  Timings

	finished bool
	err      error
}

func (q *query) run(ctx context.Context) (Response, error) {
	if err := q.authorise(ctx); err != nil {
		return Response{}, err
	}
	if err := q.admit(ctx, q.resolve); err != nil {
		return Response{}, err
	}
	resp := Response{ID: q.id}
	if q.dataset != nil {
		refs, err := q.search(ctx)
		if err != nil {
			return Response{}, err
		}
		resp.References = refs
	}
	if q.model != nil {
		if err := q.chat(ctx, &resp); err != nil {
			return Response{}, err
		}
	}
	if err := q.finish(ctx, &resp); err != nil {
		return Response{}, err
	}
	q.timings.Total = q.p.Clock().Sub(q.started)
	resp.Policies, resp.Timings = q.report.metadata(), q.timings
	resp.Cost, resp.Currency = cost(resp.Policies.Entries)
	return resp, nil
}

// authorise finds the endpoint and checks what does not need a policy.
func (q *query) authorise(ctx context.Context) error {
	endpoint, err := q.p.Catalog.Endpoint(ctx, q.tenant, q.slug)
	if err != nil {
		return err
	}
	q.endpoint = endpoint
	switch {
	case endpoint.Archived:
		return space.Errorf(space.KindGone, "Endpoint is archived")
	case !endpoint.Published && !q.preview:
		return space.Errorf(space.KindForbidden, "Endpoint is not published")
	case !q.sender.MayQuery(q.slug):
		return space.Errorf(space.KindForbidden, "This API key may not query endpoint '%s'", q.slug)
	}
	rules, err := q.p.Rules(ctx, q.tenant, endpoint.ID)
	if err != nil {
		return err
	}
	if q.sender.Role == space.RoleGuest && len(rules) > 0 {
		q.report.refuse(space.OutcomeAccessDenied)
		return space.Errorf(space.KindForbidden, "Guests may only query endpoints without policies; sign in to query this one")
	}
	if q.rules, err = q.p.stages.rulesByType(rules); err != nil {
		return err
	}
	q.report.outcome = space.OutcomeSuccess
	q.call = space.PolicyCall{
		Tenant: q.tenant, QueryID: q.id, Endpoint: endpoint, Sender: space.NormalEmail(q.sender.Email),
		At: q.started, Preview: q.preview, Limit: q.req.Limit, MaxTokens: q.req.MaxTokens,
		PromptTokens: q.countMessages(q.conversation()), TransactionToken: q.req.TransactionToken,
	}
	return nil
}

// resolve finds the dataset and the model that will be asked, before anybody
// is charged for an endpoint that cannot answer.
func (q *query) resolve(ctx context.Context) error {
	e := q.endpoint
	if e.ResponseType.Searches() && e.DatasetID != nil {
		dataset, err := q.p.Catalog.DatasetByID(ctx, q.tenant, *e.DatasetID)
		if err != nil {
			return goneRow("Dataset", err)
		}
		q.dataset = &dataset
	}
	if e.ResponseType.Chats() && e.ModelID != nil {
		row, err := q.p.Catalog.ModelByID(ctx, q.tenant, *e.ModelID)
		if err != nil {
			return goneRow("Model", err)
		}
		model, err := q.p.OpenModel(ctx, row)
		if err != nil {
			return dependencyFailed(ctx, modelFailed, err)
		}
		q.row, q.model = &row, model
	}
	switch {
	case q.dataset == nil && q.model == nil && e.ResponseType.Searches():
		return goneRow("Dataset", space.NotFound("Dataset", ""))
	case q.dataset == nil && q.model == nil:
		return goneRow("Model", space.NotFound("Model", ""))
	case q.dataset != nil && q.req.question() == "":
		return space.Invalid(space.FieldError{
			Loc: []any{"body", "messages"}, Type: "value_error",
			Msg: "none of the messages is a user's with content, so there is nothing to search for",
		})
	}
	return nil
}

const (
	searchFailed = "Dataset search failed"
	modelFailed  = "Model chat failed"
)

func (q *query) search(ctx context.Context) (*References, error) {
	began := q.p.Clock()
	result, err := q.p.Searcher.Search(ctx, q.tenant, *q.dataset, space.SearchRequest{
		Query: q.req.question(), Mode: q.req.Mode, Limit: q.req.Limit,
		Threshold: q.req.Threshold, Filters: q.req.Filters,
	})
	q.timings.Search = q.p.Clock().Sub(began)
	if err != nil {
		return nil, dependencyFailed(ctx, searchFailed, err)
	}
	refs := &References{Hits: result.Hits, Engine: result.Engine, Notes: result.Notes, Took: q.timings.Search}
	if len(refs.Hits) == 0 {
		refs.Engine = ""
	}
	if refs.Hits == nil {
		refs.Hits = []space.Hit{}
	}
	if refs.Notes == nil {
		refs.Notes = []string{}
	}
	return refs, nil
}
