package storage

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/app/text"
)

func TestSinceYieldsEverythingInOrder(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	binding := bind(t, db, d, "e")
	id := ingest(t, db, d, "/docs/a.md", "one", "two")
	ingest(t, db, addDataset(t, db, root, "other"), "/docs/a.md", "elsewhere")
	embedAll(t, db, d, binding)
	list := changes(t, db, d, binding, 0)
	_, rows := texts(t, db, d, id)
	if len(list) != 4 || list[0].Kind != space.PassageAdded || list[2].Kind != space.VectorAdded {
		t.Fatalf("changes are %+v", list)
	}
	var a text.Analyzer
	want := space.Change{Seq: list[0].Seq, Kind: space.PassageAdded, Row: rows["one"], DocumentID: id, TextHash: textHash("one"), Terms: a.Encode(nil, "Title", "Head", "one")}
	if diff := cmp.Diff(want, list[0]); diff != "" {
		t.Error(diff)
	}
	want = space.Change{Seq: list[3].Seq, Kind: space.VectorAdded, Row: rows["two"], Vector: vectorOf("two")}
	if diff := cmp.Diff(want, list[3]); diff != "" {
		t.Error(diff)
	}
	for i := 1; i < len(list); i++ {
		if list[i].Seq <= list[i-1].Seq {
			t.Errorf("numbers are not ascending: %d after %d", list[i].Seq, list[i-1].Seq)
		}
	}
	for i, c := range list { // whoever stopped anywhere goes on there
		if diff := cmp.Diff(list[i+1:], changes(t, db, d, binding, c.Seq)); diff != "" && i < len(list)-1 {
			t.Error(diff)
		}
	}
	if seq := must[int64](t)(db.MaxSeq(ctx, root, d.ID)); seq != list[3].Seq {
		t.Errorf("the last number is %d, want %d", seq, list[3].Seq)
	}
	if words := changes(t, db, d, "", 0); len(words) != 2 {
		t.Errorf("without a binding: %+v", words)
	}
	for range db.Since(ctx, root, d.ID, binding, 0) {
		break // leaving early gives the connection back
	}
	for _, err := range db.Since(ctx, root, uuid.New(), binding, 0) {
		wantKind(t, err, space.KindNotFound, "")
	}
	canceled, cancel := context.WithCancel(ctx)
	cancel()
	for _, err := range db.Since(canceled, root, d.ID, binding, 0) {
		wantKind(t, err, space.KindCanceled, "")
	}
}

func TestTombstonesAreYieldedOneByOne(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	id := ingest(t, db, d, "/docs/a.md", "1", "2", "3", "4")
	_, rows := texts(t, db, d, id)
	seq := must[int64](t)(db.MaxSeq(t.Context(), root, d.ID))
	check(t, db.RemovePath(t.Context(), root, d.ID, "/docs/a.md"))
	if list := changes(t, db, d, "", 0); len(list) != 0 {
		t.Errorf("from the beginning: %+v", list)
	}
	list := changes(t, db, d, "", seq)
	if len(list) != 4 {
		t.Fatalf("changes are %+v", list)
	}
	for i, c := range list {
		if c.Kind != space.PassageGone || c.Row != rows[fmt.Sprint(i+1)] || c.Seq != seq+int64(i)+1 {
			t.Errorf("change %d is %+v", i, c)
		}
		if diff := cmp.Diff(append([]space.Change{}, list[i+1:]...), append([]space.Change{}, changes(t, db, d, "", c.Seq)...)); diff != "" {
			t.Error(diff)
		}
	}
	if got := must[int64](t)(db.MaxSeq(t.Context(), root, d.ID)); got != seq+4 {
		t.Errorf("the last number is %d, want %d", got, seq+4)
	}
}

// TestFollowersSeeWhatALoaderSees edits a dataset at random; an index that
// follows from wherever it is must end with what one reads from the beginning.
func TestFollowersSeeWhatALoaderSees(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	binding := bind(t, db, d, "e")
	r := rand.New(rand.NewPCG(7, 7))
	type state struct {
		Doc    uuid.UUID
		Index  int
		Terms  string
		Vector []float32
	}
	follow := func(held map[int64]*state, since int64) int64 {
		for _, c := range changes(t, db, d, binding, since) {
			since = c.Seq
			s := held[c.Row]
			if s == nil {
				s = &state{}
				held[c.Row] = s
			}
			switch c.Kind {
			case space.PassageAdded:
				s.Doc, s.Index, s.Terms = c.DocumentID, c.Index, string(c.Terms)
			case space.VectorAdded:
				s.Vector = c.Vector
			case space.PassageGone:
				delete(held, c.Row)
			}
		}
		return since
	}
	follower := map[int64]*state{}
	var at int64
	for step := range 60 {
		path := fmt.Sprintf("/docs/%d.md", r.IntN(5))
		if r.IntN(4) == 0 {
			if err := db.RemovePath(t.Context(), root, d.ID, path); err != nil {
				wantKind(t, err, space.KindNotFound, "")
			}
		} else {
			var texts []string
			for range 1 + r.IntN(6) {
				texts = append(texts, fmt.Sprintf("text %d of %s", r.IntN(12), path))
			}
			ingest(t, db, d, path, texts...)
		}
		if r.IntN(2) == 0 {
			embedAll(t, db, d, binding)
		}
		if r.IntN(3) > 0 {
			at = follow(follower, at)
		}
		if step%10 == 9 {
			invariants(t, db)
		}
	}
	follow(follower, at)
	loader := map[int64]*state{}
	follow(loader, 0)
	if diff := cmp.Diff(loader, follower); diff != "" {
		t.Error(diff)
	}
}

func TestPassagesComeInTheOrderAskedFor(t *testing.T) {
	t.Parallel()
	db := open(t)
	d := addDataset(t, db, root, "notes")
	id := ingest(t, db, d, "/docs/a.md", "one", "two", "three")
	_, rows := texts(t, db, d, id)
	list := must[[]space.FoundPassage](t)(db.Passages(t.Context(), root, d.ID, []int64{rows["three"], 999, rows["one"]}))
	if len(list) != 2 || list[0].Text != "three" || list[1].Text != "one" || list[0].Passages != 3 || list[0].DocumentID != id || list[0].Document.Paths[0].Rel != "a.md" {
		t.Errorf("passages are %+v", list)
	}
	if list := must[[]space.FoundPassage](t)(db.Passages(t.Context(), root, d.ID, nil)); len(list) != 0 {
		t.Errorf("passages are %+v", list)
	}
}

func TestVectorsAreRefusedAtTheDoor(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	binding := bind(t, db, d, "e")
	ingest(t, db, d, "/docs/a.md", "one")
	refs := must[[]space.PassageRef](t)(db.PendingPassages(ctx, root, d.ID, binding, 10))
	if len(refs) != 1 || refs[0].Title != "Title" || refs[0].Text != "one" || refs[0].Headings[0] != "Head" {
		t.Fatalf("pending are %+v", refs)
	}
	nan, inf := float32(math.NaN()), float32(math.Inf(1))
	for _, bad := range [][]float32{nil, {1, 2, 3}, {1, 2, 3, 4, 5}, {1, nan, 0, 0}, {inf, 0, 0, 0}, {0, 0, 0, 0}} {
		err := db.PutVectors(ctx, root, d.ID, binding, []space.VectorWrite{{Row: refs[0].Row, Vector: []float32{1, 0, 0, 0}}, {Row: refs[0].Row, Vector: bad}})
		wantKind(t, err, space.KindInvalid, "")
	}
	if n := must[int](t)(db.CountPending(ctx, root, d.ID, binding)); n != 1 {
		t.Errorf("%d pending, want 1", n)
	}
	check(t, db.PutVectors(ctx, root, d.ID, binding, []space.VectorWrite{{Row: refs[0].Row, Vector: []float32{1, 0, 0, 0}}, {Row: 999, Vector: []float32{1, 0, 0, 0}}}))
	check(t, db.PutVectors(ctx, root, d.ID, binding, []space.VectorWrite{{Row: refs[0].Row, Vector: []float32{0, 1, 0, 0}}})) // in place of the first
	list := changes(t, db, d, binding, 0)
	if len(list) != 2 || list[1].Vector[1] != 1 {
		t.Errorf("changes are %+v", list)
	}
	wantKind(t, db.PutVectors(ctx, root, d.ID, "nothing", nil), space.KindNotFound, "")
	wantKind(t, db.PutVectors(ctx, root, d.ID, binding, []space.VectorWrite{{Row: refs[0].Row, Vector: []float32{1, 0, 0, 0}, Key: "zz"}}), space.KindInvalid, "")
	invariants(t, db)
}

func TestNewEmbedderIsFilledBesideTheOldOne(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	_, err := db.ActiveBinding(ctx, root, d.ID)
	wantKind(t, err, space.KindNotFound, "")
	old := bind(t, db, d, "old")
	ingest(t, db, d, "/docs/a.md", "one", "two")
	embedAll(t, db, d, old)

	fresh := space.Binding{DatasetID: d.ID, Info: space.EmbedderInfo{ID: "new", Server: "http://x", Revision: "r", Dimension: 4, MaxTokens: 9, Pooling: "cls",
		QueryPrefix: "q: ", PassagePrefix: "p: ", Floor: 0.5}, Centre: []float32{1, 2, 3, 4}}
	check(t, db.SetBinding(ctx, root, fresh))
	check(t, db.SetBinding(ctx, root, fresh)) // again changes nothing
	name := fresh.Info.Binding()
	if n := must[int](t)(db.CountPending(ctx, root, d.ID, name)); n != 2 {
		t.Errorf("%d pending, want 2", n)
	}
	ingest(t, db, d, "/docs/b.md", "three")
	if n, m := must[int](t)(db.CountPending(ctx, root, d.ID, name)), must[int](t)(db.CountPending(ctx, root, d.ID, old)); n != 3 || m != 1 {
		t.Errorf("%d and %d pending, want 3 and 1", n, m)
	}
	if b := must[space.Binding](t)(db.ActiveBinding(ctx, root, d.ID)); b.Info.ID != "old" || !b.Active {
		t.Errorf("active is %+v", b)
	}
	embedAll(t, db, d, name)
	check(t, db.ActivateBinding(ctx, root, d.ID, name))
	want := fresh
	want.Active = true
	if diff := cmp.Diff(want, must[space.Binding](t)(db.ActiveBinding(ctx, root, d.ID))); diff != "" {
		t.Error(diff)
	}
	stats := must[map[uuid.UUID]space.DatasetStats](t)(db.DatasetStats(ctx, root, d.ID))
	if diff := cmp.Diff(space.DatasetStats{Documents: 2, Passages: 3, Embedded: 3, Embedder: "new"}, stats[d.ID]); diff != "" {
		t.Error(diff)
	}
	check(t, db.DropBinding(ctx, root, d.ID, old))
	wantKind(t, db.DropBinding(ctx, root, d.ID, old), space.KindNotFound, "")
	if list := must[[]space.Binding](t)(db.Bindings(ctx, root, d.ID)); len(list) != 1 {
		t.Errorf("bindings are %+v", list)
	}
	waitSwept(t, db)
	if n := counts(t, db); n["vectors"] != 3 || n["bindings"] != 1 || n["unembedded"] != 0 {
		t.Errorf("rows are %v", n)
	}
	bind(t, db, d, "old") // and back again
	invariants(t, db)
}

func TestCacheFindsVectorsOfTheSameText(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d, other := addDataset(t, db, root, "notes"), addDataset(t, db, root, "other")
	binding := bind(t, db, d, "e")
	bind(t, db, other, "e")
	ingest(t, db, d, "/docs/a.md", "one", "two")
	embedAll(t, db, d, binding)
	keys := []string{keyOf("one"), keyOf("unknown"), "short"}
	if diff := cmp.Diff(map[string][]float32{keyOf("one"): vectorOf("one")}, must[map[string][]float32](t)(db.CachedVectors(ctx, root, binding, keys))); diff != "" {
		t.Error(diff)
	}
	for _, none := range []func() (map[string][]float32, error){
		func() (map[string][]float32, error) { return db.CachedVectors(ctx, root, "another", keys) },
		func() (map[string][]float32, error) { return db.CachedVectors(ctx, otherTenant(t, db), binding, keys) },
	} {
		if got := must[map[string][]float32](t)(none()); len(got) != 0 {
			t.Errorf("found %v", got)
		}
	}
	check(t, db.RemovePath(ctx, root, d.ID, "/docs/a.md"))
	if got := must[map[string][]float32](t)(db.CachedVectors(ctx, root, binding, keys)); len(got) != 0 {
		t.Errorf("a vector outlived its passage: %v", got)
	}
}

func TestCodesAreMadeOnceTheCentreIsFrozen(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	binding := bind(t, db, d, "e")
	ingest(t, db, d, "/docs/a.md", "one", "two")
	embedAll(t, db, d, binding)
	wantKind(t, db.FreezeCentre(ctx, root, d.ID, binding, []float32{1}), space.KindInvalid, "")
	check(t, db.FreezeCentre(ctx, root, d.ID, binding, []float32{1, 2, 3, 4}))
	check(t, db.FreezeCentre(ctx, root, d.ID, binding, []float32{1, 2, 3, 4}))
	wantKind(t, db.FreezeCentre(ctx, root, d.ID, binding, []float32{4, 3, 2, 1}), space.KindConflict, "")
	seq := must[int64](t)(db.MaxSeq(ctx, root, d.ID))
	list := must[[]space.VectorWrite](t)(db.VectorsWithoutCode(ctx, root, d.ID, binding, 10))
	if len(list) != 2 || len(list[0].Vector) != 4 {
		t.Fatalf("vectors are %+v", list)
	}
	wantKind(t, db.PutCodes(ctx, root, d.ID, binding, list), space.KindInvalid, "")
	for i := range list {
		list[i].Code = []byte{byte(i + 1)}
	}
	check(t, db.PutCodes(ctx, root, d.ID, binding, append(list, space.VectorWrite{Row: 999, Code: []byte{1}})))
	if left := must[[]space.VectorWrite](t)(db.VectorsWithoutCode(ctx, root, d.ID, binding, 10)); len(left) != 0 {
		t.Errorf("%d vectors lack a code", len(left))
	}
	news := changes(t, db, d, binding, seq)
	if len(news) != 2 || news[0].Kind != space.VectorAdded || news[1].Code[0] != 2 || news[0].Vector == nil {
		t.Errorf("changes are %+v", news)
	}
}

func TestTermsAreMadeAnew(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	ingest(t, db, d, "/docs/a.md", "one", "two")
	if list := must[[]space.OldPassage](t)(db.PassagesOfOldAnalysis(ctx, text.Version, 10)); len(list) != 0 {
		t.Errorf("old passages are %+v", list)
	}
	next := text.Version + 1
	list := must[[]space.OldPassage](t)(db.PassagesOfOldAnalysis(ctx, next, 1))
	if len(list) != 1 || list[0].Text != "one" || list[0].Rel != "a.md" || list[0].DatasetID != d.ID || list[0].Tenant != root {
		t.Fatalf("old passages are %+v", list)
	}
	seq := must[int64](t)(db.MaxSeq(ctx, root, d.ID))
	sets := must[[]uuid.UUID](t)(db.PutTerms(ctx, next, []space.TermsWrite{{Row: list[0].Row, Terms: []byte("new")}, {Row: 999, Terms: nil}}))
	if diff := cmp.Diff([]uuid.UUID{d.ID}, sets); diff != "" {
		t.Error(diff)
	}
	news := changes(t, db, d, "", seq)
	if len(news) != 1 || news[0].Kind != space.PassageAdded || string(news[0].Terms) != "new" || news[0].Row != list[0].Row {
		t.Errorf("changes are %+v", news)
	}
	if left := must[[]space.OldPassage](t)(db.PassagesOfOldAnalysis(ctx, next, 10)); len(left) != 1 || left[0].Text != "two" {
		t.Errorf("left are %+v", left)
	}
}

func TestTextHashTellsTextsFromEachOtherButNotTheirWhiteSpace(t *testing.T) {
	t.Parallel()
	if textHash("a b\n\nc") != textHash("  a\tb c ") {
		t.Error("white space counts")
	}
	seen := map[uint64]string{}
	for _, s := range []string{"", "a", "b", "ab", "a b", "ba", "a  bc", "ä"} {
		if other, ok := seen[textHash(s)]; ok {
			t.Errorf("%q and %q have one hash", s, other)
		}
		seen[textHash(s)] = s
	}
	if got := textHash("foobar"); got != 0x85944171f73967e8 { // from the FNV page of Fowler, Noll and Vo
		t.Errorf("the hash of foobar is %#x", got)
	}
}
