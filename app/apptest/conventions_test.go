package apptest_test

import (
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

var pathParameter = regexp.MustCompile(`\{\w+\}`)

// routes yields every operation of the document with its parameters filled in.
func routes(t *testing.T, s *apptest.Space, yield func(method, path string, operation map[string]any)) {
	t.Helper()
	for path, methods := range at(as[map[string]any](s, "/openapi.json"), "paths") {
		for method, operation := range methods.(map[string]any) {
			yield(strings.ToUpper(method), pathParameter.ReplaceAllString(path, "550e8400-e29b-41d4-a716-446655440000"), operation.(map[string]any))
		}
	}
}

// TestEveryRouteAnswersInBothSlashForms asks without a credential, so that
// nothing is done and no stream begins: what is refused was found.
func TestEveryRouteAnswersInBothSlashForms(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789"}})
	routes(t, s, func(method, path string, operation map[string]any) {
		bare, slashed := s.Send(method, path, nil, "Authorization: "), s.Send(method, path+"/", nil, "Authorization: ")
		if bare.Status != slashed.Status || bare.Body != slashed.Body {
			t.Errorf("%s %s: %d %s, with a slash %d %s", method, path, bare.Status, bare.Body, slashed.Status, slashed.Body)
		}
		if operation["security"] != nil && bare.Status != http.StatusUnauthorized {
			t.Errorf("%s %s without a credential: %d %s", method, path, bare.Status, bare.Body)
		}
	})
}

func TestWhatIsNoRouteIsAnsweredInJSON(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	browser := []string{"Accept: text/html"}
	scenarios := []scenario{}
	for _, path := range []string{"/api", "/api/", "/api/v1", "/api/v1/nothing", "/api/v2/datasets", "/api/v1/datasets/a/b/c", "/api/v1/endpoints//query/x", "/healthz/x"} {
		scenarios = append(scenarios, scenario{name: path, do: "GET " + path, header: browser, status: 404, is: detail("Not Found")})
	}
	scenarios = append(scenarios, scenario{name: "OpenAI's form", do: "GET /v1/nothing", header: browser, status: 404, has: []string{`"detail":"Not Found"`, `"error":{"message":"Not Found"`}})
	routes(t, s, func(method, path string, _ map[string]any) {
		if method == "GET" {
			scenarios = append(scenarios, scenario{name: "PUT " + path, do: "PUT " + path, header: browser, status: 405, has: []string{`"detail":"Method Not Allowed"`}})
		}
	})
	play(t, s, scenarios)
}

func TestNullsAndEmptyLists(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	play(t, s, []scenario{
		{name: "an empty list", do: "GET /api/v1/datasets", status: 200, is: `{"items":[],"total":0,"skip":0,"limit":100}`},
		{name: "an empty page", do: "GET /api/v1/endpoints/?skip=5&limit=7", status: 200, is: `{"items":[],"total":0,"skip":5,"limit":7}`},
		{name: "nulls of a request are defaults", do: "POST /api/v1/datasets", status: 201,
			body: object{"name": "my-docs", "dtype": "local_file", "summary": nil, "tags": nil, "configuration": object{"connection_override": nil}},
			has:  []string{`"summary":""`, `"tags":""`, `"embedder":null`, `"connected_endpoints":[]`}, hasNot: []string{"connection_override"}},
		{name: "no configuration", do: "POST /api/v1/datasets", status: 201, body: object{"name": "bare", "dtype": "local_file", "configuration": nil}},
		{name: "an endpoint's empty parts", do: "POST /api/v1/models", status: 201, body: object{"name": "quotes", "dtype": "extractive"},
			after: func(t *testing.T, s *apptest.Space) {
				id := as[thing](s, "/api/v1/models/quotes").ID
				s.Must(201, "POST", "/api/v1/endpoints", object{"name": "Q", "slug": "quotes", "model_id": id, "response_type": "summary", "system_prompt": nil}, nil)
			}},
		{name: "in detail", do: "GET /api/v1/endpoints/quotes", status: 200,
			has: []string{`"dataset":null`, `"dataset_id":null`, `"policies":[]`, `"published_to":[]`, `"system_prompt":null`, `"tags":""`}},
		{name: "in the list", do: "GET /api/v1/endpoints", status: 200, has: []string{`"dataset":null`, `"published_to":[]`, `"policy_count":0`}},
	})
}

func TestUnknownKeysAreIgnored(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	play(t, s, []scenario{
		{name: "in a body", do: "POST /api/v1/datasets", status: 201, body: object{"name": "a", "dtype": "local_file", "colour": "red"}, hasNot: []string{"colour"}},
		{name: "in a configuration", do: "POST /api/v1/datasets", status: 201,
			body: object{"name": "b", "dtype": "local_file", "configuration": object{"colour": "red"}}, hasNot: []string{"colour"}},
		{name: "a key twice: the last one counts", do: "POST /api/v1/models", status: 201, body: `{"name":"first","dtype":"extractive","name":"last"}`, has: []string{`"name":"last"`}},
		{name: "in a query string", do: "GET /api/v1/datasets?colour=red&page=2", status: 200, has: []string{`"total":2`}},
		{name: "a PATCH of nothing known", do: "PATCH /api/v1/datasets/a", status: 422, body: object{"colour": "red"},
			is: invalid(`["body"]|nothing to change: send at least one of name, summary, tags, configuration|value_error`)},
	})
}

func TestPages(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	for i := range 5 {
		s.Must(201, "POST", "/api/v1/models", object{"name": fmt.Sprintf("m%d", i), "dtype": "extractive"}, nil)
	}
	type page struct {
		Items              []thing
		Total, Skip, Limit int
	}
	names := func(p page) string {
		var b strings.Builder
		for _, i := range p.Items {
			b.WriteString(i.Name + " ")
		}
		return fmt.Sprintf("%s%d %d %d", b.String(), p.Total, p.Skip, p.Limit)
	}
	for query, want := range map[string]string{
		"":                "m0 m1 m2 m3 m4 5 0 100",
		"?skip=1&limit=2": "m1 m2 5 1 2",
		"?skip=4&limit=2": "m4 5 4 2",
		"?skip=9":         "5 9 100",
		"?limit=1000":     "m0 m1 m2 m3 m4 5 0 1000",
		"?limit=&skip=":   "m0 m1 m2 m3 m4 5 0 100",
	} {
		if got := names(as[page](s, "/api/v1/models"+query)); got != want {
			t.Errorf("%s: %s, want %s", query, got, want)
		}
	}
}

func TestTheOrderOfChecks(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789", "tenancy.enabled": true}})
	create := "POST /api/v1/endpoints"
	broken, root := `{"name": }`, []string{"X-Tenant-Name: root"}
	play(t, s, []scenario{
		{name: "credentials first", do: create, body: broken, header: []string{"Authorization: "}, status: 401,
			is: detail("Admin API key required"), sets: map[string]string{"WWW-Authenticate": "Bearer"}},
		{name: "then the tenant", do: create, body: broken, status: 400},
		{name: "an unknown tenant", do: create, body: broken, header: []string{"X-Tenant-Name: nobody"}, status: 404, is: detail("Tenant 'nobody' not found")},
		{name: "then the syntax", do: create, body: broken, header: root, status: 422, has: []string{"value_error.jsondecode"}},
		{name: "then the fields", do: create, body: object{"name": "x", "slug": "abc", "published": "x"}, header: root, status: 422, has: []string{"type_error.bool"}},
		{name: "then the handler", do: create, body: object{"name": "x", "slug": "abc"}, header: root, status: 400, has: []string{"At least one of"}},
	})
}

func TestRequestIDs(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	long, tooLong := strings.Repeat("x", 128), strings.Repeat("x", 129)
	echoes := func(name, path, header, want string, status int) scenario {
		return scenario{name: name, do: "GET " + path, header: []string{header}, status: status, sets: map[string]string{"X-Request-Id": want}}
	}
	play(t, s, []scenario{
		echoes("accepted", "/api/v1/health", "X-Request-Id: mine 1", "mine 1", 200),
		echoes("of 128 characters", "/api/v1/health", "X-Request-Id: "+long, long, 200),
		echoes("X-Correlation-ID alike", "/api/v1/health", "X-Correlation-ID: yours", "yours", 200),
		echoes("on a 404", "/api/v1/nothing", "X-Request-Id: lost", "lost", 404),
		echoes("on a 422", "/api/v1/policies/x", "X-Request-Id: wrong", "wrong", 422),
	})
	for name, header := range map[string]string{"none": "X-Other: x", "too long": "X-Request-Id: " + tooLong, "not printable": "X-Request-Id: é", "not ASCII": "X-Correlation-ID: ж"} {
		a := s.Must(200, "GET", "/api/v1/health", nil, nil, header)
		if id := a.Header.Get("X-Request-Id"); len(id) != 36 {
			t.Errorf("%s: the request id is %q, and not a new one", name, id)
		}
	}
}

func TestBodiesThatAreTooLarge(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	const limit = 10 << 20
	of := func(size int) string {
		head, tail := `{"name":"big","dtype":"local_file","nobody":"`, `"}`
		return head + strings.Repeat("x", size-len(head)-len(tail)) + tail
	}
	play(t, s, []scenario{
		{name: "the largest", do: "POST /api/v1/datasets", body: of(limit), status: 201},
		{name: "one byte more", do: "POST /api/v1/datasets", body: of(limit + 1), status: 413, has: []string{"too large"}},
		{name: "11 MiB", do: "POST /api/v1/datasets", body: of(11 << 20), status: 413, has: []string{"too large"}},
		{name: "as text", do: "POST /api/v1/datasets", body: of(11 << 20), header: []string{"Content-Type: text/plain"}, status: 413},
	})
}
