package e5_test

import (
	"bufio"
	"compress/gzip"
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/providers/e5"
	"syft-space/providers/e5/weights"
)

var openWeights = sync.OnceValues(func() (*e5.File, error) { return e5.Open(weights.Data()) })

func builtIn(t testing.TB) *e5.File {
	t.Helper()
	f, err := openWeights()
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// tokenCase is a text and its ids in the reference, see testdata/reference.py.
type tokenCase struct {
	text string
	ids  []int32
}

func tokenCases(t testing.TB) []tokenCase {
	t.Helper()
	file, err := os.Open("testdata/tokens.jsonl.gz")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	unzipped, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	var cases []tokenCase
	lines := bufio.NewScanner(unzipped)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		var c tokenCase
		if err := json.Unmarshal(lines.Bytes(), &[]any{&c.text, &c.ids}); err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	if err := lines.Err(); err != nil {
		t.Fatal(err)
	}
	return cases
}

func encode(t *e5.Tokenizer, text string) []int32 { return t.Encode(nil, text, math.MaxInt) }

func TestIdsEqualTheReference(t *testing.T) {
	t.Parallel()
	tokenizer, cases := e5.NewTokenizer(builtIn(t)), tokenCases(t)
	if len(cases) < 2000 {
		t.Fatalf("the fixture holds %d texts where 2,000 are expected", len(cases))
	}
	for _, c := range cases {
		got := encode(tokenizer, c.text)
		if diff := cmp.Diff(c.ids, append([]int32{}, got...)); diff != "" {
			t.Errorf("%.80q of %d bytes (-want +got):\n%.1000s", c.text, len(c.text), diff)
		}
		if n := tokenizer.Count(c.text); n != len(c.ids) {
			t.Errorf("%.80q counts %d tokens where %d are expected", c.text, n, len(c.ids))
		}
	}
}

func TestSmallestTexts(t *testing.T) {
	t.Parallel()
	tokenizer := e5.NewTokenizer(builtIn(t))
	for text, want := range map[string][]int32{
		"":            nil,
		" \t\n":       nil,
		"Hello world": {35378, 8999},
		"query: ":     {41, 1294, 12},
		"<s>":         {4426, 7, 2740},
		"\U00010000":  {6, 3},
		"\xff":        encode(tokenizer, "\U00010000"), // no byte of it is text
		"a\xffb\xfe":  {10, 3, 275, 3},
	} {
		if diff := cmp.Diff(want, encode(tokenizer, text)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", text, diff)
		}
	}
}

func TestEncodeStopsAtItsLimit(t *testing.T) {
	t.Parallel()
	tokenizer := e5.NewTokenizer(builtIn(t))
	long := strings.Repeat("internationalization", 5000)
	for _, text := range []string{"one two three four five", long, long + " " + long} {
		whole := encode(tokenizer, text)
		for _, limit := range []int{-1, 0, 1, 3, 510, len(whole), len(whole) + 1} {
			kept := []int32{7, 8}
			got := tokenizer.Encode(kept, text, limit)
			want := append([]int32{7, 8}, whole[:max(0, min(limit, len(whole)))]...)
			if !slices.Equal(got, want) {
				t.Errorf("%.20q with limit %d: %d ids where %d are expected, or others", text, limit, len(got), len(want))
			}
		}
	}
}

// A prefix may be encoded apart from its text, because no piece goes beyond a
// space.
func TestWordsAreCutByThemselves(t *testing.T) {
	t.Parallel()
	tokenizer := e5.NewTokenizer(builtIn(t))
	for _, c := range tokenCases(t) {
		want := append(encode(tokenizer, "passage: "), c.ids...)
		if got := encode(tokenizer, "passage: "+c.text); !slices.Equal(got, want) {
			t.Errorf("%.80q is cut otherwise after a prefix", c.text)
		}
	}
}

// The bound leaves room for the race detector, under which a pool forgets.
func TestNothingIsAllocatedPerToken(t *testing.T) {
	tokenizer := e5.NewTokenizer(builtIn(t))
	text := strings.Repeat("The warranty lasts 24 months. \u4fdd\u4fee\u671f\u4e3a24\u4e2a\u6708\u3002 Cafe\u0301 ", 50)
	ids := encode(tokenizer, text)
	if n := testing.AllocsPerRun(50, func() { ids = tokenizer.Encode(ids[:0], text, math.MaxInt) }); n > 10 {
		t.Errorf("Encode allocates %v times for %d tokens", n, len(ids))
	}
	if n := testing.AllocsPerRun(50, func() { tokenizer.Count(text) }); n > 10 {
		t.Errorf("Count allocates %v times for %d tokens", n, len(ids))
	}
}

// The ways through such words never meet, so they cannot wait for it.
func TestEndlessRepetitionTakesBoundedMemory(t *testing.T) {
	tokenizer := e5.NewTokenizer(builtIn(t))
	for _, sign := range []string{"=", "a"} {
		short, long := strings.Repeat(sign, 10_000), strings.Repeat(sign, 400_000)
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		n := tokenizer.Count(long)
		runtime.ReadMemStats(&after)
		if grown := (after.TotalAlloc - before.TotalAlloc) >> 20; grown > 20 {
			t.Errorf("400,000 times %q takes %d MB", sign, grown)
		}
		if want := 40 * tokenizer.Count(short); n < want*99/100 || n > want*101/100 {
			t.Errorf("400,000 times %q has %d tokens where about %d are expected", sign, n, want)
		}
	}
}

func TestEncodeIsSafeForConcurrentUse(t *testing.T) {
	t.Parallel()
	tokenizer, cases := e5.NewTokenizer(builtIn(t)), tokenCases(t)[:400]
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for _, i := range rand.Perm(len(cases)) {
				if !slices.Equal(encode(tokenizer, cases[i].text), cases[i].ids) {
					t.Errorf("%.80q is cut otherwise by several goroutines", cases[i].text)
				}
			}
		})
	}
	wait.Wait()
}

func FuzzEncode(f *testing.F) {
	for _, text := range []string{"", "a b", "\xff\xfe", "e\u0301\u0302", "\u2581\u2581 x", "\ufdfa", "\u200d\U0001F600", strings.Repeat("\u0e01", 3000)} {
		f.Add(text)
	}
	tokenizer := e5.NewTokenizer(builtIn(f))
	shape := builtIn(f).Shape()
	f.Fuzz(func(t *testing.T, text string) {
		ids := encode(tokenizer, text)
		for _, id := range ids {
			if id <= shape.EOS || id >= int32(shape.Vocabulary)-1 {
				t.Fatalf("%q yields the id %d of a special token", text, id)
			}
		}
		if n := tokenizer.Count(text); n != len(ids) {
			t.Fatalf("%q counts %d tokens where %d are encoded", text, n, len(ids))
		}
		// Words stand by themselves; so twice the text is twice the ids.
		if got := encode(tokenizer, text+" "+text); !slices.Equal(got, append(ids, ids...)) {
			t.Fatalf("%q twice is not its ids twice", text)
		}
	})
}

func BenchmarkEncode(b *testing.B) {
	tokenizer := e5.NewTokenizer(builtIn(b))
	prose, err := os.ReadFile("testdata/languages.txt")
	if err != nil {
		b.Fatal(err)
	}
	for name, text := range map[string]string{
		"english":   strings.Repeat("All human beings are born free and equal in dignity and rights. ", 100),
		"languages": string(prose),
		"long_word": strings.Repeat("internationalization", 500),
		"unknown":   strings.Repeat("\U00012000", 10000),
		"repeated":  strings.Repeat("=", 1<<20),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			var ids []int32
			for b.Loop() {
				ids = tokenizer.Encode(ids[:0], text, math.MaxInt)
			}
			b.ReportMetric(float64(len(ids)*b.N)/b.Elapsed().Seconds(), "tokens/s")
		})
	}
}
