package weaviate

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"syft-space/app/space"
)

// What answers say where vectors took no part.
const (
	noVectoriser = "Only words were searched: the collection has no vectoriser, so that no vector can be made of a question."
	noVector     = "Only words were searched: the Weaviate server could not make a vector of the question."
)

// Search implements vectorstore.Type.
func (t *Type) Search(ctx context.Context, _ space.TenantID, _ space.Dataset, config any, req space.SearchRequest) (space.SearchResult, error) {
	c := config.(*Config)
	found, err := t.collection(ctx, c)
	if err != nil {
		return space.SearchResult{}, err
	}
	always, _ := parseFilters(c.Filters) // validated when it was stored
	condition, err := where(found, append(always, req.Filters...))
	if err != nil {
		return space.SearchResult{}, err
	}
	q := question{client: client{t.http, c}, collection: found, req: req, where: condition, mode: req.Mode, notes: []string{}}
	if q.mode != space.SearchLexical && !found.vectorises {
		q.words(noVectoriser)
	}
	rows, err := q.ask(ctx)
	if err != nil {
		t.forget(c)
		return space.SearchResult{}, err
	}
	return space.SearchResult{Hits: q.hits(rows), Engine: engine, Notes: q.notes}, nil
}

// question is one search under way.
type question struct {
	client
	collection
	req   space.SearchRequest
	where string
	mode  space.SearchMode // by what passages are found in the end
	notes []string
}

// words goes on by words alone.
func (q *question) words(why string) {
	q.mode = space.SearchLexical
	q.notes = append(q.notes, why)
}

// ask runs the query; where the server cannot make a vector of the question,
// hybrid search goes on by words.
func (q *question) ask(ctx context.Context) ([]map[string]any, error) {
	rows, err := q.get(ctx, q.query())
	var refused *graphQLError
	if !errors.As(err, &refused) {
		return rows, err
	}
	switch {
	case q.mode == space.SearchLexical:
	case refused.says("without vectorizer", `Unknown argument "nearText"`):
		q.words(noVectoriser)
		return q.ask(ctx)
	case refused.says("vectoriz") && q.mode == space.SearchHybrid:
		q.words(noVector)
		return q.ask(ctx)
	case refused.says("vectoriz"):
		return nil, fail(space.KindUpstream, "headers",
			"the Weaviate server could not make a vector of the question; its vectoriser may need a key in 'headers'").WithCause(err)
	}
	if refused.says(`on type "GetObjectsObj"`, `on type "`+q.name+`"`) {
		return nil, fail(space.KindUpstream, "collection_name", "the collection '%s' at the Weaviate server is gone or has changed", q.name).WithCause(err)
	}
	return nil, fail(space.KindUpstream, "http_url", "the Weaviate server did not accept the search").WithCause(err)
}

// query renders the search in GraphQL. Names were checked when the
// configuration was, and everything else is quoted.
func (q *question) query() string {
	text, target := quoted(q.req.Query), ""
	if q.target != "" {
		target = ",targetVectors:[" + quoted(q.target) + "]"
	}
	var how, scores string
	switch q.mode {
	case space.SearchVector:
		how, scores = "nearText:{concepts:["+text+"]"+target+"}", "distance"
	case space.SearchLexical:
		how, scores = "bm25:{query:"+text+"}", "score"
	default:
		how, scores = "hybrid:{query:"+text+target+"}", "score explainScore"
	}
	if q.where != "" {
		how += ",where:" + q.where
	}
	properties := strings.Join(append([]string{q.content}, q.metadata...), " ")
	return fmt.Sprintf("{Get{%s(limit:%d,%s){%s _additional{id %s}}}}", q.name, q.req.Limit, how, properties, scores)
}
