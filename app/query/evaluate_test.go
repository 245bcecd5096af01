package query_test

import (
	"context"
	"testing"
	"time"

	"syft-space/app/query"
	"syft-space/app/space"
)

func TestEvaluateAsksEveryPolicyAndCountsNothing(t *testing.T) {
	t.Parallel()
	w := newWorld()
	limited := space.Errorf(space.KindRateLimited, "Rate limit exceeded. Retry after 9 seconds.")
	limited.RetryAfter = 9 * time.Second
	first := &gate{name: "first", err: func(context.Context) error { return limited }}
	second := &gate{name: "second", err: func(context.Context) error { return space.Errorf(space.KindForbidden, "no") }}
	till := &till{name: "pay"}
	for _, typ := range []query.PolicyType{first, second, till, &shout{}} {
		w.add(typ)
	}
	got, err := w.pipeline().Evaluate(t.Context(), space.RootTenant, "ask", " Bob@Example.org", time.Unix(1000, 0))
	if err != nil {
		t.Fatal(err)
	}
	if got.Allowed || got.Detail != limited.Detail || got.RetryAfter != limited.RetryAfter || got.Policies.Outcome != space.OutcomeRateLimited {
		t.Errorf("evaluation %+v", got)
	}
	if len(got.Policies.Entries) != 4 {
		t.Errorf("%d entries, want one for each policy", len(got.Policies.Entries))
	}
	if first.previews != 1 || second.previews != 1 || till.reserved != 0 || len(w.events.events) != 0 {
		t.Errorf("something was counted: %d %d %+v", first.previews, second.previews, till)
	}
	if c := till.call; c.Sender != "bob@example.org" || !c.At.Equal(time.Unix(1000, 0)) || !c.Preview {
		t.Errorf("call %+v", c)
	}
}

func TestEvaluateAllows(t *testing.T) {
	t.Parallel()
	w := newWorld()
	w.add(&gate{name: "g"})
	got, err := w.pipeline().Evaluate(t.Context(), space.RootTenant, "ask", "bob@example.org", time.Now())
	if err != nil || !got.Allowed || got.Detail != "" || got.Policies.Outcome != space.OutcomeSuccess {
		t.Errorf("%+v %v", got, err)
	}
}

func TestEvaluateFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	if _, err := w.pipeline().Evaluate(t.Context(), space.RootTenant, "nope", "b@example.org", time.Now()); space.KindOf(err) != space.KindNotFound {
		t.Errorf("unknown endpoint: %v", err)
	}
	w.add(&gate{name: "g", err: func(context.Context) error { return space.Errorf(space.KindUnavailable, "away") }})
	if _, err := w.pipeline().Evaluate(t.Context(), space.RootTenant, "ask", "b@example.org", time.Now()); space.KindOf(err) != space.KindUnavailable {
		t.Errorf("a policy that fails: %v", err)
	}
}
