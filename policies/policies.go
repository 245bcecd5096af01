// Package policies defines the types of policies: who may query an endpoint,
// how often, for what price, and what may leave in an answer. Each type is one
// file with its configuration, and one line in All.
package policies

import (
	"context"
	"log/slog"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/policies/accountant"
)

// Type is a type of policy. What it does is said by the methods that it has
// beside these: Admit and Forget, Reserve, Settle and Refund, Filter, Splits
// and Split as app/query asks for them, and the interfaces below.
type Type interface {
	Info() space.TypeInfo
	// NewConfig returns a pointer to a new configuration struct, whose tags
	// say its defaults and bounds. Rules carry such pointers.
	NewConfig() any
}

// Publishable is the ability of a Type to show its rules on a marketplace.
type Publishable interface {
	// Publish returns what of a configuration may become public: limits,
	// prices and the like, never an address.
	Publish(config any) map[string]any
}

// Starter is the ability of a Type to mend what an earlier process left
// behind. Start is called once, before the first query.
type Starter interface {
	Start(ctx context.Context) error
}

// Runner is the ability of a Type to work beside the queries. Run returns nil
// when ctx ends and everything is written.
type Runner interface {
	Run(ctx context.Context) error
}

// Deps are what the types work with.
type Deps struct {
	Rates  RateStore
	Ledger Ledger
	// Accountant is the account at an accounting service; nil without one.
	Accountant *accountant.Client
	// Ask puts a question to a stored model, for filters that read the answer
	// with one.
	Ask func(ctx context.Context, tenant space.TenantID, model uuid.UUID, req space.ChatRequest) (string, error)
	// HashKey makes the marks that stand for hidden values this Space's own.
	// It is secret and at least 16 bytes long.
	HashKey []byte
	Clock   space.Clock
	IDs     space.IDs
	Log     *slog.Logger
}

// All returns every type, in the order in which they run.
func All(d Deps) []Type {
	return []Type{
		accessType{},
		newRateLimitType(d.Rates, d.Clock, d.Log),
		newAccountingType(d),
		piiFilterType{ask: d.Ask, key: d.HashKey, log: d.Log},
	}
}
