package apptest_test

import (
	"bufio"
	"context"
	"database/sql"
	enc "encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/providers/e5"
	"syft-space/providers/e5/weights"
	"syft-space/storage"
	"syft-space/vectorstore/codes"
)

// The benchmarks at scale share a folder of data that is made once, outside the
// repository: a data folder with 100,000 passages, of which more than 20,000 are
// real ones with the built-in embedder's own vectors. The rest are made of two
// real passages each, with a vector between theirs. The same text, vectors and
// questions lie beside it as plain files, for comparisons.
const (
	scaleEnv       = "SYFT_BENCH_DATA" // names the folder; the user's cache where it is unset
	scalePassages  = 100_000
	scaleReal      = 20_000 // at least
	scaleQuestions = 500
)

// scaleSources are the real documents, from Debian.
var scaleSources = []string{
	"/usr/share/libreoffice/help/en-US/text", "/usr/share/libreoffice/help/de/text", "/usr/share/gimp/2.0/help/en",
}

const scalePackages = "libreoffice-help-en-us libreoffice-help-de gimp-help-en"

// scaleData returns the folder, and makes what is missing of it.
func scaleData(b *testing.B) string {
	b.Helper()
	dir := os.Getenv(scaleEnv)
	if dir == "" {
		cache, err := os.UserCacheDir()
		must(b, err)
		dir = filepath.Join(cache, "syft-space-bench")
	}
	if _, err := os.Stat(filepath.Join(dir, "questions.f32")); err == nil {
		return dir
	}
	for _, source := range scaleSources {
		if _, err := os.Stat(source); err != nil {
			b.Skipf("needs real documents: apt-get install --no-install-recommends %s", scalePackages)
		}
	}
	must(b, os.MkdirAll(dir, 0o700))
	embedReal(b, dir)
	data := filepath.Join(dir, "data")
	must(b, os.RemoveAll(data)) // what a run that was interrupted left
	must(b, os.CopyFS(data, os.DirFS(filepath.Join(dir, "real"))))
	real := readReal(b, data)
	b.Logf("%d real passages", len(real))
	if len(real) < scaleReal {
		b.Fatalf("there are only %d real passages", len(real))
	}
	writeScaleFiles(b, dir, widen(b, data, real))
	return dir
}

// embedReal has the program itself ingest the documents into the folder "real";
// a run that was interrupted goes on.
func embedReal(b *testing.B, dir string) {
	b.Helper()
	b.Logf("embedding real documents into %s, which takes some minutes", dir)
	data := filepath.Join(dir, "real")
	p := start(b, data, dir, "serve", "--port", "0", "--config", scaleConfig(b, scaleSources...))
	url := p.url(data)
	picks, err := json.Marshal(map[string]any{"filePaths": scaleSources, "watch": false})
	must(b, err)
	if _, err := search(url, "scale", "lexical", "word"); err != nil { // it is not there yet
		var made thing
		call(b, url, data, "POST", "/api/v1/datasets/", map[string]any{
			"name": "scale", "dtype": "local_file", "configuration": json.RawMessage(picks),
		}, &made)
	}
	waitUntilDone(b, url, data, "scale")
	p.stop()
}

// scaleConfig writes a settings file that lets the folders be picked.
func scaleConfig(b *testing.B, folders ...string) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "config.yaml")
	text := fmt.Sprintf("browse: {roots: [%s]}\n", strings.Join(folders, ", "))
	must(b, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// waitUntilDone waits until all passages have vectors, however long it takes.
func waitUntilDone(b *testing.B, url, data, dataset string) {
	b.Helper()
	for st := ingested(b, url, data, dataset); !st.Done || st.Chunks == 0; st = ingested(b, url, data, dataset) {
		time.Sleep(time.Second)
	}
}

type ingestion struct {
	status
	Done bool
}

func ingested(b *testing.B, url, data, dataset string) (st ingestion) {
	b.Helper()
	var d thing
	call(b, url, data, "GET", "/api/v1/datasets/"+dataset, nil, &d)
	call(b, url, data, "GET", "/api/v1/ingestion/datasets/"+d.ID+"/status", nil, &st)
	return st
}

// embedded is a passage with its vector.
type embedded struct {
	text   string
	vector []float32
}

func readReal(b *testing.B, data string) (all []embedded) {
	b.Helper()
	query(b, data, `SELECT t.text, v.vector FROM vectors v JOIN passage_texts t ON t.row = v.row
		ORDER BY v.row`, func(rows *sql.Rows) error {
		var e embedded
		var raw []byte
		err := rows.Scan(&e.text, &raw)
		e.vector = make([]float32, len(raw)/4)
		for i := range e.vector {
			e.vector[i] = math.Float32frombits(enc.LittleEndian.Uint32(raw[4*i:]))
		}
		all = append(all, e)
		return err
	})
	return all
}

// between returns a passage of the halves of two others, and a vector on the
// way from one to the other with a little noise: neighbours that are hard to
// tell apart, as real ones are.
func between(r *rand.Rand, a, b embedded) embedded {
	x, y := strings.Fields(a.text), strings.Fields(b.text)
	out := embedded{
		text:   strings.Join(append(x[:len(x)/2:len(x)/2], y[len(y)/2:]...), " "),
		vector: make([]float32, len(a.vector)),
	}
	step, square := float32(r.Float64()), 0.0
	for i := range out.vector {
		v := (1-step)*a.vector[i] + step*b.vector[i] + float32(r.NormFloat64())*0.003
		out.vector[i] = v
		square += float64(v) * float64(v)
	}
	for i := range out.vector {
		out.vector[i] /= float32(math.Sqrt(square))
	}
	return out
}

// widen fills the dataset up and returns all its passages.
func widen(b *testing.B, data string, real []embedded) []embedded {
	b.Helper()
	ctx := context.Background()
	db, err := storage.Open(ctx, storage.Options{Dir: data, Clock: space.SystemClock, IDs: space.NewID, Version: "bench"})
	must(b, err)
	defer db.Close()
	datasets, err := db.AllDatasets(ctx)
	must(b, err)
	d := datasets[0]
	active, err := db.ActiveBinding(ctx, d.Tenant, d.ID)
	must(b, err)
	encoder, err := codes.NewEncoder(active.Centre)
	must(b, err)
	r := rand.New(rand.NewPCG(5, 6))
	var analyzer text.Analyzer
	const perDocument = 100
	for len(real) > 0 && len(real) < scalePassages {
		made, texts := make([]embedded, min(perDocument, scalePassages-len(real))), []string{}
		for i := range made {
			made[i] = between(r, real[r.IntN(len(real))], real[r.IntN(len(real))])
			texts = append(texts, made[i].text)
		}
		storeDocument(b, db, d, &analyzer, len(real), texts)
		refs, err := db.PendingPassages(ctx, d.Tenant, d.ID, active.Info.Binding(), len(made))
		must(b, err)
		writes := make([]space.VectorWrite, len(refs))
		for i, ref := range refs {
			v := made[i].vector
			writes[i] = space.VectorWrite{Row: ref.Row, Key: fmt.Sprintf("%064x", ref.Row), Vector: v, Code: encoder.Encode(nil, v)}
		}
		must(b, db.PutVectors(ctx, d.Tenant, d.ID, active.Info.Binding(), writes))
		real = append(real, made...)
	}
	must(b, db.SetDatasetStopped(ctx, d.Tenant, d.ID, true)) // or what has no file would go
	return real
}

// writeScaleFiles writes what other programs and benchmarks read: texts.jsonl,
// vectors.f32, questions.txt and, last, questions.f32. The questions are titles
// of the real documents.
func writeScaleFiles(b *testing.B, dir string, all []embedded) {
	b.Helper()
	var texts, vectors []byte
	for _, e := range all {
		line, err := json.Marshal(e.text)
		must(b, err)
		texts = append(append(texts, line...), '\n')
		vectors = appendVector(vectors, e.vector)
	}
	must(b, os.WriteFile(filepath.Join(dir, "texts.jsonl"), texts, 0o600))
	must(b, os.WriteFile(filepath.Join(dir, "vectors.f32"), vectors, 0o600))
	var questions []string
	query(b, filepath.Join(dir, "data"), fmt.Sprintf(`SELECT title FROM documents WHERE title LIKE '%% %% %%' GROUP BY title
		ORDER BY min(hash) LIMIT %d`, scaleQuestions), func(rows *sql.Rows) error {
		var title string
		err := rows.Scan(&title)
		questions = append(questions, strings.Join(strings.Fields(title), " "))
		return err
	})
	must(b, os.WriteFile(filepath.Join(dir, "questions.txt"), []byte(strings.Join(questions, "\n")+"\n"), 0o600))
	engine := e5.New(weights.Data(), e5.Options{})
	defer engine.Close()
	asked, err := engine.Embed(b.Context(), space.EmbedQuery, questions)
	must(b, err)
	vectors = vectors[:0]
	for _, v := range asked {
		vectors = appendVector(vectors, v)
	}
	must(b, os.WriteFile(filepath.Join(dir, "questions.f32"), vectors, 0o600))
}

func appendVector(to []byte, v []float32) []byte {
	for _, c := range v {
		to = enc.LittleEndian.AppendUint32(to, math.Float32bits(c))
	}
	return to
}

// lines reads a file of the folder, a line a string.
func lines(b *testing.B, path string) (all []string) {
	b.Helper()
	f, err := os.Open(path)
	must(b, err)
	defer f.Close()
	for s := bufio.NewScanner(f); s.Scan(); {
		all = append(all, s.Text())
	}
	return all
}
