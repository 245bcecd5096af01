package apptest_test

import (
	"database/sql"
	"net/http"
	"path/filepath"
	"testing"

	"syft-space/app/apptest"
)

func TestTenantsAreRefusedWhileTenancyIsOff(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	acme := map[string]any{"name": "acme", "display_name": "Acme"}
	for _, x := range []exchange{
		{"POST", "/api/v1/tenants", acme, nil, 403, []string{"Tenancy is switched off"}},
		{"POST", "/api/v1/tenants", map[string]any{}, nil, 403, nil}, // before the body is looked at
		{"GET", "/api/v1/tenants/", nil, nil, 403, []string{"Tenancy is switched off"}},
		{"GET", "/api/v1/tenants/root", nil, nil, 403, []string{"Tenancy is switched off"}},
		{"GET", "/api/v1/datasets", nil, []string{"X-Tenant-Name: acme"}, 200, nil}, // everything belongs to root
	} {
		x.hold(t, s)
	}
}

func TestTenants(t *testing.T) {
	t.Parallel()
	settings := map[string]any{"auth.admin_key": adminKey, "tenancy.enabled": true, "tenancy.default_tenant": "acme"}
	s := apptest.New(t, apptest.Options{Settings: settings})
	acme := map[string]any{"name": "acme", "display_name": "Acme", "domain": "acme.example", "metadata": map[string]any{"plan": "free"}}
	for _, x := range []exchange{
		{"POST", "/api/v1/tenants", acme, nil, 201, []string{`"name":"acme"`, `"domain":"acme.example"`, `"metadata":{"plan":"free"}`, `"is_active":true`}},
		{"POST", "/api/v1/tenants", map[string]any{"name": "asleep", "display_name": "Asleep"}, nil, 201, []string{`"domain":null`, `"metadata":{}`}},
		{"POST", "/api/v1/tenants", acme, nil, 409, []string{"Tenant 'acme' already exists"}},
		{"POST", "/api/v1/tenants", map[string]any{"name": "a/b"}, nil, 422, []string{`["body","name"]`, `["body","display_name"]`}},
		{"GET", "/api/v1/tenants?limit=1", nil, nil, 200, []string{`"total":3`, `"name":"root"`}},
		{"GET", "/api/v1/tenants/acme", nil, nil, 200, []string{`"display_name":"Acme"`}},
		{"GET", "/api/v1/tenants/nobody", nil, nil, 404, []string{"Tenant 'nobody' not found"}},
	} {
		x.hold(t, s)
	}
	s.Stop()
	inactive(t, s.Data, "asleep")
	s = apptest.New(t, apptest.Options{Settings: settings, Data: s.Data})
	const as = "X-Tenant-Name: "
	ask := map[string]any{"messages": "x"}
	for name, x := range map[string]exchange{
		"none":                         {"GET", "/api/v1/datasets", nil, nil, 400, []string{"X-Tenant-Name header is required"}},
		"an unknown one":               {"GET", "/api/v1/datasets", nil, []string{as + "nobody"}, 404, []string{"Tenant 'nobody' not found"}},
		"an inactive one":              {"GET", "/api/v1/datasets", nil, []string{as + "asleep"}, 403, []string{"Tenant 'asleep' is not active"}},
		"an active one":                {"GET", "/api/v1/datasets", nil, []string{as + "acme"}, 200, []string{`"total":0`}},
		"none, at a query":             {"POST", "/api/v1/endpoints/x/query", ask, nil, 400, []string{"X-Tenant-Name header is required"}},
		"none, at a public route":      {"GET", "/api/v1/datasets/x/health", nil, []string{"Authorization: "}, 400, []string{"X-Tenant-Name header is required"}},
		"credentials come first":       {"GET", "/api/v1/datasets", nil, []string{"Authorization: Bearer falsch"}, 401, nil},
		"the tenant before the body":   {"POST", "/api/v1/datasets", "{", nil, 400, nil},
		"health needs none":            {"GET", "/api/v1/health", nil, []string{"Authorization: "}, 200, nil},
		"the whole Space needs none":   {"GET", "/api/v1/settings", nil, nil, 200, nil},
		"a satellite's default tenant": {"POST", "/api/v1/endpoints/x/query", ask, []string{"Authorization: Bearer eyJh.e30.x"}, 424, nil},
		"a satellite's unknown tenant": {"POST", "/api/v1/endpoints/x/query", ask, []string{"Authorization: Bearer eyJh.e30.x", as + "nobody"}, 404, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.hold(t, s)
		})
	}
}

// inactive switches a tenant off in the database: no route does it.
func inactive(t *testing.T, data, name string) {
	t.Helper()
	db, err := sql.Open("sqlite", filepath.Join(data, "space.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("UPDATE tenants SET active = 0 WHERE name = ?", name); err != nil {
		t.Fatal(err)
	}
}

func TestAKeyOfATenantStaysInIt(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": adminKey, "tenancy.enabled": true}})
	for _, name := range []string{"acme", "other"} {
		s.Must(201, "POST", "/api/v1/tenants", map[string]any{"name": name, "display_name": name}, nil)
		s.Must(201, "POST", "/api/v1/models", map[string]any{"name": "only-" + name, "dtype": "extractive"}, nil, "X-Tenant-Name: "+name)
	}
	keys := map[string]string{}
	for _, tenant := range []string{"acme", "root"} {
		var k issued
		s.Must(http.StatusCreated, "POST", "/api/v1/keys", map[string]any{"name": "n", "email": "a@example.org", "scopes": []string{"admin"}}, &k, "X-Tenant-Name: "+tenant)
		keys[tenant] = "Authorization: Bearer " + k.Key
	}
	for name, x := range map[string]exchange{
		"it needs no header":            {"GET", "/api/v1/models/only-acme", nil, []string{keys["acme"]}, 200, nil},
		"it wins over the header":       {"GET", "/api/v1/models/only-other", nil, []string{keys["acme"], "X-Tenant-Name: other"}, 404, nil},
		"also where none is needed":     {"GET", "/api/v1/models/only-other/health", nil, []string{keys["acme"], "X-Tenant-Name: other"}, 404, nil},
		"it sees no other tenants":      {"GET", "/api/v1/tenants", nil, []string{keys["acme"]}, 403, []string{"may not manage the whole Space"}},
		"it makes no tenants":           {"POST", "/api/v1/tenants", map[string]any{"name": "x", "display_name": "x"}, []string{keys["acme"]}, 403, nil},
		"it changes no settings of all": {"PATCH", "/api/v1/settings", map[string]any{"api_per_hour": 1}, []string{keys["acme"]}, 403, nil},
		"one of root does":              {"GET", "/api/v1/tenants", nil, []string{keys["root"]}, 200, []string{`"total":3`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x.hold(t, s)
		})
	}
}
