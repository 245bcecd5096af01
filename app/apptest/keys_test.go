package apptest_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"syft-space/app/apptest"
)

const adminKey = "geheim-0123456789"

// issued is what tests read of an API key.
type issued struct {
	ID, Key, Prefix, Name, Email string
	Scopes, Endpoints            []string
	ExpiresAt                    *time.Time `json:"expires_at"`
	LastUsedAt                   *time.Time `json:"last_used_at"`
}

// issue makes an API key; more holds further fields of the request.
func issue(s *apptest.Space, scope string, more map[string]any) (k issued) {
	body := map[string]any{"name": "test", "email": "Alice@Example.org", "scopes": []string{scope}}
	for name, value := range more {
		body[name] = value
	}
	s.Must(http.StatusCreated, "POST", "/api/v1/keys", body, &k)
	return k
}

// bare makes an endpoint that answers at once: it asks a model without documents.
func bare(s *apptest.Space, slug string) {
	var model thing
	s.Must(http.StatusCreated, "POST", "/api/v1/models", map[string]any{"name": slug, "dtype": "extractive"}, &model)
	s.Must(http.StatusCreated, "POST", "/api/v1/endpoints", map[string]any{
		"name": slug, "slug": slug, "model_id": model.ID, "published": true, "response_type": "summary",
	}, nil)
}

// exchange is a request and what must come back.
type exchange struct {
	method, path string
	body         any
	header       []string
	status       int
	has          []string
}

// hold sends the request and checks the answer.
func (x exchange) hold(t *testing.T, s *apptest.Space) {
	t.Helper()
	a := s.Send(x.method, x.path, x.body, x.header...)
	if a.Status != x.status {
		t.Errorf("%s %s: status %d, want %d: %s", x.method, x.path, a.Status, x.status, a.Body)
	}
	for _, want := range x.has {
		if !strings.Contains(a.Body, want) {
			t.Errorf("%s %s: the answer is without %q: %s", x.method, x.path, want, a.Body)
		}
	}
}

func TestAKeyMayDoWhatItsScopesSay(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey}})
	bare(s, "docs")
	bare(s, "other")
	keys := map[string]string{
		"query": issue(s, "query", nil).Key,
		"docs":  issue(s, "query", map[string]any{"endpoints": []string{"docs"}}).Key,
		"read":  issue(s, "read", nil).Key,
		"admin": issue(s, "admin", nil).Key,
	}
	ask := map[string]any{"messages": "hello"}
	for _, c := range []struct {
		method, path string
		body         any
		statuses     map[string]int
		refusal      string
	}{
		{"POST", "/api/v1/endpoints/docs/query", ask, map[string]int{"query": 200, "docs": 200, "read": 403, "admin": 200}, "may not query endpoint 'docs'"},
		{"POST", "/api/v1/endpoints/other/query", ask, map[string]int{"query": 200, "docs": 403, "read": 403, "admin": 200}, "may not query endpoint 'other'"},
		{"GET", "/api/v1/endpoints", nil, map[string]int{"query": 403, "docs": 403, "read": 200, "admin": 200}, "Admin API key required"},
		{"GET", "/api/v1/endpoints/docs", nil, map[string]int{"query": 403, "docs": 403, "read": 200, "admin": 200}, "Admin API key required"},
		{"GET", "/api/v1/keys", nil, map[string]int{"query": 403, "docs": 403, "read": 200, "admin": 200}, "Admin API key required"},
		{"GET", "/api/v1/settings", nil, map[string]int{"query": 403, "docs": 403, "read": 200, "admin": 200}, "Admin API key required"},
		{"PATCH", "/api/v1/endpoints/docs", map[string]any{"summary": "x"}, map[string]int{"query": 403, "docs": 403, "read": 403, "admin": 200}, "Admin API key required"},
		{"POST", "/api/v1/endpoints/docs/preview", ask, map[string]int{"query": 403, "docs": 403, "read": 403, "admin": 200}, "Admin API key required"},
		{"PATCH", "/api/v1/settings", map[string]any{"api_per_hour": 0}, map[string]int{"query": 403, "docs": 403, "read": 403, "admin": 200}, "Admin API key required"},
		{"POST", "/api/v1/keys", map[string]any{"name": "n", "email": "a@b", "scopes": []string{"query"}}, map[string]int{"query": 403, "docs": 403, "read": 403, "admin": 201}, "Admin API key required"},
	} {
		for who, status := range c.statuses {
			x := exchange{c.method, c.path, c.body, []string{"Authorization: Bearer " + keys[who]}, status, nil}
			if status == 403 {
				x.has = []string{c.refusal}
			}
			x.hold(t, s)
		}
	}
}

func TestAKeyIsShownOnceAndCanBeChangedAndRevoked(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey}})
	bare(s, "docs")
	ends := time.Now().UTC().Add(time.Hour).Truncate(time.Second)
	k := issue(s, "query", map[string]any{"endpoints": []string{"docs"}, "expires_at": ends.In(time.FixedZone("", 7200))})
	if _, zone := k.ExpiresAt.Zone(); zone != 0 {
		t.Errorf("a time that is not in UTC: %s", k.ExpiresAt)
	}
	if !strings.HasPrefix(k.Key, "sk-") || !strings.HasPrefix(k.Key, k.Prefix) || len(k.Key) < 40 || len(k.Prefix) > 12 {
		t.Errorf("key %q, prefix %q", k.Key, k.Prefix)
	}
	if k.Email != "alice@example.org" || !k.ExpiresAt.Equal(ends) || len(k.Endpoints) != 1 || k.LastUsedAt != nil {
		t.Errorf("issued %+v", k)
	}
	path, as := "/api/v1/keys/"+k.ID, "Authorization: Bearer "+k.Key
	for _, read := range []string{path, "/api/v1/keys/"} {
		if a := s.Must(200, "GET", read, nil, nil); strings.Contains(a.Body, k.Key) || !strings.Contains(a.Body, k.Prefix) {
			t.Errorf("GET %s: %s", read, a.Body)
		}
	}
	s.Must(200, "POST", "/api/v1/endpoints/docs/query", map[string]any{"messages": "x"}, nil, as)
	s.Eventually(func() string {
		if s.Must(200, "GET", path, nil, &k); k.LastUsedAt == nil {
			return "its use is not noted"
		}
		return ""
	})
	var changed issued
	s.Must(200, "PATCH", path, map[string]any{"name": "renamed"}, &changed)
	if changed.Name != "renamed" || changed.ExpiresAt == nil || len(changed.Endpoints) != 1 {
		t.Errorf("a new name changes more: %+v", changed)
	}
	a := s.Must(200, "PATCH", path, map[string]any{"endpoints": nil, "expires_at": nil}, nil)
	if !strings.Contains(a.Body, `"endpoints":null`) || !strings.Contains(a.Body, `"expires_at":null`) {
		t.Errorf("null clears nothing: %s", a.Body)
	}
	s.Must(200, "PATCH", path, map[string]any{"scopes": []string{"read"}}, nil)
	exchange{"POST", "/api/v1/endpoints/docs/query", map[string]any{"messages": "x"}, []string{as}, 403, nil}.hold(t, s)
	exchange{"GET", "/api/v1/keys", nil, []string{as}, 200, nil}.hold(t, s)
	s.Must(200, "PATCH", path, map[string]any{"expires_at": time.Now().Add(-time.Second)}, nil)
	exchange{"GET", "/api/v1/keys", nil, []string{as}, 401, []string{"API key expired"}}.hold(t, s)
	s.Must(200, "PATCH", path, map[string]any{"expires_at": nil}, nil)
	exchange{"GET", "/api/v1/keys", nil, []string{as}, 200, nil}.hold(t, s)
	exchange{"DELETE", path, nil, nil, 200, []string{`{"message":`}}.hold(t, s)
	exchange{"GET", "/api/v1/keys", nil, []string{as}, 401, []string{"Invalid API key"}}.hold(t, s)
	for _, method := range []string{"GET", "DELETE"} {
		exchange{method, path, nil, nil, 404, []string{"API key '" + k.ID + "' not found"}}.hold(t, s)
	}
}

func TestAKeyThatCannotBeIssuedSaysWhy(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	k := issue(s, "query", nil)
	good := func(name string, value any) map[string]any {
		body := map[string]any{"name": "n", "email": "a@example.org", "scopes": []string{"query"}}
		body[name] = value
		return body
	}
	for name, x := range map[string]exchange{
		"nothing":              {"POST", "/api/v1/keys", map[string]any{}, nil, 422, []string{`["body","name"]`, `["body","email"]`, `["body","scopes"]`, "value_error.missing"}},
		"no scope":             {"POST", "/api/v1/keys", good("scopes", []string{}), nil, 422, []string{"value_error.list.min_items"}},
		"null for scopes":      {"POST", "/api/v1/keys", good("scopes", nil), nil, 422, []string{`["body","scopes"]`, "type_error.none.not_allowed"}},
		"an unknown scope":     {"POST", "/api/v1/keys", good("scopes", []string{"write"}), nil, 422, []string{`["body","scopes",0]`, "type_error.enum"}},
		"no address":           {"POST", "/api/v1/keys", good("email", "alice"), nil, 422, []string{`["body","email"]`, "value_error.str.regex"}},
		"an empty name":        {"POST", "/api/v1/keys", good("name", ""), nil, 422, []string{"value_error.any_str.min_length"}},
		"no instant":           {"POST", "/api/v1/keys", good("expires_at", "tomorrow"), nil, 422, []string{`["body","expires_at"]`, "type_error.datetime"}},
		"no such endpoint":     {"POST", "/api/v1/keys", good("endpoints", []string{"nothing"}), nil, 404, []string{"Endpoint 'nothing' not found"}},
		"an empty change":      {"PATCH", "/api/v1/keys/" + k.ID, map[string]any{"email": "b@example.org"}, nil, 422, []string{"nothing to change"}},
		"a wrong change":       {"PATCH", "/api/v1/keys/" + k.ID, map[string]any{"expires_at": 5, "endpoints": "docs"}, nil, 422, []string{`["body","expires_at"]`, `["body","endpoints"]`}},
		"a change of no scope": {"PATCH", "/api/v1/keys/" + k.ID, map[string]any{"scopes": []string{}}, nil, 422, []string{"min_items"}},
		"a change to nowhere":  {"PATCH", "/api/v1/keys/" + k.ID, map[string]any{"endpoints": []string{"nothing"}}, nil, 404, []string{"Endpoint 'nothing' not found"}},
		"an id that is none":   {"GET", "/api/v1/keys/1", nil, nil, 422, []string{"type_error.uuid"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.hold(t, s)
		})
	}
}

// TestCallers holds requests against the contract's table of credentials.
func TestCallers(t *testing.T) {
	t.Parallel()
	open := apptest.New(t, apptest.Options{})
	locked := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey}})
	for _, s := range []*apptest.Space{open, locked} {
		bare(s, "docs")
	}
	const jwt = "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJ4In0.c2ln"
	none, wrong := "Authorization: ", "Authorization: Bearer sk-unknown"
	key := "Authorization: Bearer " + issue(open, "query", nil).Key
	ask := map[string]any{"messages": "x"}
	for name, c := range map[string]struct {
		s *apptest.Space
		exchange
	}{
		"open: no credential":            {open, exchange{"GET", "/api/v1/endpoints", nil, nil, 200, nil}},
		"open: no credential queries":    {open, exchange{"POST", "/api/v1/endpoints/docs/query", ask, nil, 200, nil}},
		"open: a bearer of no kind":      {open, exchange{"GET", "/api/v1/endpoints", nil, []string{"Authorization: Bearer your-token"}, 200, nil}},
		"open: an unknown key":           {open, exchange{"GET", "/api/v1/endpoints", nil, []string{wrong}, 401, []string{"Invalid API key"}}},
		"open: a key within its scopes":  {open, exchange{"POST", "/api/v1/endpoints/docs/query", ask, []string{key}, 200, nil}},
		"open: a key outside its scopes": {open, exchange{"GET", "/api/v1/endpoints", nil, []string{key}, 403, []string{"Admin API key required"}}},
		"open: a satellite token":        {open, exchange{"POST", "/api/v1/endpoints/docs/query", ask, []string{jwt}, 424, nil}},
		"open: another host":             {open, exchange{"GET", "/api/v1/endpoints", nil, []string{"Host: space.example"}, 403, []string{"space.example"}}},
		"open: Forwarded":                {open, exchange{"GET", "/api/v1/endpoints", nil, []string{"Forwarded: for=192.0.2.1"}, 401, []string{"Admin API key required"}}},
		"open: X-Forwarded-Proto":        {open, exchange{"POST", "/api/v1/endpoints/docs/query", ask, []string{"X-Forwarded-Proto: https"}, 401, []string{"Bearer token required"}}},
		"open: localhost":                {open, exchange{"GET", "/api/v1/endpoints", nil, []string{"Host: localhost:1"}, 200, nil}},
		"open: nobody signs in":          {open, exchange{"POST", "/api/v1/auth/session", map[string]any{"admin_key": "x"}, nil, 401, []string{"there is nothing to sign in with"}}},
		"locked: no credential":          {locked, exchange{"GET", "/api/v1/endpoints", nil, []string{none}, 401, []string{"Admin API key required"}}},
		"locked: no credential queries":  {locked, exchange{"POST", "/api/v1/endpoints/docs/query", ask, []string{none}, 401, []string{"Bearer token required"}}},
		"locked: health":                 {locked, exchange{"GET", "/api/v1/health", nil, []string{none}, 200, nil}},
		"locked: no bearer":              {locked, exchange{"GET", "/api/v1/endpoints", nil, []string{"Authorization: Basic YTpi"}, 401, []string{"Admin API key required"}}},
		"locked: the admin key":          {locked, exchange{"GET", "/api/v1/endpoints", nil, nil, 200, nil}},
		"locked: a wrong admin key":      {locked, exchange{"GET", "/api/v1/endpoints", nil, []string{"Authorization: Bearer falsch"}, 401, []string{"Invalid admin API key"}}},
		"locked: a cookie of nobody":     {locked, exchange{"GET", "/api/v1/endpoints", nil, []string{none, "Cookie: syft_session=x"}, 401, []string{"sign in again"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c.hold(t, c.s)
			if c.status == 401 {
				if got := c.s.Send(c.method, c.path, c.body, c.header...).Header.Get("WWW-Authenticate"); got != "Bearer" {
					t.Errorf("WWW-Authenticate is %q", got)
				}
			}
		})
	}
}

func TestTheSenderIsNeverTakenFromTheBody(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.owner_email": "Owner@Example.org"}})
	bare(s, "docs")
	var endpoint thing
	s.Must(200, "GET", "/api/v1/endpoints/docs", nil, &endpoint)
	s.Must(201, "POST", "/api/v1/policies", map[string]any{
		"name": "alice", "policy_type": "access", "endpoint_id": endpoint.ID, "configuration": map[string]any{"allowed_users": []string{"alice@example.org"}},
	}, nil)
	ask := map[string]any{"messages": "x", "sender_email": "alice@example.org", "user_email": "alice@example.org"}
	exchange{"POST", "/api/v1/endpoints/docs/query", ask, nil, 403, []string{"Policy 'access' blocked request"}}.hold(t, s)
	key := "Authorization: Bearer " + issue(s, "query", nil).Key
	exchange{"POST", "/api/v1/endpoints/docs/query", map[string]any{"messages": "x", "sender_email": "mallory@example.org"}, []string{key}, 200, nil}.hold(t, s)
}
