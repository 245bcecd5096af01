package local

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"sync"

	"github.com/philippgille/chromem-go"

	"syft-space/app/space"
)

// exact is chromem-go, which compares the question with every vector. Every
// call is guarded: chromem takes vectors of any dimension and fails at the next
// query, scores a zero vector NaN, deletes everything when told to delete
// nothing, and refuses to return more than it has. Its own persistence is not
// used: one torn file keeps the whole database shut.
type exact struct {
	dim int

	mu   sync.RWMutex
	all  *chromem.Collection
	rows map[int64][]float32 // the same vectors, not copies
	slab []float32           // room for the next vectors
}

// slabVectors is how many vectors share one allocation.
const slabVectors = 256

func newExact(dim int) (*exact, error) {
	all, err := chromem.NewDB().CreateCollection("passages", nil, noEmbedding)
	if err != nil {
		return nil, fmt.Errorf("make a vector collection: %w", err)
	}
	return &exact{dim: dim, all: all, rows: map[int64][]float32{}}, nil
}

// noEmbedding keeps chromem from calling a server when it is handed no vector.
func noEmbedding(context.Context, string) ([]float32, error) {
	return nil, fmt.Errorf("vectors are made elsewhere")
}

func (e *exact) put(ctx context.Context, change space.Change) error {
	if err := e.check(change.Vector); err != nil {
		return err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	v := e.keep(change.Vector)
	if err := e.all.AddDocument(ctx, chromem.Document{ID: key(change.Row), Embedding: v, Content: "-"}); err != nil {
		return fmt.Errorf("add a vector: %w", err)
	}
	e.rows[change.Row] = v
	return nil
}

// keep copies v into the slab, normalised so closely that chromem makes no copy
// of its own.
func (e *exact) keep(v []float32) []float32 {
	if cap(e.slab)-len(e.slab) < e.dim {
		e.slab = make([]float32, 0, slabVectors*e.dim)
	}
	at := len(e.slab)
	e.slab = append(e.slab, v...)
	kept := e.slab[at:len(e.slab):len(e.slab)]
	square := 0.0
	for _, c := range kept {
		square += float64(c) * float64(c)
	}
	scale := 1 / math.Sqrt(square)
	for i, c := range kept {
		kept[i] = float32(float64(c) * scale)
	}
	return kept
}

// check refuses what is not a unit vector of the right dimension.
func (e *exact) check(v []float32) error { return checkUnit(v, e.dim) }

func checkUnit(v []float32, dim int) error {
	if len(v) != dim {
		return fmt.Errorf("a vector has %d components where %d are wanted", len(v), dim)
	}
	if n := dot(v, v); !(math.Abs(float64(n)-1) < 1e-2) { // NaN fails too
		return fmt.Errorf("a vector has the squared length %g and not 1", n)
	}
	return nil
}

func (e *exact) delete(ctx context.Context, change space.Change) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, ok := e.rows[change.Row]; !ok {
		return
	}
	if e.all.Delete(ctx, nil, nil, key(change.Row)) == nil {
		delete(e.rows, change.Row)
	}
}

func (e *exact) commit(int64) {}

func (e *exact) len() int {
	e.mu.RLock()
	defer e.mu.RUnlock()
	return len(e.rows)
}

// each calls put with every vector in the order of rows, until an error.
func (e *exact) each(put func(row int64, v []float32) error) error {
	e.mu.RLock()
	defer e.mu.RUnlock()
	for _, row := range slices.Sorted(maps.Keys(e.rows)) {
		if err := put(row, e.rows[row]); err != nil {
			return err
		}
	}
	return nil
}

func (e *exact) search(ctx context.Context, query []float32, k int, rows []int64) ([]near, error) {
	if err := e.check(query); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	if rows != nil {
		return e.among(query, k, rows), nil
	}
	k = min(k, e.all.Count())
	if k <= 0 {
		return nil, nil
	}
	results, err := e.all.QueryEmbedding(ctx, query, k, nil, nil)
	if err != nil {
		return nil, fmt.Errorf("search vectors: %w", err)
	}
	out := make([]near, 0, len(results))
	for _, r := range results {
		row, err := strconv.ParseInt(r.ID, 10, 64)
		if err != nil {
			return nil, fmt.Errorf("search vectors: %w", err)
		}
		out = append(out, near{row, r.Similarity})
	}
	slices.SortFunc(out, byCosine)
	return out, nil
}

// among compares the given rows only, which chromem cannot.
func (e *exact) among(query []float32, k int, rows []int64) []near {
	out := make([]near, 0, len(rows))
	for _, row := range rows {
		if v, ok := e.rows[row]; ok {
			out = append(out, near{row, dot(query, v)})
		}
	}
	slices.SortFunc(out, byCosine)
	return out[:min(k, len(out))]
}

func (e *exact) cosines(query []float32, rows []int64) ([]float32, error) {
	if err := e.check(query); err != nil {
		return nil, err
	}
	e.mu.RLock()
	defer e.mu.RUnlock()
	out := make([]float32, len(rows))
	for i, row := range rows {
		out[i] = float32(math.NaN())
		if v, ok := e.rows[row]; ok {
			out[i] = dot(query, v)
		}
	}
	return out, nil
}

func (e *exact) verify(context.Context) error { return nil }
func (e *exact) close() error                 { return nil }
func (e *exact) discard() error               { return nil }

func byCosine(a, b near) int {
	return cmp.Or(cmp.Compare(b.cosine, a.cosine), cmp.Compare(a.row, b.row))
}

func key(row int64) string { return strconv.FormatInt(row, 10) }

func dot(a, b []float32) float32 {
	var s0, s1, s2, s3 float32
	b = b[:len(a)]
	i := 0
	for ; i+4 <= len(a); i += 4 {
		s0 += a[i] * b[i]
		s1 += a[i+1] * b[i+1]
		s2 += a[i+2] * b[i+2]
		s3 += a[i+3] * b[i+3]
	}
	for ; i < len(a); i++ {
		s0 += a[i] * b[i]
	}
	return s0 + s1 + s2 + s3
}
