package query_test

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/space"
)

func rule(typ string) space.Rule {
	return space.Rule{Policy: space.Policy{ID: uuid.New(), Type: typ, Enabled: true}}
}

// add attaches a policy of a type of the test's own.
func (w *world) add(t query.PolicyType) {
	w.types = append(w.types, t)
	w.rules = append(w.rules, rule(t.Info().Name))
}

func entries(rules []space.Rule, kind, status string) []space.PolicyEntry {
	out := make([]space.PolicyEntry, len(rules))
	for i, r := range rules {
		out[i] = space.PolicyEntry{PolicyID: r.Policy.ID, PolicyType: r.Policy.Type, Kind: kind, Status: status}
	}
	return out
}

// gate is a policy type that lets pass, or not.
type gate struct {
	name      string
	err       func(context.Context) error
	log       *[]string
	forgotten int
	previews  int
}

func (g *gate) Info() space.TypeInfo { return space.TypeInfo{Name: g.name} }

func (g *gate) Admit(ctx context.Context, call space.PolicyCall, rules []space.Rule) ([]space.PolicyEntry, error) {
	if g.log != nil {
		*g.log = append(*g.log, "admit "+g.name)
	}
	if call.Preview {
		g.previews++
	}
	if g.err != nil {
		return entries(rules, "access", "rejected"), g.err(ctx)
	}
	return entries(rules, "access", "applied"), nil
}

func (g *gate) Forget(context.Context, space.PolicyCall, []space.Rule) { g.forgotten++ }

// till is a policy type that counts what it reserves, settles and refunds.
type till struct {
	name                        string
	log                         *[]string
	refuse, fail                error // of Reserve, of Settle
	reserved, settled, refunded int
	call                        space.PolicyCall
	answer                      space.Answer
}

func (t *till) Info() space.TypeInfo { return space.TypeInfo{Name: t.name} }

func (t *till) Reserve(_ context.Context, call space.PolicyCall, rules []space.Rule) ([]space.Reservation, []space.PolicyEntry, error) {
	if t.log != nil {
		*t.log = append(*t.log, "reserve")
	}
	t.call = call
	if t.refuse != nil || call.Preview {
		return nil, entries(rules, "payment", "rejected"), t.refuse
	}
	t.reserved++
	return []space.Reservation{{ID: uuid.New(), PolicyID: rules[0].Policy.ID, Amount: 1}}, entries(rules, "payment", "reserved"), nil
}

func (t *till) Settle(ctx context.Context, _ space.PolicyCall, open []space.Reservation, rules []space.Rule, answer space.Answer) ([]space.PolicyEntry, error) {
	if t.log != nil {
		*t.log = append(*t.log, "settle")
	}
	if t.fail != nil {
		return nil, t.fail
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.settled += len(open)
	t.answer = answer
	charged := entries(rules, "payment", "charged")
	value, currency := 0.25, "USD"
	charged[0].Amount, charged[0].Currency = &value, &currency
	return charged, nil
}

func (t *till) Refund(ctx context.Context, _ space.PolicyCall, open []space.Reservation) ([]space.PolicyEntry, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	t.refunded += len(open)
	out := make([]space.PolicyEntry, len(open))
	for i, r := range open {
		out[i] = space.PolicyEntry{PolicyID: r.PolicyID, PolicyType: t.name, Kind: "payment", Status: "refunded"}
	}
	return out, nil
}

// shout is a filter that writes in capitals, sentence by sentence where it may.
type shout struct {
	log    *[]string
	whole  bool
	err    error
	pieces []string
	looked int // bytes that Split looked at
}

func (s *shout) Info() space.TypeInfo { return space.TypeInfo{Name: "shout"} }

func (s *shout) Filter(_ context.Context, _ space.PolicyCall, rules []space.Rule, a space.Answer) (space.Answer, []space.PolicyEntry, error) {
	if s.log != nil {
		*s.log = append(*s.log, "filter")
	}
	s.pieces = append(s.pieces, a.Text)
	if s.err != nil {
		return a, entries(rules, "transform", "rejected"), s.err
	}
	a.Text = strings.ToUpper(a.Text)
	return a, entries(rules, "transform", "applied"), nil
}

func (s *shout) Splits([]space.Rule) bool { return !s.whole }

func (s *shout) Split(_ []space.Rule, text string) int {
	s.looked += len(text)
	return strings.LastIndex(text, ".") + 1
}

func TestPoliciesRunInOrder(t *testing.T) {
	t.Parallel()
	w := newWorld()
	var log []string
	till := &till{name: "pay", log: &log}
	w.add(&gate{name: "one", log: &log})
	w.add(&shout{log: &log})
	w.add(till)
	w.add(&gate{name: "two", log: &log})
	found := w.search
	w.search = func(ctx context.Context, req space.SearchRequest) (space.SearchResult, error) {
		log = append(log, "search")
		return found(ctx, req)
	}
	w.model = &talker{during: func(context.Context) error { log = append(log, "chat"); return nil }}
	resp, err := w.run(t.Context(), ask("what?"))
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"admit one", "admit two", "reserve", "search", "chat", "filter", "settle"}
	if diff := cmp.Diff(want, log); diff != "" {
		t.Errorf("order (-want +got)\n%s", diff)
	}
	if till.answer.Text != "HM" {
		t.Errorf("settled for %q, want the answer that leaves", till.answer.Text)
	}
	if resp.Cost == nil || *resp.Cost != 0.25 || *resp.Currency != "USD" {
		t.Errorf("cost %v %v", resp.Cost, resp.Currency)
	}
	if n := len(resp.Policies.Entries); n != 4 {
		t.Errorf("%d entries, want one for each policy: %+v", n, resp.Policies.Entries)
	}
}

func TestTheCallThatPoliciesSee(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.model = &speaker{says: []string{"hi"}, window: 1234}
	till := &till{name: "pay"}
	w.add(till)
	req := ask("what?")
	req.TransactionToken, req.Limit, req.MaxTokens = "token", 3, 17
	if _, err := w.run(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	c := till.call
	if c.Sender != "alice@example.org" || c.Endpoint.Slug != "ask" || c.Limit != 3 || c.MaxTokens != 17 ||
		c.ContextWindow != 1234 || c.PromptTokens == 0 || c.TransactionToken != "token" || c.Preview {
		t.Errorf("call %+v", c)
	}
}

func TestRefusedByAPolicy(t *testing.T) {
	t.Parallel()
	tests := []struct {
		err     error
		outcome space.Outcome
	}{
		{space.Errorf(space.KindForbidden, "Policy 'access' blocked request: no"), space.OutcomeAccessDenied},
		{space.Errorf(space.KindRateLimited, "Rate limit exceeded. Retry after 3 seconds."), space.OutcomeRateLimited},
		{space.Errorf(space.KindPaymentRequired, "Budget exceeded"), space.OutcomePaymentRequired},
	}
	for _, tt := range tests {
		t.Run(string(tt.outcome), func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			first, second := &gate{name: "first"}, &gate{name: "second", err: func(context.Context) error { return tt.err }}
			till := &till{name: "pay"}
			w.add(first)
			w.add(second)
			w.add(till)
			_, err := w.run(t.Context(), ask("what?"))
			f, e := failure(t, err)
			if e.Detail != tt.err.Error() || f.Metadata.Outcome != tt.outcome || len(f.Metadata.Entries) != 2 {
				t.Errorf("%q %+v", e.Detail, f.Metadata)
			}
			if first.forgotten != 1 || second.forgotten != 0 {
				t.Errorf("forgotten %d and %d times, want the one that counted once", first.forgotten, second.forgotten)
			}
			if till.reserved != 0 {
				t.Error("a refused query was charged")
			}
			if e := w.events.only(t); e.Outcome != string(tt.outcome) {
				t.Errorf("event %+v", e)
			}
		})
	}
}

func TestWhatACallThatIsNotPaidForCountedIsForgotten(t *testing.T) {
	t.Parallel()
	w := newWorld()
	g := &gate{name: "limit"}
	w.add(g)
	w.add(&till{name: "pay", refuse: space.Errorf(space.KindPaymentRequired, "transaction_token required")})
	_, err := w.run(t.Context(), ask("what?"))
	if f, _ := failure(t, err); f.Metadata.Outcome != space.OutcomePaymentRequired || g.forgotten != 1 {
		t.Errorf("%+v, forgotten %d times", f.Metadata, g.forgotten)
	}
}

func TestFailuresAfterAReservationGiveItBack(t *testing.T) {
	t.Parallel()
	boom := space.Errorf(space.KindInternal, "boom")
	tests := []struct {
		name    string
		change  func(*world, *till)
		outcome space.Outcome
	}{
		{"search", func(w *world, _ *till) {
			w.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
				return space.SearchResult{}, boom
			}
		}, space.OutcomeSuccess},
		{"model", func(w *world, _ *till) { w.model = &speaker{err: boom} }, space.OutcomeSuccess},
		{"filter", func(w *world, _ *till) {
			w.add(&shout{err: space.Errorf(space.KindForbidden, "Policy 'shout' blocked response: no")})
		}, space.OutcomePolicyViolation},
		{"settling", func(_ *world, t *till) { t.fail = boom }, space.OutcomeSuccess},
		{"a later till", func(w *world, _ *till) {
			w.add(&till{name: "second", refuse: space.Errorf(space.KindPaymentRequired, "Budget exceeded")})
		}, space.OutcomePaymentRequired},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld()
			till := &till{name: "pay"}
			w.add(till)
			tt.change(w, till)
			_, err := w.run(t.Context(), ask("what?"))
			f, _ := failure(t, err)
			if till.reserved != 1 || till.refunded != 1 || till.settled != 0 {
				t.Errorf("reserved %d, refunded %d, settled %d", till.reserved, till.refunded, till.settled)
			}
			if f.Metadata.Outcome != tt.outcome || f.Metadata.Entries[0].Status != "refunded" {
				t.Errorf("metadata %+v", f.Metadata)
			}
		})
	}
}

func TestAPanicGivesTheReservationBackAndGoesOn(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.model = &speaker{panics: true}
	till := &till{name: "pay"}
	w.add(till)
	func() {
		defer func() {
			if r := recover(); fmt.Sprint(r) != "the model's client has a bug" {
				t.Errorf("recovered %v", r)
			}
		}()
		_, _ = w.run(t.Context(), ask("what?"))
		t.Error("the panic was swallowed")
	}()
	if till.refunded != 1 {
		t.Error("nothing was refunded")
	}
	if e := w.events.only(t); e.Outcome != "error" || e.Status != 500 {
		t.Errorf("event %+v", e)
	}
}

func TestPreviewLooksPastPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.catalog.endpoint.Published = false
	g := &gate{name: "g", err: func(context.Context) error { return space.Errorf(space.KindForbidden, "no") }}
	till := &till{name: "pay", refuse: space.Errorf(space.KindPaymentRequired, "Budget exceeded")}
	w.add(g)
	w.add(till)
	w.add(&shout{err: space.Errorf(space.KindForbidden, "blocked")})
	resp, err := w.pipeline().Run(t.Context(), space.RootTenant, space.Identity{Role: space.RoleOwner}, "ask", ask("what?"), query.Options{Preview: true}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Summary.Text != "hello" || resp.Policies.Outcome != space.OutcomeAccessDenied || len(resp.Policies.Entries) != 3 {
		t.Errorf("%q %+v", resp.Summary.Text, resp.Policies)
	}
	if g.previews != 1 || g.forgotten != 0 || till.reserved+till.settled+till.refunded != 0 {
		t.Errorf("previews %d, forgotten %d, till %+v", g.previews, g.forgotten, till)
	}
	if len(w.events.events) != 0 {
		t.Error("a preview was counted in analytics")
	}
}

func TestAFailingPolicyIsNoRefusal(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(&gate{name: "g", err: func(context.Context) error { return space.Errorf(space.KindUnavailable, "away") }})
	_, err := w.run(t.Context(), ask("what?"))
	if f, e := failure(t, err); e.Kind != space.KindUnavailable || f.Metadata.Outcome != space.OutcomeSuccess {
		t.Errorf("%v %+v", e, f.Metadata)
	}
}
