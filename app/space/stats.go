package space

import "time"

// Balance is what stands on one account in one currency.
type Balance struct {
	Account  Account
	Currency string
	Amount   Micros // below zero for the payer, who gives
}

// AnalyticsSummary sums up the queries of a time range.
type AnalyticsSummary struct {
	Queries   int
	Succeeded int // outcome success
	Refused   int // turned away by a policy or a missing credential
	Failed    int // everything else, callers who went away left out
	Users     int // distinct addresses
	Documents int // passages returned
	Tokens    int
	Latency   Percentiles // of the whole query, succeeded ones only
}

// Percentiles describe durations by the nearest-rank method; all are zero
// where there was nothing to measure.
type Percentiles struct {
	Mean, P50, P90, P95, P99 time.Duration
}

// LatencyStats are the percentiles of the parts of succeeded queries.
type LatencyStats struct {
	Search     Percentiles
	FirstToken Percentiles // of queries that asked a model
	Total      Percentiles
}

// TimePoint sums up the queries of one step of a time series.
type TimePoint struct {
	Start   time.Time
	Queries int
	Refused int
	Failed  int
	Users   int
	P50     time.Duration // of succeeded queries
}

// UserCount says how much one person asked.
type UserCount struct {
	Email    string
	Queries  int
	Tokens   int
	LastSeen time.Time
}

// Totals count what a Space holds, over all tenants.
type Totals struct {
	Datasets, Models, Endpoints     int
	Documents, Passages, Unembedded int
	Jobs                            map[JobStatus]int
	Ledger                          []LedgerTotal
	DatabaseBytes                   int64
}

// LedgerTotal is how much was moved in one currency by all rows of one kind.
type LedgerTotal struct {
	Kind     LedgerKind
	Currency string
	Amount   Micros
}

// Revision changes whenever a row of its table is made, changed or removed.
type Revision struct {
	Rows int
	Last time.Time // change of a row that is there
}

// Revisions tell what an owner edits apart from what it was.
type Revisions struct {
	Datasets, Models, Endpoints, Policies, Keys, Settings Revision
}
