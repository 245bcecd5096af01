package storage

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

func TestFiltersSelectDocuments(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	d := addDataset(t, db, root, "notes")
	add := func(path, typ string, at time.Time, metadata map[string]any) uuid.UUID {
		w := writeOf(claim(t, db, d, path), uuid.New(), path)
		w.Document.FileType, w.Document.Metadata, w.Document.IngestedAt = typ, metadata, at
		check(t, db.ReplaceDocument(ctx, root, w))
		return w.Document.ID
	}
	day := func(n int) time.Time { return time.Date(2026, 1, n, 0, 0, 0, 0, time.UTC) }
	one := add("/docs/a/one.md", ".md", day(1), map[string]any{"author": "Ada", "year": 1843, "draft": true, `odd"key.x`: "v"})
	two := add("/docs/a/b/two.pdf", ".pdf", day(2), map[string]any{"author": "Bob", "year": 1999.5, "draft": false})
	three := add("/docs/c/three.md", ".md", day(3), map[string]any{"year": "1843"})
	check(t, db.AddPath(ctx, root, three, space.DocumentPath{Path: "/docs/a/copy.md", Rel: "a/copy.md"}))
	ids := map[uuid.UUID]string{one: "1", two: "2", three: "3"}

	for _, tt := range []struct {
		want    string
		filters []space.Filter
	}{
		{"123", nil},
		{"13", []space.Filter{{Key: "file_type", Equal: ".MD"}}},
		{"1", []space.Filter{{Key: "file_name", Equal: "one.md"}}},
		{"", []space.Filter{{Key: "file_name", Equal: "a/one.md"}}},
		{"2", []space.Filter{{Key: "file_name", Prefix: "tw"}}},
		{"123", []space.Filter{{Key: "file_path", Prefix: "a/"}}},
		{"2", []space.Filter{{Key: "file_path", Prefix: "a/b/"}}},
		{"", []space.Filter{{Key: "file_path", Prefix: "A/"}}},
		{"", []space.Filter{{Key: "file_path", Prefix: "a/%"}}},
		{"3", []space.Filter{{Key: "file_path", Equal: "a/copy.md"}}},
		{"23", []space.Filter{{Key: "ingested_at", GTE: "2026-01-02"}}},
		{"2", []space.Filter{{Key: "ingested_at", GT: "2026-01-01T00:00:00Z", LT: "2026-01-03T00:00:00Z"}}},
		{"12", []space.Filter{{Key: "ingested_at", LTE: "2026-01-02T01:00:00+01:00"}}},
		{"2", []space.Filter{{Key: "doc_id", Equal: two.String()}}},
		{"1", []space.Filter{{Key: "author", Equal: "Ada"}}},
		{"12", []space.Filter{{Key: "author", GTE: "A"}}},
		{"1", []space.Filter{{Key: "year", Equal: 1843.0}}},
		{"3", []space.Filter{{Key: "year", Equal: "1843"}}},
		{"2", []space.Filter{{Key: "year", GT: 1843.0}}},
		{"1", []space.Filter{{Key: "draft", Equal: true}}},
		{"2", []space.Filter{{Key: "draft", Equal: false}}},
		{"1", []space.Filter{{Key: `odd"key.x`, Equal: "v"}}},
		{"", []space.Filter{{Key: "nothing", Equal: "v"}}},
		{"1", []space.Filter{{Key: "file_type", Equal: ".md"}, {Key: "author", Prefix: "A"}}},
		{"", []space.Filter{{Key: "file_type", Equal: ".pdf"}, {Key: "author", Prefix: "A"}}},
	} {
		t.Run(fmt.Sprintf("%+v", tt.filters), func(t *testing.T) {
			rows := must[[]int64](t)(db.Matching(ctx, root, d.ID, tt.filters))
			if !slices.IsSorted(rows) {
				t.Errorf("rows are %v", rows)
			}
			got := ""
			for _, p := range must[[]space.FoundPassage](t)(db.Passages(ctx, root, d.ID, rows)) {
				got += ids[p.DocumentID]
			}
			if got != tt.want {
				t.Errorf("matched %q, want %q", got, tt.want)
			}
		})
	}
	for _, bad := range []space.Filter{
		{Key: "file_name"}, {Key: "file_type", Equal: 3.0}, {Key: "doc_id", Equal: "x"}, {Key: "ingested_at", GTE: "yesterday"},
		{Key: "author"}, {Key: "author", Equal: []string{"x"}}, {Key: "ingested_at", GT: 5.0},
	} {
		_, err := db.Matching(ctx, root, d.ID, []space.Filter{bad})
		wantKind(t, err, space.KindValidation, "")
		var refused *space.Error
		if !errors.As(err, &refused) || len(refused.Fields) != 1 || refused.Fields[0].Loc[3] != bad.Key {
			t.Errorf("error is %+v", refused)
		}
	}
}
