package apptest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestPolicyRefusals holds what every policy says no to against the contract's
// words, in one piece and as a stream, and what stays of a refused call: no
// money, no count, one event.
func TestPolicyRefusals(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	p := newProvider(t, speaks("36 months [1]"))
	model := s.model("openai", p)
	gone := s.model("ollama", newProvider(t, replies(500, "text/html", "down")))
	used := policy{"rate_limit", body{"limit": "1/d"}}
	for name, c := range map[string]struct {
		policies        []policy
		first           int // calls that pass before
		status          int
		detail, outcome string
		entries         []string
	}{
		"denied": {
			policies: []policy{{"access", body{"denied_users": []string{"*@LOCALHOST"}}}},
			status:   403, detail: "Policy 'access' blocked request: User matches denied pattern '*@LOCALHOST'", outcome: "access_denied",
			entries: []string{"access rejected denied_pattern"},
		},
		"not allowed": {
			policies: []policy{{"access", body{"allowed_users": []string{"a*"}}}, {"access", body{"allowed_users": []string{"[!o]*"}}}},
			status:   403, detail: "Policy 'access' blocked request: User does not match any allowed pattern", outcome: "access_denied",
			entries: []string{"access rejected no_allowed_pattern", "access rejected no_allowed_pattern"},
		},
		"a denied match wins over another's leave": {
			policies: []policy{{"access", body{}}, {"access", body{"allowed_users": []string{"owner@*"}, "denied_users": []string{"owner@localhos?"}}}},
			status:   403, detail: "Policy 'access' blocked request: User matches denied pattern 'owner@localhos?'", outcome: "access_denied",
			entries: []string{"access applied", "access rejected denied_pattern"},
		},
		"too often": {
			policies: []policy{{"rate_limit", body{"limit": "9/d", "scope": "global"}}, used, {"rate_limit", body{"limit": "1/d", "applied_to": []string{"*@elsewhere"}}}},
			first:    1, status: 429, detail: "Rate limit exceeded. Retry after ", outcome: "rate_limited",
			entries: []string{"rate_limit applied", "rate_limit rejected rate_limit_exceeded", "rate_limit skipped not_applied"},
		},
		"access comes first": {
			policies: []policy{{"accounting", body{"price": 1}}, used, {"access", body{"denied_users": []string{"*"}}}},
			status:   403, detail: "Policy 'access' blocked request: User matches denied pattern '*'", outcome: "access_denied",
			entries: []string{"access rejected denied_pattern"},
		},
		"a budget used up": {
			policies: []policy{{"accounting", body{"price": 0.4, "budget": body{"amount": 0.5, "period": "day"}}}},
			first:    1, status: 402, detail: "Budget exceeded", outcome: "payment_required",
			entries: []string{"accounting rejected 0.4 USD budget_exceeded"},
		},
		"what is not paid for is not counted": {
			policies: []policy{{"accounting", body{"price": 0.4, "budget": body{"amount": 0.5, "period": "day"}}}, {"rate_limit", body{"limit": "2/d"}}},
			first:    1, status: 402, detail: "Budget exceeded", outcome: "payment_required",
			entries: []string{"rate_limit applied", "accounting rejected 0.4 USD budget_exceeded"},
		},
		"one price of two cannot be paid": {
			policies: []policy{{"accounting", body{"price": 0.1}}, {"accounting", body{"price": 0.4, "currency": "EUR", "budget": body{"amount": 0.1, "period": "month"}}}},
			status:   402, detail: "Budget exceeded", outcome: "payment_required",
			entries: []string{"accounting refunded 0.1 USD query_failed", "accounting rejected 0.4 EUR budget_exceeded"},
		},
		"a filter whose model fails": {
			policies: []policy{{"accounting", body{"price": 0.4}}, {"pii_filter", body{"model_id": gone}}},
			status:   403, detail: "Policy 'pii_filter' blocked response: the model that reads the answer failed", outcome: "policy_violation",
			entries: []string{"accounting refunded 0.4 USD query_failed", "pii_filter rejected model_failed"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slug := s.endpoint(model, nil, c.policies...)
			for range c.first {
				s.ask(http.StatusOK, slug, body{})
			}
			before := balance(t, s.Data, slug)
			for range 2 { // a refused call leaves nothing behind
				for _, stream := range []bool{false, true} {
					r := s.ask(c.status, slug, body{"stream": stream})
					if !strings.HasPrefix(r.detail(), c.detail) || string(r.Policies.Outcome) != c.outcome {
						t.Errorf("outcome %q, detail %q", r.Policies.Outcome, r.detail())
					}
					if diff := cmp.Diff(c.entries, r.entries()); diff != "" {
						t.Errorf("entries (-want +got)\n%s", diff)
					}
					if wait := r.Header.Get("Retry-After"); (c.status == 429) != (wait != "") || wait != "" && !strings.Contains(r.detail(), " "+wait+" seconds.") {
						t.Errorf("Retry-After %q: %s", wait, r.detail())
					}
				}
			}
			after := balance(t, s.Data, slug)
			if after["held"] != 0 || after["payer"] != before["payer"] || after["owner"] != before["owner"] {
				t.Errorf("the accounts were %v, are %v", before, after)
			}
			want := fmt.Sprintf("%s %d", c.outcome, c.status)
			for i, got := range s.events(slug, c.first+4) {
				if i >= c.first && got != want {
					t.Errorf("event %d is %q, want %q", i, got, want)
				}
			}
		})
	}
}

func TestPoliciesThatPass(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, map[string]string{"lamps.md": manual + "\nQuestions go to ada@example.org or +49 30 1234567.\n"})
	p := newProvider(t, speaks("Ask ada@exam", "ple.org. She knows."))
	model := s.model("openai", p)
	reader := s.model("openai", newProvider(t, speaks("[READ]")))
	gone := s.model("ollama", newProvider(t, replies(500, "text/html", "down")))
	for name, c := range map[string]struct {
		policies []policy
		entries  []string
		answer   string
		cost     float64 // −1 is null
		hides    bool    // the address in the passage too
	}{
		"one that allows is enough": {
			policies: []policy{{"access", body{"allowed_users": []string{"x@y.z"}}}, {"access", body{"allowed_users": []string{"OWNER@local*"}}}},
			entries:  []string{"access skipped no_allowed_pattern", "access applied"}, answer: "Ask ada@example.org. She knows.", cost: -1,
		},
		"prices": {
			policies: []policy{{"accounting", body{"price": 0.000001}}, {"accounting", body{"price": 0.5, "pricing_mode": "per_document"}},
				{"accounting", body{"price": 0.001, "pricing_mode": "per_token"}}, {"accounting", body{"price": 0}}, {"accounting", body{"price": 9, "applied_to": []string{"*@elsewhere"}}}},
			entries: []string{"accounting charged 1e-06 USD", "accounting charged 0.5 USD", "accounting charged 0.016 USD", "accounting free 0 USD free", "accounting skipped not_applied"},
			answer:  "Ask ada@example.org. She knows.", cost: 0.516001,
		},
		"a filter": {
			policies: []policy{{"pii_filter", body{}}}, entries: []string{"pii_filter applied"}, answer: "Ask [EMAIL]. She knows.", cost: -1, hides: true,
		},
		"masks and names": {
			policies: []policy{{"pii_filter", body{"mode": "mask", "names": []string{"She"}}}}, entries: []string{"pii_filter applied"}, answer: "Ask a***@***. S*** knows.", cost: -1, hides: true,
		},
		"a filter of references only": {
			policies: []policy{{"pii_filter", body{"target": "references"}}}, entries: []string{"pii_filter applied"}, answer: "Ask ada@example.org. She knows.", cost: -1, hides: true,
		},
		"a filter that is not meant": {
			policies: []policy{{"pii_filter", body{"applied_to": []string{"*@elsewhere"}}}}, entries: []string{"pii_filter skipped not_applied"}, answer: "Ask ada@example.org. She knows.", cost: -1,
		},
		"a filter with a model": {
			policies: []policy{{"pii_filter", body{"target": "summary", "model_id": reader}}}, entries: []string{"pii_filter applied"}, answer: "[READ]", cost: -1,
		},
		"a filter whose model fails, let through": {
			policies: []policy{{"pii_filter", body{"model_id": gone, "on_error": "passthrough"}}}, entries: []string{"pii_filter applied model_failed"}, answer: "Ask [EMAIL]. She knows.", cost: -1, hides: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slug := s.endpoint(model, nil, c.policies...)
			r := s.ask(http.StatusOK, slug, body{})
			if diff := cmp.Diff(c.entries, r.entries()); diff != "" || r.Policies.Outcome != "success" {
				t.Errorf("outcome %q, entries (-want +got)\n%s", r.Policies.Outcome, diff)
			}
			if r.Summary.Message.Content != c.answer {
				t.Errorf("the answer is %q, want %q", r.Summary.Message.Content, c.answer)
			}
			if (r.Cost == nil) != (c.cost < 0) || r.Cost != nil && *r.Cost != c.cost {
				t.Errorf("the cost is %v, want %g", r.Cost, c.cost)
			}
			if content := r.References.Documents[0].Content; strings.Contains(content, "ada@") == c.hides || strings.Contains(content, "1234567") == c.hides {
				t.Errorf("the passage reads %q", content)
			}
			stream := s.ask(http.StatusOK, slug, body{"stream": true})
			if got := said(t, stream.Body); got != c.answer {
				t.Errorf("the stream says %q, want %q", got, c.answer)
			}
			if hidden := !strings.Contains(c.answer, "ada@"); hidden && c.hides && strings.Contains(stream.Body, "ada@") {
				t.Errorf("what is hidden left in the stream: %s", stream.Body)
			}
			last := frames(t, stream)
			if d := last[len(last)-1]; d["done"] != true || d["policy_metadata"].(body)["outcome"] != "success" {
				t.Errorf("the last frame is %v", d)
			}
			if c.cost > 0 {
				want := map[string]int64{"payer": -2 * int64(c.cost*1e6), "held": 0, "owner": 2 * int64(c.cost*1e6)}
				if diff := cmp.Diff(want, balance(t, s.Data, slug)); diff != "" {
					t.Errorf("accounts (-want +got)\n%s", diff)
				}
			}
			for _, got := range s.events(slug, 2) {
				if got != "success 200" {
					t.Errorf("the event is %q", got)
				}
			}
		})
	}
}

// TestNothingFoundIsNotCharged covers what the contract calls an empty answer.
func TestNothingFoundIsNotCharged(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	var quotes thing
	s.Must(http.StatusCreated, "POST", "/api/v1/models", body{"name": "quotes", "dtype": "extractive"}, &quotes)
	price := policy{"accounting", body{"price": 1}}
	for name, slug := range map[string]string{
		"no documents":              s.endpoint("", nil, price),
		"no answer":                 s.endpoint(quotes.ID, nil, price),
		"a model that says nothing": s.endpoint(s.model("openai", newProvider(t, speaks("\n", " \n"))), nil, price),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := s.ask(http.StatusOK, slug, body{"similarity_threshold": 1})
			if diff := cmp.Diff([]string{"accounting refunded 1 USD empty_answer"}, r.entries()); diff != "" || *r.Cost != 0 {
				t.Errorf("cost %g, entries (-want +got)\n%s", *r.Cost, diff)
			}
			if accounts := balance(t, s.Data, slug); accounts["payer"] != 0 || accounts["owner"] != 0 {
				t.Errorf("the accounts are %v", accounts)
			}
		})
	}
}

// TestPreviewAndEvaluateTouchNothing asks both for an endpoint whose policies
// would refuse, and then as many times as the limit allows.
func TestPreviewAndEvaluateTouchNothing(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	p := newProvider(t, speaks("36 months"))
	slug := s.endpoint(s.model("openai", p), nil,
		policy{"rate_limit", body{"limit": "2/d"}}, policy{"accounting", body{"price": 0.25, "budget": body{"amount": 0.5, "period": "day"}}}, policy{"pii_filter", body{}})
	at := "/api/v1/endpoints/" + slug
	evaluate := func(email string) (r struct {
		reply
		Allowed bool
		Retry   *int `json:"retry_after"`
	}) {
		s.Must(http.StatusOK, "POST", "/api/v1/policies/evaluate", body{"endpoint": slug, "email": email}, &r)
		return r
	}
	for range 3 {
		var r reply
		s.Must(http.StatusOK, "POST", at+"/preview", body{"messages": "How long is the warranty?"}, &r)
		want := []string{"rate_limit applied", "accounting skipped 0.25 USD preview", "pii_filter applied"}
		if diff := cmp.Diff(want, r.entries()); diff != "" || r.Summary.Message.Content != "36 months" || *r.Cost != 0 {
			t.Errorf("a preview says %s\n%s", r.Body, diff)
		}
		if e := evaluate("Owner@localhost"); !e.Allowed || e.Detail != nil || e.Policies.Outcome != "success" || len(e.Policies.Entries) != 3 {
			t.Errorf("evaluate says %+v", e)
		}
	}
	if accounts := balance(t, s.Data, slug); len(accounts) != 0 {
		t.Errorf("a preview moved money: %v", accounts)
	}
	for range 2 {
		s.ask(http.StatusOK, slug, body{})
	}
	s.ask(http.StatusTooManyRequests, slug, body{})
	e := evaluate("owner@localhost")
	if e.Allowed || !strings.HasPrefix(e.detail(), "Rate limit exceeded") || e.Retry == nil || *e.Retry < 86_000 {
		t.Errorf("evaluate says %+v", e)
	}
	want := []string{"rate_limit rejected rate_limit_exceeded", "accounting rejected 0.25 USD budget_exceeded", "pii_filter applied"}
	if diff := cmp.Diff(want, e.entries()); diff != "" {
		t.Errorf("evaluate's entries (-want +got)\n%s", diff)
	}
	if e := evaluate("somebody@else"); !e.Allowed {
		t.Errorf("another user is refused: %+v", e)
	}
	var later struct{ Allowed bool }
	s.Must(http.StatusOK, "POST", "/api/v1/policies/evaluate", body{"endpoint": slug, "email": "owner@localhost", "time": time.Now().UTC().Add(32 * 24 * time.Hour)}, &later)
	if !later.Allowed {
		t.Error("a month later the limit and the budget are still used up")
	}
	var preview reply // looks past the refusals
	s.Must(http.StatusOK, "POST", at+"/preview", body{"messages": "How long is the warranty?", "stream": false}, &preview)
	if preview.Summary == nil || preview.Policies.Outcome != "rate_limited" {
		t.Errorf("a preview of what is refused: %+v", preview.Policies)
	}
	if got := s.events(slug, 3); len(got) != 3 {
		t.Errorf("previews were recorded: %v", got)
	}
	s.Must(http.StatusNotFound, "POST", "/api/v1/policies/evaluate", body{"endpoint": "nothing", "email": "a@b.c"}, nil)
}

// TestPolicyRoutes walks through the life of policies.
func TestPolicyRoutes(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint("", nil)
	var endpoint thing
	s.Must(http.StatusOK, "GET", "/api/v1/endpoints/"+slug, nil, &endpoint)
	const nobody = "11111111-1111-4111-8111-111111111111"
	create := func(typ string, config any) body {
		return body{"name": "n", "policy_type": typ, "configuration": config, "endpoint_id": endpoint.ID}
	}
	for name, c := range map[string]struct {
		method, path string
		sent         body
		status       int
		has          []string
	}{
		"an unknown type":              {"POST", "", create("quota", body{}), 400, []string{`"detail":"Policy type 'quota' not found"`}},
		"no endpoint":                  {"POST", "", body{"name": "n", "policy_type": "access", "endpoint_id": nobody}, 404, []string{"Endpoint '" + nobody + "' not found"}},
		"no fields":                    {"POST", "", body{}, 422, []string{`["body","name"]`, `["body","policy_type"]`, `["body","endpoint_id"]`}},
		"a limit of a wrong form":      {"POST", "", create("rate_limit", body{"limit": "0/h"}), 400, []string{`"detail":"Invalid rate_limit config: `, `["body","configuration","limit"]`}},
		"a limit without a unit":       {"POST", "", create("rate_limit", body{"limit": "5"}), 400, []string{"Invalid rate_limit config: "}},
		"no limit":                     {"POST", "", create("rate_limit", body{}), 400, []string{"Invalid rate_limit config: ", "value_error.missing"}},
		"an unknown scope":             {"POST", "", create("rate_limit", body{"limit": "5/m", "scope": "all"}), 400, []string{`["body","configuration","scope"]`}},
		"nobody it applies to":         {"POST", "", create("rate_limit", body{"limit": "5/m", "applied_to": []string{}}), 400, []string{`["body","configuration","applied_to"]`}},
		"a price below nothing":        {"POST", "", create("accounting", body{"price": -1}), 400, []string{"Invalid accounting config: ", `["body","configuration","price"]`}},
		"a price of seven decimals":    {"POST", "", create("accounting", body{"price": 0.0000001}), 400, []string{"at most 6 decimals"}},
		"an unknown mode of pricing":   {"POST", "", create("accounting", body{"price": 1, "pricing_mode": "per_word"}), 400, []string{`["body","configuration","pricing_mode"]`}},
		"a budget of an unknown span":  {"POST", "", create("accounting", body{"price": 1, "budget": body{"amount": 1, "period": "year"}}), 400, []string{`["body","configuration","budget","period"]`}},
		"an unknown detector":          {"POST", "", create("pii_filter", body{"detectors": []string{"passport"}}), 400, []string{"Invalid pii_filter config: ", `["body","configuration","detectors",0]`}},
		"an unknown mode of hiding":    {"POST", "", create("pii_filter", body{"mode": "shred"}), 400, []string{`["body","configuration","mode"]`}},
		"access of a wrong type":       {"POST", "", create("access", body{"allowed_users": "a@b.c"}), 400, []string{"Invalid access config: ", `["body","configuration","allowed_users"]`}},
		"a configuration that is none": {"POST", "", create("access", "x"), 422, []string{`["body","configuration"]`, "type_error.dict"}},
		"a policy that is not there":   {"GET", "/" + nobody, nil, 404, []string{"Policy '" + nobody + "' not found"}},
		"an id that is none":           {"GET", "/x", nil, 422, []string{"type_error.uuid"}},
		"its types":                    {"GET", "/types/", nil, 200, []string{`"access"`, `"rate_limit"`, `"accounting"`, `"pii_filter"`, "config_schema"}},
		"one type":                     {"GET", "/types/pii_filter/schema", nil, 200, []string{"on_error"}},
		"a type that is not there":     {"GET", "/types/quota", nil, 404, []string{"Policy type 'quota' not found"}},
		"a filter that is none":        {"GET", "?endpoint_id=x", nil, 422, []string{`["query","endpoint_id"]`}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var sent any
			if c.sent != nil {
				sent = c.sent
			}
			a := s.Must(c.status, c.method, "/api/v1/policies"+c.path, sent, nil)
			for _, want := range c.has {
				if !strings.Contains(a.Body, want) {
					t.Errorf("the answer is without %q: %s", want, a.Body)
				}
			}
		})
	}
	t.Run("life", func(t *testing.T) {
		t.Parallel()
		slug := s.endpoint("", nil)
		s.Must(http.StatusOK, "GET", "/api/v1/endpoints/"+slug, nil, &endpoint)
		var made struct {
			ID            string
			Enabled       bool
			Configuration body
		}
		s.Must(http.StatusCreated, "POST", "/api/v1/policies/", body{
			"name": "n", "policy_type": "rate_limit", "configuration": body{"rate": "1/d"}, "endpoint_id": endpoint.ID}, &made)
		if diff := cmp.Diff(body{"limit": "1/d", "scope": "per_user", "applied_to": []any{"*"}}, made.Configuration); diff != "" || !made.Enabled {
			t.Errorf("stored (-want +got)\n%s", diff)
		}
		at := "/api/v1/policies/" + made.ID
		s.ask(http.StatusOK, slug, body{})
		s.ask(http.StatusTooManyRequests, slug, body{})
		s.Must(http.StatusOK, "PATCH", at, body{"enabled": false}, nil)
		if r := s.ask(http.StatusOK, slug, body{}); len(r.Policies.Entries) != 0 {
			t.Errorf("a disabled policy has an entry: %v", r.entries())
		}
		s.Must(http.StatusOK, "PATCH", at, body{"enabled": true, "configuration": body{"limit": "2/d"}}, &made)
		if made.Configuration["scope"] != "per_user" || made.Configuration["limit"] != "2/d" {
			t.Errorf("a change is laid over the stored one: %v", made.Configuration)
		}
		s.Must(http.StatusBadRequest, "PATCH", at, body{"configuration": body{"scope": "none"}}, nil)
		s.ask(http.StatusOK, slug, body{}) // the count stayed
		s.ask(http.StatusTooManyRequests, slug, body{})
		s.Must(http.StatusUnprocessableEntity, "PATCH", at, body{}, nil)
		var list struct{ Total int }
		s.Must(http.StatusOK, "GET", "/api/v1/policies?endpoint_id="+endpoint.ID, nil, &list)
		s.Must(http.StatusOK, "DELETE", at, nil, nil)
		s.ask(http.StatusOK, slug, body{})
		if list.Total != 1 {
			t.Errorf("%d policies are listed", list.Total)
		}
	})
}

// TestOldClientsSeeTheirRateLimitStatus sets compat.rate_limit_status.
func TestOldClientsSeeTheirRateLimitStatus(t *testing.T) {
	t.Parallel()
	s := openShop(t, body{"compat.rate_limit_status": 403, "auth.admin_key": "geheim-0123456789", "limits.api_per_minute": 60}, shelf)
	slug := s.endpoint("", nil, policy{"rate_limit", body{"limit": "1/m"}})
	s.ask(http.StatusOK, slug, body{})
	r := s.ask(http.StatusForbidden, slug, body{})
	if r.Header.Get("Retry-After") == "" || r.Policies.Outcome != "rate_limited" || !strings.HasPrefix(r.detail(), "Rate limit exceeded") {
		t.Errorf("refused with %v %s", r.Header, r.Body)
	}
	if got := s.events(slug, 2)[1]; got != "rate_limited 403" {
		t.Errorf("the event is %q", got)
	}
	s.Eventually(func() string { // the API's own limit keeps its status
		if a := s.Send("GET", "/api/v1/datasets", nil); a.Status != http.StatusTooManyRequests {
			return fmt.Sprintf("status %d", a.Status)
		}
		return ""
	})
}
