package bm25_test

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"

	"syft-space/app/text"
	"syft-space/vectorstore/bm25"
)

// reference is BM25 as the formula says it, over plain maps.
type reference map[int64]map[uint32]int

func (r reference) put(row int64, s string) {
	counts := map[uint32]int{}
	for _, t := range text.Terms(s) {
		counts[text.Hash(t)]++
	}
	r[row] = counts
}

func (r reference) search(question string, k int, rows []int64) []bm25.Hit {
	total, df := 0, map[uint32]int{}
	length := func(counts map[uint32]int) (n int) {
		for _, c := range counts {
			n += c
		}
		return n
	}
	for _, counts := range r {
		total += length(counts)
		for h := range counts {
			df[h]++
		}
	}
	average := float64(total) / float64(len(r))
	terms := map[uint32]float64{}
	mass := 0.0
	for _, h := range hashes(question) {
		if _, again := terms[h]; !again {
			n := float64(df[h])
			terms[h] = math.Log(1 + (float64(len(r))-n+0.5)/(n+0.5))
			mass += terms[h]
		}
	}
	var hits []bm25.Hit
	for row, counts := range r {
		if rows != nil && !slices.Contains(rows, row) {
			continue
		}
		score, held := 0.0, 0.0
		for h, idf := range terms {
			if tf := float64(min(counts[h], 255)); tf > 0 {
				score += idf * tf * (bm25.K1 + 1) / (tf + bm25.K1*(1-bm25.B+bm25.B*float64(length(counts))/average))
				held += idf
			}
		}
		if score > 0 {
			hits = append(hits, bm25.Hit{Row: row, Score: float32(score), Share: float32(held / mass)})
		}
	}
	slices.SortFunc(hits, func(a, b bm25.Hit) int {
		return cmp.Or(cmp.Compare(b.Score, a.Score), cmp.Compare(a.Row, b.Row))
	})
	return hits[:min(k, len(hits))]
}

func hashes(s string) []uint32 { return new(text.Analyzer).AppendHashes(nil, s) }

func put(t testing.TB, ix *bm25.Index, row int64, s string) {
	t.Helper()
	if err := ix.Put(row, new(text.Analyzer).Encode(nil, s)); err != nil {
		t.Fatalf("Put(%d): %v", row, err)
	}
}

// compare checks scores in order and, where scores differ enough to be told
// apart, the rows.
func compare(t *testing.T, question string, got, want []bm25.Hit) {
	t.Helper()
	if len(got) != len(want) {
		t.Fatalf("%q: %d hits, want %d", question, len(got), len(want))
	}
	near := func(a, b float32) bool { return math.Abs(float64(a-b)) <= 1e-4*math.Abs(float64(b))+1e-6 }
	for i := range got {
		if !near(got[i].Score, want[i].Score) {
			t.Fatalf("%q: hit %d scores %v, want %v", question, i, got[i], want[i])
		}
		j := slices.IndexFunc(want, func(h bm25.Hit) bool { return h.Row == got[i].Row })
		if j < 0 {
			if !near(got[i].Score, want[len(want)-1].Score) {
				t.Fatalf("%q: row %d should not be among the hits", question, got[i].Row)
			}
			continue
		}
		if !near(got[i].Score, want[j].Score) || !near(got[i].Share, want[j].Share) {
			t.Fatalf("%q: row %d is %v, want %v", question, got[i].Row, got[i], want[j])
		}
	}
}

func TestSearchFollowsTheFormulaThroughAddsAndDeletes(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	words := vocabulary(rng, 300)
	ix, ref := bm25.New(), reference{}
	next := int64(1)
	for round := range 60 {
		for range rng.IntN(40) {
			row := next
			switch rng.IntN(8) {
			case 0: // again, perhaps one that is gone
				row = 1 + rng.Int64N(next)
			case 1: // out of order
				row = next + 5
			}
			next = max(next, row) + 1
			s := sentence(rng, words, 1+rng.IntN(30))
			put(t, ix, row, s)
			ref.put(row, s)
		}
		for range rng.IntN(20) {
			row := 1 + rng.Int64N(next)
			ix.Delete(row)
			delete(ref, row)
		}
		ix.Commit()
		if len(ref) == 0 {
			continue
		}
		var rows []int64
		if round%3 == 0 {
			rows = []int64{}
			for row := range ref {
				if row%3 == 0 {
					rows = append(rows, row)
				}
			}
			slices.Sort(rows)
		}
		for range 5 {
			q := sentence(rng, words, 1+rng.IntN(6)) + " nowhere"
			found := ix.Search(hashes(q), 20, rows)
			compare(t, q, found, ref.search(q, 20, rows))
			asked := []int64{-1}
			for _, h := range found {
				asked = append(asked, h.Row)
			}
			scored := ix.Score(hashes(q), asked)
			if scored[0].Score != 0 || !slices.Equal(scored[1:], found) {
				t.Fatalf("Score says %v of %v", scored, found)
			}
		}
		if got := ix.Stats().Passages; got != len(ref) {
			t.Fatalf("round %d: %d passages, want %d", round, got, len(ref))
		}
	}
}

func TestSearchFollowsTheFormulaAcrossFullSegments(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("builds 70,000 passages")
	}
	rng := rand.New(rand.NewPCG(3, 4))
	words := vocabulary(rng, 5000)
	ix, ref := bm25.New(), reference{}
	for row := int64(1); row <= 70_000; row++ {
		s := sentence(rng, words, 2+rng.IntN(8))
		put(t, ix, row, s)
		ref.put(row, s)
	}
	for row := int64(1); row <= 70_000; row += 5 {
		ix.Delete(row)
		delete(ref, row)
	}
	ix.Commit()
	for _, thenGone := range []int64{2, 3} { // with many and with few deletions in a segment
		for range 5 {
			q := sentence(rng, words, 1+rng.IntN(8))
			compare(t, q, ix.Search(hashes(q), 100, nil), ref.search(q, 100, nil))
		}
		for row := int64(1); row <= 70_000; row += 7 {
			if row%5 != 1 && thenGone == 2 {
				ix.Delete(row)
				delete(ref, row)
			}
		}
		ix.Commit() // rewrites the segments
		ix.Delete(thenGone + 1)
		delete(ref, thenGone+1)
		ix.Commit()
	}
}

func TestUncommittedChangesAreNotSeen(t *testing.T) {
	t.Parallel()
	ix := bm25.New()
	put(t, ix, 1, "visible words")
	ix.Commit()
	put(t, ix, 2, "hidden words")
	ix.Delete(1)
	if got := ix.Search(hashes("words"), 10, nil); len(got) != 1 || got[0].Row != 1 {
		t.Errorf("before Commit: %v", got)
	}
	ix.Commit()
	if got := ix.Search(hashes("words"), 10, nil); len(got) != 1 || got[0].Row != 2 {
		t.Errorf("after Commit: %v", got)
	}
}

func TestLastChangeOfARowWins(t *testing.T) {
	t.Parallel()
	ix := bm25.New()
	put(t, ix, 7, "alpha")
	put(t, ix, 7, "beta")
	ix.Delete(8)
	put(t, ix, 8, "alpha gamma")
	put(t, ix, 9, "alpha")
	ix.Delete(9)
	ix.Commit()
	if got := ix.Search(hashes("alpha"), 10, nil); len(got) != 1 || got[0].Row != 8 {
		t.Errorf("alpha: %v", got)
	}
	if got := ix.Search(hashes("beta"), 10, nil); len(got) != 1 || got[0].Row != 7 {
		t.Errorf("beta: %v", got)
	}
}

func TestEqualScoresComeInTheOrderOfRows(t *testing.T) {
	t.Parallel()
	ix := bm25.New()
	for _, row := range []int64{9, 3, 7, 1, 5, 8, 2} {
		put(t, ix, row, "same words")
		ix.Commit()
	}
	var rows []int64
	for _, h := range ix.Search(hashes("words"), 4, nil) {
		rows = append(rows, h.Row)
	}
	if want := []int64{1, 2, 3, 5}; !slices.Equal(rows, want) {
		t.Errorf("rows %v, want %v", rows, want)
	}
}

func TestOddQuestionsAreFine(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(5, 6))
	words := vocabulary(rng, 2000)
	ix := bm25.New()
	if got := ix.Search(hashes("anything"), 10, nil); got != nil {
		t.Errorf("empty index: %v", got)
	}
	for row := range int64(500) {
		put(t, ix, row, sentence(rng, words, 20)+" the and of")
	}
	put(t, ix, 1000, "") // a passage without a term
	ix.Commit()
	for name, q := range map[string]string{"nothing": "", "one emoji": "🙂", "punctuation": "?!,.;:"} {
		if got := ix.Search(hashes(q), 10, nil); len(got) != 0 {
			t.Errorf("%s: %v", name, got)
		}
	}
	if got := ix.Search(hashes("the of and"), 10, nil); len(got) != 10 {
		t.Errorf("only stop words: %d hits", len(got))
	}
	long := strings.Repeat(sentence(rng, words, 100)+" ", 200)[:100_000]
	if got := ix.Search(hashes(long), 10, nil); len(got) != 10 {
		t.Errorf("a long question: %d hits", len(got))
	}
	unknown := sentence(rng, vocabulary(rng, 3000), 3000)
	if got := ix.Search(hashes(unknown+" the"), 10, nil); len(got) != 10 || got[0].Share <= 0 || got[0].Share > 0.05 {
		t.Errorf("unknown words crowd out the known one: %v", got)
	}
	if got := ix.Search(hashes("the"), 10, []int64{}); len(got) != 0 {
		t.Errorf("a filter that nothing matches: %v", got)
	}
	if err := ix.Put(1, []byte{9}); err == nil {
		t.Error("Put accepted a broken blob")
	}
}

func TestSearchesGoOnWhileTheIndexChanges(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 8))
	words := vocabulary(rng, 100)
	ix := bm25.New()
	put(t, ix, 0, "steady")
	ix.Commit()
	done := make(chan struct{})
	var readers sync.WaitGroup
	for range 3 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if got := ix.Search(hashes("steady"), 5, nil); len(got) != 1 || got[0].Row != 0 {
					t.Errorf("during changes: %v", got)
					return
				}
			}
		})
	}
	for row := int64(1); row < 2000; row++ {
		put(t, ix, row, sentence(rng, words, 10))
		ix.Delete(row / 2)
		if row/2 == 0 {
			put(t, ix, 0, "steady")
		}
		if row%10 == 0 {
			ix.Commit()
		}
	}
	close(done)
	readers.Wait()
}
