package local

import (
	"context"
	"errors"
	"math"
	"time"

	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/vectorstore/codes"
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
	maker   string // binding of the embedder that made vector
	notes   []string
}

// Search answers a question from a dataset. While the dataset is loading it
// waits a moment and then answers KindUnavailable.
func (x *Index) Search(ctx context.Context, tenant space.TenantID, dataset space.Dataset, req space.SearchRequest) (space.SearchResult, error) {
	s := x.set(tenant, dataset.ID)
	if err := s.wait(ctx); err != nil {
		return space.SearchResult{}, err
	}
	q := &question{set: s, req: req}
	if err := q.filter(ctx); err != nil {
		return space.SearchResult{}, err
	}
	if req.Mode != space.SearchVector {
		q.hashes = new(text.Analyzer).AppendHashes(nil, req.Query)
	}
	ranked, err := q.candidates(ctx, dataset)
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

// filter turns the request's filters into rows.
func (q *question) filter(ctx context.Context) error {
	if len(q.req.Filters) == 0 {
		return nil
	}
	rows, err := q.x.Source.Matching(ctx, q.tenant, q.dataset, q.req.Filters)
	if err != nil {
		return err
	}
	q.rows = rows
	if q.rows == nil {
		q.rows = []int64{} // nothing matches, which is not the same as no filter
	}
	return nil
}

// candidates returns what was found, best first. Where another vector index
// took the place of the one in use it begins again.
func (q *question) candidates(ctx context.Context, dataset space.Dataset) ([]candidate, error) {
	for {
		q.notes = []string{}
		q.vectors = nil
		if q.req.Mode != space.SearchLexical && q.words.Stats().Passages > 0 {
			if err := q.embed(ctx, dataset); err != nil {
				return nil, err
			}
		}
		list, err := q.rank(ctx)
		if !errors.Is(err, codes.ErrClosed) || q.set.vectors.Load() == q.vectors {
			return list, err
		}
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
	for i, c := range list {
		at[c.row] = i
	}
	var more []int64 // rows that words alone found
	for _, h := range q.words.Search(q.hashes, depth, q.rows) {
		i, known := at[h.Row]
		if !known {
			i = len(list)
			list = append(list, candidate{row: h.Row})
			more = append(more, h.Row)
		}
		list[i].bm25, list[i].share = float64(h.Score), float64(h.Share)
	}
	var rest []int64 // rows that vectors alone found
	for _, c := range list {
		if c.bm25 == 0 {
			rest = append(rest, c.row)
		}
	}
	for _, h := range q.words.Score(q.hashes, rest) {
		c := &list[at[h.Row]]
		c.bm25, c.share = float64(h.Score), float64(h.Share)
	}
	cosines, err := q.vectors.store.cosines(q.vector, more)
	if err != nil {
		return nil, err
	}
	for i := range more {
		if cosine := float64(cosines[i]); !math.IsNaN(cosine) {
			c := &list[len(found)+i]
			c.cosine, c.hasVector = cosine, true
		}
	}
	return list, nil
}
