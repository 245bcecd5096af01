package storage

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
)

// texts returns the passages of a document with their rows, in order.
func texts(t testing.TB, db *DB, d space.Dataset, id uuid.UUID) (list []string, rows map[string]int64) {
	t.Helper()
	rows = map[string]int64{}
	for i := 0; ; i++ {
		p, err := db.DatasetPassage(t.Context(), d.Tenant, d.ID, space.PassageID(id, i))
		if err != nil {
			wantKind(t, err, space.KindNotFound, "Chunk '"+space.PassageID(id, i)+"' not found")
			return list, rows
		}
		list = append(list, p.Text)
		rows[p.Text] = p.Row
	}
}

func TestDocumentIsStoredWholeWithItsJob(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	w := writeOf(claim(t, db, d, "/docs/a.md"), uuid.New(), "one", "two", "three")
	w.Document.Metadata = map[string]any{"author": "Ada", "year": 1843.0}
	w.Document.IngestedAt = db.clock()
	w.Job.Message = "a warning"
	check(t, db.ReplaceDocument(ctx, root, w))
	want := w.Document
	want.Tenant = root
	if diff := cmp.Diff(want, must[space.Document](t)(db.Document(ctx, root, w.Document.ID))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(want, must[space.Document](t)(db.DocumentByHash(ctx, root, d.ID, want.Hash))); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]space.Document{want}, must[space.List[space.Document]](t)(db.Documents(ctx, root, d.ID, space.AllRows)).Items); diff != "" {
		t.Error(diff)
	}
	job := must[space.Job](t)(db.JobByPath(ctx, root, d.ID, "/docs/a.md"))
	if job.Status != space.JobCompleted || job.DocumentID != want.ID || job.Chunks != 3 || job.Message != "a warning" || job.CompletedAt == nil || job.Fingerprint.Hash != want.Hash {
		t.Errorf("job is %+v", job)
	}
	p := must[space.PassageInContext](t)(db.DatasetPassage(ctx, root, d.ID, space.PassageID(want.ID, 1)))
	if p.Text != "two" || p.Passages != 3 || p.Previous.Text != "one" || p.Next.Text != "three" || p.Next.Index != 2 || p.Headings[0] != "Head" || p.Position.LineStart != 2 {
		t.Errorf("passage is %+v", p)
	}
	if diff := cmp.Diff(want, p.Document); diff != "" {
		t.Error(diff)
	}
	if first := must[space.PassageInContext](t)(db.DatasetPassage(ctx, root, d.ID, space.PassageID(want.ID, 0))); first.Previous != nil {
		t.Error("the first passage has one before it")
	}
	for _, id := range []string{"", "x", want.ID.String(), want.ID.String() + "_-1", want.ID.String() + "_9"} {
		_, err := db.DatasetPassage(ctx, root, d.ID, id)
		wantKind(t, err, space.KindNotFound, "Chunk '"+id+"' not found")
	}
	stats := must[map[uuid.UUID]space.DatasetStats](t)(db.DatasetStats(ctx, root, d.ID, uuid.New()))
	if diff := cmp.Diff(map[uuid.UUID]space.DatasetStats{d.ID: {Documents: 1, Passages: 3}}, stats); diff != "" {
		t.Error(diff)
	}
}

func TestEditKeepsTheRowsOfUnchangedText(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	binding := bind(t, db, d, "e")
	id := ingest(t, db, d, "/docs/a.md", "one", "two", "two", "three")
	embedAll(t, db, d, binding)
	_, before := texts(t, db, d, id)
	seq := must[int64](t)(db.MaxSeq(t.Context(), root, d.ID))

	if again := ingest(t, db, d, "/docs/a.md", "zero", "one", "two", "four", "three"); again != id {
		t.Error("the document's id changed")
	}
	list, after := texts(t, db, d, id)
	if diff := cmp.Diff([]string{"zero", "one", "two", "four", "three"}, list); diff != "" {
		t.Error(diff)
	}
	if after["one"] != before["one"] || after["three"] != before["three"] {
		t.Errorf("rows were %v and are %v", before, after)
	}
	if n := embedAll(t, db, d, binding); n != 2 {
		t.Errorf("%d passages to embed, want the 2 new ones", n)
	}
	var got []string
	for _, c := range changes(t, db, d, binding, seq) {
		got = append(got, fmt.Sprint(c.Kind, c.Index))
	}
	// zero, one, two, four and three at their places; one "two" gone; two vectors.
	if diff := cmp.Diff([]string{"0 0", "0 1", "0 2", "0 3", "0 4", "2 0", "1 0", "1 0"}, got); diff != "" {
		t.Error(diff)
	}
}

func TestUnchangedDocumentTellsIndexesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	id := uuid.New()
	check(t, db.ReplaceDocument(t.Context(), root, writeOf(claim(t, db, d, "/docs/a.md"), id, "one", "two")))
	seq := must[int64](t)(db.MaxSeq(t.Context(), root, d.ID))
	w := writeOf(claim(t, db, d, "/docs/a.md"), id, "one", "two")
	w.Document.ChunkVersion = "v2"
	check(t, db.ReplaceDocument(t.Context(), root, w))
	if list := changes(t, db, d, "", seq); len(list) != 0 {
		t.Errorf("changes are %+v", list)
	}
	w = writeOf(claim(t, db, d, "/docs/a.md"), id, "one", "two")
	w.Document.Title = "Another"
	for i := range w.Passages {
		w.Passages[i].Terms = []byte{byte(i)}
	}
	check(t, db.ReplaceDocument(t.Context(), root, w))
	list := changes(t, db, d, "", seq)
	if len(list) != 2 || list[0].Kind != space.PassageAdded || list[1].Terms[0] != 1 {
		t.Errorf("changes are %+v", list)
	}
}

func TestCancelledJobChangesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	for _, tt := range []struct {
		name      string
		meanwhile func(space.Job)
	}{
		{"cancelled", func(space.Job) { must[int](t)(db.CancelJobs(ctx, root, d.ID)) }},
		{"deleted", func(j space.Job) { check(t, db.TombstoneJob(ctx, root, j.ID)) }},
		{"changed", func(j space.Job) { must[int](t)(db.UpsertJobs(ctx, root, d.ID, []space.Job{{ID: j.ID, Path: j.Path}})) }},
		{"dataset", func(space.Job) { check(t, db.DeleteDataset(ctx, root, d.ID)) }},
	} {
		job := claim(t, db, d, "/docs/"+tt.name)
		tt.meanwhile(job)
		wantKind(t, db.ReplaceDocument(ctx, root, writeOf(job, uuid.New(), "one")), space.KindConflict, "")
		must[int](t)(db.CancelJobs(ctx, root, d.ID))
		if _, err := db.DocumentByPath(ctx, root, d.ID, job.Path); space.KindOf(err) != space.KindNotFound {
			t.Errorf("%s: error is %v", tt.name, err)
		}
	}
}

func TestSameBytesTwiceAreOneDocument(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	// Two workers read the same bytes at once; neither knows of the other.
	a, b := claim(t, db, d, "/docs/a.md"), claim(t, db, d, "/docs/b.md")
	first := uuid.New()
	check(t, db.ReplaceDocument(ctx, root, writeOf(a, first, "one")))
	check(t, db.ReplaceDocument(ctx, root, writeOf(b, uuid.New(), "one")))
	doc := must[space.Document](t)(db.DocumentByPath(ctx, root, d.ID, "/docs/b.md"))
	if doc.ID != first || len(doc.Paths) != 2 || doc.Paths[0].Rel != "a.md" {
		t.Errorf("document is %+v", doc)
	}
	if j := must[space.Job](t)(db.JobByPath(ctx, root, d.ID, "/docs/b.md")); j.Message != "duplicate of a.md" || j.DocumentID != first || j.Chunks != 1 || j.Status != space.JobCompleted {
		t.Errorf("job is %+v", j)
	}
	check(t, db.AddPath(ctx, root, first, space.DocumentPath{Path: "/docs/c.md", Rel: "c.md"}))
	check(t, db.AddPath(ctx, root, first, space.DocumentPath{Path: "/docs/c.md", Rel: "c.md"}))

	// An edit of one copy leaves the document to the others, even where the
	// worker took it for the only one.
	check(t, db.ReplaceDocument(ctx, root, writeOf(claim(t, db, d, "/docs/a.md"), first, "one", "two")))
	edited := must[space.Document](t)(db.DocumentByPath(ctx, root, d.ID, "/docs/a.md"))
	old := must[space.Document](t)(db.Document(ctx, root, first))
	if edited.ID == first || len(edited.Paths) != 1 || len(old.Paths) != 2 {
		t.Errorf("documents are %+v and %+v", edited, old)
	}
	// The next copy's edit to the same bytes joins it; then the last copy goes.
	check(t, db.ReplaceDocument(ctx, root, writeOf(claim(t, db, d, "/docs/b.md"), uuid.New(), "one", "two")))
	check(t, db.RemovePath(ctx, root, d.ID, "/docs/c.md"))
	_, err := db.Document(ctx, root, first)
	wantKind(t, err, space.KindNotFound, "")
	if joined := must[space.Document](t)(db.Document(ctx, root, edited.ID)); len(joined.Paths) != 2 {
		t.Errorf("document is %+v", joined)
	}
	wantKind(t, db.RemovePath(ctx, root, d.ID, "/docs/c.md"), space.KindNotFound, "")
	wantKind(t, db.AddPath(ctx, root, first, space.DocumentPath{Path: "/x"}), space.KindNotFound, "")
}

func TestMovedFileKeepsItsDocument(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	id := ingest(t, db, d, "/docs/a.md", "one")
	other := ingest(t, db, d, "/docs/b.md", "two")
	seq := must[int64](t)(db.MaxSeq(ctx, root, d.ID))
	check(t, db.MovePath(ctx, root, d.ID, "/docs/a.md", space.DocumentPath{Path: "/docs/sub/a.md", Rel: "sub/a.md"}))
	if doc := must[space.Document](t)(db.Document(ctx, root, id)); len(doc.Paths) != 1 || doc.Paths[0].Rel != "sub/a.md" {
		t.Errorf("document is %+v", doc)
	}
	if list := changes(t, db, d, "", seq); len(list) != 0 {
		t.Errorf("a move changed %+v", list)
	}
	// Over another file, whose document goes.
	check(t, db.MovePath(ctx, root, d.ID, "/docs/sub/a.md", space.DocumentPath{Path: "/docs/b.md", Rel: "b.md"}))
	_, err := db.Document(ctx, root, other)
	wantKind(t, err, space.KindNotFound, "")
	if list := changes(t, db, d, "", seq); len(list) != 1 || list[0].Kind != space.PassageGone {
		t.Errorf("changes are %+v", list)
	}
	wantKind(t, db.MovePath(ctx, root, d.ID, "/nowhere", space.DocumentPath{Path: "/x"}), space.KindNotFound, "")
}

func TestStaleAndOutdatedDocumentsAreMarked(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	id := ingest(t, db, d, "/docs/a.md", "one")
	check(t, db.MarkStale(ctx, root, id, true))
	if !must[space.Document](t)(db.Document(ctx, root, id)).Stale {
		t.Error("not stale")
	}
	if diff := cmp.Diff([]string{"/docs/a.md"}, must[[]string](t)(db.Outdated(ctx, root, d.ID, "v2"))); diff != "" {
		t.Error(diff)
	}
	if list := must[[]string](t)(db.Outdated(ctx, root, d.ID, "v1")); len(list) != 0 {
		t.Errorf("outdated: %v", list)
	}
	ingest(t, db, d, "/docs/a.md", "one", "two")
	if must[space.Document](t)(db.Document(ctx, root, id)).Stale {
		t.Error("stale after it was read")
	}
}

func TestLongWriteStopsWhenItsCallerGoes(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	var many []string
	for i := range 5000 {
		many = append(many, fmt.Sprintf("passage %d %s", i, strings.Repeat("x", 100)))
	}
	w := writeOf(claim(t, db, d, "/docs/a.md"), uuid.New(), many...)
	ctx, cancel := context.WithCancel(t.Context())
	began := make(chan struct{})
	go func() { <-began; cancel() }()
	err := db.write(ctx, func(tx *tx) error {
		close(began)
		<-ctx.Done()
		r := &replacement{tx: tx, tenant: root, doc: w.Document, passages: w.Passages, job: w.Job}
		return r.run(ctx)
	})
	wantKind(t, err, space.KindCanceled, "")
	if _, err := db.DocumentByPath(t.Context(), root, d.ID, "/docs/a.md"); space.KindOf(err) != space.KindNotFound {
		t.Errorf("error is %v", err)
	}
}

func TestDeletedDatasetLeavesNothing(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d, other := addDataset(t, db, root, "notes"), addDataset(t, db, root, "other")
	for _, x := range []space.Dataset{d, other} {
		binding := bind(t, db, x, "e")
		ingest(t, db, x, "/docs/a.md", "one", "two")
		embedAll(t, db, x, binding)
		ingest(t, db, x, "/docs/a.md", "one", "three")
	}
	queue(t, db, d, "/docs/b.md")
	queue(t, db, other, "/docs/b.md")
	before := counts(t, db)
	check(t, db.DeleteDataset(ctx, root, d.ID))
	_, err := db.Dataset(ctx, root, "notes")
	wantKind(t, err, space.KindNotFound, "")
	addDataset(t, db, root, "notes") // the name is free at once
	waitSwept(t, db)
	for table, n := range counts(t, db) {
		want := before[table] / 2
		if table == "datasets" {
			want = 2
		}
		if n != want {
			t.Errorf("%s has %d rows, want %d", table, n, want)
		}
	}
	if list := changes(t, db, other, bind(t, db, other, "e"), 0); len(list) != 3 {
		t.Errorf("the other dataset has %d changes", len(list))
	}
	invariants(t, db)
}

// counts returns how many rows each table of a dataset has.
func counts(t testing.TB, db *DB) map[string]int {
	t.Helper()
	got := map[string]int{}
	check(t, db.read(t.Context(), func(c *conn) error {
		for _, table := range []string{"datasets", "documents", "document_paths", "passages", "passage_texts", "bindings", "vectors", "unembedded", "gone", "jobs"} {
			var n int
			if err := one(t.Context(), c, "SELECT count(*) FROM "+table, nil, &n); err != nil {
				return err
			}
			got[table] = n
		}
		return nil
	}))
	return got
}
