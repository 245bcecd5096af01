package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// TestEdge holds requests against the contract's conventions: what a caller
// sends, and what must and must not stand in the answer.
func TestEdge(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"server.cors_origins": []string{"https://app.example"}}})
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{"name": "taken", "dtype": "local_file"}, nil)
	s.Must(http.StatusCreated, "POST", "/api/v1/models/", map[string]any{
		"name": "gpt", "dtype": "openai", "configuration": map[string]any{"model": "m", "api_key": "sk-0123456789abcdefghij"},
	}, nil)
	for name, c := range map[string]struct {
		method, path string
		body         any
		header       []string
		status       int
		has, hasNot  []string
		headers      map[string]string
	}{
		"unknown route": {method: "GET", path: "/api/v1/nothing", status: 404, has: []string{`{"detail":"Not Found"}`}},
		"wrong method":  {method: "PUT", path: "/api/v1/datasets", status: 405, has: []string{`{"detail":"Method Not Allowed"}`}},
		"both slash forms": {method: "GET", path: "/api/v1/datasets/?limit=1", status: 200,
			has: []string{`"skip":0,"limit":1`}},
		"bounds of a page": {method: "GET", path: "/api/v1/datasets?limit=1001&skip=-1", status: 422,
			has: []string{`"loc":["query","limit"]`, `"loc":["query","skip"]`, `value_error.number.not_le`}},
		"a number that is none": {method: "GET", path: "/api/v1/datasets?limit=x", status: 422, has: []string{`type_error.integer`}},
		"missing fields": {method: "POST", path: "/api/v1/datasets", body: map[string]any{}, status: 422,
			has: []string{`{"loc":["body","name"],"msg":"field required","type":"value_error.missing"}`, `["body","dtype"]`}},
		"no body": {method: "POST", path: "/api/v1/datasets", body: "", status: 422, has: []string{"value_error.missing"}},
		"broken JSON": {method: "POST", path: "/api/v1/datasets", body: `{"name": }`, status: 422,
			has: []string{`"loc":["body",10]`, "value_error.jsondecode"}},
		"wrong type": {method: "POST", path: "/api/v1/datasets", body: map[string]any{"name": 1, "dtype": "local_file"}, status: 422,
			has: []string{"type_error.str"}},
		"a slug with upper case": {method: "POST", path: "/api/v1/endpoints", body: map[string]any{"name": "x", "slug": "My-Endpoint"}, status: 422,
			has: []string{`string does not match regex \"^[a-z0-9]+(-[a-z0-9]+)*$\"`, "value_error.str.regex"}},
		"unknown response type": {method: "POST", path: "/api/v1/endpoints", body: map[string]any{"name": "x", "slug": "abc", "response_type": "all"}, status: 422,
			has: []string{"type_error.enum", "permitted: "}},
		"neither dataset nor model": {method: "POST", path: "/api/v1/endpoints", body: map[string]any{"name": "x", "slug": "abc"}, status: 400,
			has: []string{"At least one of dataset_id or model_id must be provided"}},
		"a dataset that is not there": {method: "POST", path: "/api/v1/endpoints", status: 404,
			body: map[string]any{"name": "x", "slug": "abc", "dataset_id": "550e8400-e29b-41d4-a716-446655440000"},
			has:  []string{"Dataset '550e8400-e29b-41d4-a716-446655440000' not found"}},
		"a UUID that is none": {method: "POST", path: "/api/v1/endpoints", status: 422,
			body: map[string]any{"name": "x", "slug": "abc", "dataset_id": "x"}, has: []string{"type_error.uuid", `["body","dataset_id"]`}},
		"a UUID in the path that is none": {method: "GET", path: "/api/v1/ingestion/datasets/x/status", status: 422, has: []string{"type_error.uuid"}},
		"a name twice": {method: "POST", path: "/api/v1/datasets", body: map[string]any{"name": "taken", "dtype": "local_file"}, status: 409,
			has: []string{"Dataset 'taken' already exists"}},
		"an unknown type": {method: "POST", path: "/api/v1/datasets", body: map[string]any{"name": "n", "dtype": "weaviat"}, status: 400,
			has: []string{"Dataset type 'weaviat' not found"}},
		"a reserved name": {method: "POST", path: "/api/v1/datasets", body: map[string]any{"name": "browse", "dtype": "local_file"}, status: 422,
			has: []string{"reserved"}},
		"a pick that is not there": {method: "POST", path: "/api/v1/datasets", status: 400,
			body: map[string]any{"name": "n", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{s.Docs + "/nothing"}}},
			has:  []string{"Invalid configuration", "does not exist", `"loc":["body","configuration","filePaths",0,"path"]`}},
		"a pick outside the roots": {method: "POST", path: "/api/v1/datasets", status: 400,
			body: map[string]any{"name": "n", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{"/etc"}}},
			has:  []string{"Path must be within"}},
		"secrets are masked": {method: "GET", path: "/api/v1/models/gpt", status: 200, has: []string{"********ghij"}, hasNot: []string{"0123456789"}},
		"a changed secret that is none": {method: "PATCH", path: "/api/v1/models/gpt", status: 200,
			body: map[string]any{"configuration": map[string]any{"api_key": "********ghij", "model": "n"}}, has: []string{`"model":"n"`, "********ghij"}},
		"an empty PATCH":       {method: "PATCH", path: "/api/v1/models/gpt", body: map[string]any{"nobody": 1}, status: 422, has: []string{"nothing to change"}},
		"unknown keys pass":    {method: "POST", path: "/api/v1/datasets", body: map[string]any{"name": "seed", "dtype": "local_file", "configuration": map[string]any{"connection_override": nil}}, status: 201, hasNot: []string{"connection_override"}},
		"a foreign host":       {method: "GET", path: "/api/v1/health", header: []string{"Host: evil.example"}, status: 403, has: []string{"evil.example", "allowed_hosts"}},
		"a foreign origin":     {method: "POST", path: "/api/v1/datasets", body: map[string]any{"name": "x", "dtype": "local_file"}, header: []string{"Origin: https://evil.example"}, status: 403, has: []string{"https://evil.example"}},
		"a listed origin":      {method: "GET", path: "/api/v1/datasets", header: []string{"Origin: https://app.example"}, status: 200, headers: map[string]string{"Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Credentials": "true"}},
		"an unlisted origin":   {method: "GET", path: "/api/v1/datasets", header: []string{"Origin: https://other.example"}, status: 200, headers: map[string]string{"Access-Control-Allow-Origin": ""}},
		"a preflight":          {method: "OPTIONS", path: "/api/v1/datasets", header: []string{"Origin: http://localhost:5173", "Access-Control-Request-Method: POST"}, status: 204, headers: map[string]string{"Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS"}},
		"a request id":         {method: "GET", path: "/api/v1/health", header: []string{"X-Request-Id: mine-1"}, status: 200, headers: map[string]string{"X-Request-Id": "mine-1"}},
		"a proxy in open mode": {method: "GET", path: "/api/v1/datasets", header: []string{"X-Forwarded-For: 192.0.2.1"}, status: 401, has: []string{"Admin API key required"}, headers: map[string]string{"WWW-Authenticate": "Bearer"}},
		"a query without one":  {method: "POST", path: "/api/v1/endpoints/x/query", body: map[string]any{"messages": "x"}, header: []string{"X-Forwarded-For: 192.0.2.1"}, status: 401, has: []string{"Bearer token required"}},
		"no such endpoint":     {method: "POST", path: "/api/v1/endpoints/nothing/query", body: map[string]any{"messages": "x"}, status: 404, has: []string{"Endpoint 'nothing' not found"}},
		"bounds of a query": {method: "POST", path: "/api/v1/endpoints/x/query", status: 422,
			body: map[string]any{"messages": "x", "limit": 0, "temperature": 3, "similarity_threshold": -1, "max_tokens": 0},
			has:  []string{`["body","limit"]`, `["body","temperature"]`, `["body","similarity_threshold"]`, `["body","max_tokens"]`}},
		"messages of a wrong type": {method: "POST", path: "/api/v1/endpoints/x/query", body: map[string]any{"messages": 5}, status: 422, has: []string{`"messages"`}},
		"no messages":              {method: "POST", path: "/api/v1/endpoints/x/query", body: map[string]any{"messages": []any{}}, status: 422, has: []string{`["body","messages"]`}},
		"an unknown search mode":   {method: "POST", path: "/api/v1/endpoints/x/query", body: map[string]any{"messages": "x", "extras": map[string]any{"search": "magic"}}, status: 422, has: []string{`["body","extras","search"]`}},
		"health":                   {method: "GET", path: "/api/v1/health", status: 200, has: []string{`"status":"ok"`}},
		"the document":             {method: "GET", path: "/openapi.json", status: 200, has: []string{`"openapi":"3.1.0"`, "/api/v1/endpoints/{slug}/query"}, hasNot: []string{"$schema"}},
		"the reference":            {method: "GET", path: "/docs", header: []string{"Accept: text/html"}, status: 200, has: []string{"<html"}},
		"the dashboard":            {method: "GET", path: "/playground", header: []string{"Accept: text/html"}, status: 200, has: []string{"<html"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			a := s.Send(c.method, c.path, c.body, c.header...)
			if a.Status != c.status {
				t.Fatalf("status %d, want %d: %s", a.Status, c.status, a.Body)
			}
			for _, want := range c.has {
				if !strings.Contains(a.Body, want) {
					t.Errorf("the answer is without %q: %s", want, a.Body)
				}
			}
			for _, unwanted := range c.hasNot {
				if strings.Contains(a.Body, unwanted) {
					t.Errorf("the answer holds %q: %s", unwanted, a.Body)
				}
			}
			for k, v := range c.headers {
				if got := a.Header.Get(k); got != v {
					t.Errorf("header %s is %q, want %q", k, got, v)
				}
			}
			if strings.HasPrefix(c.path, "/api") && a.Status != 204 && !strings.HasPrefix(a.Header.Get("Content-Type"), "application/json") {
				t.Errorf("an answer of the API is %s", a.Header.Get("Content-Type"))
			}
		})
	}
}

func TestAnAdminKeyLocksEverythingButHealth(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789"}})
	for path, want := range map[string]int{"/api/v1/datasets": 401, "/api/v1/health": 200, "/healthz": 200, "/docs": 200, "/openapi.json": 200} {
		if a := s.Send("GET", path, nil, "Authorization: "); a.Status != want {
			t.Errorf("GET %s without a key: %d", path, a.Status)
		}
		if a := s.Send("GET", path, nil); a.Status != 200 {
			t.Errorf("GET %s with the key: %d", path, a.Status)
		}
	}
}

func TestTheAPILimitCountsCredentials(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789", "limits.api_per_minute": 3, "limits.api_per_hour": 100}})
	for range 3 {
		if a := s.Must(http.StatusOK, "GET", "/api/v1/datasets", nil, nil); a.Header.Get("RateLimit-Limit") == "" {
			t.Error("no RateLimit headers")
		}
	}
	a := s.Send("GET", "/api/v1/datasets", nil)
	if a.Status != 429 || a.Header.Get("Retry-After") == "" || !strings.Contains(a.Body, "Rate limit exceeded. Retry after ") {
		t.Errorf("the fourth call: %d %s", a.Status, a.Body)
	}
}
