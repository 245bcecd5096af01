package local

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"syft-space/app/space"
	"syft-space/app/text"
)

// engine is what answers say searched, whichever of its indexes did.
const engine = "chromem"

// question is one search under way.
type question struct {
	*set
	req     space.SearchRequest
	rows    []int64 // the only rows to consider, ascending; nil for all
	hashes  []uint32
	vectors *vectors // nil where none can be used
	vector  []float32
	floor   float64
	notes   []string
}

// Search answers a question from a dataset. While the dataset is loading it
// waits a moment and then answers KindUnavailable.
func (x *Index) Search(ctx context.Context, tenant space.TenantID, dataset space.Dataset, req space.SearchRequest) (space.SearchResult, error) {
	s := x.set(tenant, dataset.ID)
	if err := s.wait(ctx); err != nil {
		return space.SearchResult{}, err
	}
	q := &question{set: s, req: req, notes: []string{}}
	if len(req.Filters) > 0 {
		rows, err := x.Source.Matching(ctx, tenant, dataset.ID, req.Filters)
		if err != nil {
			return space.SearchResult{}, err
		}
		slices.Sort(rows)
		q.rows = append([]int64{}, rows...)
	}
	if req.Mode != space.SearchVector {
		for _, term := range text.Terms(req.Query) {
			q.hashes = append(q.hashes, text.Hash(term))
		}
	}
	if req.Mode != space.SearchLexical {
		if err := q.embed(ctx, dataset); err != nil {
			return space.SearchResult{}, err
		}
	}
	ranked, err := q.rank(ctx)
	if err != nil {
		return space.SearchResult{}, err
	}
	hits, err := q.hits(ctx, ranked)
	return space.SearchResult{Hits: hits, Engine: engine, Notes: q.notes}, err
}

// wait returns when the dataset is loaded.
func (s *set) wait(ctx context.Context) error {
	timer := time.NewTimer(loadWait)
	defer timer.Stop()
	select {
	case <-s.loaded:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		e := space.Errorf(space.KindUnavailable, "the dataset is still being loaded; try again in a moment")
		e.RetryAfter = loadWait
		return e
	}
}

// embed makes the question's vector where vectors can be used, and notes why
// where they cannot. Only a search by vectors alone fails for it.
func (q *question) embed(ctx context.Context, dataset space.Dataset) error {
	why := "no passage has a vector yet"
	if v := q.set.vectors.Load(); v != nil && v.store.len() > 0 {
		err := q.ask(ctx, dataset, v)
		if err == nil {
			q.noteMissing(v)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		q.x.Logger.WarnContext(ctx, "a question could not be embedded", "dataset", dataset.Name, "error", err)
		why = "the embedder cannot be used at the moment"
	}
	if q.req.Mode == space.SearchVector {
		e := space.Errorf(space.KindUnavailable, "a search by meaning is not possible: %s", why)
		e.RetryAfter = loadWait
		return e
	}
	if q.words.Stats().Passages > 0 {
		q.notes = append(q.notes, "Only words were searched: "+why+".")
	}
	return nil
}

func (q *question) ask(ctx context.Context, dataset space.Dataset, v *vectors) error {
	embedder, err := q.x.Embedder(dataset)
	if err != nil {
		return err
	}
	info, err := embedder.Info(ctx)
	if err != nil {
		return err
	}
	if info.Binding() != v.binding.Info.Binding() {
		return fmt.Errorf("the dataset's vectors were made by %s and not by %s", v.binding.Info.ID, info.ID)
	}
	made, err := embedder.Embed(ctx, space.EmbedQuery, []string{q.req.Query})
	if err != nil {
		return err
	}
	q.vectors, q.vector, q.floor = v, made[0], float64(v.binding.Info.Floor)
	return nil
}

// noteMissing says how many passages still lack a vector.
func (q *question) noteMissing(v *vectors) {
	total := q.words.Stats().Passages
	if missing := total - v.store.len(); missing > 0 {
		how := "they were found by words only"
		if q.req.Mode == space.SearchVector {
			how = "they were left out"
		}
		q.notes = append(q.notes, fmt.Sprintf("%d of %d passages have no vector yet; %s.", missing, total, how))
	}
}

// rank returns the candidates, best first.
func (q *question) rank(ctx context.Context) ([]candidate, error) {
	if q.vectors == nil {
		return byWords(q.words.Search(q.hashes, depth, q.rows)), nil
	}
	found, err := q.vectors.store.search(ctx, q.vector, depth, q.rows)
	if err != nil || q.req.Mode == space.SearchVector {
		return byVectors(found), err
	}
	list, err := q.union(found)
	if err == nil {
		fuse(list, weight(q.req.Query))
	}
	return list, err
}

// union joins what vectors and words found; each side scores what only the
// other one found.
func (q *question) union(found []near) ([]candidate, error) {
	list := byVectors(found)
	at := make(map[int64]int, 2*depth)
	rows := make([]int64, 0, len(found))
	for i, c := range list {
		at[c.row] = i
		rows = append(rows, c.row)
	}
	slices.Sort(rows)
	for _, h := range q.words.Search(q.hashes, len(rows), rows) {
		c := &list[at[h.Row]]
		c.bm25, c.share = float64(h.Score), float64(h.Share)
	}
	var wordsOnly []int64
	for _, h := range q.words.Search(q.hashes, depth, q.rows) {
		if _, known := at[h.Row]; !known {
			at[h.Row] = len(list)
			list = append(list, candidate{row: h.Row, bm25: float64(h.Score), share: float64(h.Share)})
			wordsOnly = append(wordsOnly, h.Row)
		}
	}
	cosines, err := q.vectors.store.cosines(q.vector, wordsOnly)
	if err != nil {
		return nil, err
	}
	for i, row := range wordsOnly {
		if cosine := float64(cosines[i]); !math.IsNaN(cosine) {
			c := &list[at[row]]
			c.cosine, c.hasVector = cosine, true
		}
	}
	return list, nil
}
