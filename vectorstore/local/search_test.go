package local

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/vectorstore/bm25"
)

// wanted is a hit as the formulae say it should be.
type wanted struct {
	content           string
	fused, similarity float64
}

// reference searches by the formulae alone: texts are all passages, in the
// order of their rows; the first embedded of them have vectors.
func reference(texts []string, embedded int, b *bag, question string, mode space.SearchMode) []wanted {
	bm, share := lexical(texts, question)
	query := b.vector(question)
	best, low, high := 0.0, math.Inf(1), math.Inf(-1)
	cosine := make([]float64, len(texts))
	taking := make([]bool, len(texts))
	for i, s := range texts {
		hasVector := i < embedded && mode != space.SearchLexical
		taking[i] = hasVector && mode != space.SearchLexical || bm[i] > 0 && mode != space.SearchVector
		best = max(best, bm[i])
		if hasVector {
			cosine[i] = float64(dot(query, b.vector(s)))
			low, high = min(low, cosine[i]), max(high, cosine[i])
		}
	}
	w := min(0.8, 0.4+0.1*float64(len(strings.Fields(question))-1))
	if best == 0 {
		w = 1
	}
	var list []wanted
	for i, s := range texts {
		x := bm[i] / max(best, 1e-9)
		h := wanted{content: s}
		switch {
		case !taking[i]:
			continue
		case embedded == 0 || mode == space.SearchLexical:
			h.fused, h.similarity = x, 0.5+0.5*share[i]*x
		case i >= embedded:
			h.fused, h.similarity = share[i]*x, 0.5+0.5*share[i]*x
		case mode == space.SearchVector:
			h.fused = cosine[i]
		default:
			h.fused = (1-w)*share[i]*x + w*(cosine[i]-low)/max(high-low, 1e-9)
		}
		if h.similarity == 0 {
			h.similarity = min(1, max(0, 0.5+0.5*(cosine[i]-0.3)/0.7))
		}
		list = append(list, h)
	}
	slices.SortStableFunc(list, func(a, b wanted) int { return cmp.Compare(b.fused, a.fused) })
	return list
}

// lexical scores every text by BM25, and says which share of the question it holds.
func lexical(texts []string, question string) (score, share []float64) {
	counts := make([]map[string]float64, len(texts))
	df, total := map[string]float64{}, 0.0
	lengths := make([]float64, len(texts))
	for i, s := range texts {
		counts[i] = map[string]float64{}
		for _, t := range text.Terms(s) {
			counts[i][t]++
			lengths[i]++
			total++
		}
		for t := range counts[i] {
			df[t]++
		}
	}
	n := float64(len(texts))
	score, share = make([]float64, len(texts)), make([]float64, len(texts))
	mass, seen := 0.0, map[string]bool{}
	for _, t := range text.Terms(question) {
		if seen[t] {
			continue
		}
		seen[t] = true
		idf := math.Log(1 + (n-df[t]+0.5)/(df[t]+0.5))
		mass += idf
		for i := range texts {
			if tf := counts[i][t]; tf > 0 {
				score[i] += idf * tf * (bm25.K1 + 1) / (tf + bm25.K1*(1-bm25.B+bm25.B*lengths[i]/(total/n)))
				share[i] += idf
			}
		}
	}
	for i := range share {
		share[i] /= max(mass, 1e-9)
	}
	return score, share
}

// randomText draws words of which a few are frequent.
func randomText(rng *rand.Rand, n int) string {
	words := make([]string, n)
	for i := range words {
		words[i] = fmt.Sprintf("w%dx", int(rng.ExpFloat64()*25))
	}
	return strings.Join(words, " ")
}

func TestSearchFollowsTheFormulae(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	for _, embedded := range []int{60, 40, 0} {
		w := newWorld(t)
		w.bind()
		var all []string
		for d := range 6 {
			var texts []string
			for range 10 {
				texts = append(texts, randomText(rng, 5+rng.IntN(20)))
			}
			w.ingest(fmt.Sprintf("%d.md", d), texts...)
			all = append(all, texts...)
		}
		if embedded > 0 {
			w.embed(embedded)
		}
		w.start()
		w.settle()
		for range 20 {
			question := randomText(rng, 1+rng.IntN(7))
			for _, mode := range []space.SearchMode{space.SearchHybrid, space.SearchLexical, space.SearchVector} {
				if mode == space.SearchVector && embedded == 0 {
					continue
				}
				got := w.search(question, by(mode), limit(100))
				checkHits(t, fmt.Sprintf("%s %q with %d vectors", mode, question, embedded), got.Hits,
					reference(all, embedded, w.embedder, question, mode))
			}
		}
	}
}

func checkHits(t *testing.T, what string, got []space.Hit, want []wanted) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%s: %d hits, want %d", what, len(got), len(want))
	}
	near := func(a, b float64) bool { return math.Abs(a-b) < 1e-4 }
	for i, h := range got {
		j := slices.IndexFunc(want, func(w wanted) bool { return w.content == h.Content })
		if j < 0 {
			t.Fatalf("%s: hit %d, %q, is not wanted", what, i, h.Content)
		}
		if !near(h.Scores.Fused, want[j].fused) || !near(h.Scores.Fused, want[i].fused) {
			t.Fatalf("%s: hit %d has %.5f, want %.5f, and %.5f at this place", what, i, h.Scores.Fused, want[j].fused, want[i].fused)
		}
		if !near(h.Similarity, want[j].similarity) {
			t.Fatalf("%s: hit %d has similarity %.5f, want %.5f", what, i, h.Similarity, want[j].similarity)
		}
		words := h.Metadata["similarity"] == "words"
		if words != (h.Scores.Vector == nil) || h.Metadata["rank"] != i+1 {
			t.Fatalf("%s: hit %d has metadata %v and scores %+v", what, i, h.Metadata, h.Scores)
		}
	}
}

func TestNotesSayWhatCouldNotTakePart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.start()
	if got := w.search("alpha", by(space.SearchVector)); len(got.Hits)+len(got.Notes) != 0 {
		t.Errorf("an empty dataset: %+v", got)
	}
	w.ingest("a.md", "alpha one", "alpha two", "beta three")
	w.settle()
	check := func(mode space.SearchMode, hits int, note string) {
		t.Helper()
		got := w.search("alpha", by(mode))
		want := []string{}
		if note != "" {
			want = append(want, note)
		}
		if len(got.Hits) != hits || !slices.Equal(got.Notes, want) {
			t.Errorf("%s: %q with notes %q, want %d hits and %q", mode, contents(got), got.Notes, hits, want)
		}
	}
	refused := func(why string) {
		t.Helper()
		_, err := w.try("alpha", by(space.SearchVector))
		if space.KindOf(err) != space.KindUnavailable || !strings.Contains(fmt.Sprint(err), why) {
			t.Errorf("vector search: %v, want unavailable because %s", err, why)
		}
	}
	check(space.SearchHybrid, 2, "Only words were searched: no passage has a vector yet.")
	check(space.SearchLexical, 2, "")
	refused("no passage has a vector yet")
	w.bind()
	w.embed(2)
	w.settle()
	check(space.SearchHybrid, 2, "1 of 3 passages have no vector yet; they were found by words only.")
	check(space.SearchVector, 2, "1 of 3 passages have no vector yet; they were left out.")
	w.embed(1)
	w.settle()
	check(space.SearchHybrid, 3, "")
	calls := w.embedder.calls.Load()
	check(space.SearchLexical, 2, "")
	if w.embedder.calls.Load() != calls {
		t.Error("a lexical search embeds")
	}
	w.embedder.down.Store(true)
	check(space.SearchHybrid, 2, "Only words were searched: the embedder cannot be used at the moment.")
	refused("the embedder cannot be used at the moment")
	w.embedder.down.Store(false)
	w.embedder.hangs.Store(true)
	check(space.SearchHybrid, 2, "Only words were searched: the embedder cannot be used at the moment.")
	refused("the embedder cannot be used at the moment")
	w.embedder.hangs.Store(false)
	w.embedder.info.Revision = "2" // other vectors than the stored ones
	check(space.SearchHybrid, 2, "Only words were searched: the embedder cannot be used at the moment.")
}

func TestFiltersHoldForWordsAndVectors(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	w.bind()
	w.ingest("in/a.md", "alpha one", "gamma two")
	w.ingest("out/b.md", "alpha three", "gamma four")
	w.embed(10)
	w.start()
	w.settle()
	for _, mode := range []space.SearchMode{space.SearchHybrid, space.SearchVector} {
		got := contents(w.search("alpha", by(mode), only("file_path", "in/")))
		if diff := gocmp.Diff(got, []string{"alpha one", "gamma two"}); diff != "" {
			t.Errorf("%s: %s", mode, diff)
		}
	}
	if got := contents(w.search("alpha", by(space.SearchLexical), only("file_path", "in/"))); !slices.Equal(got, []string{"alpha one"}) {
		t.Errorf("lexical: %q", got)
	}
	if got := w.search("alpha", only("file_path", "nowhere/")); len(got.Hits) != 0 {
		t.Errorf("a filter that nothing matches: %q", contents(got))
	}
}
