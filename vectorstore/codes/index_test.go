package codes

import (
	"cmp"
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"testing"
)

// model is what the index should hold.
type model map[int64][]float32

// nearest is exact search.
func (m model) nearest(query []float32, k int, rows []int64) []Hit {
	var hits []Hit
	order := func(a, b Hit) int {
		return cmp.Or(cmp.Compare(b.Cosine, a.Cosine), cmp.Compare(a.Row, b.Row))
	}
	for row, v := range m {
		if rows != nil {
			if _, ok := slices.BinarySearch(rows, row); !ok {
				continue
			}
		}
		h := Hit{row, dot(query, v)}
		if at, _ := slices.BinarySearchFunc(hits, h, order); at < k {
			hits = slices.Insert(hits, at, h)
			hits = hits[:min(k, len(hits))]
		}
	}
	return hits
}

func testIdentity(centre []float32) Identity {
	return Identity{Database: "db-1", Binding: "b-1", Centre: centre}
}

func open(t testing.TB, path string, id Identity) *Index {
	t.Helper()
	ix, err := Open(path, id)
	if err != nil {
		t.Fatalf("Open: %v", err)
	}
	t.Cleanup(func() {
		if err := ix.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return ix
}

func reopen(t testing.TB, ix *Index) *Index {
	t.Helper()
	if err := ix.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	return open(t, ix.path, ix.id)
}

// recall checks hits against the truth and returns the share that was found.
func recall(t testing.TB, ix *Index, m model, query []float32, k int, rows []int64) float64 {
	t.Helper()
	got, err := ix.Search(query, k, rows)
	if err != nil {
		t.Fatalf("Search: %v", err)
	}
	want := m.nearest(query, k, rows)
	if len(got) != len(want) {
		t.Fatalf("%d hits, want %d", len(got), len(want))
	}
	if len(want) == 0 {
		return 1
	}
	found := 0
	for i, h := range got {
		v, ok := m[h.Row]
		if !ok || h.Cosine != dot(query, v) {
			t.Fatalf("hit %d is row %d with %v; it is there: %t", i, h.Row, h.Cosine, ok)
		}
		if i > 0 && got[i-1].Cosine < h.Cosine {
			t.Fatalf("hits are not in order at %d", i)
		}
		if h.Cosine >= want[len(want)-1].Cosine {
			found++
		}
	}
	return float64(found) / float64(len(want))
}

func TestIndexFollowsAddsDeletesRestartsAndCompaction(t *testing.T) {
	t.Parallel()
	c := newCloud(1, 96, 400)
	rng := rand.New(rand.NewPCG(2, 2))
	m := model{}
	ix := open(t, filepath.Join(t.TempDir(), "x"), testIdentity(c.mean))
	seq, total, n := int64(0), 0.0, 0
	for round := range 25 {
		for range 200 + rng.IntN(600) {
			row := rng.Int64N(20_000)
			seq++
			if rng.IntN(3) == 0 {
				ix.Delete(seq, row)
				delete(m, row)
				continue
			}
			v := c.next()
			var code []byte
			if rng.IntN(2) == 0 {
				code = ix.encoder.Encode(nil, v)
			}
			if err := ix.Put(seq, row, v, code); err != nil {
				t.Fatal(err)
			}
			m[row] = v
		}
		ix.Commit(seq)
		if round%6 == 5 {
			ix = reopen(t, ix)
			if ix.Seq() != seq {
				t.Fatalf("round %d: reopened at %d, want %d", round, ix.Seq(), seq)
			}
			if err := ix.Verify(context.Background()); err != nil {
				t.Fatalf("Verify: %v", err)
			}
		}
		if ix.Len() != len(m) {
			t.Fatalf("round %d: %d vectors, want %d", round, ix.Len(), len(m))
		}
		for _, rows := range [][]int64{nil, everyNth(m, 2), everyNth(m, 50), {}} {
			total += recall(t, ix, m, c.next(), 10, rows)
			n++
		}
	}
	if r := total / float64(n); r < 0.999 {
		t.Errorf("recall@10 is %.4f", r)
	}
}

func everyNth(m model, n int64) []int64 {
	var rows []int64
	for row := range m {
		if row%n == 0 {
			rows = append(rows, row)
		}
	}
	slices.Sort(rows)
	return rows
}

func TestRecallOnInterpolatedClusters(t *testing.T) {
	t.Parallel()
	const n, questions = 20_000, 50
	c := newCloud(5, 384, 25)
	vectors := c.vectors(n)
	ix := open(t, filepath.Join(t.TempDir(), "x"), testIdentity(centreOf(vectors)))
	m := model{}
	for i, v := range vectors {
		if err := ix.Put(int64(i+1), int64(i), v, nil); err != nil {
			t.Fatal(err)
		}
		m[int64(i)] = v
	}
	ix.Commit(n)
	total := 0.0
	for range questions {
		total += recall(t, ix, m, c.next(), 10, nil)
	}
	if r := total / questions; r < 0.999 {
		t.Errorf("recall@10 of %d vectors is %.4f", n, r)
	}
}

func TestProcessorsThatShareASearchFindTheSame(t *testing.T) {
	t.Parallel()
	c := newCloud(6, 64, 100)
	ix, m := fill(t, c)
	for _, rows := range [][]int64{nil, everyNth(m, 2)} {
		for range 20 {
			query := c.next()
			ix.share = share
			alone, err := ix.Search(query, 10, rows)
			if err != nil {
				t.Fatal(err)
			}
			ix.share = 1
			shared, err := ix.Search(query, 10, rows)
			if err != nil {
				t.Fatal(err)
			}
			if !slices.Equal(alone, shared) {
				t.Fatalf("one processor found %v, several %v", alone, shared)
			}
			recall(t, ix, m, query, 10, rows)
		}
	}
}

// fill returns an index of two chunks and a tail, with its model.
func fill(t *testing.T, c *cloud) (*Index, model) {
	t.Helper()
	ix, m := open(t, filepath.Join(t.TempDir(), "x"), testIdentity(c.mean)), model{}
	for i := range int64(2*tailSize + 100) {
		v := c.next()
		if err := ix.Put(i+1, i, v, nil); err != nil {
			t.Fatal(err)
		}
		m[i] = v
	}
	ix.Delete(2*tailSize+101, 5)
	delete(m, 5)
	ix.Commit(2*tailSize + 101)
	return ix, m
}

func TestCompactionShrinksTheFile(t *testing.T) {
	t.Parallel()
	c := newCloud(9, 64, 100)
	ix, m := fill(t, c)
	seq := ix.Seq()
	for row := range int64(2 * tailSize) {
		if row%3 == 0 {
			seq++
			ix.Delete(seq, row)
			delete(m, row)
		}
	}
	ix.Commit(seq)
	seq++
	ix.Delete(seq, 1) // while it runs, or after
	delete(m, 1)
	ix.Commit(seq)
	ix.background.Wait()
	if _, err := os.Stat(generation(ix.path, 1)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the old generation is still there: %v", err)
	}
	if ix.Len() != len(m) {
		t.Errorf("%d vectors, want %d", ix.Len(), len(m))
	}
	if r := recall(t, ix, m, c.next(), 10, nil); r < 1 {
		t.Errorf("recall after compaction %v", r)
	}
	ix = reopen(t, ix)
	if ix.Len() != len(m) || ix.Seq() != seq {
		t.Errorf("reopened with %d vectors at %d, want %d at %d", ix.Len(), ix.Seq(), len(m), seq)
	}
	if r := recall(t, ix, m, c.next(), 10, nil); r < 1 {
		t.Errorf("recall after reopening %v", r)
	}
}

func TestCompactionOutlivesItsFile(t *testing.T) {
	t.Parallel()
	c := newCloud(11, 64, 100)
	ix, m := fill(t, c)
	if err := os.Remove(ix.file.path); err != nil { // its first line says that it can be deleted
		t.Skip(err) // not while it is open, on some systems
	}
	for row := range int64(tailSize) {
		ix.Delete(ix.Seq()+1, row)
		delete(m, row)
	}
	ix.Commit(ix.Seq())
	ix.background.Wait()
	if r := recall(t, ix, m, c.next(), 10, nil); r < 1 || ix.Len() != len(m) || ix.scattered != nil {
		t.Errorf("recall %v, %d vectors of %d, %v", r, ix.Len(), len(m), ix.scattered)
	}
	if ix = reopen(t, ix); ix.Len() != len(m) {
		t.Errorf("reopened with %d vectors, want %d", ix.Len(), len(m))
	}
}

func TestSearchesGoOnWhileTheIndexChanges(t *testing.T) {
	t.Parallel()
	c := newCloud(10, 64, 200)
	ix, _ := fill(t, c)
	mark := c.next()
	if err := ix.Put(ix.Seq()+1, 1<<30, mark, nil); err != nil {
		t.Fatal(err)
	}
	ix.Commit(0)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 2 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				hits, err := ix.Search(mark, 1, nil)
				if err != nil || len(hits) != 1 || hits[0].Row != 1<<30 {
					t.Errorf("during changes: %v, %v", hits, err)
					return
				}
			}
		})
	}
	seq := ix.Seq()
	for i := range int64(3 * tailSize) {
		seq++
		if err := ix.Put(seq, i%6000, c.next(), nil); err != nil {
			t.Fatal(err)
		}
		if i%64 == 0 {
			ix.Commit(seq)
		}
	}
	ix.Commit(seq)
	close(done)
	readers.Wait()
	ix.background.Wait()
}

func TestClosedIndexRefusesSearches(t *testing.T) {
	t.Parallel()
	c := newCloud(11, 64, 100)
	ix, _ := fill(t, c)
	if err := ix.Discard(); err != nil {
		t.Fatalf("Discard: %v", err)
	}
	if _, err := ix.Search(c.next(), 3, nil); !errors.Is(err, ErrClosed) {
		t.Errorf("Search: %v", err)
	}
	if _, err := ix.Cosines(c.next(), []int64{1}); !errors.Is(err, ErrClosed) {
		t.Errorf("Cosines: %v", err)
	}
	left, err := os.ReadDir(filepath.Dir(ix.path))
	if err != nil || len(left) != 0 {
		t.Errorf("Discard left %v, %v", left, err)
	}
	if err := ix.Close(); err != nil {
		t.Errorf("Close again: %v", err)
	}
}

func TestCosinesOfGivenRows(t *testing.T) {
	t.Parallel()
	c := newCloud(12, 64, 100)
	ix, m := fill(t, c)
	q := c.next()
	got, err := ix.Cosines(q, []int64{7, 5, 2*tailSize + 50, 99999})
	if err != nil {
		t.Fatal(err)
	}
	if got[0] != dot(q, m[7]) || got[2] != dot(q, m[2*tailSize+50]) {
		t.Errorf("cosines %v", got)
	}
	for _, i := range []int{1, 3} {
		if !math.IsNaN(float64(got[i])) {
			t.Errorf("a row without vector has %v", got[i])
		}
	}
}

func TestVectorsThatDoNotBelongAreRefused(t *testing.T) {
	t.Parallel()
	c := newCloud(13, 64, 100)
	ix := open(t, filepath.Join(t.TempDir(), "x"), testIdentity(c.mean))
	v := c.next()
	if err := ix.Put(1, 1, v[:63], nil); err == nil {
		t.Error("Put accepted another dimension")
	}
	if err := ix.Put(1, 1, make([]float32, 64), nil); err == nil {
		t.Error("Put accepted zeros")
	}
	if err := ix.Put(1, 1, v, []byte{1}); err == nil {
		t.Error("Put accepted a short code")
	}
	if _, err := ix.Search(v[1:], 1, nil); err == nil {
		t.Error("Search accepted another dimension")
	}
	if hits, err := ix.Search(v, 5, nil); err != nil || len(hits) != 0 {
		t.Errorf("an empty index: %v, %v", hits, err)
	}
}

func TestIndexLivesOnWhenTheFileCannotBeWritten(t *testing.T) {
	t.Parallel()
	c := newCloud(14, 64, 100)
	ix, m := fill(t, c)
	ix.mu.Lock()
	ix.unwritable = errors.New("no space left on device")
	ix.mu.Unlock()
	seq := ix.Seq()
	for i := range int64(tailSize + 10) {
		seq++
		v := c.next()
		if err := ix.Put(seq, 50_000+i, v, nil); err != nil {
			t.Fatal(err)
		}
		m[50_000+i] = v
	}
	ix.Commit(seq)
	if ix.Len() != len(m) {
		t.Errorf("%d vectors, want %d", ix.Len(), len(m))
	}
	if r := recall(t, ix, m, c.next(), 10, nil); r < 1 {
		t.Errorf("recall %v", r)
	}
	if err := ix.Close(); err == nil {
		t.Error("Close does not say that the file could not be written")
	}
	ix.mu.Lock()
	ix.unwritable = nil // for the cleanup
	ix.mu.Unlock()
}
