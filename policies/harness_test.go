package policies_test

import (
	"context"
	"encoding/json"
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/policies"
	"syft-space/storage"
)

// The hooks as app/query declares them.
type (
	gate interface {
		Admit(context.Context, space.PolicyCall, []space.Rule) ([]space.PolicyEntry, error)
	}
	forgetter interface {
		gate
		Forget(context.Context, space.PolicyCall, []space.Rule)
	}
	charger interface {
		Reserve(context.Context, space.PolicyCall, []space.Rule) ([]space.Reservation, []space.PolicyEntry, error)
		Settle(context.Context, space.PolicyCall, []space.Reservation, []space.Rule, space.Answer) ([]space.PolicyEntry, error)
		Refund(context.Context, space.PolicyCall, []space.Reservation) ([]space.PolicyEntry, error)
	}
	filterer interface {
		Filter(context.Context, space.PolicyCall, []space.Rule, space.Answer) (space.Answer, []space.PolicyEntry, error)
		Splits([]space.Rule) bool
		Split([]space.Rule, string) int
	}
)

// bench is a set of types over a database of its own.
type bench struct {
	t        *testing.T
	db       *storage.DB
	deps     policies.Deps
	types    map[string]policies.Type
	endpoint space.Endpoint
	at       atomic.Int64 // the time, in nanoseconds since 1970
	ticks    atomic.Int64
}

func newBench(t *testing.T, change ...func(*policies.Deps)) *bench {
	t.Helper()
	b := &bench{t: t}
	b.set(time.Date(2026, 3, 31, 22, 0, 0, 0, time.UTC))
	b.open(t.TempDir(), change...)
	b.endpoint = space.Endpoint{ID: space.NewID(), Tenant: space.RootTenant, Name: "Ask", Slug: "ask", ResponseType: space.ResponseBoth}
	if err := b.db.CreateEndpoint(t.Context(), space.RootTenant, b.endpoint); err != nil {
		t.Fatal(err)
	}
	return b
}

// open opens the data folder, as a process that starts does.
func (b *bench) open(dir string, change ...func(*policies.Deps)) {
	b.t.Helper()
	db, err := storage.Open(context.Background(), storage.Options{Dir: dir, Clock: b.tick, IDs: space.NewID, Version: "test"})
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { _ = db.Close() })
	b.db = db
	b.deps = policies.Deps{
		Rates: db, Ledger: db, HashKey: []byte("0123456789abcdef"), Clock: b.now, IDs: space.NewID, Log: quiet(),
		Ask: func(context.Context, space.TenantID, uuid.UUID, space.ChatRequest) (string, error) {
			return "", errors.New("no model is connected")
		},
	}
	for _, c := range change {
		c(&b.deps)
	}
	b.types = byName(b.deps)
}

// now is the clock of the bench.
func (b *bench) now() time.Time { return time.Unix(0, b.at.Load()).UTC() }

// tick is now, a little later each time, so that what storage writes has an order.
func (b *bench) tick() time.Time {
	return b.now().Add(time.Duration(b.ticks.Add(1)) * time.Microsecond)
}

func (b *bench) set(now time.Time) { b.at.Store(now.UnixNano()) }

func (b *bench) wait(d time.Duration) { b.at.Add(int64(d)) }

// rule stores a policy and decodes it, as the app does.
func (b *bench) rule(typ, config string) space.Rule {
	b.t.Helper()
	f := form(b.types[typ])
	sealed, problems, err := f.Seal(json.RawMessage(config), nil)
	if err != nil || len(problems) > 0 {
		b.t.Fatalf("%s %s is refused: %v %v", typ, config, problems, err)
	}
	opened, err := f.Open(sealed)
	if err != nil {
		b.t.Fatal(err)
	}
	p := space.Policy{
		ID: space.NewID(), Tenant: space.RootTenant, EndpointID: b.endpoint.ID, Name: typ, Type: typ,
		Configuration: sealed, Enabled: true, CreatedAt: b.now(), UpdatedAt: b.now(),
	}
	if err := b.db.CreatePolicy(b.t.Context(), space.RootTenant, p); err != nil {
		b.t.Fatal(err)
	}
	return space.Rule{Policy: p, Config: opened}
}

// rules stores several policies of one type.
func (b *bench) rules(typ string, configs ...string) []space.Rule {
	out := make([]space.Rule, len(configs))
	for i, c := range configs {
		out[i] = b.rule(typ, c)
	}
	return out
}

// call is a query by sender now.
func (b *bench) call(sender string) space.PolicyCall {
	return space.PolicyCall{
		Tenant: space.RootTenant, QueryID: space.NewID(), Endpoint: b.endpoint, Sender: sender, At: b.now(),
		Limit: 5, MaxTokens: 100,
	}
}

// told returns a refusal's kind and text.
func told(err error) (space.Kind, string) {
	var e *space.Error
	if !errors.As(err, &e) {
		return 0, ""
	}
	return e.Kind, e.Detail
}

func statuses(entries []space.PolicyEntry) []string {
	out := make([]string, len(entries))
	for i, e := range entries {
		out[i] = e.Status
	}
	return out
}

func reason(e space.PolicyEntry) string {
	if e.Reason == nil {
		return ""
	}
	return *e.Reason
}
