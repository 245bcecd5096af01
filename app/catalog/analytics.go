package catalog

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// AnalyticsStore keeps what happened to queries.
type AnalyticsStore interface {
	Summary(context.Context, space.TenantID, space.AnalyticsQuery) (space.AnalyticsSummary, error)
	Latency(context.Context, space.TenantID, space.AnalyticsQuery) (space.LatencyStats, error)
	TimeSeries(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery, step time.Duration) ([]space.TimePoint, error)
	TopUsers(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery, limit int) ([]space.UserCount, error)
	QueryTexts(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery, limit int) ([]string, error)
	Events(context.Context, space.TenantID, space.AnalyticsQuery) iter.Seq2[space.QueryEvent, error]
}

const day = 24 * time.Hour

// EventsKept is how long what happened to queries is remembered: two years and
// a week, so that the longest range has a whole one before it.
const EventsKept = 2*365*day + 7*day

// ranges are the time ranges of analytics: how far each reaches back, and the
// steps of its time series.
var ranges = map[string]struct{ span, step time.Duration }{
	"24h": {day, time.Hour},
	"7d":  {7 * day, 6 * time.Hour},
	"30d": {30 * day, day},
	"90d": {90 * day, day},
	"1y":  {365 * day, 7 * day},
}

// Analytics are the use cases on what happened to queries.
type Analytics struct {
	store    AnalyticsStore
	settings *Settings
	clock    space.Clock
}

// NewAnalytics makes the use cases on what happened to queries.
func NewAnalytics(store AnalyticsStore, settings *Settings, clock space.Clock) *Analytics {
	return &Analytics{store: store, settings: settings, clock: clock}
}

// Selection chooses queries: those of a range that ends now, of one endpoint
// or dataset or of all. An id that is not known selects nothing: it may be of
// something that was deleted, whose queries stay.
type Selection struct {
	Range      string // 24h, 7d, 30d, 90d or 1y
	EndpointID *uuid.UUID
	DatasetID  *uuid.UUID
}

// query is the selection as storage takes it, with the step of its time series.
func (a *Analytics) query(s Selection) (space.AnalyticsQuery, time.Duration) {
	until := a.clock()
	r := ranges[s.Range]
	return space.AnalyticsQuery{Since: until.Add(-r.span), Until: until, EndpointID: s.EndpointID, DatasetID: s.DatasetID}, r.step
}

// Comparison sums up a range and the one of the same length before it.
type Comparison struct {
	Since, Until time.Time
	Now, Before  space.AnalyticsSummary
}

// Summary sums up the queries of the selection.
func (a *Analytics) Summary(ctx context.Context, tenant space.TenantID, s Selection) (Comparison, error) {
	q, _ := a.query(s)
	out := Comparison{Since: q.Since, Until: q.Until}
	var err error
	if out.Now, err = a.store.Summary(ctx, tenant, q); err != nil {
		return out, err
	}
	q.Since, q.Until = q.Since.Add(q.Since.Sub(q.Until)), q.Since
	out.Before, err = a.store.Summary(ctx, tenant, q)
	return out, err
}

// TimeSeries sums up the queries of the selection in steps, whose length it
// returns too. The first and the last step are cut short where the range is.
func (a *Analytics) TimeSeries(ctx context.Context, tenant space.TenantID, s Selection) ([]space.TimePoint, time.Duration, error) {
	q, step := a.query(s)
	points, err := a.store.TimeSeries(ctx, tenant, q, step)
	return points, step, err
}

// Latency describes how long the parts of the selection's queries took.
func (a *Analytics) Latency(ctx context.Context, tenant space.TenantID, s Selection) (space.LatencyStats, error) {
	q, _ := a.query(s)
	return a.store.Latency(ctx, tenant, q)
}

// TopUsers returns the people who asked most.
func (a *Analytics) TopUsers(ctx context.Context, tenant space.TenantID, s Selection, limit int) ([]space.UserCount, error) {
	q, _ := a.query(s)
	return a.store.TopUsers(ctx, tenant, q, limit)
}

// Events yields what happened to the selection's queries, oldest first.
func (a *Analytics) Events(ctx context.Context, tenant space.TenantID, s Selection) iter.Seq2[space.QueryEvent, error] {
	q, _ := a.query(s)
	return a.store.Events(ctx, tenant, q)
}

// Cloud is the words of stored questions.
type Cloud struct {
	Words   []Word // the most frequent first
	Queries int    // whose texts were read
	Stored  bool   // whether texts of questions are stored now
}

// cloudTexts is how many questions a cloud of words reads, the newest.
const cloudTexts = 10_000

// WordCloud counts the words of the selection's questions, as far as their
// texts were stored.
func (a *Analytics) WordCloud(ctx context.Context, tenant space.TenantID, s Selection, limit int) (Cloud, error) {
	q, _ := a.query(s)
	texts, err := a.store.QueryTexts(ctx, tenant, q, cloudTexts)
	if err != nil {
		return Cloud{}, err
	}
	return Cloud{Words: countWords(texts, limit), Queries: len(texts), Stored: a.settings.Values().StoreQueryText}, nil
}
