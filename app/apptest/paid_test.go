package apptest_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app"
)

// TestKilledQueriesCostNothing ends the program with SIGKILL in the middle of
// priced queries, again and again. After each start nothing is held, every
// answer that a caller got is paid for, and what was not answered is not.
func TestKilledQueriesCostNothing(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program six times")
	}
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(home, "data")
	p := newProvider(t, nil)
	p.says = func(w http.ResponseWriter, r *http.Request) {
		if rand.IntN(2) == 0 {
			p.hang(w, r)
			return
		}
		speaks("well")(w, r)
	}
	run := start(t, data, home, "serve", "--port", "0")
	url := run.url(data)
	policy := priced(t, url, data, p)
	answered := 0
	for round := range 5 {
		answered += burst(t, url, data, func() {
			time.Sleep(time.Duration(rand.IntN(400)) * time.Millisecond)
			run.kill()
		})
		run = start(t, data, home, "serve", "--port", "0")
		url = run.url(data)
		paid := balance(t, data, "paid")
		var open, settled int64
		query(t, data, "SELECT count(*) FILTER (WHERE settled IS NULL), count(*) FILTER (WHERE settled > 0) FROM reservations", func(rows *sql.Rows) error {
			return rows.Scan(&open, &settled)
		})
		if open != 0 || paid["held"] != 0 || paid["owner"] != settled*250_000 || settled < int64(answered) {
			t.Errorf("round %d: %d are open, %d settled, %d answered: %v", round, open, settled, answered, paid)
		}
	}
	if answered == 0 {
		t.Error("nobody got an answer")
	}

	// The budget counts what was paid for, and nothing of what was refunded.
	p.says = speaks("well")
	budget := float64(balance(t, data, "paid")["owner"])/1e6 + 0.5
	call(t, url, data, "PATCH", "/api/v1/policies/"+policy, body{"configuration": body{"budget": body{"amount": budget, "period": "month"}}}, &struct{}{})
	statuses := [3]int{}
	for i := range statuses {
		statuses[i] = post(t, url, data)
	}
	if want := [3]int{200, 200, 402}; statuses != want {
		t.Errorf("with a budget for two more: %v", statuses)
	}
	run.stop()
}

// priced opens an endpoint named paid over the provider and returns the id of
// its price, 0.25 a call.
func priced(t *testing.T, url, data string, p *provider) string {
	t.Helper()
	var model, endpoint, policy thing
	call(t, url, data, "POST", "/api/v1/models/", body{"name": "m", "dtype": "openai", "configuration": body{"model": "m", "base_url": p.URL + "/v1"}}, &model)
	call(t, url, data, "POST", "/api/v1/endpoints/", body{"name": "Paid", "slug": "paid", "model_id": model.ID, "published": true}, &endpoint)
	call(t, url, data, "POST", "/api/v1/policies/", body{"name": "price", "policy_type": "accounting", "configuration": body{"price": 0.25}, "endpoint_id": endpoint.ID}, &policy)
	return policy.ID
}

// burst sends many queries at once while end ends the program, and returns how
// many were answered.
func burst(t *testing.T, url, data string, end func()) int {
	t.Helper()
	var answered atomic.Int64
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 20 {
				switch post(t, url, data) {
				case http.StatusOK:
					answered.Add(1)
				case 0:
					return
				}
			}
		})
	}
	end()
	callers.Wait()
	return int(answered.Load())
}

// post sends one query and returns its status, 0 where there was no whole answer.
func post(t *testing.T, url, data string) int {
	token := "none"
	if run, err := app.ReadRunFile(data); err == nil {
		token = run.Token
	}
	req, err := http.NewRequestWithContext(t.Context(), "POST", url+"/api/v1/endpoints/paid/query", bodyOf(body{"messages": "x"}))
	if err != nil {
		t.Error(err)
		return 0
	}
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0
	}
	defer res.Body.Close()
	if json.NewDecoder(res.Body).Decode(&body{}) != nil {
		return 0
	}
	return res.StatusCode
}

// TestLimitsOfAnHourSurviveAKill counts at a limit, kills the program once the
// count is on the disk, and finds the rest of the limit afterwards.
func TestLimitsOfAnHourSurviveAKill(t *testing.T) {
	if testing.Short() {
		t.Skip("starts the program twice")
	}
	t.Parallel()
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(home, "data")
	run := start(t, data, home, "serve", "--port", "0")
	url := run.url(data)
	priced(t, url, data, newProvider(t, speaks("well")))
	var endpoint thing
	call(t, url, data, "GET", "/api/v1/endpoints/paid", nil, &endpoint)
	call(t, url, data, "POST", "/api/v1/policies/", body{"name": "l", "policy_type": "rate_limit", "configuration": body{"limit": "5/h"}, "endpoint_id": endpoint.ID}, &struct{}{})
	for range 3 {
		post(t, url, data)
	}
	stored := 0
	for tries := 0; stored != 3; tries++ {
		query(t, data, "SELECT count FROM rate_counts", func(rows *sql.Rows) error { return rows.Scan(&stored) })
		if tries > 2400 {
			t.Fatalf("%d calls are counted on the disk", stored)
		}
		sleep()
	}
	run.kill()
	run = start(t, data, home, "serve", "--port", "0")
	url = run.url(data)
	statuses := [3]int{}
	for i := range statuses {
		statuses[i] = post(t, url, data)
	}
	if want := [3]int{200, 200, 429}; statuses != want {
		t.Errorf("after the kill: %v", statuses)
	}
	run.stop()
}

// till is an accounting service in memory, over real HTTP.
type till struct {
	*httptest.Server
	mu     sync.Mutex
	answer map[string]http.HandlerFunc // by step; overrides what it does
	steps  []string
}

func newTill(t *testing.T) *till {
	t.Helper()
	c := &till{answer: map[string]http.HandlerFunc{}}
	c.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		step := filepath.Base(r.URL.Path)
		var sent body
		_ = json.NewDecoder(r.Body).Decode(&sent)
		c.mu.Lock()
		c.steps = append(c.steps, fmt.Sprint(step, " ", sent["transactionId"], sent["token"], " ", sent["amount"]))
		c.mu.Unlock()
		if email, password, _ := r.BasicAuth(); email != "owner@space.example" || password != "geheim" {
			w.WriteHeader(http.StatusUnauthorized)
			return
		}
		if own, ok := c.answer[step]; ok {
			own(w, r)
			return
		}
		writeJSON(w, body{"transaction": body{"id": "tx-1", "status": "PENDING"}})
	}))
	t.Cleanup(c.Close)
	return c
}

func (c *till) done() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steps
}

// TestTheAccountingService has payments opened, confirmed and cancelled at a
// service of the first generation, which fails in turn at everything.
func TestTheAccountingService(t *testing.T) {
	t.Parallel()
	const open, confirm, cancel = "create <nil>tok 0.25", "confirm tx-1<nil> <nil>", "cancel tx-1<nil> <nil>"
	lost := 0 // answers that were lost
	for name, c := range map[string]struct {
		token   any
		answer  map[string]http.HandlerFunc
		says    http.HandlerFunc
		status  int
		detail  string
		entries []string
		steps   []string
		owner   int64
	}{
		"paid":                       {"tok", nil, speaks("well"), 200, "", []string{"accounting charged 0.25 USD"}, []string{open, confirm}, 250_000},
		"no token":                   {nil, nil, speaks("well"), 402, "transaction_token required", []string{"accounting rejected 0.25 USD transaction_token_required"}, nil, 0},
		"refused":                    {"tok", map[string]http.HandlerFunc{"create": replies(400, "application/json", `{"detail":"RAW"}`)}, speaks("well"), 402, "The accounting service refused the payment", []string{"accounting rejected 0.25 USD payment_refused"}, []string{open}, 0},
		"down":                       {"tok", map[string]http.HandlerFunc{"create": replies(502, "text/html", "RAW")}, speaks("well"), 503, "The accounting service cannot be reached", []string{"accounting rejected 0.25 USD query_failed"}, []string{open}, 0},
		"our own account is refused": {"tok", map[string]http.HandlerFunc{"create": replies(401, "text/html", "RAW")}, speaks("well"), 424, "The accounting service refused this Space's own credentials", []string{"accounting rejected 0.25 USD query_failed"}, []string{open}, 0},
		"sent on to another host":    {"tok", map[string]http.HandlerFunc{"create": replies(307, "text/html", "", "Location: http://elsewhere.invalid/")}, speaks("well"), 503, "The accounting service cannot be reached", []string{"accounting rejected 0.25 USD query_failed"}, []string{open}, 0},
		"the model fails":            {"tok", nil, replies(500, "text/html", "down"), 500, "", []string{"accounting refunded 0.25 USD query_failed"}, []string{open, cancel}, 0},
		"nothing is said":            {"tok", nil, speaks("\n"), 200, "", []string{"accounting refunded 0.25 USD empty_answer"}, []string{open, cancel}, 0},
		"a confirmation whose answer was lost": {"tok", map[string]http.HandlerFunc{"confirm": func(w http.ResponseWriter, _ *http.Request) {
			if lost++; lost == 1 {
				w.WriteHeader(http.StatusBadGateway)
				return
			}
			w.WriteHeader(http.StatusConflict)
		}}, speaks("well"), 200, "", []string{"accounting charged 0.25 USD"}, []string{open, confirm, confirm}, 250_000},
		"a page that confirms nothing": {"tok", map[string]http.HandlerFunc{"confirm": replies(200, "text/html", "<html>sign in")}, speaks("well"), 503, "The accounting service cannot be reached",
			[]string{"accounting refunded 0.25 USD query_failed"}, []string{open, confirm, confirm, confirm, cancel}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			service := newTill(t)
			if c.answer != nil {
				service.answer = c.answer
			}
			s := openBare(t, body{"accounting.url": service.URL, "accounting.email": "owner@space.example", "accounting.password": "geheim"})
			slug := s.endpoint(s.model("openai", newProvider(t, c.says)), nil, policy{"accounting", body{"price": 0.25}})
			r := s.ask(c.status, slug, body{"transaction_token": c.token})
			if c.detail != "" && r.detail() != c.detail {
				t.Errorf("detail %q, want %q", r.detail(), c.detail)
			}
			if diff := cmp.Diff(c.entries, r.entries()); diff != "" {
				t.Errorf("entries (-want +got)\n%s", diff)
			}
			if diff := cmp.Diff(c.steps, service.done()); diff != "" {
				t.Errorf("the service's steps (-want +got)\n%s", diff)
			}
			if accounts := balance(t, s.Data, slug); accounts["held"] != 0 || accounts["owner"] != c.owner {
				t.Errorf("the accounts are %v", accounts)
			}
			if (c.status == 503) != (r.Header.Get("Retry-After") != "") {
				t.Errorf("Retry-After is %q", r.Header.Get("Retry-After"))
			}
		})
	}
	service := newTill(t)
	s := openBare(t, body{"accounting.url": service.URL, "accounting.email": "owner@space.example", "accounting.password": "geheim"})
	free := s.endpoint(s.model("openai", newProvider(t, speaks("well"))), nil, policy{"accounting", body{"price": 0}})
	if r := s.ask(http.StatusOK, free, body{}); len(service.done()) != 0 || fmt.Sprint(r.entries()) != "[accounting free 0 USD free]" {
		t.Errorf("a price of nothing: %v, the service was told %v", r.entries(), service.done())
	}
	var endpoint thing
	s.Must(http.StatusOK, "GET", "/api/v1/endpoints/"+free, nil, &endpoint)
	s.Must(http.StatusBadRequest, "POST", "/api/v1/policies", body{
		"name": "n", "policy_type": "accounting", "configuration": body{"price": 1, "pricing_mode": "per_token"}, "endpoint_id": endpoint.ID}, nil)
}
