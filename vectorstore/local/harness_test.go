package local

import (
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"log/slog"
	"math"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/storage"
)

// bag embeds a text as the sum of random directions of its words, around a
// common one, so that texts with common words are near each other.
type bag struct {
	info  space.EmbedderInfo
	down  atomic.Bool
	hangs atomic.Bool // for as long as questions wait
	limit int         // longest text in bytes, 0 for any; longer ones are refused
	calls atomic.Int64
}

func newBag(id string, dim int) *bag {
	centre := make([]float32, dim)
	centre[0] = 0.7
	return &bag{info: space.EmbedderInfo{ID: id, Dimension: dim, Centre: centre, Floor: 0.3}}
}

func (b *bag) Info(context.Context) (space.EmbedderInfo, error) {
	if b.down.Load() {
		return space.EmbedderInfo{}, space.Errorf(space.KindUnavailable, "the embedder is down")
	}
	return b.info, nil
}

func (b *bag) CountTokens(s string) int { return text.WordCount(s) }

func (b *bag) Embed(ctx context.Context, _ space.EmbedPurpose, texts []string) ([][]float32, error) {
	b.calls.Add(1)
	if until, limited := ctx.Deadline(); b.hangs.Load() && limited && time.Until(until) <= questionPatience {
		return nil, context.DeadlineExceeded
	}
	made := make([][]float32, len(texts))
	for i, s := range texts {
		if b.limit > 0 && len(s) > b.limit {
			return nil, space.Errorf(space.KindTooLong, "the text is too long")
		}
		made[i] = b.vector(s)
	}
	return made, nil
}

func (b *bag) vector(s string) []float32 {
	v := make([]float32, b.info.Dimension)
	for _, term := range text.Terms(s) {
		h := fnv.New64a()
		h.Write([]byte(b.info.ID + term))
		rng := rand.New(rand.NewPCG(h.Sum64(), 1))
		for j := range v {
			v[j] += float32(rng.NormFloat64())
		}
	}
	scale := 1 / max(1e-9, math.Sqrt(float64(dot(v, v))))
	for j := range v {
		v[j] *= float32(scale)
	}
	v[0]++
	scale = 1 / math.Sqrt(float64(dot(v, v)))
	for j := range v {
		v[j] *= float32(scale)
	}
	return v
}

// world is a dataset in a real database with an index that follows it.
type world struct {
	t        testing.TB
	db       *storage.DB
	dataset  space.Dataset
	embedder *bag
	index    *Index
	dir      string
	stop     func()
	document map[string]uuid.UUID // by path
}

func newWorld(t testing.TB) *world {
	t.Helper()
	db, err := storage.Open(t.Context(), storage.Options{Dir: t.TempDir(), Clock: time.Now, IDs: uuid.New, Version: "test"})
	must(t, err)
	t.Cleanup(func() { must(t, db.Close()) })
	w := &world{t: t, db: db, embedder: newBag("bag", 32), dir: t.TempDir(), document: map[string]uuid.UUID{}}
	w.dataset = space.Dataset{
		ID: uuid.New(), Tenant: space.RootTenant, Name: "notes", Type: "local_file",
		Configuration: json.RawMessage(`{}`), CreatedAt: time.Now(), UpdatedAt: time.Now(),
	}
	must(t, db.CreateDataset(t.Context(), space.RootTenant, w.dataset))
	return w
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// start runs an index over the database until stop or the end of the test.
func (w *world) start() {
	w.t.Helper()
	w.startWith(w.db)
}

func (w *world) startWith(source Source) {
	w.t.Helper()
	w.index = New(Deps{
		Source: source, Lookup: w.db, Datasets: w.db.AllDatasets, Dir: w.dir, Logger: slog.New(slog.DiscardHandler),
		Embedder: func(space.Dataset, space.Config) (space.Embedder, error) { return w.embedder, nil },
	})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- w.index.Run(ctx) }()
	stopped := false
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		must(w.t, <-ended)
		must(w.t, w.index.Close())
	}
	w.t.Cleanup(w.stop)
}

// bind makes the embedder the dataset's active one.
func (w *world) bind() {
	w.t.Helper()
	info := w.embedder.info
	must(w.t, w.db.SetBinding(w.t.Context(), space.RootTenant, space.Binding{
		DatasetID: w.dataset.ID, Info: info, Active: true, Centre: info.Centre,
	}))
}

// ingest stores a document of the texts at path, in place of an earlier one.
func (w *world) ingest(path string, texts ...string) {
	w.t.Helper()
	ctx := w.t.Context()
	full := "/docs/" + path
	job := space.Job{ID: uuid.New(), Path: full, Pick: "/docs", Fingerprint: space.Fingerprint{Size: int64(len(texts)), ModTime: time.Now()}}
	_, err := w.db.UpsertJobs(ctx, space.RootTenant, w.dataset.ID, []space.Job{job})
	must(w.t, err)
	job, err = w.db.ClaimJob(ctx, time.Now().Add(time.Second), time.Now().Add(time.Hour))
	must(w.t, err)
	if w.document[path] == uuid.Nil {
		w.document[path] = uuid.New()
	}
	hash := fnv.New64a()
	fmt.Fprint(hash, path, texts)
	job.Fingerprint.Hash = fmt.Sprintf("%064x", hash.Sum64())
	write := space.DocumentWrite{Job: job, Document: space.Document{
		ID: w.document[path], DatasetID: w.dataset.ID, Hash: job.Fingerprint.Hash, FileType: ".md", Metadata: map[string]any{},
		Paths: []space.DocumentPath{{Path: full, Rel: path}}, ChunkVersion: "1", IngestedAt: time.Now(),
	}}
	var a text.Analyzer
	for i, s := range texts {
		write.Passages = append(write.Passages, space.Passage{Index: i, Text: s, Terms: a.Encode(nil, s)})
	}
	must(w.t, w.db.ReplaceDocument(ctx, space.RootTenant, write))
}

// remove takes the document at path away.
func (w *world) remove(path string) {
	w.t.Helper()
	must(w.t, w.db.RemovePath(w.t.Context(), space.RootTenant, w.dataset.ID, "/docs/"+path))
}

// embed gives at most n passages that lack one a vector.
func (w *world) embed(n int) {
	w.t.Helper()
	ctx, name := w.t.Context(), w.embedder.info.Binding()
	refs, err := w.db.PendingPassages(ctx, space.RootTenant, w.dataset.ID, name, n)
	must(w.t, err)
	writes := make([]space.VectorWrite, len(refs))
	for i, r := range refs {
		writes[i] = space.VectorWrite{Row: r.Row, Key: fmt.Sprintf("%064x", r.Row), Vector: w.embedder.vector(r.Text)}
	}
	must(w.t, w.db.PutVectors(ctx, space.RootTenant, w.dataset.ID, name, writes))
}

// settle waits until the index has taken over everything.
func (w *world) settle() {
	w.t.Helper()
	binding, err := w.db.ActiveBinding(w.t.Context(), space.RootTenant, w.dataset.ID)
	name := binding.Info.Binding()
	if err != nil {
		name = ""
	}
	last := int64(1)
	for change, err := range w.db.Since(w.t.Context(), space.RootTenant, w.dataset.ID, name, 1) {
		must(w.t, err)
		last = max(last, change.Seq)
	}
	w.index.Changed(space.RootTenant, w.dataset.ID)
	s := w.index.set(space.RootTenant, w.dataset.ID)
	deadline := time.Now().Add(time.Minute)
	for time.Now().Before(deadline) {
		if s.isLoaded() && s.seen.Load() >= last {
			return
		}
		time.Sleep(time.Millisecond)
	}
	w.t.Fatal("the index does not catch up")
}

// search asks and fails the test on an error.
func (w *world) search(question string, edit ...func(*space.SearchRequest)) space.SearchResult {
	w.t.Helper()
	result, err := w.try(question, edit...)
	must(w.t, err)
	if result.Engine != "chromem" || result.Notes == nil || result.Hits == nil {
		w.t.Fatalf("result is %+v", result)
	}
	return result
}

func (w *world) try(question string, edit ...func(*space.SearchRequest)) (space.SearchResult, error) {
	req := space.SearchRequest{Query: question, Mode: space.SearchHybrid, Limit: 10}
	for _, e := range edit {
		e(&req)
	}
	return w.index.Search(w.t.Context(), space.RootTenant, w.dataset, req)
}

func by(mode space.SearchMode) func(*space.SearchRequest) {
	return func(r *space.SearchRequest) { r.Mode = mode }
}

func limit(n int) func(*space.SearchRequest) {
	return func(r *space.SearchRequest) { r.Limit = n }
}

func only(key, prefix string) func(*space.SearchRequest) {
	return func(r *space.SearchRequest) { r.Filters = []space.Filter{{Key: key, Prefix: prefix}} }
}

func contents(r space.SearchResult) []string {
	list := []string{}
	for _, h := range r.Hits {
		list = append(list, h.Content)
	}
	return list
}
