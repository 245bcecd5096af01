package query

import (
	"context"
	"time"

	"syft-space/app/space"
)

// charge is money that a Charger has set aside for the query.
type charge struct {
	typ  string
	by   Charger
	open []space.Reservation
}

// admit asks the policies that decide before anything is done. A query that a
// later one refuses does not count at an earlier one. resolve finds what will
// be asked, before anybody is charged.
func (q *query) admit(ctx context.Context, resolve func(context.Context) error) error {
	passed := 0
	err := q.admitGates(ctx, &passed)
	if err == nil {
		err = resolve(ctx)
	}
	if err == nil {
		err = q.reserve(ctx)
	}
	if err == nil || q.preview {
		return err
	}
	ctx, cancel := outliving(ctx)
	defer cancel()
	for _, gate := range q.p.stages.gates[:passed] {
		if f, ok := gate.do.(Forgetter); ok && len(q.rules[gate.typ]) > 0 {
			f.Forget(ctx, q.call, q.rules[gate.typ])
		}
	}
	return err
}

func (q *query) admitGates(ctx context.Context, passed *int) error {
	for _, gate := range q.p.stages.gates {
		if rules := q.rules[gate.typ]; len(rules) > 0 {
			entries, err := gate.do.Admit(ctx, q.call, rules)
			q.report.add(entries)
			if err := q.ruled(ctx, err, refusal(err)); err != nil {
				return err
			}
		}
		*passed++
	}
	return nil
}

// reserve sets the highest price of the answer aside.
func (q *query) reserve(ctx context.Context) error {
	for _, charger := range q.p.stages.chargers {
		rules := q.rules[charger.typ]
		if len(rules) == 0 {
			continue
		}
		q.call.ContextWindow = q.window(ctx)
		open, entries, err := charger.do.Reserve(ctx, q.call, rules)
		q.report.add(entries)
		if len(open) > 0 {
			q.charges = append(q.charges, charge{charger.typ, charger.do, open})
		}
		if err := q.ruled(ctx, err, refusal(err)); err != nil {
			return err
		}
	}
	return nil
}

// ruled notes what a policy's error means, as outcome where it is a refusal.
// A preview looks past refusals; a caller's leaving is nobody's refusal.
func (q *query) ruled(ctx context.Context, err error, outcome space.Outcome) error {
	if err == nil {
		return nil
	}
	if outcome == "" && ctx.Err() != nil {
		return callerError(ctx)
	}
	if outcome == "" {
		return err
	}
	q.report.refuse(outcome)
	if q.preview {
		return nil
	}
	return err
}

// refund gives back what is still set aside. The caller may have gone; the
// money must go back all the same.
func (q *query) refund(ctx context.Context) {
	if len(q.charges) == 0 {
		return
	}
	ctx, cancel := outliving(ctx)
	defer cancel()
	for _, c := range q.charges {
		entries, err := c.by.Refund(ctx, q.call, c.open)
		q.report.add(entries)
		if err != nil { // stays open, and is refunded at the next start
			q.p.Log.ErrorContext(ctx, "a charge could not be refunded",
				"query_id", q.id, "policy_type", c.typ, "error", err)
		}
	}
	q.charges = nil
}

// closeTimeout bounds the closing of charges after the caller has gone.
const closeTimeout = 20 * time.Second

func outliving(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(context.WithoutCancel(ctx), closeTimeout)
}
