package weaviate

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// What the fake answers was written by Weaviate 1.35.2.
const (
	plainSchema = `{"class":"Plain","multiTenancyConfig":{"enabled":false},"properties":[
		{"dataType":["text"],"indexSearchable":true,"name":"title","tokenization":"word"},{"dataType":["text"],"name":"content"},
		{"dataType":["int"],"name":"year"},{"dataType":["number"],"name":"price"},{"dataType":["boolean"],"name":"open"},
		{"dataType":["date"],"name":"when"},{"dataType":["text[]"],"name":"tags"},{"dataType":["Author"],"name":"writtenBy"}],
		"vectorIndexConfig":{"distance":"cosine"},"vectorIndexType":"hnsw","vectorizer":"none"}`
	smartSchema = `{"class":"Smart","moduleConfig":{"text2vec-openai":{"model":"m"}},"properties":[
		{"dataType":["text"],"name":"body"},{"dataType":["text"],"name":"source"}],"vectorIndexConfig":{"distance":"cosine"},"vectorizer":"text2vec-openai"}`
	namedSchema = `{"class":"Named","properties":[{"dataType":["text"],"name":"text"}],"vectorConfig":{
		"a":{"vectorIndexConfig":{"distance":"cosine"},"vectorizer":{"none":{}}},
		"b":{"vectorIndexConfig":{"distance":"l2-squared"},"vectorizer":{"text2vec-openai":{"model":"m"}}}}}`
	oneID      = "83c026b6-e443-46fb-81d6-da7d4e332995"
	twoID      = "ebff88ee-9990-4198-8899-2e72795e6679"
	wordsFound = `{"data":{"Get":{"%s":[{"_additional":{"id":"` + oneID + `","score":"1.5"},"content":"lamps","body":"lamps","text":"lamps","year":2021,"title":null,"tags":["x","y"]},
		{"_additional":{"id":"` + twoID + `","score":"0.5"},"content":"roses","body":"roses","text":"roses","year":2022}]}}}`
	nearFound = `{"data":{"Get":{"%s":[{"_additional":{"distance":0.2,"id":"` + oneID + `"},"body":"lamps","text":"lamps","source":"a.md"},
		{"_additional":{"distance":1.2,"id":"` + twoID + `"},"body":"roses","text":"roses"}]}}}`
	hybridFound = `{"data":{"Get":{"%s":[{"_additional":{"explainScore":"\nHybrid (Result Set keyword,bm25) Document ` + oneID + `: original score 0.38313642, normalized score: 0.25 - \nHybrid (Result Set vector,hybridVector) Document ` + oneID + `: original score 0.8, normalized score: 0.75","id":"` + oneID + `","score":"1"},"body":"lamps","text":"lamps"},
		{"_additional":{"explainScore":"\nHybrid (Result Set vector,hybridVector) Document ` + twoID + `: original score -0.2, normalized score: 0.0014805971","id":"` + twoID + `","score":"0.0014805971"},"body":"roses"}]}}}`
	noneFound = `{"data":{"Get":{"%s":[]}}}`
	refusal   = `{"data":{"Get":{"X":null}},"errors":[{"locations":[{"column":6,"line":1}],"message":%q,"path":["Get","X"]}]}`
)

// server is a fake at the far end of real HTTP.
type server struct {
	*httptest.Server
	mu      sync.Mutex
	queries []string
	headers http.Header
	graphQL func(query string) string // where it is not nil and returns something, the answer
}

func serve(t *testing.T) *server {
	t.Helper()
	f := &server{}
	mux := http.NewServeMux()
	for name, schema := range map[string]string{"Plain": plainSchema, "Smart": smartSchema, "Named": namedSchema} {
		mux.HandleFunc("GET /v1/schema/"+name, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, schema) })
	}
	mux.HandleFunc("GET /v1/meta", func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, `{"version":"1.35.2"}`) })
	mux.HandleFunc("GET /v1/objects/Plain/"+oneID, func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, `{"class":"Plain","creationTimeUnix":1795731124057,"id":"`+oneID+`","properties":{"content":"lamps","year":2021}}`)
	})
	mux.HandleFunc("POST /v1/graphql", f.search)
	f.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		f.mu.Lock()
		f.headers = r.Header.Clone()
		f.mu.Unlock()
		if r.Header.Get("Authorization") == "Bearer wrong-key-0123456" {
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = io.WriteString(w, `{"code":401,"message":"unauthorized: invalid api key wrong-key-0123456"}`)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(f.Close)
	return f
}

func (f *server) search(w http.ResponseWriter, r *http.Request) {
	var req struct{ Query string }
	_ = json.NewDecoder(r.Body).Decode(&req)
	f.mu.Lock()
	f.queries = append(f.queries, req.Query)
	own := f.graphQL
	f.mu.Unlock()
	answer := ""
	if own != nil {
		answer = own(req.Query)
	}
	if answer == "" {
		class := strings.TrimPrefix(req.Query[:strings.Index(req.Query, "(")], "{Get{")
		shape := wordsFound
		if strings.Contains(req.Query, "nearText:") {
			shape = nearFound
		} else if strings.Contains(req.Query, "hybrid:") {
			shape = hybridFound
		}
		answer = fmt.Sprintf(shape, class)
	}
	_, _ = io.WriteString(w, answer)
}

// last returns the last query.
func (f *server) last() string {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.queries) == 0 {
		return ""
	}
	return f.queries[len(f.queries)-1]
}

func (f *server) config(collection string) *Config {
	return &Config{HTTPURL: f.URL, Collection: collection, APIKey: "right-key-0123456", Headers: map[string]space.Secret{"X-OpenAI-Api-Key": "sk-vectoriser-0123"}}
}

func newType() *Type { return New(space.SystemClock) }

func find(t *testing.T, c *Config, req space.SearchRequest) (space.SearchResult, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if req.Limit == 0 {
		req.Limit = 5
	}
	return newType().Search(ctx, space.RootTenant, space.Dataset{}, c, req)
}

func TestSearchesByWordsVectorsAndBoth(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for name, c := range map[string]struct {
		collection string
		mode       space.SearchMode
		asks       string
		similar    []float64
		notes      int
	}{
		"words":                       {"Plain", space.SearchLexical, `bm25:{query:"a \"lamp\""}`, []float64{1, 0.5 + 0.5/3}, 0},
		"vectors":                     {"Smart", space.SearchVector, `nearText:{concepts:["a \"lamp\""]}`, []float64{0.9, 0.4}, 0},
		"both":                        {"Smart", space.SearchHybrid, `hybrid:{query:"a \"lamp\""}`, []float64{0.9, 0.4}, 0},
		"a named vector":              {"Named", space.SearchVector, `targetVectors:["b"]`, []float64{1 / 1.2, 1 / 2.2}, 0},
		"both without a vectoriser":   {"Plain", space.SearchHybrid, "bm25:", []float64{1, 0.5 + 0.5/3}, 1},
		"vector without a vectoriser": {"Plain", space.SearchVector, "bm25:", []float64{1, 0.5 + 0.5/3}, 1},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := find(t, f.config(c.collection), space.SearchRequest{Query: `a "lamp"`, Mode: c.mode})
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(f.last(), c.asks) || !strings.Contains(f.last(), "limit:5") {
				t.Errorf("the query is %s, without %s", f.last(), c.asks)
			}
			var similar []float64
			for _, h := range got.Hits {
				similar = append(similar, h.Similarity)
			}
			close := cmp.Comparer(func(a, b float64) bool { return a-b < 1e-9 && b-a < 1e-9 })
			if diff := cmp.Diff(c.similar, similar, close); diff != "" {
				t.Errorf("similarities (-want +got):\n%s", diff)
			}
			if got.Engine != "weaviate" || got.Notes == nil || len(got.Notes) != c.notes {
				t.Errorf("engine %q, notes %q", got.Engine, got.Notes)
			}
			if h := got.Hits[0]; h.ID != oneID+"_0" || h.Content != "lamps" || h.Metadata["doc_id"] != oneID || h.Metadata["rank"] != 1 {
				t.Errorf("the first hit is %+v", h)
			}
		})
	}
	if f.headers.Get("Authorization") != "Bearer right-key-0123456" || f.headers.Get("X-Openai-Api-Key") != "sk-vectoriser-0123" {
		t.Errorf("the headers were %v", f.headers)
	}
}

func TestMetadataAreTheSimpleProperties(t *testing.T) {
	t.Parallel()
	f := serve(t)
	got, err := find(t, f.config("Plain"), space.SearchRequest{Query: "x", Mode: space.SearchLexical, Threshold: 0.9})
	if err != nil || len(got.Hits) != 1 {
		t.Fatalf("%v, %d hits above the threshold", err, len(got.Hits))
	}
	score := 1.5
	want := map[string]any{
		"doc_id": oneID, "year": 2021.0, "tags": []any{"x", "y"}, "rank": 1, "similarity": "words", "scores": space.Scores{Lexical: &score, Fused: 1.5},
	}
	if diff := cmp.Diff(want, got.Hits[0].Metadata); diff != "" {
		t.Errorf("metadata (-want +got):\n%s", diff)
	}
	if strings.Contains(f.last(), "writtenBy") {
		t.Errorf("the query asks for a reference: %s", f.last())
	}
}

func TestFiltersBecomeConditions(t *testing.T) {
	t.Parallel()
	f := serve(t)
	for name, c := range map[string]struct {
		filters []space.Filter
		asks    string // of the query
		says    string // of the refusal
	}{
		"a range":           {[]space.Filter{{Key: "year", GTE: 2020.0, LT: 2022.0}}, `where:{operator:And,operands:[{path:["year"],operator:GreaterThanEqual,valueInt:2020},{path:["year"],operator:LessThan,valueInt:2022}]}`, ""},
		"a text":            {[]space.Filter{{Key: "title", Equal: "a \"b\""}}, `where:{path:["title"],operator:Equal,valueText:"a \"b\""}`, ""},
		"an element":        {[]space.Filter{{Key: "tags", Equal: "x"}}, `{path:["tags"],operator:Equal,valueText:"x"}`, ""},
		"a prefix":          {[]space.Filter{{Key: "title", Prefix: "ab"}}, `{path:["title"],operator:Like,valueText:"ab*"}`, ""},
		"truth":             {[]space.Filter{{Key: "open", Equal: true}}, `{path:["open"],operator:Equal,valueBoolean:true}`, ""},
		"a day":             {[]space.Filter{{Key: "when", GT: "2026-01-31"}}, `{path:["when"],operator:GreaterThan,valueDate:"2026-01-31T00:00:00Z"}`, ""},
		"a document":        {[]space.Filter{{Key: "doc_id", Equal: oneID}}, `{path:["id"],operator:Equal,valueText:"` + oneID + `"}`, ""},
		"wildcards":         {[]space.Filter{{Key: "title", Prefix: "a*b"}}, "", "wildcards"},
		"a range of texts":  {[]space.Filter{{Key: "title", GTE: "a"}}, "", "equality"},
		"a prefix of years": {[]space.Filter{{Key: "year", Prefix: "20"}}, "", "text"},
		"half a year":       {[]space.Filter{{Key: "year", Equal: 2020.5}}, "", "valid int"},
		"nothing known":     {[]space.Filter{{Key: "file_type", Equal: ".pdf"}}, "", "no property"},
		"a reference":       {[]space.Filter{{Key: "writtenBy", Equal: "x"}}, "", "no property"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := find(t, f.config("Plain"), space.SearchRequest{Query: "x", Mode: space.SearchLexical, Filters: c.filters})
			if c.says == "" {
				if err != nil || !strings.Contains(f.last(), c.asks) {
					t.Errorf("%v; the query is %s, without %s", err, f.last(), c.asks)
				}
				return
			}
			var e *space.Error
			if !errors.As(err, &e) || e.Kind != space.KindValidation || !strings.Contains(e.Fields[0].Msg, c.says) ||
				!cmp.Equal(e.Fields[0].Loc, []any{"body", "extras", "filters", c.filters[0].Key}) {
				t.Errorf("got %v, want %q", err, c.says)
			}
		})
	}
	config := f.config("Plain")
	config.Filters = map[string]any{"open": true}
	if _, err := find(t, config, space.SearchRequest{Query: "x", Mode: space.SearchLexical, Filters: []space.Filter{{Key: "year", Equal: 2020.0}}}); err != nil ||
		!strings.Contains(f.last(), `where:{operator:And,operands:[{path:["open"],operator:Equal,valueBoolean:true},{path:["year"]`) {
		t.Errorf("%v; the configured filter is not in %s", err, f.last())
	}
}

func TestWhatTheServerRefusesIsWorded(t *testing.T) {
	t.Parallel()
	const keyless = "remote client vectorize: API Key: no api key found neither in request header: X-Openai-Api-Key nor in environment variable under OPENAI_APIKEY"
	for name, c := range map[string]struct {
		message string
		mode    space.SearchMode
		note    string
		says    string
	}{
		"vectoriser without a key":         {keyless, space.SearchHybrid, "could not make a vector", ""},
		"vectoriser without a key, vector": {keyless, space.SearchVector, "", "may need a key"},
		"no vectoriser after all":          {"VectorFromInput was called without vectorizer on class Smart for input lamp", space.SearchVector, "no vectoriser", ""},
		"no module at all":                 {`Unknown argument "nearText" on field "Smart" of type "GetObjectsObj".`, space.SearchVector, "no vectoriser", ""},
		"a collection that went":           {`Cannot query field "Smart" on type "GetObjectsObj".`, space.SearchHybrid, "", "gone or has changed"},
		"a property that went":             {`Cannot query field "body" on type "Smart". Did you mean "bodies"?`, space.SearchHybrid, "", "gone or has changed"},
		"anything else":                    {"explorer: get class: something with sk-vectoriser-0123", space.SearchHybrid, "", "did not accept"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := serve(t)
			f.graphQL = func(query string) string {
				if strings.Contains(query, "bm25:") {
					return ""
				}
				return fmt.Sprintf(refusal, c.message)
			}
			got, err := find(t, f.config("Smart"), space.SearchRequest{Query: "lamp", Mode: c.mode})
			switch {
			case c.note != "" && (err != nil || len(got.Notes) != 1 || !strings.Contains(got.Notes[0], c.note) || len(got.Hits) != 2):
				t.Errorf("%v, %+v", err, got)
			case c.says != "" && (space.KindOf(err) != space.KindUpstream || !strings.Contains(err.Error(), c.says)):
				t.Errorf("got %v, want %q", err, c.says)
			case err != nil && strings.Contains(err.Error(), "sk-vectoriser"):
				t.Errorf("the error gives a secret away: %v", err)
			}
		})
	}
}

func TestNothingFoundIsNoError(t *testing.T) {
	t.Parallel()
	f := serve(t)
	f.graphQL = func(string) string { return fmt.Sprintf(noneFound, "Plain") }
	if got, err := find(t, f.config("Plain"), space.SearchRequest{Query: "x"}); err != nil || got.Hits == nil || len(got.Hits) != 0 {
		t.Errorf("%v, %+v", err, got)
	}
}

func TestCheckNamesTheField(t *testing.T) {
	t.Parallel()
	f := serve(t)
	stranger := httptest.NewServer(http.NotFoundHandler())
	t.Cleanup(stranger.Close)
	page := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "<html>") }))
	t.Cleanup(page.Close)
	away := httptest.NewServer(http.RedirectHandler("http://elsewhere.invalid/", http.StatusFound))
	t.Cleanup(away.Close)
	busy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusServiceUnavailable) }))
	t.Cleanup(busy.Close)
	for name, c := range map[string]struct {
		change      func(*Config)
		field, says string
	}{
		"all well":             {func(*Config) {}, "", ""},
		"no collection":        {func(c *Config) { c.Collection = "Nope" }, "collection_name", "no collection 'Nope'"},
		"nobody there":         {func(c *Config) { c.HTTPURL = "http://127.0.0.1:1" }, "http_url", "not reachable"},
		"another server":       {func(c *Config) { c.HTTPURL = stranger.URL }, "http_url", "not a Weaviate"},
		"a page":               {func(c *Config) { c.HTTPURL = page.URL }, "http_url", "not a Weaviate"},
		"sent on":              {func(c *Config) { c.HTTPURL = away.URL }, "http_url", "another address"},
		"not ready":            {func(c *Config) { c.HTTPURL = busy.URL }, "http_url", "not ready"},
		"a wrong key":          {func(c *Config) { c.APIKey = "wrong-key-0123456" }, "api_key", "refused the API key"},
		"no such content":      {func(c *Config) { c.ContentProperty = "year" }, "content_property", "'year'"},
		"no such metadata":     {func(c *Config) { c.MetadataProperties = []string{"writtenBy"} }, "metadata_properties", "'writtenBy'"},
		"a filter on nothing":  {func(c *Config) { c.Filters = map[string]any{"nope": "x"} }, "filters", "nope"},
		"a filter on the year": {func(c *Config) { c.Filters = map[string]any{"year": map[string]any{"gte": 2020.0}} }, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			config := f.config("Plain")
			c.change(config)
			err := newType().Check(t.Context(), config)
			if c.field == "" {
				if err != nil {
					t.Error(err)
				}
				return
			}
			var e *space.Error
			if !errors.As(err, &e) || e.Kind != space.KindInvalid || !strings.Contains(e.Detail, c.says) ||
				!cmp.Equal(e.Fields[0].Loc, []any{"body", "configuration", c.field}) {
				t.Errorf("got %#v, want %q at %s", err, c.says, c.field)
			} else if strings.Contains(e.Error(), "wrong-key") {
				t.Errorf("the error gives the key away: %v", e)
			}
		})
	}
}

func TestASearchOfAServerThatIsAwayCanBeTriedAgain(t *testing.T) {
	t.Parallel()
	_, err := find(t, &Config{HTTPURL: "http://127.0.0.1:1", Collection: "Plain"}, space.SearchRequest{Query: "x"})
	var e *space.Error
	if !errors.As(err, &e) || e.Kind != space.KindUnavailable || e.RetryAfter <= 0 || strings.Contains(e.Detail, "127.0.0.1") {
		t.Errorf("got %v", err)
	}
}

func TestConfigurationsAreValidated(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		config Config
		want   []any
	}{
		"no host":             {Config{HTTPURL: "localhost:8080", Collection: "A"}, []any{"http_url"}},
		"a password":          {Config{HTTPURL: "http://a:b@c", Collection: "A"}, []any{"http_url"}},
		"a query in the name": {Config{HTTPURL: "http://c", Collection: "A{b}"}, []any{"collection_name"}},
		"a query in content":  {Config{HTTPURL: "http://c", Collection: "A", ContentProperty: "b}"}, []any{"content_property"}},
		"a query in metadata": {Config{HTTPURL: "http://c", Collection: "A", MetadataProperties: []string{"b", "c d"}}, []any{"metadata_properties", 1}},
		"our own header":      {Config{HTTPURL: "http://c", Collection: "A", Headers: map[string]space.Secret{"authorization": "x"}}, []any{"headers", "authorization"}},
		"a line break":        {Config{HTTPURL: "http://c", Collection: "A", Headers: map[string]space.Secret{"X-A": "x\r\nY: z"}}, []any{"headers", "X-A"}},
		"an operator":         {Config{HTTPURL: "http://c", Collection: "A", Filters: map[string]any{"a": map[string]any{"like": "x"}}}, []any{"filters", "a"}},
		"a list":              {Config{HTTPURL: "http://c", Collection: "A", Filters: map[string]any{"a": []any{"x"}}}, []any{"filters", "a"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			bad := c.config.Validate()
			if len(bad) != 1 || !cmp.Equal(bad[0].Loc, c.want) {
				t.Errorf("problems %+v, want one at %v", bad, c.want)
			}
		})
	}
}

func TestAnObjectIsAPassage(t *testing.T) {
	t.Parallel()
	f := serve(t)
	h, err := newType().Passage(t.Context(), f.config("Plain"), oneID+"_0")
	if err != nil || h.Content != "lamps" || h.Metadata["year"] != 2021.0 {
		t.Errorf("%v, %+v", err, h)
	}
	for _, id := range []string{twoID + "_0", oneID + "_1", "x"} {
		if _, err := newType().Passage(t.Context(), f.config("Plain"), id); space.KindOf(err) != space.KindNotFound {
			t.Errorf("%s: %v", id, err)
		}
	}
}
