package policies

import (
	"context"
	"slices"

	"syft-space/app/space"
	"syft-space/policies/accountant"
)

const (
	reasonFree        = "free"
	reasonPreview     = "preview"
	reasonToken       = "transaction_token_required"
	reasonBudget      = "budget_exceeded"
	reasonRefused     = "payment_refused"
	reasonEmpty       = "empty_answer"
	reasonNothingDue  = "nothing_due"
	reasonFailed      = "query_failed"
	reasonUncollected = "not_collected"

	detailToken = "transaction_token required"
)

// Reserve sets the highest price of every policy aside. Where one refuses, the
// others are given back.
func (t *accountingType) Reserve(ctx context.Context, call space.PolicyCall, rules []space.Rule) ([]space.Reservation, []space.PolicyEntry, error) {
	var open []space.Reservation
	var entries []space.PolicyEntry
	for _, rule := range rules {
		r, entry, err := t.reserve(ctx, call, rule)
		entries = append(entries, entry)
		if err == nil {
			if r != nil {
				open = append(open, *r)
			}
			continue
		}
		if len(open) == 0 {
			return nil, entries, err
		}
		back, refundErr := t.Refund(ctx, call, open)
		if refundErr != nil { // the caller closes what could not be closed here
			return open, entries, err
		}
		for _, e := range back {
			i := slices.IndexFunc(entries, func(old space.PolicyEntry) bool { return old.PolicyID == e.PolicyID })
			entries[i] = e
		}
		return nil, entries, err
	}
	return open, entries, nil
}

func (t *accountingType) reserve(ctx context.Context, call space.PolicyCall, rule space.Rule) (*space.Reservation, space.PolicyEntry, error) {
	c := rule.Config.(*accountingConfig)
	if !applies(c.AppliedTo, call.Sender) {
		return nil, because(entryFor(rule, kindPayment, statusSkipped), reasonNotApplied, textNotApplied), nil
	}
	r := &space.Reservation{
		ID: t.ids(), Tenant: call.Tenant, EndpointID: call.Endpoint.ID, EndpointSlug: call.Endpoint.Slug,
		PolicyID: rule.Policy.ID, UserEmail: call.Sender, Amount: c.highest(call), Currency: c.Currency,
		QueryID: call.QueryID, CreatedAt: call.At,
	}
	entry := t.entry(rule.Policy.Type, *r, statusReserved, r.Amount)
	entry.Details = map[string]any{"pricing_mode": string(c.PricingMode), "price": c.Price}
	switch {
	case t.service != nil && c.PricingMode != perCall:
		// It was made before there was a service, which can only take what it opened.
		err := space.Errorf(space.KindConflict, "The accounting service settles only 'per_call' prices; the owner must change this policy")
		return nil, rejected(entry, err), err
	case r.Amount == 0:
		entry.Status = statusFree
		return nil, because(entry, reasonFree, "Nothing is charged for this query"), nil
	case call.Preview:
		entry.Status = statusSkipped
		entry = because(entry, reasonPreview, "A preview reserves nothing; a query would reserve this amount")
		if err := t.affordable(ctx, *r, c.budget(call.At)); err != nil {
			return nil, rejected(entry, err), err
		}
		return nil, entry, nil
	}
	if err := t.open(ctx, call, c, r); err != nil {
		return nil, rejected(entry, err), err
	}
	entry.Transaction = optional(r.TransactionID)
	return r, entry, nil
}

func rejected(e space.PolicyEntry, err error) space.PolicyEntry {
	e.Status = statusRejected
	return because(e, reasonOf(err), detailOf(err))
}

// affordable says whether a budget would let r pass, and reserves nothing.
func (t *accountingType) affordable(ctx context.Context, r space.Reservation, budget *space.Budget) error {
	if budget == nil {
		return nil
	}
	spent, err := t.ledger.Spent(ctx, r.Tenant, r, budget.Since)
	if err == nil && spent+r.Amount > budget.Amount {
		err = space.Errorf(space.KindPaymentRequired, space.DetailBudget)
	}
	return err
}

// open reserves r, at the accounting service first where there is one: it is
// the slower to refuse and the one that cannot be asked again.
func (t *accountingType) open(ctx context.Context, call space.PolicyCall, c *accountingConfig, r *space.Reservation) error {
	if t.service == nil {
		return t.ledger.Reserve(ctx, r.Tenant, *r, c.budget(call.At))
	}
	if call.TransactionToken == "" {
		return space.Errorf(space.KindPaymentRequired, detailToken)
	}
	id, err := t.service.Open(ctx, accountant.Payment{
		Sender: call.Sender, Amount: amount(r.Amount), Token: call.TransactionToken, Path: call.Endpoint.Slug,
	})
	if err != nil {
		return err
	}
	r.TransactionID = id
	if err := t.ledger.Reserve(ctx, r.Tenant, *r, c.budget(call.At)); err != nil {
		t.cancel(context.WithoutCancel(ctx), *r)
		return err
	}
	return nil
}

// cancel takes a transaction back at the accounting service. A failure is not
// the caller's: their tokens stay good, the service closes what is left open.
// One that is closed already was cancelled by a try whose answer was lost.
func (t *accountingType) cancel(ctx context.Context, r space.Reservation) {
	if r.TransactionID == "" || t.service == nil {
		return
	}
	if err := t.service.Cancel(ctx, r.TransactionID); err != nil && space.KindOf(err) != space.KindConflict {
		t.notCancelled(ctx, r, err)
	}
}

func (t *accountingType) notCancelled(ctx context.Context, r space.Reservation, err error) {
	t.log.ErrorContext(ctx, "a transaction could not be cancelled at the accounting service",
		"transaction_id", r.TransactionID, "query_id", r.QueryID, "error", err)
}

// entry begins the entry of a reservation.
func (t *accountingType) entry(typ string, r space.Reservation, status string, m space.Micros) space.PolicyEntry {
	value := amount(m)
	e := space.PolicyEntry{
		PolicyID: r.PolicyID, PolicyType: typ, Kind: kindPayment, Status: status,
		Amount: &value, Currency: optional(r.Currency), Transaction: optional(r.TransactionID),
	}
	if t.service != nil {
		e.Recipient = optional(t.service.Email())
	}
	return e
}

// reasonOf names the reason of a failure to reserve.
func reasonOf(err error) string {
	switch {
	case space.KindOf(err) != space.KindPaymentRequired:
		return reasonFailed
	case detailOf(err) == space.DetailBudget:
		return reasonBudget
	case detailOf(err) == detailToken:
		return reasonToken
	}
	return reasonRefused
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}
