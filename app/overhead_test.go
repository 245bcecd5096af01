package app

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"syft-space/app/auth"
	"syft-space/app/catalog"
	"syft-space/app/config"
	"syft-space/app/space"
	"syft-space/storage"
)

// BenchmarkQueryOverhead measures queries at the handler of the whole program,
// 8 callers at once, over a dataset of one passage with an embedder that takes
// no time: what is left is the edge, the caller's identity by an API key, the
// policies, and the ledger in a database that is synchronous FULL. The cases
// without policies tell what of it is the rest, those in memory what is the
// disk. Callers who pause see what one query takes; those who do not, what it
// takes where there are more of them than cores.
func BenchmarkQueryOverhead(b *testing.B) {
	for _, where := range []string{"disk", "memory"} {
		for _, slug := range []string{"free", "priced"} {
			for _, pause := range []time.Duration{20 * time.Millisecond, 0} {
				b.Run(fmt.Sprintf("%s/%s/pause=%s", where, slug, pause), func(b *testing.B) {
					dir := b.TempDir()
					if where == "memory" {
						dir = inMemory(b)
					}
					openTill(b, dir).measure(b, slug, pause)
				})
			}
		}
	}
}

// callers is how many ask at once.
const callers = 8

func (t *till) measure(b *testing.B, slug string, pause time.Duration) {
	var mu sync.Mutex
	var all []time.Duration
	b.SetParallelism((callers + runtime.GOMAXPROCS(0) - 1) / runtime.GOMAXPROCS(0))
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		var took []time.Duration
		for pb.Next() {
			if pause > 0 {
				time.Sleep(pause/2 + rand.N(pause))
			}
			began := time.Now()
			if w := t.send("POST", "/api/v1/endpoints/"+slug+"/query", `{"messages": "lamp", "similarity_threshold": 0}`); w.Code != http.StatusOK {
				b.Errorf("status %d: %s", w.Code, w.Body)
				return
			}
			took = append(took, time.Since(began))
		}
		mu.Lock()
		defer mu.Unlock()
		all = append(all, took...)
	})
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	at := func(q float64) float64 {
		return float64(all[int(q*float64(len(all)-1))].Microseconds()) / 1000
	}
	b.ReportMetric(at(.5), "p50-ms")
	b.ReportMetric(at(.99), "p99-ms")
}

// till is a program whose handler is called without a network.
type till struct {
	handler http.Handler
	key     string
}

func (t *till) send(method, path, body string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, "http://localhost"+path, strings.NewReader(body))
	r.RemoteAddr = "127.0.0.1:1"
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("Authorization", "Bearer "+t.key)
	w := httptest.NewRecorder()
	t.handler.ServeHTTP(w, r)
	return w
}

// openTill starts a program with one document and two endpoints over it: free,
// without policies, and priced, with a policy of each type that costs time.
func openTill(b *testing.B, dir string) *till {
	b.Helper()
	docs, data := filepath.Join(dir, "docs"), filepath.Join(dir, "data")
	check(b, os.MkdirAll(docs, 0o700))
	check(b, os.WriteFile(filepath.Join(docs, "lamp.txt"), []byte("The lamp has a warranty of 36 months."), 0o600))
	t := &till{key: issueKey(b, data)}
	defaults, err := os.ReadFile("../config.yaml")
	check(b, err)
	cfg, err := config.Load(config.Options{Defaults: defaults, Getenv: func(string) string { return "" }, Flags: map[string]any{
		"data_dir": data, "browse.roots": []string{docs}, "limits.api_per_minute": 1_000_000_000, "limits.api_per_hour": 1_000_000_000,
	}})
	check(b, err)
	ctx, cancel := context.WithCancel(context.Background())
	a, err := New(ctx, cfg, Deps{Clock: space.SystemClock, IDs: space.NewID, Logger: slog.New(slog.DiscardHandler), Executable: os.Args[0], Embedder: instant{}})
	check(b, err)
	var work sync.WaitGroup
	for _, run := range slices.Concat(a.background, a.behind) {
		work.Go(func() { _ = run(ctx) })
	}
	b.Cleanup(func() {
		cancel()
		work.Wait()
		check(b, a.Close())
	})
	t.handler, err = a.handler("http://localhost")
	check(b, err)
	t.furnish(b, docs)
	return t
}

func issueKey(b *testing.B, data string) string {
	b.Helper()
	db, err := storage.Open(b.Context(), storage.Options{Dir: data, Clock: space.SystemClock, IDs: space.NewID, Version: Version})
	check(b, err)
	defer db.Close()
	_, key, err := catalog.NewKeys(db, auth.NewKey, space.SystemClock, space.NewID).Issue(b.Context(), space.RootTenant, catalog.KeyDraft{
		Name: "bench", Email: "ada@example.org", Scopes: []space.Scope{space.ScopeAdmin},
	})
	check(b, err)
	return key.Reveal()
}

func (t *till) furnish(b *testing.B, docs string) {
	b.Helper()
	make := func(path, body string) (id string) {
		w := t.send("POST", "/api/v1"+path, body)
		var made struct{ ID string }
		if err := json.Unmarshal(w.Body.Bytes(), &made); err != nil || w.Code != http.StatusCreated {
			b.Fatalf("%s: %d %s", path, w.Code, w.Body)
		}
		return made.ID
	}
	dataset := make("/datasets", fmt.Sprintf(`{"name": "docs", "dtype": "local_file", "configuration": {"filePaths": [%q], "watch": false}}`, docs))
	make("/endpoints", fmt.Sprintf(`{"name": "free", "slug": "free", "dataset_id": %q, "published": true}`, dataset))
	priced := make("/endpoints", fmt.Sprintf(`{"name": "priced", "slug": "priced", "dataset_id": %q, "published": true}`, dataset))
	for typ, config := range map[string]string{
		"access":     `{"allowed_users": ["*@example.com", "*@example.org"]}`,
		"rate_limit": `{"limit": "900000000/d"}`,
		"accounting": `{"price": 0.001, "budget": {"amount": 1000000, "period": "month"}}`,
	} {
		make("/policies", fmt.Sprintf(`{"name": "x", "policy_type": %q, "endpoint_id": %q, "configuration": %s}`, typ, priced, config))
	}
	for range 2400 {
		w := t.send("POST", "/api/v1/endpoints/free/query", `{"messages": "lamp", "similarity_threshold": 0}`)
		if strings.Contains(w.Body.String(), "36 months") {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	b.Fatal("the document is not found")
}

// inMemory is a folder that no disk is behind.
func inMemory(b *testing.B) string {
	b.Helper()
	dir, err := os.MkdirTemp("/dev/shm", "syft-space-bench")
	if err != nil {
		b.Skip("needs /dev/shm")
	}
	b.Cleanup(func() { _ = os.RemoveAll(dir) })
	return dir
}

func check(b *testing.B, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// instant is an embedder for which every text is the same.
type instant struct{}

// Info implements space.Embedder.
func (instant) Info(context.Context) (space.EmbedderInfo, error) {
	return space.EmbedderInfo{ID: "instant", Dimension: 4, MaxTokens: 512}, nil
}

// CountTokens implements space.Embedder.
func (instant) CountTokens(text string) int { return len(text)/4 + 1 }

// Embed implements space.Embedder.
func (instant) Embed(_ context.Context, _ space.EmbedPurpose, texts []string) ([][]float32, error) {
	out := make([][]float32, len(texts))
	for i := range out {
		out[i] = []float32{1, 0, 0, 0}
	}
	return out, nil
}
