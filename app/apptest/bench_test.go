package apptest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app"
	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/storage"
	"syft-space/vectorstore/codes"
)

// BenchmarkStart measures from the start of the process until requests are
// taken (listening) and until every dataset can be searched by words and
// vectors (ready), and the memory of the program when it is idle.
func BenchmarkStart(b *testing.B) {
	if _, err := binary(); err != nil {
		b.Fatal(err)
	}
	for _, passages := range []int{0, 100_000} {
		b.Run(fmt.Sprintf("passages=%d", passages), func(b *testing.B) {
			if passages > 0 && testing.Short() {
				b.Skip("makes 100,000 passages first")
			}
			data := filepath.Join(b.TempDir(), "data")
			if passages > 0 {
				fill(b, data, passages)
			}
			measureStart(b, data) // makes the database, or the derived file
			b.ResetTimer()
			var listening, ready time.Duration
			memory := 0
			for range b.N {
				l, r, m := measureStart(b, data)
				listening, ready, memory = listening+l, ready+r, max(memory, m)
			}
			b.ReportMetric(float64(listening.Microseconds())/1000/float64(b.N), "ms-listening")
			b.ReportMetric(float64(ready.Microseconds())/1000/float64(b.N), "ms-ready")
			b.ReportMetric(float64(memory)/1024, "MB-idle")
		})
	}
}

func measureStart(b *testing.B, data string) (listening, ready time.Duration, kilobytes int) {
	b.Helper()
	path, _ := binary()
	cmd := exec.Command(path, "serve", "--port", "0", "--data-dir", data, "--log-level", "error")
	cmd.Env = []string{"HOME=" + filepath.Dir(data)}
	began := time.Now()
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(os.Interrupt)
		_ = cmd.Wait()
	}()
	url := ""
	for url == "" {
		if run, err := app.ReadRunFile(data); err == nil && run.PID == cmd.Process.Pid {
			url = run.URL
		}
		time.Sleep(200 * time.Microsecond)
	}
	listening = time.Since(began)
	for {
		res, err := http.Get(url + "/readyz")
		if err != nil {
			b.Fatal(err)
		}
		var state struct{ Ready bool }
		err = json.NewDecoder(res.Body).Decode(&state)
		res.Body.Close()
		if err != nil {
			b.Fatal(err)
		}
		if state.Ready {
			break
		}
		time.Sleep(time.Millisecond)
	}
	ready = time.Since(began)
	time.Sleep(500 * time.Millisecond)
	return listening, ready, memoryOf(b, cmd.Process.Pid, "VmRSS")
}

// memoryOf is what Linux says of the memory of a process, in KiB: VmRSS is all
// that lies in RAM, RssAnon what is no page of a file.
func memoryOf(b testing.TB, pid int, what string) int {
	b.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		b.Skip("needs /proc")
	}
	for line := range strings.SplitSeq(string(status), "\n") {
		if rest, ok := strings.CutPrefix(line, what+":"); ok {
			n, _ := strconv.Atoi(strings.Fields(rest)[0])
			return n
		}
	}
	return 0
}

// fill makes a data folder with one stopped dataset of n passages of 80 words,
// each with a random vector and its code.
func fill(b *testing.B, data string, n int) {
	b.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, storage.Options{Dir: data, Clock: space.SystemClock, IDs: space.NewID, Version: "bench"})
	must(b, err)
	defer db.Close()
	now := space.SystemClock()
	d := space.Dataset{
		ID: uuid.New(), Tenant: space.RootTenant, Name: "bench", Type: "local_file", CreatedAt: now, UpdatedAt: now,
		Configuration: json.RawMessage(`{"chunking":{"strategy":"structure","size":200,"max":240,"overlap":30},"embedder":{"type":"builtin"},"watch":false}`),
	}
	must(b, db.CreateDataset(ctx, space.RootTenant, d))
	r := rand.New(rand.NewPCG(3, 4))
	info := space.EmbedderInfo{ID: "bench", Dimension: 384, Centre: unit(r, 384)}
	binding := space.Binding{DatasetID: d.ID, Info: info, Active: true, Centre: info.Centre}
	must(b, db.SetBinding(ctx, space.RootTenant, binding))
	encoder, err := codes.NewEncoder(info.Centre)
	must(b, err)
	var a text.Analyzer
	const perDocument = 100
	for at := 0; at < n; at += perDocument {
		texts := make([]string, perDocument)
		for i := range texts {
			texts[i] = someWords(r, 80)
		}
		storeDocument(b, db, d, &a, at, texts)
		refs, err := db.PendingPassages(ctx, space.RootTenant, d.ID, info.Binding(), perDocument)
		must(b, err)
		writes := make([]space.VectorWrite, len(refs))
		for i, ref := range refs {
			v := unit(r, 384)
			writes[i] = space.VectorWrite{Row: ref.Row, Key: fmt.Sprintf("%064x", ref.Row), Vector: v, Code: encoder.Encode(nil, v)}
		}
		must(b, db.PutVectors(ctx, space.RootTenant, d.ID, info.Binding(), writes))
	}
	must(b, db.SetDatasetStopped(ctx, space.RootTenant, d.ID, true))
}

func someWords(r *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("word%d", int(r.ExpFloat64()*3000))
	}
	return strings.Join(words, " ")
}

// storeDocument stores a document of the given passages.
func storeDocument(b *testing.B, db *storage.DB, d space.Dataset, a *text.Analyzer, number int, texts []string) {
	b.Helper()
	ctx, now := context.Background(), space.SystemClock()
	path := fmt.Sprintf("/bench/%d.md", number)
	_, err := db.UpsertJobs(ctx, d.Tenant, d.ID, []space.Job{{
		ID: uuid.New(), Tenant: d.Tenant, DatasetID: d.ID, Path: path, Pick: "/bench", Status: space.JobPending, CreatedAt: now,
	}})
	must(b, err)
	job, err := db.ClaimJob(ctx, now, now.Add(time.Hour))
	must(b, err)
	doc := space.Document{
		ID: uuid.New(), Tenant: d.Tenant, DatasetID: d.ID, Hash: fmt.Sprintf("%064x", number), FileType: ".md",
		Paths: []space.DocumentPath{{Path: path, Rel: filepath.Base(path)}}, ChunkVersion: "bench", IngestedAt: now,
	}
	passages := make([]space.Passage, len(texts))
	for i, body := range texts {
		passages[i] = space.Passage{DocumentID: doc.ID, Index: i, Text: body, Terms: a.Encode(nil, body)}
	}
	job.DocumentID, job.Chunks = doc.ID, len(texts)
	must(b, db.ReplaceDocument(ctx, d.Tenant, space.DocumentWrite{Document: doc, Passages: passages, Job: job}))
}

func unit(r *rand.Rand, n int) []float32 {
	v := make([]float32, n)
	var sum float64
	for i := range v {
		v[i] = float32(r.NormFloat64())
		sum += float64(v[i]) * float64(v[i])
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

func must(b testing.TB, err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}
