package apptest_test

import (
	"testing"

	"syft-space/app/apptest"
)

// TestPolicies is the table of section 7 of the contract; what policies do to
// a query is tested where queries are.
func TestPolicies(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	dataset, _ := catalogue(s)
	var endpoint, other thing
	s.Must(201, "POST", "/api/v1/endpoints", object{"name": "A", "slug": "legal-qa", "dataset_id": dataset, "published": true}, &endpoint)
	s.Must(201, "POST", "/api/v1/endpoints", object{"name": "B", "slug": "other", "dataset_id": dataset}, &other)
	const all = "/api/v1/policies/"
	of := func(typ string, config any) object {
		return object{"name": "P", "policy_type": typ, "endpoint_id": endpoint.ID, "configuration": config}
	}
	var one string
	made := func(t *testing.T, s *apptest.Space) {
		list := as[struct{ Items []thing }](s, "/api/v1/policies").Items
		one = list[0].ID
	}
	play(t, s, []scenario{
		{name: "types", do: "GET /api/v1/policies/types", status: 200, has: []string{`"name":"access"`, `"name":"rate_limit"`, `"name":"accounting"`, `"name":"pii_filter"`}},
		{name: "a type", do: "GET " + all + "types/rate_limit/", status: 200, has: []string{`"per_user"`}},
		{name: "a type's schema", do: "GET " + all + "types/access/schema", status: 200, has: []string{`"allowed_users"`}},
		{name: "an unknown type", do: "GET " + all + "types/nothing", status: 404, is: detail("Policy type 'nothing' not found")},
		{name: "an unknown type's schema", do: "GET " + all + "types/nothing/schema", status: 404, is: detail("Policy type 'nothing' not found")},
		{name: "missing fields", do: "POST " + all, body: object{}, status: 422,
			is: invalid(`["body","endpoint_id"]|field required|value_error.missing`, `["body","name"]|field required|value_error.missing`, `["body","policy_type"]|field required|value_error.missing`)},
		{name: "an unknown type in a body", do: "POST " + all, body: of("magic", nil), status: 400, is: detail("Policy type 'magic' not found")},
		{name: "an endpoint that is not there", do: "POST " + all, body: object{"name": "P", "policy_type": "access", "endpoint_id": noID}, status: 404, is: detail("Endpoint '" + noID + "' not found")},
		{name: "an id that is none", do: "POST " + all, body: object{"name": "P", "policy_type": "access", "endpoint_id": "legal-qa"}, status: 422, is: invalid(`["body","endpoint_id"]|value is not a valid uuid|type_error.uuid`)},
		{name: "a configuration that is refused", do: "POST " + all, body: of("rate_limit", object{"limit": "many", "scope": "all"}), status: 400,
			has: []string{`"detail":"Invalid rate_limit config: `, `["body","configuration","limit"]`, `value_error.str.regex`, `["body","configuration","scope"]`, `type_error.enum`}},
		{name: "no price", do: "POST " + all, body: of("accounting", object{}), status: 400, has: []string{`"detail":"Invalid accounting config: `, `["body","configuration","price"]`, "field required"}},
		{name: "a price below zero", do: "POST " + all, body: of("accounting", object{"price": -1}), status: 400, has: []string{"value_error.number.not_ge"}},
		{name: "a filter of nothing", do: "POST " + all, body: of("pii_filter", object{"mode": "shred"}), status: 400, has: []string{`"detail":"Invalid pii_filter config: `, `type_error.enum`}},

		{name: "made, with its defaults", do: "POST /api/v1/policies", body: of("rate_limit", object{"limit": "20/h"}), status: 201,
			has: []string{`"policy_type":"rate_limit"`, `"enabled":true`, `"limit":"20/h"`, `"scope":"per_user"`, `"applied_to":["*"]`, `"endpoint_id":"` + endpoint.ID}, after: made},
		{name: "the alias of limit", do: "POST " + all, body: of("rate_limit", object{"rate": "5/m", "scope": "global"}), status: 201, has: []string{`"limit":"5/m"`, `"scope":"global"`}},
		{name: "access", do: "POST " + all, body: of("access", nil), status: 201, has: []string{`"allowed_users":[]`, `"denied_users":[]`}},
		{name: "accounting", do: "POST " + all, body: of("accounting", object{"price": 0.5}), status: 201, has: []string{`"currency":"USD"`, `"pricing_mode":"per_call"`}},
		{name: "pii_filter, switched off", do: "POST " + all, body: object{"name": "off", "policy_type": "pii_filter", "endpoint_id": other.ID, "enabled": false}, status: 201,
			has: []string{`"enabled":false`, `"target":"both"`, `"mode":"redact"`, `"on_error":"block"`, `"max_tokens":2048`}},
		{name: "list", do: "GET " + all + "?limit=2&skip=3", status: 200, has: []string{`"total":5,"skip":3,"limit":2`, `"policy_type":"accounting"`}},
		{name: "list of one endpoint", do: "GET " + all + "?endpoint_id=" + other.ID, status: 200, has: []string{`"total":1`, `"name":"off"`}},
		{name: "list of no endpoint", do: "GET " + all + "?endpoint_id=" + noID, status: 200, has: []string{`"items":[],"total":0`}},
		{name: "not there", do: "GET " + all + noID, status: 404, is: detail("Policy '" + noID + "' not found")},
		{name: "an id in the path that is none", do: "DELETE " + all + "legal-qa", status: 422, is: invalid(`["path","id"]|value is not a valid uuid|type_error.uuid`)},
	})
	play(t, s, []scenario{
		{name: "one", do: "GET " + all + one + "/", status: 200, has: []string{`"id":"` + one, `"name":"P"`}},
		{name: "a PATCH is shallow", do: "PATCH " + all + one, body: object{"configuration": object{"scope": "global"}}, status: 200, has: []string{`"limit":"20/h"`, `"scope":"global"`}},
		{name: "and checked whole", do: "PATCH " + all + one, body: object{"configuration": object{"limit": nil}}, status: 400, has: []string{`"detail":"Invalid rate_limit config: `, "field required"}},
		{name: "the rest", do: "PATCH " + all + one, body: object{"name": "N", "enabled": false}, status: 200, has: []string{`"name":"N"`, `"enabled":false`, `"limit":"20/h"`}},
		{name: "a PATCH of nothing", do: "PATCH " + all + one, body: object{"policy_type": "access"}, status: 422, has: []string{"nothing to change"}},
		{name: "a PATCH of what is not there", do: "PATCH " + all + noID, body: object{"name": "x"}, status: 404, is: detail("Policy '" + noID + "' not found")},
		{name: "evaluated", do: "POST " + all + "evaluate", body: object{"endpoint": "legal-qa", "email": "alice@example.org"}, status: 200, has: []string{`"allowed":`, `"policy_metadata":{"outcome":"`}},
		{name: "evaluated for no endpoint", do: "POST " + all + "evaluate", body: object{"endpoint": "nothing", "email": "a@b.example"}, status: 404, is: detail("Endpoint 'nothing' not found")},
		{name: "evaluated at no time", do: "POST " + all + "evaluate", body: object{"endpoint": "legal-qa", "email": "a@b.example", "time": "noon"}, status: 422, has: []string{`["body","time"]`}},
		{name: "deleted", do: "DELETE " + all + one, status: 200, has: []string{`"message":"`}},
		{name: "deleted twice", do: "DELETE " + all + one, status: 404, is: detail("Policy '" + one + "' not found")},
	})
}
