package query_test

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/schema"
	"syft-space/app/space"
	"syft-space/policies"
	"syft-space/storage"
)

type noVault struct{}

func (noVault) Seal(s string) (string, error) { return s, nil }
func (noVault) Open(s string) (string, error) { return s, nil }

// shop is a world with the real policies over a real database.
type shop struct {
	*world
	t  testing.TB
	db *storage.DB
}

// newShop opens an endpoint with the policies, given as pairs of a type and
// its configuration.
func newShop(t testing.TB, ask func(context.Context) (string, error), pairs ...string) *shop {
	t.Helper()
	db, err := storage.Open(context.Background(), storage.Options{Dir: t.TempDir(), Clock: space.SystemClock, IDs: space.NewID, Version: "test"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	s := &shop{newWorld(), t, db}
	forms := map[string]*schema.Form{}
	for _, typ := range policies.All(policies.Deps{
		Rates: db, Ledger: db, HashKey: []byte("0123456789abcdef"), Clock: space.SystemClock, IDs: space.NewID,
		Log: slog.New(slog.DiscardHandler),
		Ask: func(ctx context.Context, _ space.TenantID, _ uuid.UUID, _ space.ChatRequest) (string, error) {
			return ask(ctx)
		},
	}) {
		s.types = append(s.types, typ)
		forms[typ.Info().Name] = schema.NewForm(typ.NewConfig, noVault{})
	}
	for i := 0; i < len(pairs); i += 2 {
		sealed, problems, err := forms[pairs[i]].Seal(json.RawMessage(pairs[i+1]), nil)
		if err != nil || len(problems) > 0 {
			t.Fatal(pairs[i+1], problems, err)
		}
		config, err := forms[pairs[i]].Open(sealed)
		if err != nil {
			t.Fatal(err)
		}
		r := rule(pairs[i])
		r.Config = config
		s.rules = append(s.rules, r)
	}
	return s
}

// balance returns what stands on each account, in whole units, and fails the
// test where they do not add up to nothing.
func (s *shop) balance() map[space.Account]float64 {
	s.t.Helper()
	list, err := s.db.LedgerBalance(s.t.Context(), space.RootTenant)
	if err != nil {
		s.t.Fatal(err)
	}
	out := map[space.Account]float64{}
	var sum space.Micros
	for _, b := range list {
		sum += b.Amount
		out[b.Account] = float64(b.Amount) / 1e6
	}
	if sum != 0 {
		s.t.Errorf("the accounts add up to %d: %v", sum, out)
	}
	return out
}

func TestAnAnswerIsPaidFor(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, "accounting", `{"price":0.25}`, "accounting", `{"price":0.1,"pricing_mode":"per_document"}`)
	resp, err := s.run(t.Context(), ask("what?"))
	if err != nil {
		t.Fatal(err)
	}
	if *resp.Cost != 0.45 || *resp.Currency != "USD" {
		t.Errorf("cost %v %v", *resp.Cost, *resp.Currency)
	}
	if diff := cmp.Diff(map[space.Account]float64{"payer": -0.45, "held": 0, "owner": 0.45}, s.balance()); diff != "" {
		t.Errorf("accounts (-want +got)\n%s", diff)
	}
}

func TestPricesInTwoCurrenciesAreNotAddedUp(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, "accounting", `{"price":1}`, "accounting", `{"price":1,"currency":"EUR"}`)
	resp, err := s.run(t.Context(), ask("what?"))
	if err != nil || resp.Cost != nil || resp.Currency != nil {
		t.Errorf("cost %v %v %v", resp.Cost, resp.Currency, err)
	}
}

func TestNobodyPaysForAFailure(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*shop, context.CancelFunc)
		fails  bool
	}{
		{"the search fails", func(s *shop, _ context.CancelFunc) {
			s.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
				return space.SearchResult{}, errors.New("index broken")
			}
		}, true},
		{"the model fails", func(s *shop, _ context.CancelFunc) { s.model = &speaker{says: []string{"be"}, err: errors.New("away")} }, true},
		{"the model takes too long", func(s *shop, _ context.CancelFunc) {
			s.settings.ChatTimeout = time.Millisecond
			s.model = &speaker{block: true}
		}, true},
		{"the model panics", func(s *shop, _ context.CancelFunc) { s.model = &speaker{panics: true} }, true},
		{"the caller leaves while searching", func(s *shop, leave context.CancelFunc) {
			s.search = func(ctx context.Context, _ space.SearchRequest) (space.SearchResult, error) {
				leave()
				return space.SearchResult{}, ctx.Err()
			}
		}, true},
		{"the caller leaves while the model speaks", func(s *shop, leave context.CancelFunc) {
			s.model = &talker{during: func(ctx context.Context) error { leave(); return ctx.Err() }}
		}, true},
		{"the caller leaves before the answer is whole", func(s *shop, leave context.CancelFunc) {
			s.model = &talker{during: func(context.Context) error { leave(); return nil }}
		}, true},
		{"the filter blocks", func(*shop, context.CancelFunc) {}, true},
		{"the answer is empty", func(s *shop, _ context.CancelFunc) {
			s.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
				return space.SearchResult{}, nil
			}
			s.model = &speaker{says: []string{"\n \n"}}
		}, false},
		{"nothing answers", func(s *shop, _ context.CancelFunc) {
			s.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
				return space.SearchResult{}, nil
			}
			s.model = &quoter{}
		}, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			pairs := []string{"accounting", `{"price":0.25}`, "accounting", `{"price":0.001,"pricing_mode":"per_token"}`}
			if tt.name == "the filter blocks" {
				pairs = append(pairs, "pii_filter", `{"model_id":"`+uuid.NewString()+`"}`)
			}
			s := newShop(t, func(context.Context) (string, error) { return "", errors.New("away") }, pairs...)
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			tt.change(s, cancel)
			req := ask("what?")
			req.Stop = []string{"\n"}
			var err error
			func() {
				defer func() {
					if r := recover(); r != nil {
						err = errors.New("panicked")
					}
				}()
				var resp query.Response
				resp, err = s.run(ctx, req)
				if err == nil && (resp.Cost == nil || *resp.Cost != 0) {
					t.Errorf("cost %v of an answer that is none", resp.Cost)
				}
			}()
			if (err != nil) != tt.fails {
				t.Errorf("got %v", err)
			}
			if diff := cmp.Diff(map[space.Account]float64{"payer": 0, "held": 0}, s.balance()); diff != "" {
				t.Errorf("accounts (-want +got)\n%s", diff)
			}
			s.events.only(t)
		})
	}
}

func TestManyCallersAtOnceKeepTheBudgetAndTheBooks(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, "accounting", `{"price":0.25,"budget":{"amount":1,"period":"month"}}`, "rate_limit", `{"limit":"30/h"}`)
	s.model = &talker{during: func(ctx context.Context) error { return ctx.Err() }}
	p := s.pipeline()
	var wait sync.WaitGroup
	for i := range 40 {
		wait.Go(func() {
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			sink := func(string) error {
				if i%2 == 0 {
					cancel() // half of them leave in the middle
				}
				return nil
			}
			_, _ = p.Run(ctx, space.RootTenant, alice, "ask", ask("what?"), query.Options{}, sink)
		})
	}
	wait.Wait()
	got := s.balance()
	if got["held"] != 0 || got["owner"] > 1 || got["owner"] <= 0 || got["payer"] != -got["owner"] {
		t.Errorf("accounts %v, the budget is 1", got)
	}
}

func TestPoliciesRefuseInTheirWords(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		pairs   []string
		before  int // calls before it
		detail  string
		outcome space.Outcome
	}{
		{"access", []string{"access", `{"denied_users":["*@example.org"]}`}, 0,
			"Policy 'access' blocked request: User matches denied pattern '*@example.org'", space.OutcomeAccessDenied},
		{"rate_limit", []string{"rate_limit", `{"limit":"1/h"}`}, 1, "Rate limit exceeded. Retry after 3600 seconds.", space.OutcomeRateLimited},
		{"accounting", []string{"accounting", `{"price":1,"budget":{"amount":1,"period":"month"}}`}, 1, "Budget exceeded", space.OutcomePaymentRequired},
		{"access comes first, whatever is older", []string{"accounting", `{"price":1,"budget":{"amount":0,"period":"day"}}`,
			"rate_limit", `{"limit":"1/h"}`, "access", `{"allowed_users":["b@x.y"]}`}, 0,
			"Policy 'access' blocked request: User does not match any allowed pattern", space.OutcomeAccessDenied},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := newShop(t, nil, tt.pairs...)
			for range tt.before {
				if _, err := s.run(t.Context(), ask("what?")); err != nil {
					t.Fatal(err)
				}
			}
			_, err := s.run(t.Context(), ask("what?"))
			f, e := failure(t, err)
			if e.Detail != tt.detail || f.Metadata.Outcome != tt.outcome {
				t.Errorf("%q %+v", e.Detail, f.Metadata)
			}
		})
	}
}

func TestACallThatIsNotPaidForUsesUpNoLimit(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, "rate_limit", `{"limit":"1/h"}`, "accounting", `{"price":1,"budget":{"amount":0,"period":"day"}}`)
	for range 3 {
		_, err := s.run(t.Context(), ask("what?"))
		if f, _ := failure(t, err); f.Metadata.Outcome != space.OutcomePaymentRequired {
			t.Fatalf("got %+v", f.Metadata)
		}
	}
}

func TestAStreamedAnswerIsFilteredBeforeItLeaves(t *testing.T) {
	t.Parallel()
	s := newShop(t, nil, "pii_filter", `{"names":["Ada Lovelace"]}`)
	s.model = &speaker{says: []string{"Ada Love", "lace is at ada@ma", "il.example. Or", " call +49 30", " 1234567. Bye", "."}}
	deltas, resp := streamed(t, s.world, ask("what?"))
	if diff := cmp.Diff([]string{"[NAME] is at [EMAIL]. ", "Or call [PHONE]. ", "Bye."}, deltas); diff != "" {
		t.Errorf("deltas (-want +got)\n%s", diff)
	}
	if e := resp.Policies.Entries; len(e) != 1 || e[0].Status != "applied" {
		t.Errorf("entries %+v", e)
	}
}
