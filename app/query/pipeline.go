// Package query is the pipeline that answers a question put to an endpoint:
// authorise, policies before, search, prompt, chat, policies after. It streams
// inside; a caller who wants the answer in one piece just waits for it.
package query

import (
	"context"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Catalog finds what an endpoint joins. Each method answers KindNotFound where
// the row is not there.
type Catalog interface {
	Endpoint(ctx context.Context, tenant space.TenantID, slug string) (space.Endpoint, error)
	DatasetByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Dataset, error)
	ModelByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Model, error)
}

// Searcher finds the passages of a dataset that answer a question. While the
// dataset is still loading it answers KindUnavailable.
type Searcher interface {
	Search(ctx context.Context, tenant space.TenantID, dataset space.Dataset, req space.SearchRequest) (space.SearchResult, error)
}

// Model is a connected language model. Chat hands the answer over piece by
// piece and returns it whole; an error from emit stops it.
type Model interface {
	Chat(ctx context.Context, req space.ChatRequest, emit space.Emit) (space.ChatResult, error)
}

// Grounded is the optional ability of a Model to answer from documents instead
// of a prompt.
type Grounded interface {
	Answer(ctx context.Context, req space.GroundedRequest, emit space.Emit) (space.ChatResult, error)
}

// Windowed is the optional ability of a Model to know how many tokens it can
// take in, prompt and answer together.
type Windowed interface {
	ContextWindow(ctx context.Context) int
}

// Settings are the values of a query that the owner may change at run time.
type Settings struct {
	ChatTimeout    time.Duration // longest call of a model; 0 means no limit
	StoreQueryText bool          // keep the text of questions with the analytics
}

// Deps are what a Pipeline works with; all are needed.
type Deps struct {
	Catalog  Catalog
	Searcher Searcher
	// OpenModel connects to a stored model.
	OpenModel func(context.Context, space.Model) (Model, error)
	// OpenEmbedder opens the embedder of a dataset; KindInvalid where datasets
	// of its type have none.
	OpenEmbedder func(space.Dataset) (space.Embedder, error)
	// Rules returns an endpoint's enabled policies, decoded, oldest first.
	Rules func(ctx context.Context, tenant space.TenantID, endpoint uuid.UUID) ([]space.Rule, error)
	// Policies are the types of policies in the order in which they run.
	Policies []PolicyType
	// Record keeps an event for analytics. It must not block.
	Record func(space.QueryEvent)
	// Settings returns the values in force now.
	Settings func() Settings
	// StatusOf returns the HTTP status that an error becomes, for analytics.
	StatusOf func(error) int
	// CountTokens estimates the length of a text, see EstimateTokens.
	CountTokens func(string) int
	Clock       space.Clock
	IDs         space.IDs
	Log         *slog.Logger
}

// Pipeline answers questions. It is safe for concurrent use.
type Pipeline struct {
	Deps
	stages stages
}

// New makes a pipeline.
func New(d Deps) *Pipeline {
	return &Pipeline{Deps: d, stages: newStages(d.Policies)}
}

// Options change how a query is run.
type Options struct {
	// Preview answers the owner as a caller would be answered, also where the
	// endpoint is not published. Policies run and are reported, but refuse
	// nothing, count nothing and charge nothing, and no event is recorded.
	Preview bool
}

// Run answers req at the endpoint named slug. The answer's text is handed to
// sink piece by piece as it is made, and returned whole; sink may be nil. Once
// the endpoint's policies are known an error is a *Failure; nothing stays
// reserved after it.
func (p *Pipeline) Run(ctx context.Context, tenant space.TenantID, sender space.Identity, slug string, req Request, opts Options, sink space.Emit) (Response, error) {
	q := &query{
		p: p, id: p.IDs(), started: p.Clock(), tenant: tenant, sender: sender,
		slug: slug, req: req, preview: opts.Preview, sink: sink,
	}
	defer q.close(ctx) // also when a model, an index or a policy panics
	resp, err := q.run(ctx)
	if err != nil {
		err = q.fail(ctx, err)
	}
	q.finished, q.err = true, err
	return resp, err
}
