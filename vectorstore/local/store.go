package local

import (
	"context"

	"syft-space/app/space"
	"syft-space/vectorstore/codes"
)

// near is a vector's row and its cosine with the question.
type near struct {
	row    int64
	cosine float32
}

// store is a vector index. The follower alone calls put, delete and commit;
// searches may run at any time.
type store interface {
	put(ctx context.Context, change space.Change) error
	delete(ctx context.Context, change space.Change)
	commit(seq int64)
	len() int
	// search returns the k nearest, best first; rows, where not nil, ascends
	// and holds the only rows to consider.
	search(ctx context.Context, query []float32, k int, rows []int64) ([]near, error)
	// cosines returns the cosine of each row, NaN where it has no vector.
	cosines(query []float32, rows []int64) ([]float32, error)
	close() error
	discard() error
}

// codedStore is the one-bit index as a store.
type codedStore struct{ *codes.Index }

func (c codedStore) put(_ context.Context, change space.Change) error {
	return c.Put(change.Seq, change.Row, change.Vector, change.Code)
}

func (c codedStore) delete(_ context.Context, change space.Change) { c.Delete(change.Seq, change.Row) }
func (c codedStore) commit(seq int64)                              { c.Commit(seq) }
func (c codedStore) len() int                                      { return c.Len() }
func (c codedStore) close() error                                  { return c.Close() }
func (c codedStore) discard() error                                { return c.Discard() }

func (c codedStore) search(_ context.Context, query []float32, k int, rows []int64) ([]near, error) {
	hits, err := c.Search(query, k, rows)
	if err != nil {
		return nil, err
	}
	out := make([]near, len(hits))
	for i, h := range hits {
		out[i] = near{h.Row, h.Cosine}
	}
	return out, nil
}

func (c codedStore) cosines(query []float32, rows []int64) ([]float32, error) {
	return c.Cosines(query, rows)
}
