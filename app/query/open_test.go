package query_test

import (
	"context"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/query"
	"syft-space/app/space"
)

func TestOpenIsWhatTheCallerMayQuery(t *testing.T) {
	t.Parallel()
	denied := space.Errorf(space.KindForbidden, "Policy 'access' blocked request: no")
	busy := space.Errorf(space.KindRateLimited, "Rate limit exceeded. Retry after 5 seconds.")
	key := func(scope space.Scope, slugs ...string) space.Identity {
		return space.Identity{Role: space.RoleKey, Tenant: space.RootTenant, Email: "bob@example.org", Scopes: []space.Scope{scope}, Endpoints: slugs}
	}
	for name, c := range map[string]struct {
		who     space.Identity
		refusal error // of the gate of the endpoint "policed"
		want    []string
	}{
		"a marketplace's caller":     {alice, nil, []string{"free", "policed"}},
		"a denied caller":            {alice, denied, []string{"free"}},
		"a caller who is too fast":   {alice, busy, []string{"free", "policed"}},
		"a guest":                    {space.Identity{Role: space.RoleGuest, Tenant: space.RootTenant}, nil, []string{"free"}},
		"a key for everything":       {key(space.ScopeQuery), nil, []string{"free", "policed"}},
		"a key for one":              {key(space.ScopeQuery, "policed"), nil, []string{"policed"}},
		"a key that may read":        {key(space.ScopeRead), nil, []string{}},
		"a key that may do anything": {key(space.ScopeAdmin), nil, []string{"free", "policed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			policed := space.Endpoint{ID: uuid.New(), Tenant: space.RootTenant, Slug: "policed", Published: true}
			w := newWorld()
			counted := false
			w.types = []query.PolicyType{gateFunc(func(call space.PolicyCall) error {
				counted = counted || !call.Preview
				return c.refusal
			})}
			d := w.pipeline().Deps
			d.Rules = func(_ context.Context, _ space.TenantID, endpoint uuid.UUID) ([]space.Rule, error) {
				if endpoint != policed.ID {
					return nil, nil
				}
				return []space.Rule{{Policy: space.Policy{ID: uuid.New(), Type: gateType}}}, nil
			}
			open, err := query.New(d).Open(t.Context(), c.who, []space.Endpoint{
				{ID: uuid.New(), Tenant: space.RootTenant, Slug: "free", Published: true}, policed,
				{ID: uuid.New(), Tenant: space.RootTenant, Slug: "unpublished"},
				{ID: uuid.New(), Tenant: space.RootTenant, Slug: "archived", Published: true, Archived: true},
			})
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, e := range open {
				got = append(got, e.Slug)
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("open endpoints (-want +got)\n%s", diff)
			}
			if counted {
				t.Error("looking was counted")
			}
		})
	}
}

func TestOpenFailsWhereAPolicyFails(t *testing.T) {
	t.Parallel()
	w := newWorld()
	broken := errors.New("the disk is gone")
	w.types = []query.PolicyType{gateFunc(func(space.PolicyCall) error { return broken })}
	w.rules = []space.Rule{{Policy: space.Policy{ID: uuid.New(), Type: gateType}}}
	if _, err := w.pipeline().Open(t.Context(), alice, []space.Endpoint{w.catalog.endpoint}); !errors.Is(err, broken) {
		t.Errorf("the error is %v", err)
	}
}

const gateType = "gate"

// gateFunc is a policy type that is only a gate.
type gateFunc func(space.PolicyCall) error

func (gateFunc) Info() space.TypeInfo { return space.TypeInfo{Name: gateType} }

func (g gateFunc) Admit(_ context.Context, call space.PolicyCall, _ []space.Rule) ([]space.PolicyEntry, error) {
	return nil, g(call)
}
