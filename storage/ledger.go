package storage

import (
	"context"
	"iter"

	"syft-space/app/space"
)

const ledgerColumns = `l.id, l.tenant_id, r.endpoint_id, r.endpoint_slug, r.policy_id, r.user_email, l.kind, l.from_account, l.to_account,
	l.amount, r.currency, r.transaction_id, r.query_id, l.created_at`

func scanLedger(row scanner) (e space.LedgerEntry, err error) {
	err = row.Scan(&e.ID, &e.Tenant, &e.EndpointID, &e.EndpointSlug, &e.PolicyID, &e.UserEmail, &e.Kind, &e.From, &e.To,
		&e.Amount, &e.Currency, &e.TransactionID, &e.QueryID, asTime(&e.CreatedAt))
	return e, err
}

const (
	countLedger  = `SELECT count(*) FROM ledger WHERE tenant_id = ?`
	selectLedger = `SELECT ` + ledgerColumns + ` FROM ledger l JOIN reservations r ON r.id = l.reservation_id
		WHERE l.tenant_id = ? ORDER BY l.created_at, l.id LIMIT ? OFFSET ?`
	selectLedgerRows = `SELECT ` + ledgerColumns + ` FROM ledger l JOIN reservations r ON r.id = l.reservation_id
		WHERE l.tenant_id = ? ORDER BY l.created_at, l.id`
	selectBalance = `SELECT account, currency, sum(amount) FROM (
			SELECT l.to_account AS account, r.currency AS currency, l.amount AS amount
			FROM ledger l JOIN reservations r ON r.id = l.reservation_id WHERE l.tenant_id = ?1
			UNION ALL
			SELECT l.from_account, r.currency, -l.amount
			FROM ledger l JOIN reservations r ON r.id = l.reservation_id WHERE l.tenant_id = ?1)
		GROUP BY account, currency ORDER BY currency, account`
)

// Ledger returns a page of the tenant's ledger.
func (db *DB) Ledger(ctx context.Context, tenant space.TenantID, p space.Page) (space.List[space.LedgerEntry], error) {
	return page(ctx, db, p, scanLedger, countLedger, selectLedger, tenant.UUID[:])
}

// LedgerRows yields the tenant's whole ledger, oldest first.
func (db *DB) LedgerRows(ctx context.Context, tenant space.TenantID) iter.Seq2[space.LedgerEntry, error] {
	return stream(ctx, db, scanLedger, selectLedgerRows, tenant.UUID[:])
}

// LedgerBalance returns what stands on each account in each currency; the
// balances of one currency add up to zero.
func (db *DB) LedgerBalance(ctx context.Context, tenant space.TenantID) (list []space.Balance, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (b space.Balance, err error) {
			err = row.Scan(&b.Account, &b.Currency, &b.Amount)
			return b, err
		}, selectBalance, tenant.UUID[:])
		return err
	})
	return list, err
}
