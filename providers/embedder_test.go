package providers

import (
	"encoding/json"
	"math"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// embeds answers /v1/embeddings and /api/embed: each text becomes a vector of
// four numbers that depends on its length.
func embeds(vector func(text string) []float32) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		var req struct{ Input []string }
		_ = json.NewDecoder(r.Body).Decode(&req)
		answerVectors(w, r, req.Input, vector)
	}
}

func answerVectors(w http.ResponseWriter, r *http.Request, texts []string, vector func(string) []float32) {
	type datum struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	var data []datum
	var vectors [][]float32
	for i := len(texts) - 1; i >= 0; i-- { // OpenAI promises no order
		data = append(data, datum{i, vector(texts[i])})
	}
	for _, s := range texts {
		vectors = append(vectors, vector(s))
	}
	w.Header().Set("Content-Type", "application/json")
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
		return
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"embeddings": vectors})
}

func byLength(s string) []float32 { return []float32{float32(len(s)), 3, 0, -4} }

// inputs returns the texts of a request that serve has read.
func inputs(body map[string]any) []string {
	var out []string
	list, _ := body["input"].([]any)
	for _, v := range list {
		out = append(out, v.(string))
	}
	return out
}

// embedServer is a fake of both interfaces for an embedding model.
func embedServer(t *testing.T, answer func(f *fake, texts []string, w http.ResponseWriter, r *http.Request)) *fake {
	t.Helper()
	handlers := map[string]http.HandlerFunc{
		"/api/show": sendsJSON(200, `{"model_info":{"general.architecture":"bert","bert.context_length":512,"bert.pooling_type":2},"capabilities":["embedding"]}`),
		"/api/tags": sendsJSON(200, `{"models":[{"name":"m:latest","digest":"abc123"}]}`),
	}
	f := serve(t, handlers)
	handle := func(w http.ResponseWriter, r *http.Request) {
		asked := f.asked()
		answer(f, inputs(asked[len(asked)-1]), w, r)
	}
	handlers["/v1/embeddings"], handlers["/api/embed"] = handle, handle
	return f
}

func openEmbedder(t *testing.T, typ, base, model string, limits Limits) space.Embedder {
	t.Helper()
	if typ == "openai" {
		base += "/v1"
	}
	d := Deps{Limits: limits, CountTokens: func(s string) int { return len(s) }}
	e, err := OpenEmbedder(Embedders(d), EmbedderConfig{Type: typ, Model: model, BaseURL: base, APIKey: testKey})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func TestEmbeddersMakeUnitVectorsInOrder(t *testing.T) {
	t.Parallel()
	for _, typ := range []string{"ollama", "openai"} {
		t.Run(typ, func(t *testing.T) {
			t.Parallel()
			f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
				answerVectors(w, r, texts, byLength)
			})
			e := openEmbedder(t, typ, f.URL, "m", quick())
			texts := make([]string, 70)
			for i := range texts {
				texts[i] = strings.Repeat("x", i+1)
			}
			got, err := e.Embed(background(t), space.EmbedPassage, texts)
			if err != nil {
				t.Fatal(err)
			}
			for i, v := range got {
				norm := math.Sqrt(float64((i+1)*(i+1)) + 25)
				if len(v) != 4 || math.Abs(float64(v[0])-float64(i+1)/norm) > 1e-6 || math.Abs(float64(v[3])+4/norm) > 1e-6 {
					t.Fatalf("vector %d is %v", i, v)
				}
			}
			largest := 0
			for _, body := range f.asked() {
				largest = max(largest, len(inputs(body)))
			}
			if largest != batchTexts {
				t.Errorf("the largest request had %d texts, want %d", largest, batchTexts)
			}
		})
	}
}

func TestEmbedderInfo(t *testing.T) {
	t.Parallel()
	f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
		answerVectors(w, r, texts, byLength)
	})
	for _, tt := range []struct {
		typ, model string
		want       space.EmbedderInfo
	}{
		{"ollama", "m", space.EmbedderInfo{ID: "ollama/m", Server: f.URL, Revision: "abc123", Dimension: 4, MaxTokens: 512, Pooling: "cls"}},
		{"ollama", "mxbai-embed-large:latest", space.EmbedderInfo{ID: "ollama/mxbai-embed-large:latest", Server: f.URL, Dimension: 4, MaxTokens: 512, Pooling: "cls", QueryPrefix: bgeQuery}},
		{"openai", "nomic-ai/nomic-embed-text-v1.5", space.EmbedderInfo{ID: "openai/nomic-ai/nomic-embed-text-v1.5", Server: f.URL + "/v1", Dimension: 4, MaxTokens: 2048, QueryPrefix: "search_query: ", PassagePrefix: "search_document: "}},
		{"openai", "something", space.EmbedderInfo{ID: "openai/something", Server: f.URL + "/v1", Dimension: 4, MaxTokens: 512}},
	} {
		t.Run(tt.typ+" "+tt.model, func(t *testing.T) {
			t.Parallel()
			e := openEmbedder(t, tt.typ, f.URL, tt.model, quick())
			got, err := e.Info(background(t))
			if d := cmp.Diff(tt.want, got); d != "" || err != nil {
				t.Errorf("info (-want +got):\n%s%v", d, err)
			}
		})
	}
}

func TestEmbedderInfoIsAskedForOnce(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		answerVectors(w, r, texts, byLength)
	})
	e := openEmbedder(t, "openai", f.URL, "m", quick())
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			if _, err := e.Info(background(t)); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	if n.Load() != 1 {
		t.Errorf("asked %d times", n.Load())
	}
}

func TestAReplacedModelIsNoticed(t *testing.T) {
	t.Parallel()
	var (
		digest, size = "one", 4
		listless     bool // it fails to list its models
		away         bool
	)
	handlers := map[string]http.HandlerFunc{
		"/api/show": shows(`["embedding"]`, 512),
		"/api/tags": func(w http.ResponseWriter, r *http.Request) {
			sendsJSON(200, `{"models":[{"name":"m:latest","digest":"`+digest+`"}]}`)(w, r)
		},
	}
	f := serve(t, map[string]http.HandlerFunc{})
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case away:
			sendsJSON(503, `{}`)(w, r)
		case listless && r.URL.Path == "/api/tags":
			sendsJSON(500, `{"error":"out of memory"}`)(w, r)
		case r.URL.Path == "/api/embed":
			answerVectors(w, r, []string{"x"}, func(string) []float32 { return make1(size) })
		default:
			handlers[r.URL.Path](w, r)
		}
	})
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	types := Embedders(Deps{Limits: quick(), Clock: func() time.Time { return now }})
	steps := []struct {
		name      string
		change    func()
		revision  string
		dimension int
	}{
		{"at first", func() {}, "one", 4},
		{"soon after", func() { digest, size = "two", 5 }, "one", 4},
		{"later", func() { now = now.Add(infoFor) }, "two", 5},
		{"while the server cannot list", func() { now, listless = now.Add(infoFor), true }, "two", 5},
		{"while the server is away", func() { now, away = now.Add(infoFor), true }, "two", 5},
		{"soon after that", func() { now, away, listless, digest = now.Add(oldInfoFor-1), false, false, "three" }, "two", 5},
		{"when it is back", func() { now = now.Add(1) }, "three", 5},
	}
	for _, step := range steps {
		step.change()
		e, err := OpenEmbedder(types, EmbedderConfig{Type: "ollama", Model: "m", BaseURL: f.URL})
		if err != nil {
			t.Fatal(err)
		}
		got, err := e.Info(background(t))
		if err != nil || got.Revision != step.revision || got.Dimension != step.dimension {
			t.Errorf("%s: %+v, %v", step.name, got, err)
		}
	}
}

func TestOlderFactsAreServedWhileTheServerIsAsked(t *testing.T) {
	t.Parallel()
	var hangs atomic.Bool
	asked, answer := make(chan bool, 1), make(chan bool)
	f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
		if hangs.Load() {
			asked <- true
			<-answer
		}
		answerVectors(w, r, texts, byLength)
	})
	var late atomic.Int64
	types := Embedders(Deps{Limits: quick(), Clock: func() time.Time { return time.Unix(late.Load(), 0) }})
	e, err := OpenEmbedder(types, EmbedderConfig{Type: "openai", Model: "m", BaseURL: f.URL + "/v1"})
	if err != nil {
		t.Fatal(err)
	}
	info := func() {
		if got, err := e.Info(background(t)); err != nil || got.Dimension != 4 {
			t.Errorf("%+v, %v", got, err)
		}
	}
	info()
	hangs.Store(true)
	late.Store(int64(infoFor / time.Second))
	first := make(chan bool)
	go func() {
		defer close(first)
		info()
	}()
	<-asked
	info() // does not wait for the first
	close(answer)
	<-first
	if n := len(f.asked()); n != 2 {
		t.Errorf("asked %d times, want 2", n)
	}
}

func TestEmbedderPrefixes(t *testing.T) {
	t.Parallel()
	f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
		answerVectors(w, r, texts, byLength)
	})
	e := openEmbedder(t, "ollama", f.URL, "nomic-embed-text", quick())
	for _, purpose := range []space.EmbedPurpose{space.EmbedQuery, space.EmbedPassage} {
		if _, err := e.Embed(background(t), purpose, []string{"lamp"}); err != nil {
			t.Fatal(err)
		}
	}
	asked := f.asked()
	got := []string{inputs(asked[len(asked)-2])[0], inputs(asked[len(asked)-1])[0]}
	if d := cmp.Diff([]string{"search_query: lamp", "search_document: lamp"}, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if asked[len(asked)-1]["truncate"] != false {
		t.Error("the server may cut a text that is too long without a word")
	}
}

func TestEmbedModelOf(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]embedModel{
		"nomic-embed-text:latest":                   {"search_query: ", "search_document: ", 2048},
		"nomic-embed-text-v2-moe":                   {"search_query: ", "search_document: ", 512},
		"jeffh/intfloat-multilingual-e5-small:f16":  {"query: ", "passage: ", 512},
		"intfloat/multilingual-e5-large-instruct":   {instructQuery, "", 512},
		"BAAI/bge-m3":                               {"", "", 8192},
		"bge-large":                                 {bgeQuery, "", 512},
		"BAAI/bge-small-zh-v1.5":                    {chineseBGEQuery, "", 512},
		"mxbai-embed-large":                         {bgeQuery, "", 512},
		"snowflake-arctic-embed:335m":               {bgeQuery, "", 512},
		"snowflake-arctic-embed2":                   {"query: ", "", 8192},
		"Snowflake/snowflake-arctic-embed-l-v2.0":   {"query: ", "", 8192},
		"embeddinggemma:300m":                       {"task: search result | query: ", "title: none | text: ", 2048},
		"hf.co/Qwen/Qwen3-Embedding-0.6B-GGUF:Q8_0": {strings.TrimSuffix(instructQuery, " "), "", 32768},
		"all-minilm":                                {"", "", 256},
		"text-embedding-3-small":                    {"", "", 8191},
		"something-else":                            {},
	} {
		if got := embedModelOf(name); got != want {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestEmbeddersRefuseWhatIsNoVector(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, openai, ollama string
		words                string
	}{
		{"zero", `{"data":[{"index":0,"embedding":[0,0]}]}`, `{"embeddings":[[0,0]]}`, "no direction"},
		{"too large for a float", `{"data":[{"index":0,"embedding":[1e39,0]}]}`, `{"embeddings":[[1e39,0]]}`, ""},
		{"NaN", `{"data":[{"index":0,"embedding":[NaN,1]}]}`, `{"embeddings":[[NaN,1]]}`, "not an answer"},
		{"null", `{"data":[{"index":0,"embedding":[null,1]}]}`, `{"embeddings":null}`, ""},
		{"nothing", `{"data":[{"index":0,"embedding":null}]}`, `{"embeddings":[null]}`, ""},
		{"text", `{"data":[{"index":0,"embedding":"AACAPw=="}]}`, `{"embeddings":["AACAPw=="]}`, ""},
		{"nested", `{"data":[{"index":0,"embedding":[[1],2]}]}`, `{"embeddings":[[[1]]]}`, ""},
		{"empty", `{"data":[{"index":0,"embedding":[]}]}`, `{"embeddings":[[]]}`, "a vector of 0 numbers"},
		{"none", `{"data":[]}`, `{"embeddings":[]}`, ""},
		{"one too many", `{"data":[{"embedding":[1]},{"embedding":[1]}]}`, `{"embeddings":[[1],[1]]}`, ""},
		{"wrong index", `{"data":[{"index":7,"embedding":[1]}]}`, `{"embeddings":[[1],[2],[3]]}`, ""},
		{"error in a success", `{"error":{"message":"SECRET-BODY"}}`, `{"error":"SECRET-BODY"}`, ""},
	} {
		for typ, body := range map[string]string{"openai": tt.openai, "ollama": tt.ollama} {
			t.Run(tt.name+" from "+typ, func(t *testing.T) {
				t.Parallel()
				f := embedServer(t, func(_ *fake, _ []string, w http.ResponseWriter, r *http.Request) { sendsJSON(200, body)(w, r) })
				_, err := openEmbedder(t, typ, f.URL, "m", quick()).Embed(background(t), space.EmbedQuery, []string{"x"})
				wantFault(t, err, space.KindUpstream, tt.words)
			})
		}
	}
}

// It runs alone: it counts allocations.
func TestReadingAVectorDoesNotAllocateByItsLength(t *testing.T) {
	body := []byte(`{"data":[{"embedding":[` + strings.Repeat(" -1.5e-2 ,\n", 1000) + `0]}]}`)
	var got embeddings
	allocations := testing.AllocsPerRun(10, func() {
		got = embeddings{}
		if err := json.Unmarshal(body, &got); err != nil {
			t.Fatal(err)
		}
	})
	if v := got.Data[0].Embedding; len(v) != 1001 || v[0] != -0.015 || v[1000] != 0 || allocations > 50 {
		t.Errorf("%d components, %v allocations", len(v), allocations)
	}
}

func TestEmbedderWhoseModelWasReplaced(t *testing.T) {
	t.Parallel()
	var n atomic.Int32
	f := embedServer(t, func(_ *fake, texts []string, w http.ResponseWriter, r *http.Request) {
		size := 3 + int(n.Add(1))
		answerVectors(w, r, texts, func(string) []float32 { return make1(size) })
	})
	_, err := openEmbedder(t, "openai", f.URL, "m", quick()).Embed(background(t), space.EmbedQuery, []string{"x"})
	wantFault(t, err, space.KindUpstream, "a vector of 5 numbers where 'm' had 4")
}

func make1(n int) []float32 {
	v := make([]float32, n)
	v[0] = 1
	return v
}

func TestEmbedderCountsOnTheHighSide(t *testing.T) {
	t.Parallel()
	e := openEmbedder(t, "openai", "http://127.0.0.1:1", "m", quick())
	for text, want := range map[string]int{"": 0, "a": 2, "abcd": 5, "abcdefghij": 13} {
		if got := e.CountTokens(text); got != want {
			t.Errorf("%q: got %d, want %d", text, got, want)
		}
	}
	if got := estimateTokens("three letters make one \u65e5\u672c"); got != 8+2 {
		t.Errorf("estimate %d", got)
	}
}
