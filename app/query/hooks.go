package query

import (
	"context"
	"slices"

	"syft-space/app/space"
)

// PolicyType is one type of policy. What it does is said by the interfaces
// below, of which it may have any. rules are an endpoint's policies of the
// type, oldest first and never empty; every one of them yields one entry.
type PolicyType interface {
	Info() space.TypeInfo
}

// Gate lets a query pass before anything is done for it, or refuses it. In a
// preview it counts nothing.
type Gate interface {
	Admit(ctx context.Context, call space.PolicyCall, rules []space.Rule) ([]space.PolicyEntry, error)
}

// Forgetter is the optional ability of a Gate to take back what Admit counted,
// when a later policy refuses the query.
type Forgetter interface {
	Forget(ctx context.Context, call space.PolicyCall, rules []space.Rule)
}

// Charger takes money for an answer. Reserve sets the highest price aside, or
// refuses and returns only what it could not give back itself; Settle takes
// what the answer costs and gives back the rest; Refund gives back everything.
// Settle and Refund close what Reserve returned, and may be called again after
// a failure. In a preview Reserve only reports.
type Charger interface {
	Reserve(ctx context.Context, call space.PolicyCall, rules []space.Rule) ([]space.Reservation, []space.PolicyEntry, error)
	Settle(ctx context.Context, call space.PolicyCall, open []space.Reservation, rules []space.Rule, answer space.Answer) ([]space.PolicyEntry, error)
	Refund(ctx context.Context, call space.PolicyCall, open []space.Reservation) ([]space.PolicyEntry, error)
}

// Filter changes an answer before it leaves, or refuses to let it leave. It
// does not change the slices and maps that it is handed.
type Filter interface {
	Filter(ctx context.Context, call space.PolicyCall, rules []space.Rule, answer space.Answer) (space.Answer, []space.PolicyEntry, error)
}

// Splitter is the optional ability of a Filter to let the beginning of a text
// go while the rest is still being made.
type Splitter interface {
	// Splits reports whether it can do so under these rules.
	Splits(rules []space.Rule) bool
	// Split returns the length in bytes of the beginning of text that can be
	// filtered by itself, whatever follows: the pieces, each filtered, are
	// the filtered whole. 0 means wait for more.
	Split(rules []space.Rule, text string) int
}

// stages are the types of policies by what they do, each in its order.
type stages struct {
	known    map[string]bool
	gates    []stage[Gate]
	chargers []stage[Charger]
	filters  []stage[Filter]
}

type stage[T any] struct {
	typ string
	do  T
}

func newStages(types []PolicyType) stages {
	s := stages{known: map[string]bool{}}
	for _, t := range types {
		name := t.Info().Name
		s.known[name] = true
		if g, ok := t.(Gate); ok {
			s.gates = append(s.gates, stage[Gate]{name, g})
		}
		if c, ok := t.(Charger); ok {
			s.chargers = append(s.chargers, stage[Charger]{name, c})
		}
		if f, ok := t.(Filter); ok {
			s.filters = append(s.filters, stage[Filter]{name, f})
		}
	}
	return s
}

// rulesByType groups an endpoint's policies. A policy of a type that this
// version does not know refuses every query: passing it over would open the
// endpoint.
func (s stages) rulesByType(rules []space.Rule) (map[string][]space.Rule, error) {
	by := make(map[string][]space.Rule, len(s.known))
	for _, r := range rules {
		if !s.known[r.Policy.Type] {
			return nil, space.Errorf(space.KindConflict,
				"Policy type '%s' is not known to this version; update the Space or remove the policy", r.Policy.Type)
		}
		by[r.Policy.Type] = append(by[r.Policy.Type], r)
	}
	return by, nil
}

// report collects what the policies of one query did: one entry per policy,
// the newest word standing.
type report struct {
	outcome space.Outcome
	entries []space.PolicyEntry
}

func (r *report) add(entries []space.PolicyEntry) {
	for _, e := range entries {
		i := slices.IndexFunc(r.entries, func(old space.PolicyEntry) bool { return old.PolicyID == e.PolicyID })
		if i < 0 {
			r.entries = append(r.entries, e)
		} else {
			r.entries[i] = e
		}
	}
}

// refuse notes the first refusal.
func (r *report) refuse(o space.Outcome) {
	if r.outcome == "" || r.outcome == space.OutcomeSuccess {
		r.outcome = o
	}
}

func (r *report) metadata() space.PolicyMetadata {
	entries := r.entries
	if entries == nil {
		entries = []space.PolicyEntry{}
	}
	return space.PolicyMetadata{Outcome: r.outcome, Entries: entries}
}

// refusal returns the outcome of a policy's error, "" where the policy did not
// refuse but fail.
func refusal(err error) space.Outcome {
	switch space.KindOf(err) {
	case space.KindForbidden:
		return space.OutcomeAccessDenied
	case space.KindRateLimited:
		return space.OutcomeRateLimited
	case space.KindPaymentRequired:
		return space.OutcomePaymentRequired
	}
	return ""
}

// filterRefusal is refusal for a policy that looks at the answer.
func filterRefusal(err error) space.Outcome {
	if space.KindOf(err) == space.KindForbidden {
		return space.OutcomePolicyViolation
	}
	return ""
}
