package codes

import (
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/philippgille/chromem-go"
)

// BenchmarkSearchVector compares the index with plain chromem-go, which is
// exact, over the same vectors of 384 components.
func BenchmarkSearchVector(b *testing.B) {
	for _, n := range []int{10_000, 100_000, 1_000_000} {
		if testing.Short() && n > 100_000 {
			continue
		}
		c := newCloud(21, 384, n/1000)
		vectors, questions := c.vectors(n), c.vectors(200)
		b.Run(fmt.Sprintf("codes/%d", n), func(b *testing.B) { benchCodes(b, vectors, questions) })
		if n <= 100_000 {
			b.Run(fmt.Sprintf("chromem/%d", n), func(b *testing.B) { benchChromem(b, vectors, questions) })
		}
	}
}

func benchCodes(b *testing.B, vectors, questions [][]float32) {
	id := testIdentity(centreOf(vectors))
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
	if _, err := ix.Search(questions[0], 100, nil); err != nil {
		b.Fatal(err)
	}
	opened := time.Since(start)
	found := 0
	for _, q := range questions[:50] {
		hits, err := ix.Search(q, 10, nil)
		if err != nil {
			b.Fatal(err)
		}
		all := make([]float32, len(vectors))
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
	percentiles(b, questions, func(q []float32) error {
		_, err := ix.Search(q, 100, nil)
		return err
	})
	b.ReportMetric(float64(found)/500, "recall@10")
	b.ReportMetric(added.Seconds(), "add-s")
	b.ReportMetric(opened.Seconds(), "open-s")
	b.ReportMetric(heapMB()-before, "heap-MB")
}

func benchChromem(b *testing.B, vectors, questions [][]float32) {
	collection, err := chromem.NewDB().CreateCollection("c", nil, nil)
	if err != nil {
		b.Fatal(err)
	}
	start := time.Now()
	for i, v := range vectors {
		doc := chromem.Document{ID: strconv.Itoa(i), Embedding: v, Content: "x"}
		if err := collection.AddDocument(b.Context(), doc); err != nil {
			b.Fatal(err)
		}
	}
	added := time.Since(start)
	percentiles(b, questions, func(q []float32) error {
		_, err := collection.QueryEmbedding(b.Context(), q, 100, nil, nil)
		return err
	})
	b.ReportMetric(added.Seconds(), "add-s")
}

// percentiles runs search over the questions and reports its p50 and p95.
func percentiles(b *testing.B, questions [][]float32, search func([]float32) error) {
	b.Helper()
	var times []time.Duration
	for i := 0; b.Loop(); i++ {
		start := time.Now()
		if err := search(questions[i%len(questions)]); err != nil {
			b.Fatal(err)
		}
		times = append(times, time.Since(start))
	}
	slices.Sort(times)
	b.ReportMetric(float64(times[len(times)/2])/1e6, "p50-ms")
	b.ReportMetric(float64(times[len(times)*95/100])/1e6, "p95-ms")
}

func heapMB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}
