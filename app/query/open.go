package query

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Open returns those of the endpoints that the caller may query, in order: the
// published ones that are not archived, as far as the caller's key and the
// policies tell who may enter at all. What a policy says of this moment, such
// as a used-up rate limit or budget, closes nothing. Nothing is counted.
func (p *Pipeline) Open(ctx context.Context, sender space.Identity, endpoints []space.Endpoint) ([]space.Endpoint, error) {
	open := []space.Endpoint{}
	for _, e := range endpoints {
		if !e.Published || e.Archived || !sender.MayQuery(e.Slug) {
			continue
		}
		let, err := p.enters(ctx, sender, e)
		if err != nil {
			return nil, err
		}
		if let {
			open = append(open, e)
		}
	}
	return open, nil
}

// enters asks the policies of an endpoint whether the caller is denied access.
func (p *Pipeline) enters(ctx context.Context, sender space.Identity, e space.Endpoint) (bool, error) {
	list, err := p.Rules(ctx, e.Tenant, e.ID)
	if err != nil {
		return false, err
	}
	if sender.Role == space.RoleGuest && len(list) > 0 {
		return false, nil
	}
	rules, err := p.stages.rulesByType(list)
	if err != nil { // a policy that this version does not know refuses every query
		return false, nil
	}
	call := space.PolicyCall{
		Tenant: e.Tenant, QueryID: uuid.Nil, Endpoint: e, Sender: space.NormalEmail(sender.Email),
		At: p.Clock(), Preview: true, Limit: evaluatedLimit, MaxTokens: evaluatedTokens,
	}
	for _, gate := range p.stages.gates {
		if len(rules[gate.typ]) == 0 {
			continue
		}
		switch _, err := gate.do.Admit(ctx, call, rules[gate.typ]); refusal(err) {
		case space.OutcomeAccessDenied:
			return false, nil
		case "":
			if err != nil {
				return false, err
			}
		}
	}
	return true, nil
}
