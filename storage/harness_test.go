package storage

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/app/text"
)

// fakeClock is a clock that tests set, and that goes on a microsecond at every
// look, so that what is written later is younger.
type fakeClock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *fakeClock {
	return &fakeClock{now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
}

func (c *fakeClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(time.Microsecond)
	return c.now
}

func (c *fakeClock) Add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

func options(dir string, clock *fakeClock) Options {
	return Options{Dir: dir, Clock: clock.Now, IDs: uuid.New, Version: "1.2.3"}
}

// open opens a new data folder.
func open(t testing.TB) *DB {
	t.Helper()
	return openAt(t, t.TempDir(), newClock())
}

func openAt(t testing.TB, dir string, clock *fakeClock) *DB {
	t.Helper()
	db, err := Open(t.Context(), options(dir, clock))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// root is the tenant of most tests.
var root = space.RootTenant

// otherTenant makes a second tenant.
func otherTenant(t testing.TB, db *DB) space.TenantID {
	t.Helper()
	id := space.TenantID{UUID: uuid.New()}
	check(t, db.CreateTenant(t.Context(), space.Tenant{ID: id, Name: "other-" + id.String()[:8], Active: true}))
	return id
}

func check(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func must[T any](t testing.TB) func(T, error) T {
	return func(v T, err error) T {
		t.Helper()
		check(t, err)
		return v
	}
}

// wantKind fails unless err is a domain error of the kind with the detail;
// detail "" means any.
func wantKind(t testing.TB, err error, kind space.Kind, detail string) {
	t.Helper()
	var e *space.Error
	if !errors.As(err, &e) {
		t.Fatalf("error is %v (%T), want kind %v", err, err, kind)
	}
	if e.Kind != kind || (detail != "" && e.Detail != detail) {
		t.Fatalf("error is kind %v, %q; want kind %v, %q", e.Kind, e.Detail, kind, detail)
	}
}

func addDataset(t testing.TB, db *DB, tenant space.TenantID, name string) space.Dataset {
	t.Helper()
	now := db.clock()
	d := space.Dataset{ID: uuid.New(), Tenant: tenant, Name: name, Type: "local_file", Configuration: json.RawMessage(`{"watch":true}`), CreatedAt: now, UpdatedAt: now}
	check(t, db.CreateDataset(t.Context(), tenant, d))
	return d
}

// claim queues one file and takes its job in hand.
func claim(t testing.TB, db *DB, d space.Dataset, path string) space.Job {
	t.Helper()
	ctx := t.Context()
	job := space.Job{ID: uuid.New(), Path: path, Pick: "/docs", Fingerprint: space.Fingerprint{Size: 7, ModTime: db.clock()}}
	if n := must[int](t)(db.UpsertJobs(ctx, d.Tenant, d.ID, []space.Job{job})); n != 1 {
		t.Fatalf("queued %d jobs, want 1", n)
	}
	got := must[space.Job](t)(db.ClaimJob(ctx, db.clock(), db.clock().Add(time.Minute)))
	if got.Path != path {
		t.Fatalf("claimed %s, want %s", got.Path, path)
	}
	return got
}

// writeOf makes the write of a file with a passage for each text.
func writeOf(job space.Job, id uuid.UUID, texts ...string) space.DocumentWrite {
	sum := sha256.Sum256(fmt.Appendf(nil, "%q", texts))
	job.Fingerprint.Hash = hex.EncodeToString(sum[:])
	rel := job.Path[len("/docs/"):]
	w := space.DocumentWrite{Job: job, Document: space.Document{
		ID: id, DatasetID: job.DatasetID, Hash: job.Fingerprint.Hash, Title: "Title", FileType: ".md",
		Metadata: map[string]any{}, Paths: []space.DocumentPath{{Path: job.Path, Rel: rel}}, ChunkVersion: "v1",
	}}
	var a text.Analyzer
	for i, s := range texts {
		w.Passages = append(w.Passages, space.Passage{Index: i, Text: s, Headings: []string{"Head"}, Position: space.Position{LineStart: i + 1, LineEnd: i + 1},
			Terms: a.Encode(nil, "Title", "Head", s)})
	}
	return w
}

// ingest stores a file with a passage for each text and returns its document's id.
func ingest(t testing.TB, db *DB, d space.Dataset, path string, texts ...string) uuid.UUID {
	t.Helper()
	id := uuid.New()
	if doc, err := db.DocumentByPath(t.Context(), d.Tenant, d.ID, path); err == nil {
		id = doc.ID
	}
	check(t, db.ReplaceDocument(t.Context(), d.Tenant, writeOf(claim(t, db, d, path), id, texts...)))
	return must[space.Document](t)(db.DocumentByPath(t.Context(), d.Tenant, d.ID, path)).ID
}

// bind gives a dataset an active embedder of 4 components.
func bind(t testing.TB, db *DB, d space.Dataset, id string) string {
	t.Helper()
	b := space.Binding{DatasetID: d.ID, Info: space.EmbedderInfo{ID: id, Dimension: 4}, Active: true}
	check(t, db.SetBinding(t.Context(), d.Tenant, b))
	return b.Info.Binding()
}

// embedAll gives every waiting passage a vector.
func embedAll(t testing.TB, db *DB, d space.Dataset, binding string) int {
	t.Helper()
	refs := must[[]space.PassageRef](t)(db.PendingPassages(t.Context(), d.Tenant, d.ID, binding, 10000))
	var writes []space.VectorWrite
	for _, r := range refs {
		writes = append(writes, space.VectorWrite{Row: r.Row, Key: keyOf(r.Text), Vector: vectorOf(r.Text)})
	}
	check(t, db.PutVectors(t.Context(), d.Tenant, d.ID, binding, writes))
	return len(writes)
}

func keyOf(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:])
}

func vectorOf(s string) []float32 {
	r := rand.New(rand.NewPCG(textHash(s), 1))
	return []float32{r.Float32() + 0.01, r.Float32(), r.Float32(), r.Float32()}
}

type rawJSON = json.RawMessage

// changes collects what Since yields; vectors and terms are copied.
func changes(t testing.TB, db *DB, d space.Dataset, binding string, since int64) []space.Change {
	t.Helper()
	var list []space.Change
	for c, err := range db.Since(t.Context(), d.Tenant, d.ID, binding, since) {
		check(t, err)
		c.Vector = append([]float32(nil), c.Vector...)
		c.Terms = append([]byte(nil), c.Terms...)
		c.Code = append([]byte(nil), c.Code...)
		list = append(list, c)
	}
	return list
}

// waitSwept waits until nothing is left to sweep.
func waitSwept(t testing.TB, db *DB) {
	t.Helper()
	check(t, db.sweepAll(context.WithoutCancel(t.Context())))
}
