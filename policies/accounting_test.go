package policies_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
	"syft-space/policies"
)

// answered is an answer of so many passages, with text or not, and so many tokens.
func answered(passages int, text string, tokens int) space.Answer {
	return space.Answer{Documents: make([]space.Hit, passages), Text: text, Usage: space.Usage{TotalTokens: tokens}}
}

func TestPrices(t *testing.T) {
	t.Parallel()
	dataset := space.NewID()
	tests := []struct {
		name   string
		config string
		call   func(*space.PolicyCall)
		answer space.Answer
		books  []string
	}{
		{"a call", `{"price":0.25}`, nil, answered(3, "hi", 40),
			[]string{"reserve payer>held 0.25 USD", "settle held>owner 0.25 USD"}},
		{"a call in another currency", `{"price":2,"currency":"EUR"}`, nil, answered(0, "hi", 0),
			[]string{"reserve payer>held 2 EUR", "settle held>owner 2 EUR"}},
		{"documents, for as many as came", `{"price":0.1,"pricing_mode":"per_document"}`, nil, answered(2, "", 0),
			[]string{"reserve payer>held 0.5 USD", "settle held>owner 0.2 USD", "refund held>payer 0.3 USD"}},
		{"documents, never more than reserved", `{"price":0.1,"pricing_mode":"per_document"}`, nil, answered(9, "", 0),
			[]string{"reserve payer>held 0.5 USD", "settle held>owner 0.5 USD"}},
		{"documents where there are none, but an answer", `{"price":0.1,"pricing_mode":"per_document"}`, nil, answered(0, "hi", 9),
			[]string{"reserve payer>held 0.5 USD", "refund held>payer 0.5 USD"}},
		{"tokens: prompt and answer", `{"price":0.001,"pricing_mode":"per_token"}`,
			func(c *space.PolicyCall) { c.ContextWindow, c.PromptTokens, c.MaxTokens = 8000, 40, 100 }, answered(0, "hi", 60),
			[]string{"reserve payer>held 0.14 USD", "settle held>owner 0.06 USD", "refund held>payer 0.08 USD"}},
		{"tokens: 300 for each passage of context", `{"price":0.001,"pricing_mode":"per_token"}`,
			func(c *space.PolicyCall) {
				c.ContextWindow, c.PromptTokens, c.MaxTokens, c.Endpoint.DatasetID = 8000, 40, 100, &dataset
			}, answered(5, "hi", 1640),
			[]string{"reserve payer>held 1.64 USD", "settle held>owner 1.64 USD"}},
		{"tokens: context up to the window", `{"price":0.001,"pricing_mode":"per_token"}`,
			func(c *space.PolicyCall) {
				c.ContextWindow, c.PromptTokens, c.MaxTokens, c.Endpoint.DatasetID = 1000, 40, 100, &dataset
			}, answered(5, "hi", 5000),
			[]string{"reserve payer>held 1.1 USD", "settle held>owner 1.1 USD"}},
		{"tokens: the model's own limit is the window", `{"price":0.001,"pricing_mode":"per_token"}`,
			func(c *space.PolicyCall) { c.ContextWindow, c.PromptTokens, c.MaxTokens = 1000, 40, 0 }, answered(0, "hi", 10),
			[]string{"reserve payer>held 1.04 USD", "settle held>owner 0.01 USD", "refund held>payer 1.03 USD"}},
		{"tokens: a limit beyond all reason", `{"price":100000,"pricing_mode":"per_token"}`,
			func(c *space.PolicyCall) { c.ContextWindow, c.MaxTokens = 1000, 1<<62 }, answered(0, "hi", 1),
			[]string{"reserve payer>held 1e+11 USD", "settle held>owner 100000 USD", "refund held>payer 9.99999e+10 USD"}},
		{"tokens where no model is asked", `{"price":0.001,"pricing_mode":"per_token"}`, nil, answered(3, "", 0), nil},
		{"nothing", `{"price":0}`, nil, answered(3, "hi", 40), nil},
		{"the smallest price", `{"price":0.000001}`, nil, answered(1, "", 0),
			[]string{"reserve payer>held 1e-06 USD", "settle held>owner 1e-06 USD"}},
		{"an empty answer is refunded", `{"price":0.25}`, nil, answered(0, "", 40),
			[]string{"reserve payer>held 0.25 USD", "refund held>payer 0.25 USD"}},
		{"no answer counts as no text", `{"price":0.25}`, nil, space.Answer{Text: "Nothing answers this.", NoAnswer: true},
			[]string{"reserve payer>held 0.25 USD", "refund held>payer 0.25 USD"}},
		{"passages are an answer, whatever the text", `{"price":0.25}`, nil, space.Answer{Documents: make([]space.Hit, 1), NoAnswer: true},
			[]string{"reserve payer>held 0.25 USD", "settle held>owner 0.25 USD"}},
		{"not for this user", `{"price":0.25,"applied_to":["b@x.y"]}`, nil, answered(1, "hi", 1), nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			rules, call := b.rules("accounting", tt.config), b.call("a@x.y")
			if tt.call != nil {
				tt.call(&call)
			}
			open, entries, err := b.till().Reserve(t.Context(), call, rules)
			if err != nil || len(entries) != 1 {
				t.Fatal(entries, err)
			}
			b.books()
			if _, err := b.till().Settle(t.Context(), call, open, rules, tt.answer); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.books, b.books()); diff != "" {
				t.Errorf("ledger (-want +got)\n%s", diff)
			}
			if n := b.unclosed(); n != 0 {
				t.Errorf("%d reservations are open", n)
			}
			if _, err := b.till().Refund(t.Context(), call, open); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(tt.books, b.books()); diff != "" {
				t.Errorf("a refund after the settlement changed the ledger (-want +got)\n%s", diff)
			}
		})
	}
}

func TestPaymentEntries(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("accounting", `{"price":0.25}`, `{"price":0}`, `{"price":1,"applied_to":["b@x.y"]}`, `{"price":0.5,"pricing_mode":"per_document"}`)
	call := b.call("a@x.y")
	open, entries, err := b.till().Reserve(t.Context(), call, rules)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"reserved", "free", "skipped", "reserved"}, statuses(entries)); diff != "" {
		t.Errorf("before (-want +got)\n%s", diff)
	}
	if e := entries[0]; *e.Amount != 0.25 || *e.Currency != "USD" || e.Kind != "payment" || e.Transaction != nil || e.Recipient != nil {
		t.Errorf("entry %+v", e)
	}
	if e := entries[2]; e.Amount != nil || e.Currency != nil {
		t.Errorf("a policy for others shows a price: %+v", e)
	}
	entries, err = b.till().Settle(t.Context(), call, open, rules, answered(1, "hi", 9))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"charged", "charged"}, statuses(entries)); diff != "" || *entries[1].Amount != 0.5 {
		t.Errorf("after (-want +got)\n%s", diff)
	}
	call = b.call("a@x.y")
	open, _, _ = b.till().Reserve(t.Context(), call, rules)
	entries, _ = b.till().Refund(t.Context(), call, open)
	if diff := cmp.Diff([]string{"refunded", "refunded"}, statuses(entries)); diff != "" || *entries[1].Amount != 2.5 || entries[0].ReasonCode == nil {
		t.Errorf("refunded %+v\n%s", entries, diff)
	}
}

func TestAPreviewReservesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	call := b.call("a@x.y")
	call.Preview = true
	open, entries, err := b.till().Reserve(t.Context(), call, b.rules("accounting", `{"price":0.25}`))
	if err != nil || len(open) > 0 || entries[0].Status != "skipped" || *entries[0].Amount != 0.25 || reason(entries[0]) == "" {
		t.Errorf("%v %+v %v", open, entries, err)
	}
	if got := b.books(); got != nil {
		t.Errorf("ledger %v", got)
	}
}

func TestAPreviewSaysThatABudgetIsUsedUp(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("accounting", `{"price":0.6,"budget":{"amount":1,"period":"day"}}`)
	preview := b.call("a@x.y")
	preview.Preview = true
	if _, _, err := b.till().Reserve(t.Context(), preview, rules); err != nil {
		t.Fatal(err)
	}
	if _, _, err := b.till().Reserve(t.Context(), b.call("a@x.y"), rules); err != nil {
		t.Fatal(err)
	}
	_, entries, err := b.till().Reserve(t.Context(), preview, rules)
	if _, detail := told(err); detail != "Budget exceeded" || entries[0].Status != "rejected" {
		t.Errorf("%v %+v", err, entries)
	}
	preview.At = preview.At.Add(24 * time.Hour)
	if _, _, err := b.till().Reserve(t.Context(), preview, rules); err != nil {
		t.Errorf("tomorrow's budget: %v", err)
	}
}

func TestBudgets(t *testing.T) {
	t.Parallel()
	const exceeded = "Budget exceeded"
	tests := []struct {
		name   string
		config string
		steps  []step // a call of 0.4 each, settled
	}{
		{"of a day in UTC", `{"price":0.4,"budget":{"amount":1,"period":"day"}}`, []step{
			{0, "a@x.y", ""}, {1, "a@x.y", ""}, {2, "a@x.y", exceeded}, {3, "b@x.y", ""}, {2*3600 - 1, "a@x.y", exceeded}, {2 * 3600, "a@x.y", ""}}},
		{"of a calendar month", `{"price":0.4,"budget":{"amount":0.4,"period":"month"}}`, []step{
			{0, "a@x.y", ""}, {1, "a@x.y", exceeded}, {2 * 3600, "a@x.y", ""}, {29 * 86400, "a@x.y", exceeded}}},
		{"of nothing", `{"price":0.4,"budget":{"amount":0,"period":"day"}}`, []step{{0, "a@x.y", exceeded}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t) // two hours before April
			rules, start := b.rules("accounting", tt.config), b.now()
			for i, s := range tt.steps {
				b.set(start.Add(time.Duration(s.at * float64(time.Second))))
				call := b.call(s.sender)
				open, entries, err := b.till().Reserve(t.Context(), call, rules)
				kind, detail := told(err)
				if detail != s.refuse || err != nil && kind != space.KindPaymentRequired {
					t.Fatalf("step %d: got %v, want %q", i, err, s.refuse)
				}
				if err != nil && (entries[0].Status != "rejected" || *entries[0].ReasonCode != "budget_exceeded") {
					t.Errorf("step %d: entry %+v", i, entries[0])
				}
				if _, err := b.till().Settle(t.Context(), call, open, rules, answered(1, "", 0)); err != nil {
					t.Fatal(err)
				}
				b.books()
			}
		})
	}
}

func TestWhatIsRefundedDoesNotCountAgainstABudget(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("accounting", `{"price":1,"budget":{"amount":1,"period":"day"}}`)
	for range 3 {
		call := b.call("a@x.y")
		open, _, err := b.till().Reserve(t.Context(), call, rules)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := b.till().Refund(t.Context(), call, open); err != nil {
			t.Fatal(err)
		}
	}
}

func TestOneRefusalGivesTheOthersBack(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("accounting", `{"price":0.25}`, `{"price":1,"budget":{"amount":0.5,"period":"day"}}`)
	open, entries, err := b.till().Reserve(t.Context(), b.call("a@x.y"), rules)
	if _, detail := told(err); detail != "Budget exceeded" || len(open) > 0 {
		t.Fatal(open, err)
	}
	if diff := cmp.Diff([]string{"refunded", "rejected"}, statuses(entries)); diff != "" {
		t.Errorf("statuses (-want +got)\n%s", diff)
	}
	if b.books(); b.unclosed() > 0 {
		t.Error("a reservation is open")
	}
}

// TestBooksBalanceWhereverTheLedgerFails lets every call of the ledger fail in
// turn, under two prices, and closes the query as the pipeline does.
func TestBooksBalanceWhereverTheLedgerFails(t *testing.T) {
	t.Parallel()
	for _, broken := range []brokenLedger{{reserve: 1}, {reserve: 2}, {settle: 1}, {settle: 2}, {refund: 1}, {refund: 2}, {settle: 1, refund: 1}, {reserve: 2, refund: 1}, {settle: 2, refund: 1}} {
		t.Run(fmt.Sprintf("%d %d %d", broken.reserve, broken.settle, broken.refund), func(t *testing.T) {
			t.Parallel()
			ledger := broken
			b := newBench(t, func(d *policies.Deps) { ledger.ledger = d.Ledger; d.Ledger = &ledger })
			rules, call := b.rules("accounting", `{"price":0.25}`, `{"price":1}`), b.call("a@x.y")
			open, _, err := b.till().Reserve(t.Context(), call, rules)
			b.books()
			answer := answered(1, "hi", 1)
			if broken.refund > 0 && broken.settle == 0 {
				answer = space.Answer{}
			}
			if err == nil {
				var entries []space.PolicyEntry
				entries, err = b.till().Settle(t.Context(), call, open, rules, answer)
				b.books()
				if err == nil && slices.Contains(statuses(entries), "reserved") {
					err = errors.New("told by an entry")
					open = nil // the answer is paid for and leaves: nobody refunds it
				}
			}
			if err != nil && len(open) > 0 {
				_, err = b.till().Refund(t.Context(), call, open)
				b.books()
			}
			if b.unclosed() == 0 {
				return
			}
			if err == nil {
				t.Error("a reservation stayed open, and nobody was told")
			}
			if err := b.types["accounting"].(policies.Starter).Start(t.Context()); err != nil {
				t.Fatal(err)
			}
			if b.books(); b.unclosed() > 0 {
				t.Error("a new start did not refund what was left open")
			}
		})
	}
}

func TestAStartRefundsWhatADeadProcessLeftOpen(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	if _, _, err := b.till().Reserve(t.Context(), b.call("a@x.y"), b.rules("accounting", `{"price":0.25}`)); err != nil {
		t.Fatal(err)
	}
	if err := b.types["accounting"].(policies.Starter).Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	want := []string{"reserve payer>held 0.25 USD", "refund held>payer 0.25 USD"}
	if diff := cmp.Diff(want, b.books()); diff != "" {
		t.Errorf("ledger (-want +got)\n%s", diff)
	}
}

func TestAccountingConfigurations(t *testing.T) {
	t.Parallel()
	f := form(newBench(t).types["accounting"])
	tests := []struct {
		config, msg string
		loc         []any
	}{
		{`{}`, "field required", []any{"price"}},
		{`{"price":-1}`, "ensure this value is greater than or equal to 0", []any{"price"}},
		{`{"price":"1"}`, "value is not a valid float", []any{"price"}},
		{`{"price":0.0000001}`, "ensure this value has at most 6 decimals", []any{"price"}},
		{`{"price":1.0000005}`, "ensure this value has at most 6 decimals", []any{"price"}},
		{`{"price":1,"budget":{"amount":0.0000001,"period":"day"}}`, "ensure this value has at most 6 decimals", []any{"budget", "amount"}},
		{`{"price":1,"budget":{"amount":1}}`, "field required", []any{"budget", "period"}},
		{`{"price":1,"budget":{"amount":1,"period":"week"}}`, "value is not a valid enumeration member; permitted: 'day', 'month'", []any{"budget", "period"}},
		{`{"price":1,"pricing_mode":"per_word"}`, "value is not a valid enumeration member; permitted: 'per_call', 'per_document', 'per_token'", []any{"pricing_mode"}},
		{`{"price":1,"currency":"dollars"}`, `string does not match regex "^[A-Z][A-Z0-9]{2,9}$"`, []any{"currency"}},
	}
	for _, tt := range tests {
		_, problems, err := f.Seal([]byte(tt.config), nil)
		if err != nil || len(problems) != 1 || problems[0].Msg != tt.msg || cmp.Diff(tt.loc, problems[0].Loc) != "" {
			t.Errorf("%s: %+v %v", tt.config, problems, err)
		}
	}
	for _, config := range []string{`{"price":0.1}`, `{"price":99999.999999}`, `{"price":0.000001}`, `{"price":1e-6}`, `{"price":12345.678901}`} {
		if _, problems, err := f.Seal([]byte(config), nil); err != nil || len(problems) > 0 {
			t.Errorf("%s is refused: %v %v", config, problems, err)
		}
	}
}
