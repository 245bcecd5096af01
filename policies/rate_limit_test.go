package policies_test

import (
	"context"
	"errors"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
	"syft-space/policies"
)

func (b *bench) limiter() forgetter { return b.types["rate_limit"].(forgetter) }

// step is one call at some seconds after the first.
type step struct {
	at     float64
	sender string
	refuse string // the error's text, "" means admitted
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	const wait = "Rate limit exceeded. Retry after "
	tests := []struct {
		name    string
		configs []string
		steps   []step
	}{
		{"each user for themselves", []string{`{"limit":"1/m"}`}, []step{
			{0, "a@x.y", ""}, {1, "a@x.y", wait + "59 seconds."}, {1, "b@x.y", ""}, {60, "a@x.y", ""}}},
		{"all share a global limit", []string{`{"limit":"2/m","scope":"global"}`}, []step{
			{0, "a@x.y", ""}, {1, "b@x.y", ""}, {2, "c@x.y", wait + "58 seconds."}, {61, "c@x.y", ""}}},
		{"only those it is meant for", []string{`{"limit":"1/h","applied_to":["*@x.y"]}`}, []step{
			{0, "a@other.z", ""}, {0, "a@other.z", ""}, {0, "a@x.y", ""}, {1, "a@x.y", wait + "3599 seconds."}}},
		{"a second", []string{`{"limit":"2/s"}`}, []step{
			{0, "a@x.y", ""}, {0.5, "a@x.y", ""}, {0.9, "a@x.y", wait + "1 seconds."}, {1, "a@x.y", ""}}},
		{"a day", []string{`{"limit":"1/d"}`}, []step{
			{0, "a@x.y", ""}, {3600, "a@x.y", wait + "82800 seconds."}, {86400, "a@x.y", ""}}},
		{"under another name", []string{`{"rate":"1/m"}`}, []step{{0, "a@x.y", ""}, {0, "a@x.y", wait + "60 seconds."}}},
		{"every limit must pass, the longest wait is told", []string{`{"limit":"2/m"}`, `{"limit":"1/h"}`}, []step{
			{0, "a@x.y", ""}, {0, "a@x.y", wait + "3600 seconds."}}},
		{"a refused call is counted nowhere", []string{`{"limit":"3/h"}`, `{"limit":"1/m"}`}, []step{
			{0, "a@x.y", ""}, {1, "a@x.y", wait + "59 seconds."}, {2, "a@x.y", wait + "58 seconds."}, {3, "a@x.y", wait + "57 seconds."},
			{61, "a@x.y", ""}, {122, "a@x.y", ""}, {190, "a@x.y", wait + "3410 seconds."}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			rules, start := b.rules("rate_limit", tt.configs...), b.now()
			for i, s := range tt.steps {
				b.set(start.Add(time.Duration(s.at * float64(time.Second))))
				entries, err := b.limiter().Admit(t.Context(), b.call(s.sender), rules)
				kind, detail := told(err)
				if detail != s.refuse || err != nil && kind != space.KindRateLimited {
					t.Fatalf("step %d at %gs: got %v, want %q", i, s.at, err, s.refuse)
				}
				if len(entries) != len(rules) {
					t.Errorf("step %d: %d entries for %d policies", i, len(entries), len(rules))
				}
			}
		})
	}
}

func TestRateLimitSaysWhatIsLeft(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("rate_limit", `{"limit":"2/m"}`, `{"limit":"9/h","applied_to":["x@y.z"]}`)
	_, _ = b.limiter().Admit(t.Context(), b.call("a@x.y"), rules)
	entries, _ := b.limiter().Admit(t.Context(), b.call("a@x.y"), rules)
	refused, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), rules)
	if diff := cmp.Diff(map[string]any{"limit": "2/m", "scope": "per_user", "remaining": int64(0)}, entries[0].Details); diff != "" {
		t.Errorf("details (-want +got)\n%s", diff)
	}
	if diff := cmp.Diff([]string{"rejected", "skipped"}, statuses(refused)); diff != "" || *refused[0].ReasonCode != "rate_limit_exceeded" {
		t.Errorf("%+v\n%s", refused, diff)
	}
	var e *space.Error
	if !errors.As(err, &e) || e.RetryAfter != time.Minute {
		t.Errorf("retry after %v", e)
	}
}

func TestRateLimitsOfTwoPoliciesAreApart(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	for range 2 {
		if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), b.rules("rate_limit", `{"limit":"1/h"}`)); err != nil {
			t.Errorf("a new policy begins at nothing: %v", err)
		}
	}
}

func TestPreviewAndForgetCountNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("rate_limit", `{"limit":"1/h"}`)
	preview := b.call("a@x.y")
	preview.Preview = true
	for range 3 {
		if _, err := b.limiter().Admit(t.Context(), preview, rules); err != nil {
			t.Fatalf("a preview was counted: %v", err)
		}
	}
	for range 3 {
		call := b.call("a@x.y")
		if _, err := b.limiter().Admit(t.Context(), call, rules); err != nil {
			t.Fatalf("what was forgotten still counts: %v", err)
		}
		b.limiter().Forget(t.Context(), call, rules)
	}
	if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), rules); err != nil {
		t.Fatal(err)
	}
	if _, err := b.limiter().Admit(t.Context(), preview, rules); err == nil {
		t.Error("a preview does not say that the limit is used up")
	}
}

func TestForgettingDoesNotTakeFromALaterWindow(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("rate_limit", `{"limit":"1/s"}`)
	old := b.call("a@x.y")
	_, _ = b.limiter().Admit(t.Context(), old, rules)
	b.wait(2 * time.Second)
	_, _ = b.limiter().Admit(t.Context(), b.call("a@x.y"), rules)
	b.limiter().Forget(t.Context(), old, rules)
	if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), rules); err == nil {
		t.Error("an old call was taken back from a new window")
	}
}

func TestAnotherPeriodBeginsAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("rate_limit", `{"limit":"1/d"}`)
	_, _ = b.limiter().Admit(t.Context(), b.call("a@x.y"), rules)
	hourly := b.rule("rate_limit", `{"limit":"1/h"}`)
	hourly.Policy.ID = rules[0].Policy.ID
	if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), []space.Rule{hourly}); err != nil {
		t.Errorf("the day's count stands in the hour: %v", err)
	}
}

func TestConcurrentCallsNeverExceedTheLimit(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("rate_limit", `{"limit":"10/h"}`, `{"limit":"7/m","scope":"global"}`)
	var admitted atomic.Int64
	var wait sync.WaitGroup
	for i := range 100 {
		call := b.call("a@x.y")
		call.At = call.At.Add(time.Duration(i%3) * time.Microsecond) // calls overtake each other
		wait.Go(func() {
			if _, err := b.limiter().Admit(context.Background(), call, rules); err == nil {
				admitted.Add(1)
			}
		})
	}
	wait.Wait()
	if admitted.Load() != 7 {
		t.Errorf("%d calls were admitted, the limit is 7", admitted.Load())
	}
}

func TestLimitsOfAnHourOrMoreSurviveARestart(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := &bench{t: t}
	b.set(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))
	b.open(dir)
	b.endpoint = space.Endpoint{ID: space.NewID(), Tenant: space.RootTenant, Slug: "ask", ResponseType: space.ResponseRaw}
	if err := b.db.CreateEndpoint(t.Context(), space.RootTenant, b.endpoint); err != nil {
		t.Fatal(err)
	}
	hour, minute := b.rules("rate_limit", `{"limit":"2/h"}`), b.rules("rate_limit", `{"limit":"1/m"}`)
	all := b.rules("rate_limit", `{"limit":"1/d","scope":"global"}`)
	for _, rules := range [][]space.Rule{hour, hour, minute, all} {
		if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), rules); err != nil {
			t.Fatal(err)
		}
	}
	ctx, stop := context.WithCancel(t.Context())
	stop()
	if err := b.types["rate_limit"].(policies.Runner).Run(ctx); err != nil { // the end of the process
		t.Fatal(err)
	}
	if err := b.db.Close(); err != nil {
		t.Fatal(err)
	}
	b.wait(59 * time.Minute)
	b.open(dir)
	if err := b.types["rate_limit"].(policies.Starter).Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), hour); err == nil {
		t.Error("the hour's count is lost")
	}
	if _, err := b.limiter().Admit(t.Context(), b.call("b@x.y"), all); err == nil {
		t.Error("the day's common count is lost")
	}
	if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), minute); err != nil {
		t.Errorf("the minute's count was kept: %v", err)
	}
	b.wait(time.Minute)
	if _, err := b.limiter().Admit(t.Context(), b.call("a@x.y"), hour); err != nil {
		t.Errorf("the window was made longer by the restart: %v", err)
	}
}

// rateStore keeps counts in memory, or does not take them.
type rateStore struct {
	mu    sync.Mutex
	err   error
	saved []space.RateCount
}

func (s *rateStore) LoadRates(context.Context) ([]space.RateCount, error) { return nil, nil }

func (s *rateStore) SaveRates(_ context.Context, counts []space.RateCount) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.err != nil {
		return s.err
	}
	s.saved = append(s.saved, counts...)
	return nil
}

func TestCountsAreWrittenBehindWithinASecond(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		store := &rateStore{err: errors.New("disk full")}
		types := byName(policies.Deps{Rates: store, Clock: time.Now, IDs: space.NewID, Log: quiet()})
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		go func() { _ = types["rate_limit"].(policies.Runner).Run(ctx) }()
		config, _, _ := form(types["rate_limit"]).Seal([]byte(`{"limit":"5/h"}`), nil)
		opened, _ := form(types["rate_limit"]).Open(config)
		rules := []space.Rule{{Policy: space.Policy{ID: space.NewID(), Type: "rate_limit"}, Config: opened}}
		admit := func() {
			if _, err := types["rate_limit"].(gate).Admit(t.Context(), space.PolicyCall{Sender: "a@x.y", At: time.Now()}, rules); err != nil {
				t.Error(err)
			}
		}
		admit()
		time.Sleep(time.Second)
		store.mu.Lock()
		store.err = nil
		store.mu.Unlock()
		admit()
		time.Sleep(time.Second)
		store.mu.Lock()
		defer store.mu.Unlock()
		if len(store.saved) != 1 || store.saved[0].Count != 2 || store.saved[0].Key != "a@x.y" || store.saved[0].PolicyID != rules[0].Policy.ID {
			t.Errorf("saved %+v, want one count of 2", store.saved)
		}
	})
}

func TestRateLimitConfigurations(t *testing.T) {
	t.Parallel()
	f := form(newBench(t).types["rate_limit"])
	const pattern = `string does not match regex "^[1-9][0-9]{0,8}/(s|m|h|d)$"`
	tests := []struct{ config, loc, msg string }{
		{`{}`, "limit", "field required"},
		{`{"limit":"0/m"}`, "limit", pattern},
		{`{"limit":"5"}`, "limit", pattern},
		{`{"limit":"5/w"}`, "limit", pattern},
		{`{"rate":"five/m"}`, "limit", pattern},
		{`{"limit":"99999999999/m"}`, "limit", pattern},
		{`{"limit":5}`, "limit", "value is not a valid string"},
		{`{"limit":"5/m","scope":"team"}`, "scope", "value is not a valid enumeration member"},
		{`{"limit":"5/m","applied_to":[]}`, "applied_to", "ensure this value has at least 1 items"},
	}
	for _, tt := range tests {
		_, problems, err := f.Seal([]byte(tt.config), nil)
		if err != nil || len(problems) == 0 || problems[0].Loc[0] != tt.loc || !strings.HasPrefix(problems[0].Msg, tt.msg) {
			t.Errorf("%s: %v %v, want %s at %s", tt.config, problems, err, tt.msg, tt.loc)
		}
	}
	merged, problems, err := f.Merge([]byte(`{"limit":"5/m","scope":"global","applied_to":["*"]}`), []byte(`{"rate":"9/h"}`))
	if err != nil || len(problems) > 0 || !strings.Contains(string(merged), `"limit":"9/h"`) || !strings.Contains(string(merged), "global") {
		t.Errorf("a patch under the other name: %s %v %v", merged, problems, err)
	}
}
