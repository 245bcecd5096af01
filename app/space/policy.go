package space

import (
	"strconv"
	"strings"
	"time"

	"github.com/google/uuid"
)

// PolicyCall is one query as the policies see it.
type PolicyCall struct {
	Tenant           TenantID
	QueryID          uuid.UUID
	Endpoint         Endpoint
	Sender           string // verified address, lower-case
	At               time.Time
	Preview          bool // policies are run and reported, nothing is counted or reserved
	Limit            int  // passages asked for
	MaxTokens        int
	PromptTokens     int // estimate of the conversation, without context
	ContextWindow    int // of the endpoint's model; 0 without one
	TransactionToken Secret
}

// Answer is what a query produced, before and after the policies that may
// change it.
type Answer struct {
	Documents []Hit
	Text      string
	Usage     Usage
	NoAnswer  bool // the model said that nothing answers: counts as no text
}

// Empty reports whether there is nothing worth a price.
func (a Answer) Empty() bool { return len(a.Documents) == 0 && (a.Text == "" || a.NoAnswer) }

// Rule is one enabled policy with its configuration decoded into the struct
// that its type hands out.
type Rule struct {
	Policy Policy
	Config any
}

// Outcome is the overall result of the policies of one query.
type Outcome string

// The outcomes.
const (
	OutcomeSuccess         Outcome = "success"
	OutcomeAccessDenied    Outcome = "access_denied"
	OutcomeRateLimited     Outcome = "rate_limited"
	OutcomePaymentRequired Outcome = "payment_required"
	OutcomePolicyViolation Outcome = "policy_violation"
)

// PolicyMetadata reports the policies of one query, on success and on refusal.
type PolicyMetadata struct {
	Outcome Outcome       `json:"outcome" doc:"What became of the query: success, access_denied, rate_limited, payment_required or policy_violation" example:"success"`
	Entries []PolicyEntry `json:"entries" doc:"What each policy did, in order"`
}

// PolicyEntry is what one policy did. Nil fields do not apply.
type PolicyEntry struct {
	PolicyID    uuid.UUID      `json:"policy_id" doc:"The policy"`
	PolicyType  string         `json:"policy_type" doc:"Name of its type" example:"rate_limit"`
	Kind        string         `json:"kind" doc:"access, rate_limit, payment or transform" example:"rate_limit"`
	Status      string         `json:"status" doc:"applied, skipped, rejected, reserved, charged, refunded or free" example:"applied"`
	Amount      *float64       `json:"amount" doc:"Price; null without one" example:"0.01"`
	Currency    *string        `json:"currency" doc:"Currency of the price; null without one" example:"USD"`
	Recipient   *string        `json:"recipient" doc:"Who is paid; null without a price" example:"owner@localhost"`
	Transaction *string        `json:"transaction" doc:"Id at the accounting service; null without one" example:"txn_42"`
	ReasonCode  *string        `json:"reason_code" doc:"Why it did so, for programs; null where nothing is to be said" example:"limit_exceeded"`
	Reason      *string        `json:"reason" doc:"Why it did so, for people; null where nothing is to be said" example:"20 queries an hour are allowed"`
	Details     map[string]any `json:"details" doc:"More, by type of policy" example:"{\"remaining\":19}"`
}

// Micros is an amount of money in millionths of its currency's unit.
type Micros int64

// String is the amount in whole units, exact, with as many of its six decimals
// as it needs: "0.05".
func (m Micros) String() string {
	sign, rest := "", uint64(m)
	if m < 0 {
		sign, rest = "-", -rest
	}
	whole := sign + strconv.FormatUint(rest/1e6, 10)
	decimals := strings.TrimRight(strconv.FormatUint(rest%1e6+1e6, 10)[1:], "0")
	if decimals == "" {
		return whole
	}
	return whole + "." + decimals
}

// Account is one side of a ledger row.
type Account string

// The accounts: money goes from the payer to held and from there to the owner
// or back to the payer.
const (
	AccountPayer Account = "payer"
	AccountHeld  Account = "held"
	AccountOwner Account = "owner"
)

// LedgerKind says what a ledger row does.
type LedgerKind string

// The kinds of ledger rows.
const (
	LedgerReserve LedgerKind = "reserve" // payer → held
	LedgerSettle  LedgerKind = "settle"  // held → owner
	LedgerRefund  LedgerKind = "refund"  // held → payer
)

// LedgerEntry is one row of the double-entry ledger: Amount moves from From to To.
type LedgerEntry struct {
	ID            uuid.UUID
	Tenant        TenantID
	EndpointID    uuid.UUID
	EndpointSlug  string
	PolicyID      uuid.UUID
	UserEmail     string
	Kind          LedgerKind
	From, To      Account
	Amount        Micros // > 0
	Currency      string
	TransactionID string // at the accounting service, "" without one
	QueryID       uuid.UUID
	CreatedAt     time.Time
}

// LedgerFilter selects rows of the ledger; empty fields select all.
type LedgerFilter struct {
	EndpointID *uuid.UUID
	UserEmail  string // lower-case
	Kind       LedgerKind
}

// Reservation is a charge that was opened and not yet settled or refunded.
type Reservation struct {
	ID            uuid.UUID
	Tenant        TenantID
	EndpointID    uuid.UUID
	EndpointSlug  string
	PolicyID      uuid.UUID
	UserEmail     string
	Amount        Micros
	Currency      string
	TransactionID string
	QueryID       uuid.UUID
	CreatedAt     time.Time
}

// DetailBudget refuses what would exceed a [Budget]; the ledger says it, and the
// accounting policy tells it from other refusals of payment.
const DetailBudget = "Budget exceeded"

// Budget bounds what one person may spend under one policy in a window that
// began with Since, the beginning of a day in UTC.
type Budget struct {
	Amount Micros
	Since  time.Time
}

// RateCount is how often a key was counted in the window that ends at Expires.
type RateCount struct {
	PolicyID uuid.UUID
	Key      string // sender, or "" for a global limit
	Count    int64
	Expires  time.Time
}
