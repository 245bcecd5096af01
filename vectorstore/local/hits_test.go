package local

import (
	"slices"
	"strings"
	"testing"

	"syft-space/app/space"
)

func TestEqualTextsAppearOnce(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ingest("a.md", "alpha beta", "alpha gamma")
	w.ingest("b.md", "alpha beta", "alpha delta")
	w.start()
	w.settle()
	got := contents(w.search("alpha beta", limit(3)))
	slices.Sort(got)
	if want := []string{"alpha beta", "alpha delta", "alpha gamma"}; !slices.Equal(got, want) {
		t.Errorf("hits %q, want %q", got, want)
	}
}

func TestNeighboursThatOverlapByMoreThanHalfGiveWay(t *testing.T) {
	t.Parallel()
	words := strings.Fields(strings.Repeat("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen ", 2))
	piece := func(from, to int) string { return strings.Join(words[from:to], " ") }
	for _, tt := range []struct {
		name          string
		first, second string
		want          int
	}{
		{"much overlap", "alpha " + piece(0, 12), piece(2, 12) + " alpha", 1},
		{"little overlap", "alpha " + piece(0, 12), piece(10, 20) + " alpha", 2},
		{"none", "alpha " + piece(0, 5), "alpha " + piece(6, 12), 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.ingest("a.md", tt.first, tt.second, "something else")
			w.start()
			w.settle()
			if got := w.search("alpha"); len(got.Hits) != tt.want {
				t.Errorf("hits %q, want %d", contents(got), tt.want)
			}
		})
	}
}

func TestOverlapIsTheEndOfOneAndTheBeginningOfTheOther(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"abc", "abc", 0}, // shorter than what counts
		{"0123456789 abcdefghijklmnop", "abcdefghijklmnop and more", 16},
		{"abcdefghijklmnop x abcdefghijklmnop", "abcdefghijklmnop x abcdefghijklmnop", 35},
		{"abcdefghijklmnop and no end", "abcdefghijklmnop", 0},
		{strings.Repeat("a", 5000), strings.Repeat("a", 4000), 4000},
	} {
		if got := overlap(tt.a, tt.b); got != tt.want {
			t.Errorf("overlap(%.40q, %.40q) = %d, want %d", tt.a, tt.b, got, tt.want)
		}
	}
}

func TestThresholdAndLimitCutTheRankedList(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bind()
	w.ingest("a.md", "alpha beta gamma", "alpha beta delta", "alpha epsilon zeta", "eta theta iota")
	w.embed(10)
	w.start()
	w.settle()
	all := w.search("alpha beta gamma")
	if len(all.Hits) != 4 {
		t.Fatalf("without a threshold: %q", contents(all))
	}
	bar := all.Hits[1].Similarity
	cut := w.search("alpha beta gamma", func(r *space.SearchRequest) { r.Threshold = bar })
	if len(cut.Hits) != 1 || cut.Hits[0].Content != "alpha beta gamma" {
		t.Errorf("above %.3f: %q", bar, contents(cut))
	}
	if got := w.search("alpha beta gamma", limit(2)); len(got.Hits) != 2 || got.Hits[1].ID != all.Hits[1].ID {
		t.Errorf("limit 2: %q", contents(got))
	}
}

func TestHitsSayWhereTheyComeFrom(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.ingest("dir/a.md", "first part", "alpha part", "last part")
	w.start()
	w.settle()
	h := w.search("alpha").Hits[0]
	id := w.document["dir/a.md"]
	for key, want := range map[string]any{
		"doc_id": id.String(), "file_path": "dir/a.md", "file_name": "a.md", "file_type": ".md", "chunk_index": 1, "chunk_count": 3,
		"previous_chunk_id": space.PassageID(id, 0), "next_chunk_id": space.PassageID(id, 2), "rank": 1,
	} {
		if h.Metadata[key] != want {
			t.Errorf("metadata %s is %v, want %v", key, h.Metadata[key], want)
		}
	}
	if h.ID != space.PassageID(id, 1) {
		t.Errorf("id is %s", h.ID)
	}
	passage, previous, next, err := w.index.Passage(t.Context(), space.RootTenant, w.dataset, h.ID)
	if err != nil || passage.Content != "alpha part" || previous.Content != "first part" || next.Content != "last part" {
		t.Errorf("passage %v, %v, %v, %v", passage, previous, next, err)
	}
}

func TestOddQuestionsAreFine(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bind()
	w.embedder.limit = 3000
	w.ingest("a.md", "alpha beta gamma", "the and of", "\u732b\u306f\u5bdd\u308b")
	w.embed(10)
	w.start()
	w.settle()
	for name, question := range map[string]string{
		"one emoji": "\U0001F642", "punctuation": "?!... --", "stop words": "the of and", "nothing": "", "space": " \n ",
		"long": strings.Repeat("alpha beta ", 9100), "long without space": strings.Repeat("x", 100_000),
		"Japanese": "\u732b", "broken bytes": "al\xffpha\xc3", "long Japanese": strings.Repeat("\u732b", 33_000),
	} {
		for _, mode := range []space.SearchMode{space.SearchHybrid, space.SearchVector, space.SearchLexical} {
			got := w.search(question, by(mode))
			if mode != space.SearchLexical && len(got.Hits) != 3 {
				t.Errorf("%s, %s: %q with notes %q", name, mode, contents(got), got.Notes)
			}
		}
	}
	if got := w.search(strings.Repeat("alpha beta ", 9100), by(space.SearchLexical)); len(got.Hits) != 1 {
		t.Errorf("a long question finds %q by words", contents(got))
	}
}
