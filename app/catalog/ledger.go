package catalog

import (
	"context"
	"iter"

	"syft-space/app/space"
)

// LedgerStore keeps the ledger.
type LedgerStore interface {
	Ledger(context.Context, space.TenantID, space.LedgerFilter, space.Page) (space.List[space.LedgerEntry], error)
	LedgerRows(context.Context, space.TenantID, space.LedgerFilter) iter.Seq2[space.LedgerEntry, error]
}

// Ledger are the use cases on the ledger, which only the policies write.
type Ledger struct{ store LedgerStore }

// NewLedger makes the use cases on the ledger.
func NewLedger(store LedgerStore) *Ledger { return &Ledger{store} }

// List returns a page of the rows that f selects, oldest first.
func (l *Ledger) List(ctx context.Context, tenant space.TenantID, f space.LedgerFilter, page space.Page) (space.List[space.LedgerEntry], error) {
	f.UserEmail = space.NormalEmail(f.UserEmail)
	return l.store.Ledger(ctx, tenant, f, page)
}

// Rows yields all of them, oldest first.
func (l *Ledger) Rows(ctx context.Context, tenant space.TenantID, f space.LedgerFilter) iter.Seq2[space.LedgerEntry, error] {
	f.UserEmail = space.NormalEmail(f.UserEmail)
	return l.store.LedgerRows(ctx, tenant, f)
}
