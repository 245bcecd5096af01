package apptest_test

import (
	"strings"
	"testing"

	"syft-space/app/apptest"
)

const noID = "550e8400-e29b-41d4-a716-446655440000" // of nothing

// catalogue makes a dataset and a model and returns their ids.
func catalogue(s *apptest.Space) (dataset, model string) {
	var d, m thing
	s.Must(201, "POST", "/api/v1/datasets", object{"name": "docs", "dtype": "local_file", "summary": "All of them"}, &d)
	s.Must(201, "POST", "/api/v1/models", object{
		"name": "gpt", "dtype": "openai", "configuration": object{"model": "m", "api_key": "sk-0123456789abcdefghij", "base_url": "http://127.0.0.1:1"},
	}, &m)
	return d.ID, m.ID
}

// TestEndpoints is section 3 of the contract without marketplaces.
func TestEndpoints(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	dataset, model := catalogue(s)
	const all, one = "/api/v1/endpoints/", "/api/v1/endpoints/legal-qa"
	with := func(name string, v any) object {
		b := object{"name": "Legal Q&A", "slug": "legal-qa", "dataset_id": dataset, "model_id": model}
		b[name] = v
		return b
	}
	var created object
	play(t, s, []scenario{
		{name: "neither dataset nor model", do: "POST " + all, body: object{"name": "x", "slug": "abc"}, status: 400,
			is: detail("At least one of dataset_id or model_id must be provided")},
		{name: "a dataset that is not there", do: "POST " + all, body: with("dataset_id", noID), status: 404, is: detail("Dataset '" + noID + "' not found")},
		{name: "a model that is not there", do: "POST " + all, body: with("model_id", noID), status: 404, is: detail("Model '" + noID + "' not found")},
		{name: "raw without a dataset", do: "POST " + all, body: object{"name": "x", "slug": "abc", "model_id": model, "response_type": "raw"}, status: 422,
			is: invalid(`["body"]|response_type 'raw' needs a dataset_id|value_error`)},
		{name: "summary without a model", do: "POST " + all, body: object{"name": "x", "slug": "abc", "dataset_id": dataset, "response_type": "summary"}, status: 422,
			is: invalid(`["body"]|response_type 'summary' needs a model_id|value_error`)},
		{name: "both with a dataset only", do: "POST " + all, body: object{"name": "x", "slug": "half", "dataset_id": dataset}, status: 201,
			has: []string{`"response_type":"both"`, `"model_id":null`}},
		{name: "both with a model only", do: "POST " + all, body: object{"name": "x", "slug": "other-half", "model_id": model}, status: 201, has: []string{`"dataset_id":null`}},
		{name: "the seed's example of an error", do: "POST " + all, body: object{"slug": "My Endpoint"}, status: 422,
			is: invalid(`["body","name"]|field required|value_error.missing`, `["body","slug"]|string does not match regex "^[a-z0-9]+(-[a-z0-9]+)*$"|value_error.str.regex`)},
		{name: "created", do: "POST " + strings.TrimSuffix(all, "/"), body: with("nobody", 1), status: 201,
			has: []string{`"name":"Legal Q&A"`, `"description":""`, `"summary":""`, `"published":false`, `"archived":false`, `"tags":""`, `"system_prompt":null`,
				`"published_to":[]`, `"dataset_id":"` + dataset, `"model_id":"` + model, `"tenant_id":"00000000-0000-4000-8000-000000000001"`, one + `/query"`},
			after: func(t *testing.T, s *apptest.Space) { created = as[object](s, one) }},
		{name: "a slug twice", do: "POST " + all, body: with("name", "y"), status: 409, is: detail("Endpoint slug 'legal-qa' already exists")},
		{name: "a slug twice comes before what is not there", do: "POST " + all, body: with("dataset_id", noID), status: 409, is: detail("Endpoint slug 'legal-qa' already exists")},
		{name: "an empty slug beside another problem", do: "POST " + all, body: object{"slug": ""}, status: 422,
			is: invalid(`["body","name"]|field required|value_error.missing`, `["body","slug"]|string does not match regex "^[a-z0-9]+(-[a-z0-9]+)*$"|value_error.str.regex`)},
		{name: "detail", do: "GET " + one, status: 200, has: []string{`"policies":[]`, `"dataset":{"id":"` + dataset, `"summary":"All of them"`, `"model":{"id":"` + model, `********ghij`}, hasNot: []string{"0123456789"}},
		{name: "list", do: "GET " + all + "?limit=1&skip=2", status: 200, has: []string{`"total":3`, `"slug":"legal-qa"`, `"policy_count":0`, `********ghij`}, hasNot: []string{"0123456789", `"description"`}},
		{name: "not there", do: "GET /api/v1/endpoints/nothing", status: 404, is: detail("Endpoint 'nothing' not found")},
		{name: "lookup is exact", do: "GET /api/v1/endpoints/Legal-QA", status: 404, is: detail("Endpoint 'Legal-QA' not found")},
		{name: "changed", do: "PATCH " + one + "/", status: 200,
			body: object{"name": "N", "summary": "S", "description": "D", "tags": "a,b", "published": true, "system_prompt": "P"},
			has:  []string{`"name":"N"`, `"summary":"S"`, `"description":"D"`, `"tags":"a,b"`, `"published":true`, `"system_prompt":"P"`}},
		{name: "what never changes stays", do: "PATCH " + one, body: object{"summary": "T", "slug": "new-slug", "response_type": "raw", "dataset_id": nil}, status: 200,
			has: []string{`"slug":"legal-qa"`, `"response_type":"both"`, `"dataset_id":"` + dataset}},
		{name: "an empty text clears the prompt", do: "PATCH " + one, body: object{"system_prompt": ""}, status: 200, has: []string{`"system_prompt":null`}},
		{name: "a PATCH of nothing", do: "PATCH " + one, body: object{}, status: 422,
			is: invalid(`["body"]|nothing to change: send at least one of name, summary, description, published, tags, system_prompt|value_error`)},
		{name: "a PATCH of nothing that changes", do: "PATCH " + one, body: object{"slug": "new-slug"}, status: 422},
		{name: "a PATCH of what is not there", do: "PATCH /api/v1/endpoints/nothing", body: object{"name": "x"}, status: 404, is: detail("Endpoint 'nothing' not found")},
		{name: "updated_at moves, created_at does not", do: "GET " + one, status: 200, after: func(t *testing.T, s *apptest.Space) {
			now := as[object](s, one)
			if now["created_at"] != created["created_at"] || now["updated_at"] == created["updated_at"] {
				t.Errorf("times %v and %v, were %v and %v", now["created_at"], now["updated_at"], created["created_at"], created["updated_at"])
			}
		}},
		{name: "archived", do: "POST " + one + "/archive", status: 200, has: []string{`"archived":true`}},
		{name: "archived twice", do: "POST " + one + "/archive/", status: 200, has: []string{`"archived":true`}},
		{name: "an archived one is gone for callers", do: "POST " + one + "/query", body: object{"messages": "x"}, status: 410, has: []string{`"detail":"Endpoint is archived"`}},
		{name: "unarchived", do: "POST " + one + "/unarchive", status: 200, has: []string{`"archived":false`}},
		{name: "archiving what is not there", do: "POST /api/v1/endpoints/nothing/archive", status: 404, is: detail("Endpoint 'nothing' not found")},
		{name: "unarchiving what is not there", do: "POST /api/v1/endpoints/nothing/unarchive", status: 404, is: detail("Endpoint 'nothing' not found")},
		{name: "what it joins cannot go", do: "DELETE /api/v1/datasets/docs", status: 409, is: detail("Dataset 'docs' is used by endpoints: half, legal-qa")},
		{name: "a policy of it", do: "POST /api/v1/policies", body: object{"name": "p", "policy_type": "access", "endpoint_id": noID}, status: 404,
			is: detail("Endpoint '" + noID + "' not found"), after: func(t *testing.T, s *apptest.Space) {
				s.Must(201, "POST", "/api/v1/policies", object{"name": "p", "policy_type": "access", "endpoint_id": created["id"]}, nil)
			}},
		{name: "is counted", do: "GET " + all, status: 200, has: []string{`"policy_count":1`}},
		{name: "deleted", do: "DELETE " + one, status: 200, has: []string{`"message":"`}, after: func(t *testing.T, s *apptest.Space) {
			if n := as[struct{ Total int }](s, "/api/v1/policies").Total; n != 0 {
				t.Errorf("%d policies are left", n)
			}
			s.Must(200, "GET", "/api/v1/datasets/docs", nil, nil)
			s.Must(200, "GET", "/api/v1/models/gpt", nil, nil)
		}},
		{name: "deleted twice", do: "DELETE " + one, status: 404, is: detail("Endpoint 'legal-qa' not found")},
	})
}

// TestSlugs holds every form of a slug against creating and against asking.
func TestSlugs(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	dataset, _ := catalogue(s)
	const pattern = `["body","slug"]|string does not match regex "^[a-z0-9]+(-[a-z0-9]+)*$"|value_error.str.regex`
	for slug, good := range map[string]bool{
		"abc": true, "my-endpoint": true, "legal-qa-v2": true, "docs123": true, "0-0": true, strings.Repeat("a", 64): true,
		"": false, "ab": false, strings.Repeat("a", 65): false, "My-Endpoint": false, "-docs": false, "docs-": false, "my--endpoint": false, "a b c": false, "döcs": false, "docs\n": false,
	} {
		var said struct {
			Slug      string
			Available bool `json:"local_available"`
		}
		ask := func() bool {
			s.Must(200, "POST", "/api/v1/endpoints/validate-slug/", object{"slug": slug}, &said)
			return said.Available
		}
		if ask() != good || said.Slug != slug {
			t.Errorf("%q: available %v", slug, said)
		}
		a := s.Send("POST", "/api/v1/endpoints", object{"name": "x", "slug": slug, "dataset_id": dataset})
		switch {
		case good && a.Status != 201, !good && (a.Status != 422 || compact(a.Body) != invalid(pattern)):
			t.Errorf("%q is answered %d %s", slug, a.Status, a.Body)
		case ask():
			t.Errorf("%q is available after its making", slug)
		}
	}
	play(t, s, []scenario{{name: "no marketplace is asked", do: "POST /api/v1/endpoints/validate-slug", body: object{"slug": "free", "check_all_marketplaces": false},
		status: 200, is: `{"slug":"free","local_available":true,"marketplaces":null}`}})
}
