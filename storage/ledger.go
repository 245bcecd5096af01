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
	// The join is left out of the count while nothing asks for it.
	countLedger = `SELECT count(*) FROM ledger l WHERE l.tenant_id = ?1 AND (?4 = '' OR l.kind = ?4)
		AND (?2 IS NULL AND ?3 = '' OR EXISTS (SELECT 1 FROM reservations r WHERE r.id = l.reservation_id
			AND (?2 IS NULL OR r.endpoint_id = ?2) AND (?3 = '' OR r.user_email = ?3)))`
	matchLedger = ` FROM ledger l JOIN reservations r ON r.id = l.reservation_id
		WHERE l.tenant_id = ?1 AND (?2 IS NULL OR r.endpoint_id = ?2) AND (?3 = '' OR r.user_email = ?3) AND (?4 = '' OR l.kind = ?4) `
	selectLedger = `SELECT ` + ledgerColumns + matchLedger + `ORDER BY l.created_at, l.id LIMIT ?5 OFFSET ?6`
	// One person's rows are few: they are found by what was reserved, without
	// walking through the whole ledger. CROSS JOIN keeps that order.
	matchPerson = ` FROM reservations r CROSS JOIN ledger l ON l.reservation_id = r.id
		WHERE r.tenant_id = ?1 AND l.tenant_id = ?1 AND (?2 IS NULL OR r.endpoint_id = ?2) AND r.user_email = ?3 AND (?4 = '' OR l.kind = ?4) `
	countPerson      = `SELECT count(*)` + matchPerson
	selectPerson     = `SELECT ` + ledgerColumns + matchPerson + `ORDER BY l.created_at, l.id LIMIT ?5 OFFSET ?6`
	selectLedgerRows = `SELECT ` + ledgerColumns + matchLedger + `AND (l.created_at, l.id) > (?5, ?6) ORDER BY l.created_at, l.id LIMIT ?7`
	selectBalance    = `SELECT account, currency, sum(amount) FROM (
			SELECT l.to_account AS account, r.currency AS currency, l.amount AS amount
			FROM ledger l JOIN reservations r ON r.id = l.reservation_id WHERE l.tenant_id = ?1
			UNION ALL
			SELECT l.from_account, r.currency, -l.amount
			FROM ledger l JOIN reservations r ON r.id = l.reservation_id WHERE l.tenant_id = ?1)
		GROUP BY account, currency ORDER BY currency, account`
)

func ledgerArgs(tenant space.TenantID, f space.LedgerFilter) []any {
	return []any{tenant.UUID[:], idOrNull(f.EndpointID), f.UserEmail, string(f.Kind)}
}

// Ledger returns a page of the rows of the tenant's ledger that f selects.
func (db *DB) Ledger(ctx context.Context, tenant space.TenantID, f space.LedgerFilter, p space.Page) (space.List[space.LedgerEntry], error) {
	count, list := countLedger, selectLedger
	if f.UserEmail != "" {
		count, list = countPerson, selectPerson
	}
	return page(ctx, db, p, scanLedger, count, list, ledgerArgs(tenant, f)...)
}

// LedgerRows yields all of them, oldest first.
func (db *DB) LedgerRows(ctx context.Context, tenant space.TenantID, f space.LedgerFilter) iter.Seq2[space.LedgerEntry, error] {
	return batches(ctx, db, scanLedger, func(e space.LedgerEntry) position { return position{e.CreatedAt, e.ID} },
		selectLedgerRows, ledgerArgs(tenant, f)...)
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
