package query

import (
	"context"
	"maps"
	"slices"

	"syft-space/app/space"
)

// finish lets the policies change the answer, then settles its price.
func (q *query) finish(ctx context.Context, resp *Response) error {
	if refs := resp.References; refs != nil {
		if !q.req.IncludeMetadata {
			refs.Hits = bare(refs.Hits)
		}
		q.answer.Documents = refs.Hits
	}
	if resp.Summary != nil {
		q.answer.Text, q.answer.Usage = resp.Summary.Text, resp.Summary.Usage
		q.answer.NoAnswer = resp.Summary.FinishReason == space.FinishNoAnswer
	}
	if err := q.filter(ctx); err != nil {
		return err
	}
	if resp.References != nil {
		resp.References.Hits = q.answer.Documents
	}
	if resp.Summary != nil {
		resp.Summary.Text = q.answer.Text
		if err := q.sendWhole(); err != nil {
			return errCallerGone(err)
		}
	}
	if ctx.Err() != nil && !q.sent {
		return callerError(ctx)
	}
	return q.settle(ctx)
}

// filter hands the answer to the policies that may change it.
func (q *query) filter(ctx context.Context) error {
	for _, stage := range q.p.stages.filters {
		rules := q.rules[stage.typ]
		if len(rules) == 0 {
			continue
		}
		answer, entries, err := stage.do.Filter(ctx, q.call, rules, q.answer)
		q.report.add(entries)
		if err != nil {
			if err := q.ruled(ctx, err, filterRefusal(err)); err != nil {
				return err
			}
			continue // the owner's preview sees the answer as it was
		}
		q.answer = answer
	}
	return nil
}

// settle takes what the answer costs. Once begun it is carried through, also
// when the caller goes away meanwhile.
func (q *query) settle(ctx context.Context) error {
	ctx, cancel := outliving(ctx)
	defer cancel()
	for len(q.charges) > 0 {
		c := q.charges[0]
		entries, err := c.by.Settle(ctx, q.call, c.open, q.rules[c.typ], q.answer)
		q.report.add(entries)
		if err != nil {
			return err
		}
		q.charges = q.charges[1:]
	}
	return nil
}

// bare returns copies of hits without their metadata.
func bare(hits []space.Hit) []space.Hit {
	out := slices.Clone(hits)
	for i := range out {
		out[i].Metadata = map[string]any{}
	}
	return out
}

// withMetadata returns a copy of hit with one more key in its metadata.
func withMetadata(hit space.Hit, key string, value any) space.Hit {
	m := make(map[string]any, len(hit.Metadata)+1)
	maps.Copy(m, hit.Metadata)
	m[key] = value
	hit.Metadata = m
	return hit
}

// cost adds up what the policies charged. Both are nil where nothing has a
// price, or where the prices are in several currencies: the entries tell them.
func cost(entries []space.PolicyEntry) (*float64, *string) {
	var total float64
	var currency *string
	for _, e := range entries {
		if e.Kind != kindPayment || e.Currency == nil {
			continue
		}
		if currency != nil && *currency != *e.Currency {
			return nil, nil
		}
		currency = e.Currency
		if e.Status == statusCharged && e.Amount != nil {
			total += *e.Amount
		}
	}
	if currency == nil {
		return nil, nil
	}
	total = roundMicros(total)
	return &total, currency
}
