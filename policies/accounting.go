package policies

import (
	"context"
	"log/slog"
	"math"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/policies/accountant"
)

const typeAccounting = "accounting"

// Ledger keeps what is reserved, settled and refunded. Each method is one
// transaction, and the ledger balances after it. Closing a reservation that is
// closed already changes nothing.
type Ledger interface {
	// Reserve opens r. With a budget it answers KindPaymentRequired where r
	// and what its user spent since would exceed it.
	Reserve(ctx context.Context, tenant space.TenantID, r space.Reservation, budget *space.Budget) error
	// Spent returns what r's user spent and has held under r's policy since a day began.
	Spent(ctx context.Context, tenant space.TenantID, r space.Reservation, since time.Time) (space.Micros, error)
	// Settle gives amount to the owner and what is left back to the payer.
	Settle(ctx context.Context, tenant space.TenantID, reservation uuid.UUID, amount space.Micros) error
	// Refund gives everything back.
	Refund(ctx context.Context, tenant space.TenantID, reservation uuid.UUID) error
	// OpenReservations returns what no process has closed, of all tenants.
	OpenReservations(ctx context.Context) ([]space.Reservation, error)
}

// accountingType takes money for answers.
type accountingType struct {
	ledger  Ledger
	service *accountant.Client // nil without one
	ids     space.IDs
	log     *slog.Logger
	stale   []space.Reservation // found open by Start; Run closes them with the service
}

func newAccountingType(d Deps) *accountingType {
	return &accountingType{ledger: d.Ledger, service: d.Accountant, ids: d.IDs, log: d.Log}
}

// accountingConfig is one price.
type accountingConfig struct {
	Price       float64       `json:"price" minimum:"0" maximum:"100000" doc:"Price of a call, a document or a token, with at most six decimals" example:"0.01"`
	Currency    string        `json:"currency,omitempty" default:"USD" pattern:"^[A-Z][A-Z0-9]{2,9}$" doc:"Currency of the price"`
	PricingMode pricingMode   `json:"pricing_mode,omitempty" enum:"per_call,per_document,per_token" default:"per_call" doc:"What the price is for"`
	AppliedTo   []string      `json:"applied_to,omitempty" default:"*" minItems:"1" doc:"Patterns of the addresses that pay"`
	Budget      *budgetConfig `json:"budget,omitempty" doc:"What each user may spend"`

	service bool // prices are settled at an accounting service
}

// budgetConfig bounds what each user may spend under a policy.
type budgetConfig struct {
	Amount float64 `json:"amount" minimum:"0" maximum:"1000000000" doc:"The most that a user may spend in a period, in the currency of the price" example:"5"`
	Period string  `json:"period" enum:"day,month" doc:"A day or a calendar month, in UTC"`
}

const periodMonth = "month"

// Validate refuses what the ledger could not hold or the service could not settle.
func (c *accountingConfig) Validate() []space.FieldError {
	var problems []space.FieldError
	report := func(msg string, loc ...any) {
		problems = append(problems, space.FieldError{Loc: loc, Msg: msg, Type: "value_error"})
	}
	const decimals = "ensure this value has at most 6 decimals"
	if !exact(c.Price) {
		report(decimals, "price")
	}
	if c.Budget != nil && !exact(c.Budget.Amount) {
		report(decimals, "budget", "amount")
	}
	if c.service && c.PricingMode != perCall {
		report("an accounting service settles only 'per_call'", "pricing_mode")
	}
	return problems
}

func (*accountingType) Info() space.TypeInfo {
	return space.TypeInfo{Name: typeAccounting, Description: "Take a price for answers, and keep the accounts", Icon: "coins", Enabled: true}
}

func (t *accountingType) NewConfig() any { return &accountingConfig{service: t.service != nil} }

// Publish shows the price, and to whom it applies only where that is everybody.
func (*accountingType) Publish(config any) map[string]any {
	c := config.(*accountingConfig)
	return publicFields(c.AppliedTo, map[string]any{
		"price": c.Price, "currency": c.Currency, "pricing_mode": string(c.PricingMode),
	})
}

// budget returns the budget as the ledger reads it, nil without one.
func (c *accountingConfig) budget(at time.Time) *space.Budget {
	if c.Budget == nil {
		return nil
	}
	at = at.UTC()
	since := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
	if c.Budget.Period == periodMonth {
		since = time.Date(at.Year(), at.Month(), 1, 0, 0, 0, 0, time.UTC)
	}
	return &space.Budget{Amount: micros(c.Budget.Amount), Since: since}
}

// micros turns an amount as people write it into whole millionths.
func micros(amount float64) space.Micros { return space.Micros(math.Round(amount * 1e6)) }

// amount turns millionths into an amount as people write it.
func amount(m space.Micros) float64 { return float64(m) / 1e6 }

// exact reports whether v is a whole number of millionths, as near as a
// float64 of its size tells.
func exact(v float64) bool {
	return math.Abs(v*1e6-math.Round(v*1e6)) < 1e-3+v*1e6*1e-12
}
