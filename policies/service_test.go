package policies_test

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
	"syft-space/policies"
	"syft-space/policies/accountant"
)

// service is an accounting service: in memory, over real HTTP.
type service struct {
	mu    sync.Mutex
	fails map[string][]int // statuses of the next answers, by path
	asked []string         // path and who or what
	state map[string]string
	last  map[string]any // the last body of create
}

func newService(t *testing.T) (*service, *accountant.Client) {
	t.Helper()
	s := &service{fails: map[string][]int{}, state: map[string]string{}}
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, accountant.New(server.URL+"/", "owner@space.example", "secret")
}

func (s *service) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body map[string]any
	_ = json.NewDecoder(r.Body).Decode(&body)
	id, _ := body["transactionId"].(string)
	s.asked = append(s.asked, r.URL.Path+" "+id)
	if email, password, _ := r.BasicAuth(); email != "owner@space.example" || password != "secret" {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	if next := s.fails[r.URL.Path]; len(next) > 0 {
		s.fails[r.URL.Path] = next[1:]
		if next[0] != 0 {
			w.WriteHeader(next[0])
			_, _ = w.Write([]byte("<html>secret stack trace</html>"))
			return
		}
	}
	switch r.URL.Path {
	case "/transaction/create":
		s.last = body
		id = "tx-" + string(rune('1'+len(s.state)))
		s.state[id] = "PENDING"
	case "/transaction/confirm", "/transaction/cancel":
		if s.state[id] != "PENDING" {
			w.WriteHeader(http.StatusConflict)
			return
		}
		s.state[id] = map[string]string{"/transaction/confirm": "COMPLETED", "/transaction/cancel": "CANCELLED"}[r.URL.Path]
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"transaction": map[string]any{"id": id, "status": s.state[id]}})
}

func (s *service) states() map[string]string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.state
}

func serviced(t *testing.T) (*bench, *service) {
	t.Helper()
	s, client := newService(t)
	return newBench(t, func(d *policies.Deps) { d.Accountant = client }), s
}

// calls is how often the service was asked.
func (s *service) calls() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.asked)
}

// paying is a call that carries a token.
func (b *bench) paying() space.PolicyCall {
	call := b.call("a@x.y")
	call.TransactionToken = "token-1"
	return call
}

func TestAPaymentIsOpenedAndConfirmedAtTheService(t *testing.T) {
	t.Parallel()
	b, s := serviced(t)
	rules, call := b.rules("accounting", `{"price":0.25}`), b.paying()
	open, entries, err := b.till().Reserve(t.Context(), call, rules)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]any{"senderEmail": "a@x.y", "recipientEmail": "owner@space.example", "amount": 0.25,
		"token": "token-1", "appName": "syft-space", "appEpPath": "ask"}
	if diff := cmp.Diff(want, s.last); diff != "" {
		t.Errorf("sent (-want +got)\n%s", diff)
	}
	if e := entries[0]; *e.Transaction != "tx-1" || *e.Recipient != "owner@space.example" || e.Status != "reserved" {
		t.Errorf("entry %+v", e)
	}
	if _, err := b.till().Settle(t.Context(), call, open, rules, answered(1, "hi", 1)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"tx-1": "COMPLETED"}, s.states()); diff != "" {
		t.Errorf("at the service (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"reserve payer>held 0.25 USD", "settle held>owner 0.25 USD"}, b.books()); diff != "" {
		t.Errorf("ledger (-want +got)\n%s", diff)
	}
}

func TestAPaymentIsCancelledAtTheService(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name  string
		close func(*bench, space.PolicyCall, []space.Reservation, []space.Rule)
	}{
		{"when the query failed", func(b *bench, call space.PolicyCall, open []space.Reservation, _ []space.Rule) {
			_, _ = b.till().Refund(b.t.Context(), call, open)
		}},
		{"when the answer is empty", func(b *bench, call space.PolicyCall, open []space.Reservation, rules []space.Rule) {
			_, _ = b.till().Settle(b.t.Context(), call, open, rules, space.Answer{})
		}},
		{"when a process died", func(b *bench, _ space.PolicyCall, _ []space.Reservation, _ []space.Rule) {
			_ = b.types["accounting"].(policies.Starter).Start(b.t.Context())
			_ = b.types["accounting"].(policies.Runner).Run(b.t.Context())
		}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, s := serviced(t)
			s.fails["/transaction/cancel"] = []int{http.StatusBadGateway} // and is tried again
			rules, call := b.rules("accounting", `{"price":0.25}`), b.paying()
			open, _, err := b.till().Reserve(t.Context(), call, rules)
			if err != nil {
				t.Fatal(err)
			}
			tt.close(b, call, open, rules)
			if diff := cmp.Diff(map[string]string{"tx-1": "CANCELLED"}, s.states()); diff != "" {
				t.Errorf("at the service (-want +got)\n%s", diff)
			}
			if b.books(); b.unclosed() > 0 {
				t.Error("a reservation is open")
			}
		})
	}
}

// A process may die between the confirmation and the entry in the ledger.
func TestAStartSettlesWhatTheServiceHasConfirmed(t *testing.T) {
	t.Parallel()
	b, s := serviced(t)
	if _, _, err := b.till().Reserve(t.Context(), b.paying(), b.rules("accounting", `{"price":0.25}`)); err != nil {
		t.Fatal(err)
	}
	s.states()["tx-1"] = "COMPLETED"
	s.fails["/transaction/cancel"] = []int{http.StatusServiceUnavailable} // it has just been started too
	accounting := b.types["accounting"]
	if err := accounting.(policies.Starter).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := accounting.(policies.Runner).Run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"reserve payer>held 0.25 USD", "settle held>owner 0.25 USD"}, b.books()); diff != "" {
		t.Errorf("ledger (-want +got)\n%s", diff)
	}
}

// While the service is away nobody knows whether the payer has paid, so nothing
// is entered in the books.
func TestAStartWaitsForTheService(t *testing.T) {
	t.Parallel()
	b, s := serviced(t)
	if _, _, err := b.till().Reserve(t.Context(), b.paying(), b.rules("accounting", `{"price":0.25}`)); err != nil {
		t.Fatal(err)
	}
	s.states()["tx-1"] = "COMPLETED"
	s.fails["/transaction/cancel"] = []int{http.StatusBadGateway, http.StatusUnauthorized}
	accounting := b.types["accounting"]
	if err := accounting.(policies.Starter).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- accounting.(policies.Runner).Run(ctx) }()
	for s.calls() < 3 { // create, and two of cancel
		time.Sleep(time.Millisecond)
	}
	cancel()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	if b.unclosed() != 1 {
		t.Errorf("%d reservations are open", b.unclosed())
	}
}

func TestAPolicyFromBeforeTheServiceChargesNothing(t *testing.T) {
	t.Parallel()
	before := newBench(t)
	rules := before.rules("accounting", `{"price":0.25,"pricing_mode":"per_document"}`)
	b, s := serviced(t)
	_, entries, err := b.till().Reserve(t.Context(), b.paying(), rules)
	if kind, detail := told(err); kind != space.KindConflict || !strings.Contains(detail, "per_call") || entries[0].Status != "rejected" {
		t.Errorf("%v %+v", err, entries)
	}
	if s.calls() > 0 || b.books() != nil {
		t.Errorf("the service was asked %d times", s.calls())
	}
}

func TestPaymentsThatAreNotOpened(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		status int // of create
		token  space.Secret
		config string
		kind   space.Kind
		detail string
		code   string
		state  map[string]string
	}{
		{"without a token", 0, "", `{"price":1}`, space.KindPaymentRequired, "transaction_token required", "transaction_token_required", map[string]string{}},
		{"refused", 400, "t", `{"price":1}`, space.KindPaymentRequired, "The accounting service refused the payment", "payment_refused", map[string]string{}},
		{"a token that was used", 409, "t", `{"price":1}`, space.KindPaymentRequired, "The accounting service refused the payment", "payment_refused", map[string]string{}},
		{"our own credentials", 401, "t", `{"price":1}`, space.KindDependency, "The accounting service refused this Space's own credentials", "query_failed", map[string]string{}},
		{"away", 502, "t", `{"price":1}`, space.KindUnavailable, "The accounting service cannot be reached", "query_failed", map[string]string{}},
		{"over budget", 0, "t", `{"price":1,"budget":{"amount":0.5,"period":"day"}}`, space.KindPaymentRequired, "Budget exceeded", "budget_exceeded",
			map[string]string{"tx-1": "CANCELLED"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, s := serviced(t)
			s.fails["/transaction/create"] = []int{tt.status}
			call := b.call("a@x.y")
			call.TransactionToken = tt.token
			open, entries, err := b.till().Reserve(t.Context(), call, b.rules("accounting", tt.config))
			if kind, detail := told(err); kind != tt.kind || detail != tt.detail || len(open) > 0 {
				t.Errorf("got %v", err)
			}
			if entries[0].Status != "rejected" || *entries[0].ReasonCode != tt.code || reason(entries[0]) != tt.detail {
				t.Errorf("entry %+v", entries[0])
			}
			if diff := cmp.Diff(tt.state, s.states()); diff != "" {
				t.Errorf("at the service (-want +got)\n%s", diff)
			}
			var e *space.Error
			if errors.As(err, &e) && tt.kind == space.KindUnavailable && e.RetryAfter < time.Second {
				t.Error("no Retry-After")
			}
			if b.books() != nil {
				t.Error("something stands in the ledger")
			}
		})
	}
}

func TestAPriceOfNothingSkipsTheService(t *testing.T) {
	t.Parallel()
	b, s := serviced(t)
	_, entries, err := b.till().Reserve(t.Context(), b.call("a@x.y"), b.rules("accounting", `{"price":0}`))
	if err != nil || entries[0].Status != "free" || len(s.asked) > 0 {
		t.Errorf("%+v %v, asked %v", entries, err, s.asked)
	}
}

func TestAConfirmationIsTriedAgain(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name     string
		statuses []int
		err      bool
		state    string
	}{
		{"after the service was away", []int{502, 503}, false, "COMPLETED"},
		{"the lost answer was a yes", []int{502, 409}, false, "PENDING"}, // as the service's books have it in this test
		{"in vain", []int{502, 502, 502}, true, "PENDING"},
		{"not after a no", []int{400}, true, "PENDING"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b, s := serviced(t)
			rules, call := b.rules("accounting", `{"price":1}`), b.paying()
			open, _, err := b.till().Reserve(t.Context(), call, rules)
			if err != nil {
				t.Fatal(err)
			}
			s.fails["/transaction/confirm"] = tt.statuses
			_, err = b.till().Settle(t.Context(), call, open, rules, answered(1, "hi", 1))
			if (err != nil) != tt.err || s.states()["tx-1"] != tt.state {
				t.Errorf("got %v, the transaction is %s", err, s.states()["tx-1"])
			}
			if b.books(); (b.unclosed() == 1) != tt.err {
				t.Errorf("%d reservations are open", b.unclosed())
			}
		})
	}
}

func TestAPaidAnswerIsChargedEvenIfTheBooksFail(t *testing.T) {
	t.Parallel()
	s, client := newService(t)
	ledger := &brokenLedger{settle: 1}
	b := newBench(t, func(d *policies.Deps) { d.Accountant = client; ledger.ledger = d.Ledger; d.Ledger = ledger })
	rules, call := b.rules("accounting", `{"price":1}`), b.paying()
	open, _, err := b.till().Reserve(t.Context(), call, rules)
	if err != nil {
		t.Fatal(err)
	}
	entries, err := b.till().Settle(t.Context(), call, open, rules, answered(1, "hi", 1))
	if err != nil || entries[0].Status != "charged" || s.states()["tx-1"] != "COMPLETED" {
		t.Errorf("%+v %v %v", entries, err, s.states())
	}
}

func TestTheServiceSettlesOnlyCalls(t *testing.T) {
	t.Parallel()
	b, _ := serviced(t)
	_, problems, err := form(b.types["accounting"]).Seal([]byte(`{"price":1,"pricing_mode":"per_token"}`), nil)
	want := []space.FieldError{{Loc: []any{"pricing_mode"}, Msg: "an accounting service settles only 'per_call'", Type: "value_error"}}
	if diff := cmp.Diff(want, problems); diff != "" || err != nil {
		t.Errorf("%v (-want +got)\n%s", err, diff)
	}
}
