package codes

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/philippgille/chromem-go"
)

// BenchmarkSearchVector compares the index with plain chromem-go, which is
// exact, over the same vectors of 384 components. Where SYFT_BENCH_DATA names
// the folder that BenchmarkHybridQuery made, the vectors in it, which are
// an embedder's of real text, take part as "file".
func BenchmarkSearchVector(b *testing.B) {
	if dir := os.Getenv("SYFT_BENCH_DATA"); dir != "" {
		vectors, questions := readVectors(b, dir, "vectors.f32"), readVectors(b, dir, "questions.f32")
		b.Run("codes/file", func(b *testing.B) { benchCodes(b, make([]float32, 384), vectors, questions) }) // the built-in embedder's centre
		b.Run("chromem/file", func(b *testing.B) { benchChromem(b, vectors, questions) })
	}
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		if testing.Short() && n > 100_000 {
			continue
		}
		var vectors, questions [][]float32
		made := sync.OnceFunc(func() { // only where a pattern asks for them
			c := newCloud(21, 384, n/1000)
			vectors, questions = c.vectors(n), c.vectors(200)
		})
		b.Run(fmt.Sprintf("codes/%d", n), func(b *testing.B) { made(); benchCodes(b, centreOf(vectors), vectors, questions) })
		b.Run(fmt.Sprintf("chromem/%d", n), func(b *testing.B) { made(); benchChromem(b, vectors, questions) })
	}
}

// readVectors reads the vectors of a file of float32.
func readVectors(b *testing.B, dir, name string) [][]float32 {
	b.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		b.Fatal(err)
	}
	return slices.Collect(slices.Chunk(view[float32](raw), 384))
}

// asked is how many neighbours a hybrid search asks for.
const asked = 100

func benchCodes(b *testing.B, centre []float32, vectors, questions [][]float32) {
	id := testIdentity(centre)
	before := heapMB()
	ix := open(b, filepath.Join(b.TempDir(), "x"), id)
	start := time.Now()
	for i, v := range vectors {
		if err := ix.Put(int64(i+1), int64(i), v, nil); err != nil {
			b.Fatal(err)
		}
	}
	ix.Commit(int64(len(vectors)))
	if err := ix.Close(); err != nil {
		b.Fatal(err)
	}
	added := time.Since(start)
	start = time.Now()
	ix = open(b, ix.path, id)
	if _, err := ix.Search(questions[0], asked, nil); err != nil {
		b.Fatal(err)
	}
	opened := time.Since(start)
	found := recallOf(b, ix, vectors, questions[:min(50, len(questions))])
	search := func(q []float32) error {
		_, err := ix.Search(q, asked, nil)
		return err
	}
	b.Run("callers=1", func(b *testing.B) {
		percentiles(b, 1, questions, search)
		b.ReportMetric(found, "recall@10")
		b.ReportMetric(added.Seconds(), "add-s")
		b.ReportMetric(opened.Seconds(), "open-s")
		b.ReportMetric(heapMB()-before, "heap-MB") // beside mapped pages
	})
	b.Run("callers=4", func(b *testing.B) { percentiles(b, 4, questions, search) })
}

// recallOf is the share of the true ten nearest that the index finds.
func recallOf(b *testing.B, ix *Index, vectors, questions [][]float32) float64 {
	b.Helper()
	found := 0
	all := make([]float32, len(vectors))
	for _, q := range questions {
		hits, err := ix.Search(q, 10, nil)
		if err != nil {
			b.Fatal(err)
		}
		for i, v := range vectors {
			all[i] = dot(q, v)
		}
		slices.Sort(all)
		for _, h := range hits {
			if h.Cosine >= all[len(all)-10] {
				found++
			}
		}
	}
	return float64(found) / float64(10*len(questions))
}

func benchChromem(b *testing.B, vectors, questions [][]float32) {
	collection, err := chromem.NewDB().CreateCollection("c", nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	before := heapMB()
	start := time.Now()
	for i, v := range vectors {
		doc := chromem.Document{ID: strconv.Itoa(i), Embedding: v, Content: "x"}
		if err := collection.AddDocument(b.Context(), doc); err != nil {
			b.Fatal(err)
		}
	}
	added := time.Since(start)
	// It shares the benchmark's vectors, which it must hold in memory all the same.
	memory := heapMB() - before + float64(4*len(vectors)*len(vectors[0]))/1e6
	b.Run("callers=1", func(b *testing.B) {
		percentiles(b, 1, questions, func(q []float32) error {
			_, err := collection.QueryEmbedding(b.Context(), q, asked, nil, nil)
			return err
		})
		b.ReportMetric(added.Seconds(), "add-s")
		b.ReportMetric(memory, "heap-MB")
	})
}

// percentiles asks b.N questions, so many callers at a time, and reports how
// long single searches take.
func percentiles(b *testing.B, callers int, questions [][]float32, search func([]float32) error) {
	b.Helper()
	times, errs := make([]time.Duration, b.N), make([]error, b.N)
	var next atomic.Int64
	var running sync.WaitGroup
	b.ResetTimer()
	for range callers {
		running.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				start := time.Now()
				errs[i] = search(questions[i%int64(len(questions))])
				times[i] = time.Since(start)
			}
		})
	}
	running.Wait()
	if err := errors.Join(errs...); err != nil {
		b.Fatal(err)
	}
	slices.Sort(times)
	for name, percent := range map[string]int{"p50-ms": 50, "p95-ms": 95, "p99-ms": 99} {
		b.ReportMetric(float64(times[(len(times)-1)*percent/100])/1e6, name)
	}
}

func heapMB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}
