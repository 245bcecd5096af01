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
	// and holds the only rows to consider. It fails with codes.ErrClosed
	// where another index has taken this one's place.
	search(ctx context.Context, query []float32, k int, rows []int64) ([]near, error)
	// cosines returns the cosine of each row, NaN where it has no vector.
	cosines(query []float32, rows []int64) ([]float32, error)
	// verify looks for damage that opening does not see.
	verify(ctx context.Context) error
	close() error
	discard() error
}

// coded is the one-bit index as a store.
type coded struct{ *codes.Index }

func (c coded) put(_ context.Context, change space.Change) error {
	return c.Put(change.Seq, change.Row, change.Vector, change.Code)
}

func (c coded) delete(_ context.Context, change space.Change) { c.Delete(change.Seq, change.Row) }
func (c coded) commit(seq int64)                              { c.Commit(seq) }
func (c coded) len() int                                      { return c.Len() }
func (c coded) verify(ctx context.Context) error              { return c.Verify(ctx) }
func (c coded) close() error                                  { return c.Close() }
func (c coded) discard() error                                { return c.Discard() }

func (c coded) search(_ context.Context, query []float32, k int, rows []int64) ([]near, error) {
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

func (c coded) cosines(query []float32, rows []int64) ([]float32, error) {
	return c.Cosines(query, rows)
}
