package storage

import (
	"context"
	"time"

	"syft-space/app/space"
)

// The methods of this file cross tenants: what is written behind, and what the
// start of the program takes up again.

const (
	selectOpenReservations = `SELECT id, tenant_id, endpoint_id, endpoint_slug, policy_id, user_email, amount, currency, transaction_id, query_id, created_at
		FROM reservations WHERE settled IS NULL ORDER BY created_at, id`
	selectRates = `SELECT policy_id, key, count, expires_at FROM rate_counts WHERE expires_at > ? ORDER BY policy_id, key`
	upsertRate  = `INSERT INTO rate_counts (policy_id, key, tenant_id, count, expires_at)
		SELECT id, ?2, tenant_id, ?3, ?4 FROM policies WHERE id = ?1
		ON CONFLICT (policy_id, key) DO UPDATE SET count = excluded.count, expires_at = excluded.expires_at`
	expireRates = `DELETE FROM rate_counts WHERE expires_at <= ?`
)

// OpenReservations returns what was reserved and neither settled nor refunded,
// oldest first.
func (db *DB) OpenReservations(ctx context.Context) (list []space.Reservation, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (r space.Reservation, err error) {
			err = row.Scan(&r.ID, &r.Tenant, &r.EndpointID, &r.EndpointSlug, &r.PolicyID, &r.UserEmail,
				&r.Amount, &r.Currency, &r.TransactionID, &r.QueryID, asTime(&r.CreatedAt))
			return r, err
		}, selectOpenReservations)
		return err
	})
	return list, err
}

// LoadRates returns the counters of rate limits whose window has not ended.
func (db *DB) LoadRates(ctx context.Context) (list []space.RateCount, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (r space.RateCount, err error) {
			err = row.Scan(&r.PolicyID, &r.Key, &r.Count, asTime(&r.Expires))
			return r, err
		}, selectRates, toMicros(db.clock()))
		return err
	})
	return list, err
}

// SaveRates stores counters of rate limits in place of earlier ones, and
// forgets those whose window has ended. Counters of policies that are gone are
// left out.
func (db *DB) SaveRates(ctx context.Context, counts []space.RateCount) error {
	return db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, expireRates, toMicros(tx.now)); err != nil {
			return err
		}
		for _, r := range counts {
			if _, err := tx.exec(ctx, upsertRate, r.PolicyID[:], r.Key, r.Count, toMicros(r.Expires)); err != nil {
				return err
			}
		}
		return nil
	})
}

const (
	insertEvent = `INSERT INTO events (id, tenant_id, endpoint_id, endpoint_slug, dataset_id, model_id, user_email, text, outcome, status,
			documents, prompt_tokens, completion_tokens, total_tokens, search_us, first_token_us, total_us, created_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (id) DO NOTHING`
	purgeTexts = `UPDATE events SET text = '' WHERE id IN (
		SELECT e.id FROM tenants t CROSS JOIN events e ON e.tenant_id = t.id WHERE e.created_at < ?1 AND e.text <> '' LIMIT ?2)`
	purgeEvents = `DELETE FROM events WHERE id IN (
		SELECT e.id FROM tenants t CROSS JOIN events e ON e.tenant_id = t.id WHERE e.created_at < ?1 LIMIT ?2)`
)

// RecordEvents stores what happened to queries; an event that is stored
// already is left as it is.
func (db *DB) RecordEvents(ctx context.Context, events []space.QueryEvent) error {
	return db.write(ctx, func(tx *tx) error {
		for _, e := range events {
			_, err := tx.exec(ctx, insertEvent, e.ID[:], e.Tenant.UUID[:], knownID(e.EndpointID), e.EndpointSlug,
				idOrNull(e.DatasetID), idOrNull(e.ModelID), e.UserEmail, e.Text, e.Outcome, e.Status,
				e.Documents, e.Usage.PromptTokens, e.Usage.CompletionTokens, e.Usage.TotalTokens,
				e.Search.Microseconds(), e.FirstToken.Microseconds(), e.Total.Microseconds(), toMicros(e.CreatedAt))
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// PurgeEventTexts forgets the texts of queries made before an instant and
// returns how many they were. It makes way for others after every thousand.
func (db *DB) PurgeEventTexts(ctx context.Context, before time.Time) (int, error) {
	return db.purge(ctx, purgeTexts, before)
}

// PurgeEvents forgets what happened to queries before an instant and returns
// how many they were. It makes way for others after every thousand.
func (db *DB) PurgeEvents(ctx context.Context, before time.Time) (int, error) {
	return db.purge(ctx, purgeEvents, before)
}

func (db *DB) purge(ctx context.Context, statement string, before time.Time) (int, error) {
	for total := 0; ; {
		n, err := db.count(ctx, statement, toMicros(before), sweepBatch)
		total += n
		if err != nil || n < sweepBatch {
			return total, err
		}
	}
}
