package storage

import (
	"context"

	"syft-space/app/space"
)

// The methods of this file cross tenants: they count for the whole program.

const (
	selectHoldings = `SELECT (SELECT count(*) FROM datasets WHERE deleting = 0), (SELECT count(*) FROM models), (SELECT count(*) FROM endpoints),
		(SELECT count(*) FROM documents), (SELECT coalesce(sum(passages), 0) FROM documents),
		(SELECT count(*) FROM unembedded u JOIN bindings b ON b.id = u.binding_id WHERE b.active = 1),
		(SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size())`
	selectAllJobCounts = `SELECT status, count(*) FROM jobs WHERE status <> 'deleted' GROUP BY status`
	selectLedgerTotals = `SELECT currency, sum(amount), coalesce(sum(settled), 0), coalesce(sum(amount - settled), 0)
		FROM reservations GROUP BY currency ORDER BY currency`
)

// Totals counts what all tenants have.
func (db *DB) Totals(ctx context.Context) (t space.Totals, err error) {
	t.Jobs = map[space.JobStatus]int{}
	err = db.read(ctx, func(c *conn) error {
		err := one(ctx, c, selectHoldings, nil, &t.Datasets, &t.Models, &t.Endpoints, &t.Documents, &t.Passages, &t.Unembedded, &t.DatabaseBytes)
		if err != nil {
			return err
		}
		err = each(ctx, c, selectAllJobCounts, nil, func(row scanner) error {
			var status space.JobStatus
			var n int
			err := row.Scan(&status, &n)
			t.Jobs[status] = n
			return err
		})
		if err != nil {
			return err
		}
		return each(ctx, c, selectLedgerTotals, nil, func(row scanner) error {
			var currency string
			var reserved, settled, refunded space.Micros
			err := row.Scan(&currency, &reserved, &settled, &refunded)
			t.Ledger = append(t.Ledger,
				space.LedgerTotal{Kind: space.LedgerReserve, Currency: currency, Amount: reserved},
				space.LedgerTotal{Kind: space.LedgerSettle, Currency: currency, Amount: settled},
				space.LedgerTotal{Kind: space.LedgerRefund, Currency: currency, Amount: refunded})
			return err
		})
	})
	return t, err
}

// Commits counts the transactions that took effect since the start: while
// it stays, so does everything that is stored.
func (db *DB) Commits() uint64 { return db.writer.commits.Load() }
