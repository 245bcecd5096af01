package storage

import (
	"context"
	"time"
)

// sweepBatch bounds one transaction of the sweep, in rows, so that others need
// not wait for it.
const sweepBatch = 1000

// sweepSteps remove what hidden datasets and dropped bindings had, children
// first. Each is repeated until it finds nothing. CROSS JOIN makes SQLite begin
// with the few datasets or bindings.
var sweepSteps = [...]string{
	`DELETE FROM unembedded WHERE (binding_id, row) IN (
		SELECT u.binding_id, u.row FROM bindings b CROSS JOIN unembedded u ON u.binding_id = b.id
		WHERE b.dropped = 1 OR b.dataset_id IN (SELECT id FROM datasets WHERE deleting = 1) LIMIT ?)`,
	`DELETE FROM vectors WHERE seq IN (
		SELECT v.seq FROM bindings b CROSS JOIN vectors v ON v.binding_id = b.id
		WHERE b.dropped = 1 OR b.dataset_id IN (SELECT id FROM datasets WHERE deleting = 1) LIMIT ?)`,
	`DELETE FROM bindings WHERE id IN (
		SELECT id FROM bindings WHERE dropped = 1 OR dataset_id IN (SELECT id FROM datasets WHERE deleting = 1) LIMIT ?)`,
	`DELETE FROM passages WHERE row IN (
		SELECT p.row FROM datasets d CROSS JOIN passages p ON p.dataset_id = d.id WHERE d.deleting = 1 LIMIT ?)`,
	`DELETE FROM gone WHERE seq IN (
		SELECT g.seq FROM datasets d CROSS JOIN gone g ON g.dataset_id = d.id WHERE d.deleting = 1 LIMIT ?)`,
	`DELETE FROM documents WHERE id IN (
		SELECT o.id FROM datasets d CROSS JOIN documents o ON o.dataset_id = d.id WHERE d.deleting = 1 LIMIT ?)`,
	`DELETE FROM jobs WHERE id IN (
		SELECT j.id FROM datasets d CROSS JOIN jobs j ON j.dataset_id = d.id WHERE d.deleting = 1 LIMIT ?)`,
	`DELETE FROM datasets WHERE id IN (SELECT id FROM datasets WHERE deleting = 1 LIMIT ?)`,
}

// sweep wakes the sweep; it never waits.
func (db *DB) sweep() {
	select {
	case db.sweeps <- struct{}{}:
	default:
	}
}

// sweepRetry is the pause after a sweep that failed.
const sweepRetry = time.Minute

// sweepLoop sweeps at once, for what an earlier process left, and whenever it
// is woken.
func (db *DB) sweepLoop(ctx context.Context) {
	for {
		var retry <-chan time.Time
		if err := db.sweepAll(ctx); err != nil && ctx.Err() == nil {
			db.log.Warn("removing what deleted datasets held failed; it is tried again in a minute", "error", err)
			retry = time.After(sweepRetry)
		}
		select {
		case <-db.sweeps:
		case <-retry:
		case <-ctx.Done():
			return
		}
	}
}

// sweepAll runs every step until nothing is left for it.
func (db *DB) sweepAll(ctx context.Context) error {
	for _, step := range sweepSteps {
		for {
			n, err := db.count(ctx, step, sweepBatch)
			if err != nil {
				return err
			}
			if n < sweepBatch {
				break
			}
		}
	}
	return nil
}
