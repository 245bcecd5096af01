package local

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"syft-space/app/space"
)

// BenchmarkDataset measures a dataset of 100,000 passages of 384 components in
// a real database: how long it takes to be searchable without and with the
// derived file, and searches with an embedder that takes no time.
func BenchmarkDataset(b *testing.B) {
	const n = 100_000
	if testing.Short() {
		b.Skip("stores 100,000 passages")
	}
	w := newWorld(b)
	w.embedder = newBag("bench", 384)
	w.bind()
	rng := rand.New(rand.NewPCG(1, 1))
	words := make([]string, 200_000)
	for i := range words {
		words[i] = fmt.Sprintf("t%xq", rng.Uint32())
	}
	draw := func(n int) string {
		picked := make([]string, n)
		for i := range picked {
			picked[i] = words[int(math.Exp(rng.Float64()*math.Log(float64(len(words)))))-1]
		}
		return strings.Join(picked, " ")
	}
	for d := range n / 500 {
		texts := make([]string, 500)
		for i := range texts {
			texts[i] = draw(80 + rng.IntN(100))
		}
		w.ingest(fmt.Sprintf("%d.md", d), texts...)
		w.embedRandom(rng, 500)
	}
	start := func() float64 {
		began := time.Now()
		w.start()
		<-w.index.set(space.RootTenant, w.dataset.ID).loaded
		return time.Since(began).Seconds()
	}
	first := start()
	w.stop()
	again := start()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	questions := make([]string, 200)
	for i := range questions {
		questions[i] = draw(4 + rng.IntN(12))
	}
	for _, mode := range []space.SearchMode{space.SearchHybrid, space.SearchLexical, space.SearchVector} {
		b.Run(string(mode), func(b *testing.B) {
			var times []time.Duration
			for i := 0; b.Loop(); i++ {
				began := time.Now()
				w.search(questions[i%len(questions)], by(mode))
				times = append(times, time.Since(began))
			}
			slices.Sort(times)
			b.ReportMetric(float64(times[len(times)/2])/1e6, "p50-ms")
			b.ReportMetric(float64(times[len(times)*95/100])/1e6, "p95-ms")
			b.ReportMetric(first, "load-s")
			b.ReportMetric(again, "reload-s")
			b.ReportMetric(float64(m.HeapAlloc)/1e6, "heap-MB")
		})
	}
}

// embedRandom gives n passages vectors that have nothing to do with their text.
func (w *world) embedRandom(rng *rand.Rand, n int) {
	w.t.Helper()
	ctx, name := w.t.Context(), w.embedder.info.Binding()
	refs, err := w.db.PendingPassages(ctx, space.RootTenant, w.dataset.ID, name, n)
	must(w.t, err)
	writes := make([]space.VectorWrite, len(refs))
	for i, r := range refs {
		v := make([]float32, w.embedder.info.Dimension)
		for j := range v {
			v[j] = float32(rng.NormFloat64())
		}
		scale := float32(1 / math.Sqrt(float64(dot(v, v))))
		for j := range v {
			v[j] *= scale
		}
		writes[i] = space.VectorWrite{Row: r.Row, Key: fmt.Sprintf("%064x", r.Row), Vector: v}
	}
	must(w.t, w.db.PutVectors(ctx, space.RootTenant, w.dataset.ID, name, writes))
}
