package apptest_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// BenchmarkHybridQuery measures whole searches over HTTP in 100,000 passages,
// the embedding of the question included, beside searches by words alone and by
// vectors alone: one after the other and from four callers, while nothing else
// happens and while passages are being embedded. It needs the data of
// scaleData. "start" is what a start with them takes.
func BenchmarkHybridQuery(b *testing.B) {
	if testing.Short() {
		b.Skip("embeds 20,000 passages the first time")
	}
	source := scaleData(b)
	questions := lines(b, filepath.Join(source, "questions.txt"))
	data, busy := filepath.Join(b.TempDir(), "data"), b.TempDir()
	must(b, os.CopyFS(data, os.DirFS(filepath.Join(source, "data"))))
	config := scaleConfig(b, busy)
	b.Run("start", func(b *testing.B) { benchScaleStart(b, data, config, questions) })
	p := start(b, data, b.TempDir(), "serve", "--port", "0", "--config", config)
	defer p.stop()
	url := p.url(data)
	for !tryReady(url) {
		sleep()
	}
	for _, q := range questions { // as after some use: the pages of the file are in memory
		if _, err := search(url, "scale", "hybrid", q); err != nil {
			b.Fatal(err)
		}
	}
	for _, mode := range []string{"hybrid", "vector", "lexical"} {
		for _, callers := range []int{1, 4} {
			b.Run(fmt.Sprintf("idle/%s/callers=%d", mode, callers), func(b *testing.B) {
				askAll(b, url, mode, callers, questions)
				b.ReportMetric(float64(memoryOf(b, p.cmd.Process.Pid, "VmRSS"))/1024, "MB-resident")
				b.ReportMetric(float64(memoryOf(b, p.cmd.Process.Pid, "RssAnon"))/1024, "MB-own")
			})
		}
	}
	writeProse(b, busy, lines(b, filepath.Join(source, "texts.jsonl")))
	addDataset(b, url, data, busy) // "docs"
	for ingested(b, url, data, "docs").Embedded == 0 {
		sleep()
	}
	for _, callers := range []int{1, 4} {
		b.Run(fmt.Sprintf("ingesting/hybrid/callers=%d", callers), func(b *testing.B) {
			before := ingested(b, url, data, "docs").Embedded
			began := time.Now()
			askAll(b, url, "hybrid", callers, questions)
			after := ingested(b, url, data, "docs")
			if after.Done {
				b.Fatal("ingestion ended before the benchmark: choose a smaller -benchtime")
			}
			b.ReportMetric(float64(after.Embedded-before)/time.Since(began).Seconds(), "embedded/s")
		})
	}
}

// benchScaleStart measures from the start of the process until it listens, is
// ready, and has answered a first question by words and one by vectors.
func benchScaleStart(b *testing.B, data, config string, questions []string) {
	steps := []string{"ms-listening", "ms-ready", "ms-words", "ms-vectors"}
	took := make([]time.Duration, len(steps))
	for range b.N {
		began := time.Now()
		p := start(b, data, b.TempDir(), "serve", "--port", "0", "--config", config)
		url := p.url(data)
		took[0] += time.Since(began)
		for !tryReady(url) {
			time.Sleep(time.Millisecond)
		}
		took[1] += time.Since(began)
		for i, mode := range []string{"lexical", "vector"} {
			if n, err := search(url, "scale", mode, questions[i]); err != nil || n == 0 {
				b.Fatalf("%s: %d hits, %v", mode, n, err)
			}
			took[2+i] += time.Since(began)
		}
		b.ReportMetric(float64(memoryOf(b, p.cmd.Process.Pid, "VmRSS"))/1024, "MB-resident")
		b.ReportMetric(float64(memoryOf(b, p.cmd.Process.Pid, "RssAnon"))/1024, "MB-own")
		p.stop()
	}
	for i, name := range steps {
		b.ReportMetric(float64(took[i].Microseconds())/1000/float64(b.N), name)
	}
}

func tryReady(url string) bool {
	res, err := http.Get(url + "/readyz")
	if err != nil {
		return false
	}
	defer res.Body.Close()
	var state struct{ Ready bool }
	return json.NewDecoder(res.Body).Decode(&state) == nil && state.Ready
}

// search asks a dataset and returns the number of hits.
func search(url, dataset, mode, question string) (int, error) {
	body, err := json.Marshal(map[string]any{"query": question, "mode": mode})
	if err != nil {
		return 0, err
	}
	res, err := http.Post(url+"/api/v1/datasets/"+dataset+"/search", "application/json", bytes.NewReader(body))
	if err != nil {
		return 0, err
	}
	defer res.Body.Close()
	var found struct{ Results []struct{} }
	raw, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusOK {
		return 0, errors.Join(err, fmt.Errorf("%s: %s", res.Status, raw))
	}
	err = json.Unmarshal(raw, &found)
	return len(found.Results), err
}

// askAll asks b.N questions, so many callers at a time, and reports how long
// single answers take.
func askAll(b *testing.B, url, mode string, callers int, questions []string) {
	b.Helper()
	times, errs := make([]time.Duration, b.N), make([]error, b.N)
	var next atomic.Int64
	var running sync.WaitGroup
	b.ResetTimer()
	for range callers {
		running.Go(func() {
			for i := next.Add(1) - 1; i < int64(b.N); i = next.Add(1) - 1 {
				began := time.Now()
				_, errs[i] = search(url, "scale", mode, questions[i%int64(len(questions))])
				times[i] = time.Since(began)
			}
		})
	}
	running.Wait()
	b.StopTimer()
	must(b, errors.Join(errs...))
	slices.Sort(times)
	for name, percent := range map[string]int{"p50-ms": 50, "p95-ms": 95, "p99-ms": 99} {
		b.ReportMetric(float64(times[(len(times)-1)*percent/100])/1e6, name)
	}
}

// writeProse writes documents for an ingestion that goes on for minutes: words
// of the texts in another order, so that no vector of theirs is known.
func writeProse(b *testing.B, dir string, texts []string) {
	b.Helper()
	const documents, passages = 600, 30
	r := rand.New(rand.NewPCG(7, 8))
	for i := range documents {
		var out strings.Builder
		for range passages {
			words := strings.Fields(texts[r.IntN(len(texts))] + " " + texts[r.IntN(len(texts))])
			r.Shuffle(len(words), func(i, j int) { words[i], words[j] = words[j], words[i] })
			out.WriteString(strings.Join(words, " ") + "\n\n")
		}
		must(b, os.WriteFile(filepath.Join(dir, fmt.Sprintf("%d.txt", i)), []byte(out.String()), 0o600))
	}
}
