package policies_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

func (b *bench) till() charger { return b.types["accounting"].(charger) }

// books returns the ledger, one step a string, oldest first. It fails the test
// where the accounts of a currency do not add up to nothing, or where more was
// given away than was held.
func (b *bench) books() []string {
	b.t.Helper()
	var entries []space.LedgerEntry
	for e, err := range b.db.LedgerRows(b.t.Context(), space.RootTenant, space.LedgerFilter{}) {
		if err != nil {
			b.t.Fatal(err)
		}
		entries = append(entries, e)
	}
	slices.SortStableFunc(entries, func(x, y space.LedgerEntry) int { // a settlement comes before its rest
		return cmp.Or(x.CreatedAt.Compare(y.CreatedAt), cmp.Compare(y.Kind, x.Kind))
	})
	var out []string
	held := map[string]space.Micros{}
	for _, e := range entries {
		out = append(out, fmt.Sprintf("%s %s>%s %g %s", e.Kind, e.From, e.To, float64(e.Amount)/1e6, e.Currency))
		if e.To == space.AccountHeld {
			held[e.Currency] += e.Amount
		} else {
			held[e.Currency] -= e.Amount
		}
	}
	balances, err := b.db.LedgerBalance(b.t.Context(), space.RootTenant)
	if err != nil {
		b.t.Fatal(err)
	}
	sum := map[string]space.Micros{}
	for _, x := range balances {
		sum[x.Currency] += x.Amount
		if x.Account == space.AccountHeld && (x.Amount < 0 || x.Amount != held[x.Currency]) {
			b.t.Errorf("%d %s are held, the steps say %d", x.Amount, x.Currency, held[x.Currency])
		}
	}
	for currency, m := range sum {
		if m != 0 {
			b.t.Errorf("the accounts in %s add up to %d", currency, m)
		}
	}
	return out
}

// unclosed is how many reservations are open.
func (b *bench) unclosed() int {
	b.t.Helper()
	open, err := b.db.OpenReservations(b.t.Context())
	if err != nil {
		b.t.Fatal(err)
	}
	return len(open)
}

// brokenLedger is a ledger that fails when it is told to.
type brokenLedger struct {
	ledger interface {
		Reserve(context.Context, space.TenantID, space.Reservation, *space.Budget) error
		Spent(context.Context, space.TenantID, space.Reservation, time.Time) (space.Micros, error)
		Settle(context.Context, space.TenantID, uuid.UUID, space.Micros) error
		Refund(context.Context, space.TenantID, uuid.UUID) error
		OpenReservations(context.Context) ([]space.Reservation, error)
	}
	reserve, settle, refund int // the call that fails, from 1; 0 is none
}

var errDisk = errors.New("disk full")

func fails(countdown *int) bool {
	*countdown--
	return *countdown == 0
}

func (l *brokenLedger) Reserve(ctx context.Context, tenant space.TenantID, r space.Reservation, budget *space.Budget) error {
	if fails(&l.reserve) {
		return errDisk
	}
	return l.ledger.Reserve(ctx, tenant, r, budget)
}

func (l *brokenLedger) Spent(ctx context.Context, tenant space.TenantID, r space.Reservation, since time.Time) (space.Micros, error) {
	return l.ledger.Spent(ctx, tenant, r, since)
}

func (l *brokenLedger) Settle(ctx context.Context, tenant space.TenantID, id uuid.UUID, amount space.Micros) error {
	if fails(&l.settle) {
		return errDisk
	}
	return l.ledger.Settle(ctx, tenant, id, amount)
}

func (l *brokenLedger) Refund(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	if fails(&l.refund) {
		return errDisk
	}
	return l.ledger.Refund(ctx, tenant, id)
}

func (l *brokenLedger) OpenReservations(ctx context.Context) ([]space.Reservation, error) {
	return l.ledger.OpenReservations(ctx)
}
