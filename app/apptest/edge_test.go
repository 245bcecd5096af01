package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// TestEdge is what stands before every route: hosts, origins, proxies, and
// what is served beside the API.
func TestEdge(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"server.cors_origins": []string{"https://app.example"}}})
	dataset := object{"name": "x", "dtype": "local_file"}
	html := []string{"Accept: text/html"}
	play(t, s, []scenario{
		{name: "a foreign host", do: "GET /api/v1/health", header: []string{"Host: evil.example"}, status: 403, has: []string{"evil.example", "allowed_hosts"}},
		{name: "a foreign origin", do: "POST /api/v1/datasets", body: dataset, header: []string{"Origin: https://evil.example"}, status: 403, has: []string{"https://evil.example"}},
		{name: "a listed origin", do: "GET /api/v1/datasets", header: []string{"Origin: https://app.example"}, status: 200,
			sets: map[string]string{"Access-Control-Allow-Origin": "https://app.example", "Access-Control-Allow-Credentials": "true"}},
		{name: "a listed origin is told of errors too", do: "GET /api/v1/nothing", header: []string{"Origin: http://localhost:5173"}, status: 404,
			sets: map[string]string{"Access-Control-Allow-Origin": "http://localhost:5173"}},
		{name: "an unlisted origin", do: "GET /api/v1/datasets", header: []string{"Origin: https://other.example"}, status: 200, sets: map[string]string{"Access-Control-Allow-Origin": ""}},
		{name: "a preflight", do: "OPTIONS /api/v1/datasets", header: []string{"Origin: http://localhost:5173", "Access-Control-Request-Method: POST"}, status: 204,
			sets: map[string]string{"Access-Control-Allow-Methods": "GET, POST, PATCH, DELETE, OPTIONS", "Access-Control-Allow-Headers": "Content-Type, Authorization"}},
		{name: "a proxy in open mode", do: "GET /api/v1/datasets", header: []string{"X-Forwarded-For: 192.0.2.1"}, status: 401, is: detail("Admin API key required"),
			sets: map[string]string{"WWW-Authenticate": "Bearer"}},
		{name: "a query through one", do: "POST /api/v1/endpoints/x/query", body: object{"messages": "x"}, header: []string{"X-Forwarded-For: 192.0.2.1"}, status: 401,
			is: detail("Bearer token required"), sets: map[string]string{"WWW-Authenticate": "Bearer"}},
		{name: "health", do: "GET /api/v1/health/", status: 200, has: []string{`"status":"ok"`}},
		{name: "the document", do: "GET /openapi.json", status: 200, has: []string{`"openapi":"3.1.0"`, "/api/v1/endpoints/{slug}/query"}, hasNot: []string{"$schema"}},
		{name: "the reference", do: "GET /docs", header: html, status: 200, has: []string{"<html"}},
		{name: "the other reference", do: "GET /redoc", header: html, status: 200, has: []string{"<html"}},
		{name: "the dashboard", do: "GET /playground", header: html, status: 200, has: []string{"<html"}},
	})
}

func TestABasePathIsUnderstoodWithAndWithoutIt(t *testing.T) {
	t.Parallel()
	whole := apptest.New(t, apptest.Options{Settings: map[string]any{"server.base_path": "/space"}})
	stripped := whole.With(t)
	stripped.URL = strings.TrimSuffix(whole.URL, "/space")
	html := []string{"Accept: text/html"}
	for name, s := range map[string]*apptest.Space{"a proxy that keeps it": whole, "a proxy that strips it": stripped} {
		t.Run(name, func(t *testing.T) {
			play(t, s, []scenario{
				{name: "the API", do: "GET /api/v1/datasets/", status: 200, has: []string{`"items":[]`}},
				{name: "a name in it", do: "GET /api/v1/datasets/a%2Fb", status: 404, is: detail("Dataset 'a/b' not found")},
				{name: "no route", do: "GET /api/v1/nothing", status: 404, is: detail("Not Found")},
				{name: "the document", do: "GET /openapi.json", status: 200, has: []string{`"url":"/space"`}},
				{name: "the reference", do: "GET /docs", header: html, status: 200, has: []string{"/space/docs/"}},
				{name: "the dashboard", do: "GET /playground", header: html, status: 200, has: []string{`content="/space"`}},
				{name: "its root", do: "GET /", header: html, status: 200, has: []string{`content="/space"`}},
			})
		})
	}
	play(t, stripped, []scenario{
		{name: "the base alone", do: "GET /space", header: html, status: 200, has: []string{`content="/space"`}},
		{name: "another word that begins like it", do: "GET /spaceship/x.js", status: 404, is: detail("Not Found")},
		{name: "the base in another spelling", do: "GET /sp%61ce/api/v1/datasets", status: 404, is: detail("Not Found")},
	})
}

func TestPathsOfTheAPIAreNeverTheDashboards(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	for _, path := range []string{"/api", "/api/v2", "/v1/nothing", "/mcp/x", "/.well-known/x", "/docs/x", "/metrics/x", "/healthz/x", "/assets/x"} {
		if a := s.Send("GET", path, nil, "Accept: text/html"); a.Status != 404 || !strings.Contains(a.Body, `"detail":"Not Found"`) {
			t.Errorf("GET %s: %d %s", path, a.Status, a.Body)
		}
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
