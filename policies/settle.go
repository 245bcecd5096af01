package policies

import (
	"context"
	"slices"
	"time"

	"syft-space/app/space"
)

// Settle takes what the answer costs from every reservation and gives back the
// rest. Once one is settled the answer is paid for and leaves; what cannot be
// collected after that is given back.
func (t *accountingType) Settle(ctx context.Context, call space.PolicyCall, open []space.Reservation, rules []space.Rule, answer space.Answer) ([]space.PolicyEntry, error) {
	entries := make([]space.PolicyEntry, 0, len(open))
	collected := false
	for _, r := range open {
		i := slices.IndexFunc(rules, func(rule space.Rule) bool { return rule.Policy.ID == r.PolicyID })
		c := rules[i].Config.(*accountingConfig)
		entry, err := t.settle(ctx, r, c.due(r.Amount, answer), answer.Empty())
		if err != nil && !collected {
			return entries, err
		}
		if err != nil {
			t.log.ErrorContext(ctx, "a charge could not be collected", "query_id", r.QueryID, "policy_id", r.PolicyID, "error", err)
			entry = t.uncollected(ctx, r)
		}
		collected = collected || entry.Status == statusCharged
		entries = append(entries, entry)
	}
	return entries, nil
}

// uncollected gives back what could not be collected of an answer that leaves.
// Where that fails too, the next start does it.
func (t *accountingType) uncollected(ctx context.Context, r space.Reservation) space.PolicyEntry {
	const reason = "The charge could not be collected"
	entry, err := t.giveBack(ctx, r, reasonUncollected, reason)
	if err == nil {
		return entry
	}
	t.log.ErrorContext(ctx, "a charge could not be given back; the next start does it", "query_id", r.QueryID, "policy_id", r.PolicyID, "error", err)
	return because(t.entry(typeAccounting, r, statusReserved, r.Amount), reasonUncollected, reason+"; it is given back later")
}

// settle closes one reservation. At the accounting service it is confirmed
// first: what is settled here is surely paid.
func (t *accountingType) settle(ctx context.Context, r space.Reservation, due space.Micros, empty bool) (space.PolicyEntry, error) {
	switch {
	case empty:
		return t.giveBack(ctx, r, reasonEmpty, "The answer is empty")
	case due == 0:
		return t.giveBack(ctx, r, reasonNothingDue, "Nothing was used that has a price")
	}
	confirmed := r.TransactionID != "" && t.service != nil
	if confirmed {
		if err := t.service.Confirm(ctx, r.TransactionID); err != nil {
			return space.PolicyEntry{}, err
		}
	}
	if err := t.ledger.Settle(ctx, r.Tenant, r.ID, due); err != nil {
		if !confirmed {
			return space.PolicyEntry{}, err
		}
		// The payer has paid, so the answer is theirs whatever our books say.
		t.log.ErrorContext(ctx, "a confirmed payment could not be entered in the ledger",
			"transaction_id", r.TransactionID, "query_id", r.QueryID, "error", err)
	}
	entry := t.entry(typeAccounting, r, statusCharged, due)
	entry.Details = map[string]any{"reserved": amount(r.Amount)}
	return entry, nil
}

// Refund gives every reservation back.
func (t *accountingType) Refund(ctx context.Context, _ space.PolicyCall, open []space.Reservation) ([]space.PolicyEntry, error) {
	entries := make([]space.PolicyEntry, 0, len(open))
	var failed error
	for _, r := range open {
		entry, err := t.giveBack(ctx, r, reasonFailed, "The query was not answered")
		if err != nil {
			failed = err
			continue
		}
		entries = append(entries, entry)
	}
	return entries, failed
}

func (t *accountingType) giveBack(ctx context.Context, r space.Reservation, code, reason string) (space.PolicyEntry, error) {
	if err := t.ledger.Refund(ctx, r.Tenant, r.ID); err != nil {
		return space.PolicyEntry{}, err
	}
	t.cancel(ctx, r)
	return because(t.entry(typeAccounting, r, statusRefunded, r.Amount), code, reason), nil
}

// Start refunds what a process that died left open. What an accounting service
// knows of waits for Run: it may be paid already.
func (t *accountingType) Start(ctx context.Context) error {
	open, err := t.ledger.OpenReservations(ctx)
	if err != nil {
		return err
	}
	for _, r := range open {
		if r.TransactionID != "" && t.service != nil {
			t.stale = append(t.stale, r)
			continue
		}
		if err := t.ledger.Refund(ctx, r.Tenant, r.ID); err != nil {
			return err
		}
	}
	if n := len(open) - len(t.stale); n > 0 {
		t.log.InfoContext(ctx, "charges that were left open are refunded", "count", n)
	}
	return nil
}

// Pauses between two attempts to close what a dead process left open at the
// accounting service.
const (
	firstPause   = 10 * time.Second
	longestPause = 10 * time.Minute
)

// Run closes what Start left open at the accounting service, however long that
// is away: until it answers nobody knows whether the payer has paid.
func (t *accountingType) Run(ctx context.Context) error {
	for pause := firstPause; ; pause = min(2*pause, longestPause) {
		t.stale = slices.DeleteFunc(t.stale, func(r space.Reservation) bool { return t.closed(ctx, r) })
		if len(t.stale) == 0 {
			return nil
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done(): // the next start finds them
			return nil
		}
	}
}

// closed cancels a transaction that was left open, and refunds it. One that the
// service does not cancel because it is closed was paid for an answer, just
// before the process died: it is settled.
func (t *accountingType) closed(ctx context.Context, r space.Reservation) bool {
	due := space.Micros(0)
	switch err := t.service.Cancel(ctx, r.TransactionID); {
	case space.KindOf(err) == space.KindConflict:
		due = r.Amount
	case err != nil:
		if ctx.Err() == nil {
			t.notCancelled(ctx, r, err)
		}
		return false
	}
	if err := t.ledger.Settle(ctx, r.Tenant, r.ID, due); err != nil {
		t.log.ErrorContext(ctx, "a charge that was left open could not be closed", "query_id", r.QueryID, "error", err)
		return false
	}
	return true
}
