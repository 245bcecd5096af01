package local

import (
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"github.com/philippgille/chromem-go"

	"syft-space/app/space"
)

// BenchmarkLoadIndex measures how long a dataset of 100,000 passages with
// vectors of 384 components takes until it can be searched by words and
// vectors: from the database alone, and with the derived file of an earlier
// run. It is compared with chromem-go reading the same vectors from its own file.
func BenchmarkLoadIndex(b *testing.B) {
	const n = 100_000
	if testing.Short() {
		b.Skip("stores 100,000 passages")
	}
	w, vectors := worldOf(b, n)
	load := func(b *testing.B, prepare func()) {
		before := heapMB()
		for range b.N {
			b.StopTimer()
			prepare()
			b.StartTimer()
			w.start()
			<-w.index.set(space.RootTenant, w.dataset.ID).loaded
			b.StopTimer()
			b.ReportMetric(heapMB()-before, "heap-MB") // beside mapped pages
			w.stop()
		}
	}
	b.Run("database", func(b *testing.B) {
		load(b, func() { must(b, os.RemoveAll(w.dir)) })
	})
	b.Run("derived file", func(b *testing.B) { load(b, func() {}) })
	b.Run("chromem", func(b *testing.B) { benchChromemFile(b, vectors) })
}

// worldOf is a world of n passages with random words and random vectors, which
// it returns too.
func worldOf(b *testing.B, n int) (*world, [][]float32) {
	const perDocument = 500
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
	var vectors [][]float32
	for d := range n / perDocument {
		texts := make([]string, perDocument)
		for i := range texts {
			texts[i] = draw(80 + rng.IntN(100))
		}
		w.ingest(fmt.Sprintf("%d.md", d), texts...)
		vectors = append(vectors, w.embedRandom(rng, perDocument)...)
	}
	return w, vectors
}

// embedRandom gives n passages vectors that have nothing to do with their text.
func (w *world) embedRandom(rng *rand.Rand, n int) (vectors [][]float32) {
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
		vectors = append(vectors, v)
		writes[i] = space.VectorWrite{Row: r.Row, Key: fmt.Sprintf("%064x", r.Row), Vector: v}
	}
	must(w.t, w.db.PutVectors(ctx, space.RootTenant, w.dataset.ID, name, writes))
	return vectors
}

// benchChromemFile has chromem read the vectors from the one file it exports.
func benchChromemFile(b *testing.B, vectors [][]float32) {
	path := filepath.Join(b.TempDir(), "chromem.gob")
	db := chromem.NewDB()
	collection, err := db.CreateCollection("passages", nil, noEmbedding)
	must(b, err)
	for i, v := range vectors {
		must(b, collection.AddDocument(b.Context(), chromem.Document{ID: strconv.Itoa(i), Embedding: v, Content: "-"}))
	}
	must(b, db.ExportToFile(path, false, ""))
	db, collection = nil, nil
	before := heapMB()
	b.ResetTimer()
	for range b.N {
		read := chromem.NewDB()
		must(b, read.ImportFromFile(path, ""))
		b.StopTimer()
		b.ReportMetric(heapMB()-before, "heap-MB")
		runtime.KeepAlive(read)
		b.StartTimer()
	}
}

func heapMB() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc) / 1e6
}
