package e5

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
	"syft-space/providers/e5/kernel"
	"syft-space/providers/e5/weights"
)

// passages are 64 texts of about 190 tokens.
func passages(t testing.TB) []string {
	t.Helper()
	text, err := os.ReadFile("testdata/passages.txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSuffix(string(text), "\n"), "\n")
}

func embed(t testing.TB, e *Embedder, purpose space.EmbedPurpose, texts ...string) [][]float32 {
	t.Helper()
	vectors, err := e.Embed(t.Context(), purpose, texts)
	if err != nil {
		t.Fatal(err)
	}
	return vectors
}

func TestInfoHoldsTheModelsFacts(t *testing.T) {
	t.Parallel()
	got, err := New(weights.Data(), Options{}).Info(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(got.Centre) != 384 || len(got.Revision) != 32 {
		t.Errorf("centre of %d numbers and revision %q, want 384 and 32 digits", len(got.Centre), got.Revision)
	}
	got.Centre, got.Revision = nil, ""
	want := space.EmbedderInfo{
		ID: "builtin/multilingual-e5-small", Dimension: 384, MaxTokens: 512, Pooling: "mean, centred",
		QueryPrefix: "query: ", PassagePrefix: "passage: ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestVectorsDoNotDependOnTheirCompany(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{Threads: 2})
	texts := append(passages(t)[:9], "a", "", "Was kostet der Versand?", strings.Repeat("long ", 600))
	together := embed(t, e, space.EmbedPassage, texts...)
	slices.Reverse(texts)
	reversed := embed(t, e, space.EmbedPassage, texts...)
	for i, text := range texts {
		alone := embed(t, e, space.EmbedPassage, text)[0]
		if !slices.Equal(alone, reversed[i]) || !slices.Equal(alone, together[len(texts)-1-i]) {
			t.Errorf("the vector of %.30q differs with its company", text)
		}
	}
}

func TestVectorsHaveLengthOne(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{})
	texts := []string{"", " ", "a", "\x00\xff", "ฉันชอบกินข้าว", strings.Repeat("x", 10_000)}
	for _, purpose := range []space.EmbedPurpose{space.EmbedPassage, space.EmbedQuery} {
		for i, v := range embed(t, e, purpose, texts...) {
			if length := math.Sqrt(sumOfSquares(v)); math.Abs(length-1) > 1e-5 {
				t.Errorf("the vector of %.20q has length %v", texts[i], length)
			}
		}
	}
	if got := embed(t, e, space.EmbedPassage); len(got) != 0 {
		t.Errorf("no texts give %d vectors", len(got))
	}
}

func sumOfSquares(v []float32) (sum float64) {
	for _, x := range v {
		sum += float64(x) * float64(x)
	}
	return sum
}

func TestMeaningDecidesTheOrder(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{})
	question := embed(t, e, space.EmbedQuery, "How do I get my money back?")[0]
	answers := embed(t, e, space.EmbedPassage,
		"Refunds are paid within 14 days of the return.",
		"Die Rückerstattung erfolgt innerhalb von 14 Tagen.",
		"The printer's drum is changed from the front.")
	if cosine(question, answers[0]) < cosine(question, answers[2])+0.03 ||
		cosine(question, answers[1]) < cosine(question, answers[2])+0.03 {
		t.Errorf("cosines %.3f, %.3f and %.3f: the answers should stand out",
			cosine(question, answers[0]), cosine(question, answers[1]), cosine(question, answers[2]))
	}
}

func TestTextsBeyondTheLimitAreCut(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{})
	// "passage: " is two tokens and every " a" one, so that 508 fill the 510.
	got := embed(t, e, space.EmbedPassage, strings.Repeat("a ", 508), strings.Repeat("a ", 507), strings.Repeat("a ", 5000))
	if !slices.Equal(got[0], got[2]) {
		t.Error("tokens beyond the limit change the vector")
	}
	if slices.Equal(got[0], got[1]) {
		t.Error("tokens below the limit do not change the vector")
	}
}

func TestCountTokensLeavesOutPrefixAndSpecialTokens(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{})
	for text, want := range map[string]int{"": 0, "the": 1, "the house": 2} {
		if got := e.CountTokens(text); got != want {
			t.Errorf("CountTokens(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestQuestionsGoBeforePassages(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{Threads: 1})
	embed(t, e, space.EmbedQuery, "loads the model")
	texts := passages(t)
	done := make(chan error, 1)
	go func() {
		_, err := e.Embed(t.Context(), space.EmbedPassage, append(texts, texts...))
		done <- err
	}()
	for !e.turns.busy() {
		runtime.Gosched()
	}
	for range 5 {
		embed(t, e, space.EmbedQuery, "where is the key")
		select {
		case err := <-done:
			t.Fatalf("the passages were done before the question, with error %v", err)
		default:
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
}

func TestCancelEndsAPassSoon(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{Threads: 1, Kernel: "go"}) // slow on purpose
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		_, err := e.Embed(ctx, space.EmbedPassage, passages(t)[:2])
		done <- err
	}()
	for !e.turns.busy() {
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if e.turns.busy() {
		t.Error("the turn was not given back")
	}
}

func TestCloseEndsWhatRunsAndRefusesMore(t *testing.T) {
	t.Parallel()
	e := New(weights.Data(), Options{Threads: 1, Kernel: "go"})
	done := make(chan error, 1)
	go func() {
		_, err := e.Embed(t.Context(), space.EmbedPassage, passages(t)[:2])
		done <- err
	}()
	for !e.turns.busy() {
		time.Sleep(time.Millisecond)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if e.turns.busy() {
		t.Error("Close returned while a pass was running")
	}
	_, later := e.Embed(t.Context(), space.EmbedQuery, []string{"late"})
	for _, err := range []error{<-done, later} {
		if space.KindOf(err) != space.KindUnavailable {
			t.Errorf("error %v, want one of kind unavailable", err)
		}
	}
}

func TestDamageShowsAtTheFirstUse(t *testing.T) {
	t.Parallel()
	damaged := bytes.Clone(weights.Data())
	damaged[len(damaged)/2] ^= 1
	e := New(damaged, Options{})
	_, err := e.Embed(t.Context(), space.EmbedPassage, []string{"text"})
	if !errors.Is(err, ErrDamaged) || space.KindOf(err) != space.KindUpstream {
		t.Errorf("Embed: error %v, want one that wraps ErrDamaged", err)
	}
	if got := e.CountTokens("four"); got != 4 {
		t.Errorf("CountTokens = %d, want the 4 bytes", got)
	}
	if _, err := New(damaged[:1000], Options{}).Info(t.Context()); !errors.Is(err, ErrDamaged) {
		t.Errorf("Info: error %v, want one that wraps ErrDamaged", err)
	}
}

func TestKernelIsTheOneThatRuns(t *testing.T) {
	t.Parallel()
	for _, name := range kernel.Names() {
		if got := New(nil, Options{Kernel: name}).Kernel(); got != name {
			t.Errorf("Kernel() = %q, want %q", got, name)
		}
	}
	e := New(weights.Data(), Options{Kernel: "mmx"})
	if got := e.Kernel(); got != "" {
		t.Errorf("Kernel() = %q for a path that does not exist", got)
	}
	_, err := e.Embed(t.Context(), space.EmbedQuery, []string{"text"})
	if err == nil || !strings.Contains(err.Error(), `SYFT_E5_KERNEL is "mmx", but this processor offers `) {
		t.Errorf("error %v, want one that names the variable and its value", err)
	}
}

func TestPassesDoNotAllocateOnceWarm(t *testing.T) {
	e := New(weights.Data(), Options{})
	m, err := e.model()
	if err != nil {
		t.Fatal(err)
	}
	p := newPass(m)
	p.ids, p.ends = make([]int32, 40), []int{7, 40}
	vectors := rowsOf(2, m.shape.Hidden)
	run := func() {
		if err := p.run(vectors, func() error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	run()
	if n := testing.AllocsPerRun(3, run); n > 0 {
		t.Errorf("a pass makes %.0f allocations, want none", n)
	}
}

func TestMemoryStaysWithinItsBudget(t *testing.T) {
	const budget = 80 << 20
	before := heap()
	e := New(weights.Data(), Options{Threads: 2})
	embed(t, e, space.EmbedPassage, passages(t)[:8]...)
	if used := heap() - before; used > budget {
		t.Errorf("%d bytes in use once loaded, want at most %d", used, budget)
	}
	runtime.KeepAlive(e)
}

func heap() int64 {
	var m runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}

func BenchmarkEmbedPassages(b *testing.B) { benchmark(b, space.EmbedPassage, passages(b)) }

func BenchmarkEmbedQuery(b *testing.B) {
	benchmark(b, space.EmbedQuery, []string{"How do I restore a backup on another machine?"})
}

// benchmark embeds texts on every path, a few on the slow one. Run it with
// GOMAXPROCS=1 to measure one core.
func benchmark(b *testing.B, purpose space.EmbedPurpose, texts []string) {
	for _, name := range kernel.Names() {
		b.Run(name, func(b *testing.B) {
			texts := texts
			if name == "go" {
				texts = texts[:min(len(texts), 2)]
			}
			e := New(weights.Data(), Options{Kernel: name})
			tokens := 0
			prefix := map[space.EmbedPurpose]string{space.EmbedPassage: passagePrefix, space.EmbedQuery: queryPrefix}[purpose]
			for _, text := range texts {
				tokens += e.CountTokens(prefix+text) + 2
			}
			embed(b, e, purpose, texts[:1]...)
			for b.Loop() {
				embed(b, e, purpose, texts...)
			}
			b.ReportMetric(float64(tokens*b.N)/b.Elapsed().Seconds(), "tokens/s")
			b.ReportMetric(float64(tokens)/float64(len(texts)), "tokens/text")
		})
	}
}

func BenchmarkFirstUse(b *testing.B) {
	for b.Loop() {
		e := New(weights.Data(), Options{})
		if _, err := e.model(); err != nil {
			b.Fatal(err)
		}
	}
}
