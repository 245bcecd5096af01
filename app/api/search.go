package api

import (
	"context"
	"errors"
	"net/http"
	"slices"

	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/space"
)

// Searcher looks into one dataset, past endpoints and their policies.
type Searcher interface {
	Search(ctx context.Context, tenant space.TenantID, dataset space.Dataset, req space.SearchRequest) (space.SearchResult, error)
	// Passage returns a passage by its public id with its neighbours, nil
	// where it is the first or the last.
	Passage(ctx context.Context, tenant space.TenantID, dataset space.Dataset, id string) (passage, previous, next *space.Hit, err error)
}

type searchAnswer struct {
	Results []searchHit `json:"results" doc:"Best first"`
	Engine  string      `json:"search_engine" doc:"The dataset's store" example:"chromem"`
	Notes   []string    `json:"notes" doc:"What to know about the search" example:"[\"Some passages are found by their words only so far\"]"`
}

type searchHit struct {
	Document
	Scores space.Scores `json:"scores" doc:"The parts of the rank"`
}

// chunk is one passage with its neighbours.
type chunk struct {
	ID       string         `json:"id" doc:"Id of the passage" example:"550e8400-e29b-41d4-a716-446655440000_3"`
	DocID    uuid.UUID      `json:"doc_id" format:"uuid" doc:"The document that it is from"`
	Index    int            `json:"index" doc:"Its place in the document, from 0" example:"3"`
	Content  string         `json:"content" doc:"Its text" example:"Every lamp has a warranty of 36 months."`
	Metadata map[string]any `json:"metadata" doc:"File, headings, pages or lines" example:"{\"file_name\":\"handbook.md\",\"file_path\":\"handbook.md\",\"rank\":1}"`
	Previous *neighbour     `json:"previous" doc:"The passage before; null at the beginning"`
	Next     *neighbour     `json:"next" doc:"The passage after; null at the end"`
}

type neighbour struct {
	ID      string `json:"id" doc:"Id of the passage" example:"550e8400-e29b-41d4-a716-446655440000_3"`
	Content string `json:"content" doc:"Its text" example:"Bulbs are covered for 12 months."`
}

func (s *server) searchRoutes() {
	const tag, base = "Datasets", Prefix + "/datasets/{name}"
	register(s, operation{
		method: http.MethodPost, path: base + "/search", id: "search-dataset", tag: tag, summary: "Search a dataset",
		errors: []int{404, 503}, description: "For the owner: past endpoints and their policies, with the parts of each score.",
	}, s.searchDataset)
	register(s, operation{
		method: http.MethodGet, path: base + "/chunks/{id}", id: "get-chunk", tag: tag,
		summary: "Get a passage with its neighbours", errors: []int{404},
		description: "What a citation points to, with the texts before and after it.",
	}, s.getChunk)
}

func (s *server) searchDataset(ctx context.Context, in *struct {
	NamePath
	Body struct {
		Query   string         `json:"query" minLength:"1" maxLength:"200000" doc:"The question" example:"How long is the warranty?"`
		Limit   *int           `json:"limit,omitempty" default:"10" minimum:"1" maximum:"100" doc:"Passages at most"`
		Mode    string         `json:"mode,omitempty" default:"hybrid" enum:"hybrid,vector,lexical" doc:"By what passages are found"`
		Filters map[string]any `json:"filters,omitempty" nullable:"true" doc:"Conditions on the documents" example:"{\"file_type\":\".pdf\"}"`
	}
}) (*body[searchAnswer], error) {
	extras := map[string]any{"search": in.Body.Mode}
	if in.Body.Filters != nil {
		extras["filters"] = in.Body.Filters
	}
	mode, filters, problems := query.ParseExtras(extras)
	if len(problems) > 0 {
		return nil, atTop(space.Invalid(problems...))
	}
	view, err := s.Datasets.Get(ctx, in.tenant(), in.Name)
	if err != nil {
		return nil, err
	}
	found, err := s.Searcher.Search(ctx, in.tenant(), view.Dataset, space.SearchRequest{
		Query: in.Body.Query, Limit: *in.Body.Limit, Mode: mode, Filters: filters,
	})
	if err != nil {
		return nil, atTop(err)
	}
	out := searchAnswer{Results: make([]searchHit, len(found.Hits)), Engine: found.Engine, Notes: orEmpty(found.Notes)}
	for i, h := range found.Hits {
		out.Results[i] = searchHit{Document{h.ID, h.Content, h.Metadata, h.Similarity}, h.Scores}
	}
	return ok(out), nil
}

// atTop moves the positions of problems from the extras of a query to where
// they stand here, at the top of the body.
func atTop(err error) error {
	var e *space.Error
	if !errors.As(err, &e) || e.Kind != space.KindValidation {
		return err
	}
	moved := *e
	moved.Fields = slices.Clone(e.Fields)
	for i, f := range moved.Fields {
		if len(f.Loc) > 2 && f.Loc[1] == "extras" {
			moved.Fields[i].Loc = append([]any{"body"}, f.Loc[2:]...)
		}
	}
	return &moved
}

func (s *server) getChunk(ctx context.Context, in *struct {
	NamePath
	ID string `path:"id" maxLength:"64" doc:"document_id of a reference" example:"550e8400-e29b-41d4-a716-446655440000_3"`
}) (*body[chunk], error) {
	view, err := s.Datasets.Get(ctx, in.tenant(), in.Name)
	if err != nil {
		return nil, err
	}
	doc, index, err := space.ParsePassageID(in.ID)
	if err != nil {
		return nil, space.NotFound("Chunk", in.ID)
	}
	passage, previous, next, err := s.Searcher.Passage(ctx, in.tenant(), view.Dataset, in.ID)
	if err != nil {
		return nil, err
	}
	return ok(chunk{
		ID: passage.ID, DocID: doc, Index: index, Content: passage.Content, Metadata: passage.Metadata,
		Previous: wireNeighbour(previous), Next: wireNeighbour(next),
	}), nil
}

func wireNeighbour(h *space.Hit) *neighbour {
	if h == nil {
		return nil
	}
	return &neighbour{h.ID, h.Content}
}
