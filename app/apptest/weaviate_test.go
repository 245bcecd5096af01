package apptest_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"syft-space/app/apptest"
)

const weaviateID = "83c026b6-e443-46fb-81d6-da7d4e332995"

// newWeaviate is a fake of a Weaviate server with one collection, which has no
// vectoriser; vectorstore/weaviate has tests of everything else.
func newWeaviate(t *testing.T) *httptest.Server {
	t.Helper()
	mux := http.NewServeMux()
	answer := func(pattern, body string) {
		mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) {
			if r.Header.Get("X-Cohere-Api-Key") != "co-0123456789abcdefghij" {
				w.WriteHeader(http.StatusUnauthorized)
				return
			}
			_, _ = io.WriteString(w, body)
		})
	}
	answer("GET /v1/schema/Lamps", `{"class":"Lamps","vectorizer":"none","properties":[{"name":"content","dataType":["text"]},{"name":"year","dataType":["int"]}]}`)
	answer("GET /v1/meta", `{"version":"1.35.2"}`)
	answer("POST /v1/graphql", `{"data":{"Get":{"Lamps":[{"content":"Lamps have a warranty of 36 months.","year":2026,"_additional":{"id":"`+weaviateID+`","score":"0.83"}}]}}}`)
	answer("GET /v1/objects/Lamps/"+weaviateID, `{"id":"`+weaviateID+`","properties":{"content":"Lamps have a warranty of 36 months.","year":2026}}`)
	f := httptest.NewServer(mux)
	t.Cleanup(f.Close)
	return f
}

func TestADatasetThatAWeaviateServerKeeps(t *testing.T) {
	t.Parallel()
	f := newWeaviate(t)
	var clock steppedClock
	s := apptest.New(t, apptest.Options{Embedder: &bag{}, Clock: clock.now})
	config := func(collection string) map[string]any {
		return map[string]any{"http_url": f.URL + "/", "collection_name": collection, "headers": map[string]string{"X-Cohere-Api-Key": "co-0123456789abcdefghij"}}
	}
	refused := s.Send("POST", "/api/v1/datasets/", map[string]any{"name": "lamps", "dtype": "weaviate", "configuration": config("Nothing")})
	if refused.Status != 400 || !strings.Contains(refused.Body, `"loc":["body","configuration","collection_name"]`) {
		t.Errorf("an unknown collection: %d %s", refused.Status, refused.Body)
	}
	var d, model thing
	made := s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{"name": "lamps", "dtype": "remote_weaviate", "configuration": config("lamps")}, &d)
	for _, want := range []string{`"dtype":"weaviate"`, `"provisioner_state":null`, `"X-Cohere-Api-Key":"********ghij"`, `"collection_name":"Lamps"`} {
		if !strings.Contains(made.Body, want) {
			t.Errorf("the dataset is without %s: %s", want, made.Body)
		}
	}
	s.Must(http.StatusCreated, "POST", "/api/v1/models", map[string]any{"name": "quotes", "dtype": "extractive"}, &model)
	s.Must(http.StatusCreated, "POST", "/api/v1/endpoints", map[string]any{
		"name": "Lamps", "slug": "lamps", "dataset_id": d.ID, "model_id": model.ID, "published": true,
	}, nil)
	ingestion := "/api/v1/ingestion/datasets/" + d.ID
	for _, c := range []struct {
		name, method, path string
		body               any
		status             int
		has                []string
	}{
		{"a masked secret stays", "PATCH", "/api/v1/datasets/lamps", map[string]any{"configuration": map[string]any{
			"headers": map[string]string{"X-Cohere-Api-Key": "********ghij"}, "metadata_properties": []string{"year"}}}, 200, []string{"********ghij"}},
		{"not at another address", "PATCH", "/api/v1/datasets/lamps", map[string]any{"configuration": map[string]any{"http_url": "http://127.0.0.1:1"}}, 422,
			[]string{`"loc":["body","configuration","headers","X-Cohere-Api-Key"]`, "given for another http_url"}},
		{"a query", "POST", "/api/v1/endpoints/lamps/query", map[string]any{"messages": "How long is the warranty?", "max_tokens": 200, "stop_sequences": []string{}}, 200,
			[]string{`"search_engine":"weaviate"`, `"document_id":"` + weaviateID + `_0"`, "36 months", `"notes":["Only words were searched`, `"year":2026`}},
		{"a filter of another store", "POST", "/api/v1/endpoints/lamps/query", map[string]any{"messages": "x", "extras": map[string]any{"filters": map[string]any{"file_type": ".pdf"}}}, 422,
			[]string{`"loc":["body","extras","filters","file_type"]`}},
		{"the same in a search", "POST", "/api/v1/datasets/lamps/search", map[string]any{"query": "x", "filters": map[string]any{"file_type": ".pdf"}}, 422,
			[]string{`"loc":["body","filters","file_type"]`}},
		{"a passage", "GET", "/api/v1/datasets/lamps/chunks/" + weaviateID + "_0", nil, 200, []string{"36 months", `"previous":null`}},
		{"no such passage", "GET", "/api/v1/datasets/lamps/chunks/" + weaviateID + "_7", nil, 404, []string{"not found"}},
		{"health", "GET", "/api/v1/datasets/lamps/health", nil, 200, []string{`"dataset_type_status":"healthy"`}},
		{"its type by its other name", "GET", "/api/v1/datasets/types/remote_weaviate", nil, 200, []string{`"name":"weaviate"`, "collection_name"}},
		{"stores", "GET", "/api/v1/datasets/provisioners/", nil, 200, []string{`[{"dtype":"local_file","status":"running"`}},
		{"the store of files", "GET", "/api/v1/datasets/provisioners/local_file/status", nil, 200, []string{`"status":"running"`}},
		{"starting it", "POST", "/api/v1/datasets/provisioners/local_file/start", nil, 200, []string{"always running"}},
		{"stopping it", "POST", "/api/v1/datasets/provisioners/local_file/stop", nil, 409, []string{"neither stopped nor deleted"}},
		{"deleting it", "DELETE", "/api/v1/datasets/provisioners/local_file", nil, 409, []string{"neither stopped nor deleted"}},
		{"a store elsewhere", "POST", "/api/v1/datasets/provisioners/weaviate/start", nil, 404, []string{"server of their own"}},
		{"no store", "GET", "/api/v1/datasets/provisioners/none/status", nil, 404, []string{"Dataset type 'none' not found"}},
		{"status", "GET", ingestion + "/status", nil, 200, []string{`"total_jobs":0`, `"done":true`, "kept by another server"}},
		{"jobs", "GET", ingestion + "/jobs", nil, 200, []string{`"jobs":[]`}},
		{"start", "POST", ingestion + "/start", nil, 200, []string{`"jobs_created":0`}},
		{"stop", "POST", ingestion + "/stop", nil, 200, []string{`"jobs_cancelled":0`}},
		{"retry", "POST", ingestion + "/retry", nil, 200, []string{`"jobs_reset":0`}},
		{"in use", "DELETE", "/api/v1/datasets/lamps", nil, 409, []string{"lamps"}},
	} {
		a := s.Send(c.method, c.path, c.body)
		if a.Status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, a.Status, c.status, a.Body)
		}
		for _, want := range c.has {
			if !strings.Contains(a.Body, want) {
				t.Errorf("%s: the answer is without %s: %s", c.name, want, a.Body)
			}
		}
	}
	body, contentType := fileForm(sent{"a.md", "words"})
	if a := s.Send("POST", "/api/v1/datasets/lamps/files", body, contentType); a.Status != 400 || !strings.Contains(a.Body, "another server") {
		t.Errorf("an upload: %d %s", a.Status, a.Body)
	}
	f.Close()
	clock.add(10 * time.Second) // for which its health counts
	for path, want := range map[string]int{"/api/v1/endpoints/lamps/query": 503, "/api/v1/datasets/lamps/search": 503} {
		a := s.Send("POST", path, map[string]any{"messages": "x", "query": "x"})
		if a.Status != want || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "not reachable") || strings.Contains(a.Body, f.URL) {
			t.Errorf("%s while the server is away: %d %s", path, a.Status, a.Body)
		}
	}
	if a := s.Send("GET", "/api/v1/datasets/lamps/health", nil, "Authorization: "); a.Status != 200 || !strings.Contains(a.Body, "unhealthy") || strings.Contains(a.Body, "http") {
		t.Errorf("health while the server is away: %d %s", a.Status, a.Body)
	}
}
