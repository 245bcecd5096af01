package apptest_test

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/apptest"
	"syft-space/app/space"
)

// shop is a running Space with one dataset, where tests open endpoints of
// their own.
type shop struct {
	*apptest.Space
	t       testing.TB
	dataset thing
	count   *atomic.Int32
}

// manual is a document with a heading, numbers and words of its own.
const manual = `# Lumen lamps

## Warranty

Every lamp has a warranty of 36 months from the day of delivery.

## Batteries

Batteries of the lamp are covered for 12 months, bulbs for six.
`

// openShop starts a Space whose dataset holds the documents, by their names,
// and waits until all of them can be found by meaning too.
func openShop(t testing.TB, settings map[string]any, documents map[string]string) *shop {
	t.Helper()
	return openShopWith(t, apptest.Options{Settings: settings}, documents)
}

func openShopWith(t testing.TB, o apptest.Options, documents map[string]string) *shop {
	t.Helper()
	s := &shop{Space: apptest.New(t, o), t: t, count: &atomic.Int32{}}
	for name, text := range documents {
		s.Write(name, text)
	}
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{
		"name": "docs", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{s.Docs}},
	}, &s.dataset)
	s.Eventually(func() string {
		if st := waitForWords(s.Space, s.dataset.ID); st.Embedded < st.Chunks {
			return fmt.Sprintf("%d of %d passages have vectors", st.Embedded, st.Chunks)
		}
		return ""
	})
	return s
}

// openBare starts a Space without a dataset: its endpoints are models alone.
func openBare(t testing.TB, settings map[string]any) *shop {
	t.Helper()
	return &shop{Space: apptest.New(t, apptest.Options{Settings: settings}), t: t, count: &atomic.Int32{}}
}

// body is the body of a request.
type body = map[string]any

// policy is a policy of an endpoint that a test opens.
type policy struct {
	typ    string
	config body
}

// model connects the model of a provider and returns its id.
func (s *shop) model(dtype string, p *provider, change ...body) string {
	s.t.Helper()
	config := body{"model": "m", "base_url": p.URL + "/v1", "api_key": providerKey}
	if dtype == "ollama" {
		config = body{"model": "m", "base_url": p.URL}
	}
	for _, c := range change {
		for k, v := range c {
			config[k] = v
		}
	}
	var made thing
	s.Must(http.StatusCreated, "POST", "/api/v1/models/", body{
		"name": fmt.Sprintf("model %d", s.count.Add(1)), "dtype": dtype, "configuration": config,
	}, &made)
	return made.ID
}

// endpoint opens a published endpoint over the dataset and the model, "" for
// none, and returns its slug. fields lies over what is sent.
func (s *shop) endpoint(model string, fields body, policies ...policy) string {
	s.t.Helper()
	slug := fmt.Sprintf("shop-%d", s.count.Add(1))
	sent := body{"name": slug, "slug": slug, "published": true}
	if s.dataset.ID != "" {
		sent["dataset_id"] = s.dataset.ID
	}
	if model != "" {
		sent["model_id"] = model
	}
	for k, v := range fields {
		sent[k] = v
	}
	var made thing
	s.Must(http.StatusCreated, "POST", "/api/v1/endpoints/", sent, &made)
	for _, p := range policies {
		s.attach(made.ID, p)
	}
	return slug
}

// attach attaches a policy and returns its id.
func (s *shop) attach(endpoint string, p policy) string {
	s.t.Helper()
	var made thing
	s.Must(http.StatusCreated, "POST", "/api/v1/policies/", body{
		"name": p.typ, "policy_type": p.typ, "configuration": p.config, "endpoint_id": endpoint,
	}, &made)
	return made.ID
}

// ask sends a query and expects a status.
func (s *shop) ask(status int, slug string, sent body, header ...string) reply {
	s.t.Helper()
	if _, ok := sent["messages"]; !ok {
		sent["messages"] = "How long is the warranty of a lamp?"
	}
	a := s.Must(status, "POST", "/api/v1/endpoints/"+slug+"/query", sent, nil, header...)
	r := reply{Answer: a}
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/event-stream") {
		r.read(s.t, a.Body)
	}
	return r
}

// reply is what tests read of the answer to a query, or of its refusal.
type reply struct {
	apptest.Answer
	Detail  any
	Summary *struct {
		ID, Model    string
		Message      struct{ Role, Content string }
		FinishReason string `json:"finish_reason"`
		Usage        space.Usage
	}
	References *struct {
		Documents []struct {
			ID       string `json:"document_id"`
			Content  string
			Metadata body
			Score    float64 `json:"similarity_score"`
		}
		Info struct {
			Engine *string `json:"search_engine"`
			Notes  []string
		} `json:"provider_info"`
	}
	Cost     *float64
	Currency *string
	Policies *space.PolicyMetadata `json:"policy_metadata"`
}

func (r *reply) read(t testing.TB, text string) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), r); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, text)
	}
}

// detail is the text of a refusal.
func (r reply) detail() string {
	text, _ := r.Detail.(string)
	return text
}

// entries sums the policies' entries up, one line each: type and status, and
// what they say beside.
func (r reply) entries() []string {
	if r.Policies == nil {
		return nil
	}
	out := []string{}
	for _, e := range r.Policies.Entries {
		said := e.PolicyType + " " + e.Status
		if e.Amount != nil {
			said += fmt.Sprintf(" %g %s", *e.Amount, *e.Currency)
		}
		if e.ReasonCode != nil {
			said += " " + *e.ReasonCode
		}
		out = append(out, said)
	}
	return out
}

// balance returns what stands on the accounts of an endpoint, in millionths,
// and fails the test where they do not add up to nothing.
func balance(t testing.TB, data, slug string) map[string]int64 {
	t.Helper()
	accounts := map[string]int64{}
	var sum int64
	query(t, data, `SELECT account, sum(moved) FROM (
			SELECT to_account AS account, amount AS moved, reservation_id FROM ledger
			UNION ALL SELECT from_account, -amount, reservation_id FROM ledger)
		JOIN reservations r ON r.id = reservation_id WHERE r.endpoint_slug = '`+slug+`' GROUP BY account`, func(rows *sql.Rows) error {
		var account string
		var amount int64
		err := rows.Scan(&account, &amount)
		accounts[account] = amount
		sum += amount
		return err
	})
	if sum != 0 {
		t.Errorf("the accounts of %s add up to %d: %v", slug, sum, accounts)
	}
	return accounts
}

// events waits until n queries of an endpoint are recorded and returns their
// outcomes, oldest first.
func (s *shop) events(slug string, n int) []string {
	s.t.Helper()
	var list []string
	s.Eventually(func() string {
		list = nil
		query(s.t, s.Data, `SELECT outcome || ' ' || status FROM events WHERE endpoint_slug = '`+slug+`' ORDER BY created_at`, func(rows *sql.Rows) error {
			var said string
			err := rows.Scan(&said)
			list = append(list, said)
			return err
		})
		if len(list) < n {
			return fmt.Sprintf("%d of %d events are recorded: %v", len(list), n, list)
		}
		return ""
	})
	return list
}

// wasLeft waits until a stuck provider is told that its caller left, and wants
// the money back and the record to say so.
func (s *shop) wasLeft(t testing.TB, p *provider, slug string) {
	t.Helper()
	select {
	case <-p.leaves:
	case <-time.After(60 * time.Second):
		t.Fatal("the provider was left to work on")
	}
	if got := s.events(slug, 1)[0]; got != "canceled 499" {
		t.Errorf("the event is %q", got)
	}
	if accounts := balance(t, s.Data, slug); accounts["held"] != 0 || accounts["owner"] != 0 {
		t.Errorf("the accounts are %v", accounts)
	}
}

// change runs a statement on the database behind the program's back.
func (s *shop) change(statement string, args ...any) {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.Data+"/space.db?_pragma=busy_timeout(10000)&_pragma=foreign_keys(0)")
	if err != nil {
		s.t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(s.t.Context(), statement, args...); err != nil {
		s.t.Fatal(err)
	}
}

// rawID is an id as the database keeps it.
func rawID(id string) []byte {
	u := uuid.MustParse(id)
	return u[:]
}
