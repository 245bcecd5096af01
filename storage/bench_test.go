package storage

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/app/text"
)

// openReal opens a folder with the real clock, as the program does.
func openReal(b *testing.B, dir string) *DB {
	b.Helper()
	db, err := Open(b.Context(), Options{Dir: dir, Clock: space.SystemClock, IDs: space.NewID, Version: "bench"})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	return db
}

// passagesOf makes n passages of about 200 words.
func passagesOf(r *rand.Rand, n int) []space.Passage {
	var a text.Analyzer
	list := make([]space.Passage, n)
	for i := range list {
		words := make([]string, 150)
		for w := range words {
			words[w] = fmt.Sprintf("word%d", int(r.ExpFloat64()*2000))
		}
		s := strings.Join(words, " ")
		list[i] = space.Passage{Index: i, Text: s, Headings: []string{"Chapter", "Section"}, Terms: a.Encode(nil, s)}
	}
	return list
}

// fill stores documents of 50 passages until there are n passages.
func fill(b *testing.B, db *DB, d space.Dataset, passages []space.Passage, n int) {
	for at := 0; at < n; at += 50 {
		path := fmt.Sprintf("/docs/%d.md", at)
		w := writeOf(claim(b, db, d, path), uuid.New(), path)
		w.Passages = passages[at%len(passages) : at%len(passages)+50]
		check(b, db.ReplaceDocument(b.Context(), d.Tenant, w))
	}
}

func BenchmarkReplaceDocument(b *testing.B) {
	db := openReal(b, b.TempDir())
	d := addDataset(b, db, root, "bench")
	bind(b, db, d, "bench")
	passages := passagesOf(rand.New(rand.NewPCG(1, 2)), 1000)
	writes := make([]space.DocumentWrite, 0, b.N)
	for i := range b.N {
		path := fmt.Sprintf("/docs/%d.md", i)
		w := writeOf(claim(b, db, d, path), uuid.New(), path)
		at := i * 50 % len(passages)
		w.Passages = passages[at : at+50]
		writes = append(writes, w)
	}
	b.ResetTimer()
	for _, w := range writes {
		check(b, db.ReplaceDocument(b.Context(), d.Tenant, w))
	}
	b.ReportMetric(50*float64(b.N)/b.Elapsed().Seconds(), "chunks/s")
}

func BenchmarkSince100k(b *testing.B) {
	const n, dimension = 100_000, 384
	db := openReal(b, b.TempDir())
	d := addDataset(b, db, root, "bench")
	info := space.EmbedderInfo{ID: "bench", Dimension: dimension}
	check(b, db.SetBinding(b.Context(), root, space.Binding{DatasetID: d.ID, Info: info, Active: true}))
	r := rand.New(rand.NewPCG(1, 2))
	began := time.Now()
	fill(b, db, d, passagesOf(r, 1000), n)
	b.Logf("words: %.0f passages/s", n/time.Since(began).Seconds())
	began = time.Now()
	vector := make([]float32, dimension)
	for i := range vector {
		vector[i] = r.Float32()
	}
	for {
		refs := must[[]space.PassageRef](b)(db.PendingPassages(b.Context(), root, d.ID, info.Binding(), 64))
		if len(refs) == 0 {
			break
		}
		writes := make([]space.VectorWrite, len(refs))
		for i, ref := range refs {
			writes[i] = space.VectorWrite{Row: ref.Row, Key: keyOf(fmt.Sprint(ref.Row)), Vector: vector, Code: make([]byte, 72)}
		}
		check(b, db.PutVectors(b.Context(), root, d.ID, info.Binding(), writes))
	}
	b.Logf("vectors: %.0f/s", n/time.Since(began).Seconds())
	for b.Loop() {
		count := 0
		for _, err := range db.Since(b.Context(), root, d.ID, info.Binding(), 0) {
			check(b, err)
			count++
		}
		if count != 2*n {
			b.Fatalf("%d changes, want %d", count, 2*n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Milliseconds())/float64(b.N), "ms/100k")
}

// BenchmarkCommit compares callers who wait for each other's commits with ones
// whose transactions are gathered.
func BenchmarkCommit(b *testing.B) {
	for _, callers := range []int{1, 8, 64} {
		b.Run(fmt.Sprintf("callers=%d", callers), func(b *testing.B) {
			db := openReal(b, filepath.Join(b.TempDir(), "data"))
			var group sync.WaitGroup
			jobs := make(chan int)
			b.ResetTimer()
			for range callers {
				group.Go(func() {
					for i := range jobs {
						if err := db.SetSetting(context.Background(), root, fmt.Sprint("key", i%1000), []byte(`1`)); err != nil {
							b.Error(err)
						}
					}
				})
			}
			for i := range b.N {
				jobs <- i
			}
			close(jobs)
			group.Wait()
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "commits/s")
		})
	}
}
