package storage

import (
	"context"
	"errors"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const (
	insertReservation = `INSERT INTO reservations (id, tenant_id, endpoint_id, endpoint_slug, policy_id, user_email,
			amount, currency, transaction_id, query_id, settled, created_at, closed_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?, NULL)`
	insertLedger = `INSERT INTO ledger (id, tenant_id, reservation_id, kind, from_account, to_account, amount, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	addSpending = `INSERT INTO spending (tenant_id, policy_id, user_email, currency, day, amount) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET amount = amount + excluded.amount`
	selectSpent = `SELECT coalesce(sum(amount), 0) FROM spending
		WHERE tenant_id = ? AND policy_id = ? AND user_email = ? AND currency = ? AND day >= ?`
)

// dayOf is the day of an instant in UTC, counted from 1970: spending is kept
// by days.
func dayOf(t time.Time) int64 { return t.Unix() / (24 * 60 * 60) }

// Reserve moves a reservation's amount from the payer to held. With a budget,
// and in the same transaction, it answers KindPaymentRequired where the amount
// and what the user spent under the policy and has held since would exceed it.
//
// It does not wait for the disk, unless there is a transaction at the accounting
// service to remember: nothing is owed before Settle, whose commit takes the
// reservation along, and where power fails before it, both never were.
func (db *DB) Reserve(ctx context.Context, tenant space.TenantID, r space.Reservation, budget *space.Budget) error {
	if r.Amount <= 0 {
		return space.Errorf(space.KindInvalid, "an amount to reserve must be above zero")
	}
	write := db.writeUnsynced
	if r.TransactionID != "" {
		write = db.write
	}
	return write(ctx, func(tx *tx) error {
		if budget != nil {
			used, err := spent(ctx, tx.conn, tenant, r, budget.Since)
			if err != nil {
				return err
			}
			if used+r.Amount > budget.Amount {
				return space.Errorf(space.KindPaymentRequired, space.DetailBudget)
			}
		}
		at := r.CreatedAt
		if at.IsZero() {
			at = tx.now
		}
		if _, err := tx.exec(ctx, insertReservation, r.ID[:], tenant.UUID[:], r.EndpointID[:], r.EndpointSlug, r.PolicyID[:], r.UserEmail,
			int64(r.Amount), r.Currency, r.TransactionID, r.QueryID[:], toMicros(at)); err != nil {
			return err
		}
		if _, err := tx.exec(ctx, addSpending, tenant.UUID[:], r.PolicyID[:], r.UserEmail, r.Currency, dayOf(at), int64(r.Amount)); err != nil {
			return err
		}
		return tx.enter(ctx, tenant, r.ID, space.LedgerReserve, space.AccountPayer, space.AccountHeld, r.Amount)
	})
}

// Spent returns what r's user spent and has held under r's policy, in r's
// currency, since the day of an instant; what Reserve holds against a budget.
func (db *DB) Spent(ctx context.Context, tenant space.TenantID, r space.Reservation, since time.Time) (m space.Micros, err error) {
	err = db.read(ctx, func(c *conn) error {
		m, err = spent(ctx, c, tenant, r, since)
		return err
	})
	return m, err
}

func spent(ctx context.Context, c *conn, tenant space.TenantID, r space.Reservation, since time.Time) (m space.Micros, err error) {
	err = one(ctx, c, selectSpent, []any{tenant.UUID[:], r.PolicyID[:], r.UserEmail, r.Currency, dayOf(since)}, &m)
	return m, err
}

// enter writes one row of the ledger; a step of nothing leaves no row.
func (tx *tx) enter(ctx context.Context, tenant space.TenantID, reservation uuid.UUID, kind space.LedgerKind, from, to space.Account, amount space.Micros) error {
	if amount == 0 {
		return nil
	}
	id := tx.ids()
	_, err := tx.exec(ctx, insertLedger, id[:], tenant.UUID[:], reservation[:], string(kind), string(from), string(to), int64(amount), toMicros(tx.now))
	return err
}

const (
	selectReserved   = `SELECT amount, settled FROM reservations WHERE tenant_id = ? AND id = ?`
	closeReservation = `UPDATE reservations SET settled = ?, closed_at = ? WHERE tenant_id = ? AND id = ?`
	takeSpending     = `UPDATE spending SET amount = spending.amount - ?3 FROM reservations r WHERE r.tenant_id = ?1 AND r.id = ?2
		AND spending.tenant_id = r.tenant_id AND spending.policy_id = r.policy_id AND spending.user_email = r.user_email
		AND spending.currency = r.currency AND spending.day = r.created_at / 86400000000`
)

// Settle gives amount, at most what was reserved, to the owner and the rest
// back to the payer. A reservation that was settled or refunded before stays
// as it is, which is no error: the first answer counts.
func (db *DB) Settle(ctx context.Context, tenant space.TenantID, reservation uuid.UUID, amount space.Micros) error {
	if amount < 0 {
		return space.Errorf(space.KindInvalid, "an amount to settle must not be below zero")
	}
	return db.write(ctx, func(tx *tx) error {
		var reserved space.Micros
		var settled *int64
		err := one(ctx, tx.conn, selectReserved, []any{tenant.UUID[:], reservation[:]}, &reserved, &settled)
		switch {
		case errors.Is(err, errNone):
			return space.NotFound("Reservation", reservation.String())
		case err != nil || settled != nil:
			return err
		case amount > reserved:
			return space.Errorf(space.KindInvalid, "a settlement must not exceed what was reserved")
		}
		if _, err := tx.exec(ctx, closeReservation, int64(amount), toMicros(tx.now), tenant.UUID[:], reservation[:]); err != nil {
			return err
		}
		if rest := reserved - amount; rest > 0 {
			if _, err := tx.exec(ctx, takeSpending, tenant.UUID[:], reservation[:], int64(rest)); err != nil {
				return err
			}
		}
		if err := tx.enter(ctx, tenant, reservation, space.LedgerSettle, space.AccountHeld, space.AccountOwner, amount); err != nil {
			return err
		}
		return tx.enter(ctx, tenant, reservation, space.LedgerRefund, space.AccountHeld, space.AccountPayer, reserved-amount)
	})
}

// Refund gives everything that was reserved back to the payer; see Settle for
// a reservation that is closed already.
func (db *DB) Refund(ctx context.Context, tenant space.TenantID, reservation uuid.UUID) error {
	return db.Settle(ctx, tenant, reservation, 0)
}
