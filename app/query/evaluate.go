package query

import (
	"context"
	"errors"
	"time"

	"syft-space/app/space"
)

// Evaluation says what the policies of an endpoint would do with a query.
type Evaluation struct {
	Allowed    bool
	Policies   space.PolicyMetadata
	Detail     string        // what the first refusal would say; "" where allowed
	RetryAfter time.Duration // of that refusal
}

// Evaluate says what every policy of the endpoint named slug would say to a
// query with default parameters by sender at the given time, and why. Nothing
// is counted or charged.
func (p *Pipeline) Evaluate(ctx context.Context, tenant space.TenantID, slug, sender string, at time.Time) (Evaluation, error) {
	endpoint, err := p.Catalog.Endpoint(ctx, tenant, slug)
	if err != nil {
		return Evaluation{}, err
	}
	list, err := p.Rules(ctx, tenant, endpoint.ID)
	if err != nil {
		return Evaluation{}, err
	}
	rules, err := p.stages.rulesByType(list)
	if err != nil {
		return Evaluation{}, err
	}
	e := evaluator{rules: rules, call: space.PolicyCall{
		Tenant: tenant, QueryID: p.IDs(), Endpoint: endpoint, Sender: space.NormalEmail(sender), At: at,
		Preview: true, Limit: evaluatedLimit, MaxTokens: evaluatedTokens, ContextWindow: evaluatedWindow(endpoint),
	}}
	e.report.outcome = space.OutcomeSuccess
	if err := e.run(ctx, p.stages); err != nil {
		return Evaluation{}, err
	}
	out := Evaluation{Allowed: e.refused == nil, Policies: e.report.metadata()}
	if e.refused != nil {
		out.Detail, out.RetryAfter = e.refused.Detail, e.refused.RetryAfter
	}
	return out, nil
}

// The parameters of the query that Evaluate imagines: the contract's defaults.
const (
	evaluatedLimit  = 5
	evaluatedTokens = 100
)

func evaluatedWindow(e space.Endpoint) int {
	if e.ModelID == nil || !e.ResponseType.Chats() {
		return 0
	}
	return defaultWindow
}

type evaluator struct {
	call    space.PolicyCall
	rules   map[string][]space.Rule
	report  report
	refused *space.Error // the first refusal
}

func (e *evaluator) run(ctx context.Context, s stages) error {
	for _, gate := range s.gates {
		if rules := e.rules[gate.typ]; len(rules) > 0 {
			entries, err := gate.do.Admit(ctx, e.call, rules)
			if err := e.note(entries, err, refusal(err)); err != nil {
				return err
			}
		}
	}
	for _, charger := range s.chargers {
		if rules := e.rules[charger.typ]; len(rules) > 0 {
			_, entries, err := charger.do.Reserve(ctx, e.call, rules)
			if err := e.note(entries, err, refusal(err)); err != nil {
				return err
			}
		}
	}
	for _, filter := range s.filters {
		if rules := e.rules[filter.typ]; len(rules) > 0 {
			_, entries, err := filter.do.Filter(ctx, e.call, rules, space.Answer{})
			if err := e.note(entries, err, filterRefusal(err)); err != nil {
				return err
			}
		}
	}
	return nil
}

func (e *evaluator) note(entries []space.PolicyEntry, err error, outcome space.Outcome) error {
	e.report.add(entries)
	if err == nil {
		return nil
	}
	var refused *space.Error
	if outcome == "" || !errors.As(err, &refused) {
		return err
	}
	e.report.refuse(outcome)
	if e.refused == nil {
		e.refused = refused
	}
	return nil
}
