package query_test

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/space"
)

// world is a pipeline and everything around it, to be bent by a test.
type world struct {
	catalog  *shelf
	search   func(context.Context, space.SearchRequest) (space.SearchResult, error)
	model    query.Model
	types    []query.PolicyType
	rules    []space.Rule
	settings query.Settings
	clock    space.Clock
	events   *eventLog
}

// shelf is a catalog of one endpoint, one dataset and one model.
type shelf struct {
	endpoint space.Endpoint
	dataset  *space.Dataset
	model    *space.Model
}

func (s *shelf) Endpoint(_ context.Context, tenant space.TenantID, slug string) (space.Endpoint, error) {
	if tenant != s.endpoint.Tenant || slug != s.endpoint.Slug {
		return space.Endpoint{}, space.NotFound("Endpoint", slug)
	}
	return s.endpoint, nil
}

func (s *shelf) DatasetByID(_ context.Context, _ space.TenantID, id uuid.UUID) (space.Dataset, error) {
	if s.dataset == nil || s.dataset.ID != id {
		return space.Dataset{}, space.NotFound("Dataset", id.String())
	}
	return *s.dataset, nil
}

func (s *shelf) ModelByID(_ context.Context, _ space.TenantID, id uuid.UUID) (space.Model, error) {
	if s.model == nil || s.model.ID != id {
		return space.Model{}, space.NotFound("Model", id.String())
	}
	return *s.model, nil
}

type eventLog struct {
	mu     sync.Mutex
	events []space.QueryEvent
}

func (l *eventLog) record(e space.QueryEvent) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.events = append(l.events, e)
}

// only returns the one event that was recorded.
func (l *eventLog) only(t *testing.T) space.QueryEvent {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.events) != 1 {
		t.Fatalf("%d events were recorded, want one for every query", len(l.events))
	}
	return l.events[0]
}

// newWorld is a published endpoint of type both that finds two passages and
// whose model says "hello".
func newWorld() *world {
	dataset := space.Dataset{ID: uuid.New(), Tenant: space.RootTenant, Name: "notes"}
	model := space.Model{ID: uuid.New(), Tenant: space.RootTenant, Name: "small"}
	return &world{
		catalog: &shelf{
			endpoint: space.Endpoint{
				ID: uuid.New(), Tenant: space.RootTenant, Slug: "ask", ResponseType: space.ResponseBoth,
				Published: true, DatasetID: &dataset.ID, ModelID: &model.ID,
			},
			dataset: &dataset, model: &model,
		},
		search: func(context.Context, space.SearchRequest) (space.SearchResult, error) {
			return space.SearchResult{Hits: passages("alpha", "beta"), Engine: "chromem", Notes: []string{}}, nil
		},
		model:    &speaker{says: []string{"hel", "lo"}},
		settings: query.Settings{ChatTimeout: time.Minute},
		clock:    space.SystemClock,
		events:   &eventLog{},
	}
}

func passages(texts ...string) []space.Hit {
	hits := make([]space.Hit, len(texts))
	for i, text := range texts {
		hits[i] = space.Hit{
			ID: space.PassageID(uuid.MustParse("11111111-1111-4111-8111-111111111111"), i), Content: text,
			Similarity: 0.9, Metadata: map[string]any{"file_name": "notes.md", "line_start": i + 1},
		}
	}
	return hits
}

func (w *world) Search(ctx context.Context, _ space.TenantID, _ space.Dataset, req space.SearchRequest) (space.SearchResult, error) {
	return w.search(ctx, req)
}

func (w *world) pipeline() *query.Pipeline {
	return query.New(query.Deps{
		Catalog: w.catalog, Searcher: w,
		OpenModel: func(context.Context, space.Model) (query.Model, error) { return w.model, nil },
		Rules: func(context.Context, space.TenantID, uuid.UUID) ([]space.Rule, error) {
			return w.rules, nil
		},
		Policies: w.types, Record: w.events.record,
		Settings:    func() query.Settings { return w.settings },
		StatusOf:    func(err error) int { return statuses[space.KindOf(err)] },
		CountTokens: query.EstimateTokens, Clock: w.clock, IDs: space.NewID,
		Log: slog.New(slog.DiscardHandler),
	})
}

var statuses = map[space.Kind]int{
	space.KindInternal: 500, space.KindInvalid: 400, space.KindPaymentRequired: 402, space.KindForbidden: 403,
	space.KindNotFound: 404, space.KindConflict: 409, space.KindGone: 410, space.KindValidation: 422,
	space.KindRateLimited: 429, space.KindCanceled: 499, space.KindUpstream: 500, space.KindUnavailable: 503,
	space.KindTimeout: 504, space.KindDependency: 424,
}

var alice = space.Identity{Role: space.RoleSatellite, Tenant: space.RootTenant, Email: "Alice@Example.org"}

func ask(text string) query.Request {
	return query.Request{
		Messages:  []space.ChatMessage{{Role: "user", Content: text}},
		Threshold: 0.5, Limit: 5, IncludeMetadata: true, MaxTokens: 100, Temperature: 0.7, Mode: space.SearchHybrid,
	}
}

func (w *world) run(ctx context.Context, req query.Request) (query.Response, error) {
	return w.pipeline().Run(ctx, space.RootTenant, alice, "ask", req, query.Options{}, nil)
}

// speaker is a model that says what it is told to.
type speaker struct {
	says   []string
	err    error // after what it says
	result space.ChatResult
	window int
	panics bool
	block  bool // until it is cancelled

	mu   sync.Mutex
	got  []space.ChatRequest
	said int // pieces that were taken
}

func (s *speaker) Chat(ctx context.Context, req space.ChatRequest, emit space.Emit) (space.ChatResult, error) {
	s.mu.Lock()
	s.got = append(s.got, req)
	s.mu.Unlock()
	if s.panics {
		panic("the model's client has a bug")
	}
	for _, piece := range s.says {
		if err := emit(piece); err != nil {
			return space.ChatResult{}, err
		}
		s.said++
	}
	if s.block {
		<-ctx.Done()
		return space.ChatResult{}, ctx.Err()
	}
	if s.err != nil {
		return space.ChatResult{}, s.err
	}
	result := s.result
	result.Text = strings.Join(s.says, "")
	return result, nil
}

func (s *speaker) ContextWindow(context.Context) int { return s.window }

func (s *speaker) asked() []space.ChatRequest {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.got
}

// failure returns the parts of a failed query.
func failure(t *testing.T, err error) (*query.Failure, *space.Error) {
	t.Helper()
	f := &query.Failure{} // stays empty where no policy was known
	var e *space.Error
	if errors.As(err, &f); !errors.As(err, &e) {
		t.Fatalf("got %T %v, want an Error", err, err)
	}
	return f, e
}
