package storage

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
)

func TestAnalyticsSumUpTheirRange(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	start := db.clock().Add(time.Hour).Truncate(time.Hour)
	endpoint, dataset := uuid.New(), uuid.New()
	event := func(after time.Duration, user, outcome string, total time.Duration) space.QueryEvent {
		return space.QueryEvent{ID: uuid.New(), Tenant: root, EndpointID: endpoint, EndpointSlug: "ask", DatasetID: &dataset, UserEmail: user,
			Text: "why " + user, Outcome: outcome, Status: 200, Documents: 2, Usage: space.Usage{PromptTokens: 3, CompletionTokens: 4, TotalTokens: 7},
			Search: total / 10, FirstToken: total / 2, Total: total, CreatedAt: start.Add(after)}
	}
	events := []space.QueryEvent{
		event(0, "a@x", "success", 100*time.Millisecond),
		event(time.Minute, "b@x", "success", 300*time.Millisecond),
		event(2*time.Hour, "a@x", "success", 200*time.Millisecond),
		event(2*time.Hour+1, "c@x", "rate_limited", 0),
		event(2*time.Hour+2, "a@x", "error", 0),
		event(2*time.Hour+3, "a@x", "canceled", 0),
	}
	for i := range events {
		events[i].CreatedAt = events[i].CreatedAt.Add(time.Duration(i) * time.Microsecond).Truncate(time.Microsecond)
	}
	outside := event(-time.Second, "z@x", "success", time.Hour)
	check(t, db.RecordEvents(ctx, append(events, outside)))
	check(t, db.RecordEvents(ctx, events[:1])) // a repeated batch counts once
	q := space.AnalyticsQuery{Since: start, Until: start.Add(3 * time.Hour)}

	want := space.AnalyticsSummary{Queries: 6, Succeeded: 3, Refused: 1, Failed: 1, Users: 3, Documents: 12, Tokens: 42,
		Latency: space.Percentiles{Mean: 200 * time.Millisecond, P50: 200 * time.Millisecond, P90: 300 * time.Millisecond, P95: 300 * time.Millisecond, P99: 300 * time.Millisecond}}
	if diff := cmp.Diff(want, must[space.AnalyticsSummary](t)(db.Summary(ctx, root, q))); diff != "" {
		t.Error(diff)
	}
	latency := must[space.LatencyStats](t)(db.Latency(ctx, root, q))
	if latency.Total != want.Latency || latency.Search.P50 != 20*time.Millisecond || latency.FirstToken.P50 != 100*time.Millisecond {
		t.Errorf("latency is %+v", latency)
	}
	points := []space.TimePoint{
		{Start: start, Queries: 2, Users: 2, P50: 100 * time.Millisecond},
		{Start: start.Add(time.Hour)},
		{Start: start.Add(2 * time.Hour), Queries: 4, Refused: 1, Failed: 1, Users: 2, P50: 200 * time.Millisecond},
	}
	if diff := cmp.Diff(points, must[[]space.TimePoint](t)(db.TimeSeries(ctx, root, q, time.Hour))); diff != "" {
		t.Error(diff)
	}
	late := space.AnalyticsQuery{Since: start.Add(30 * time.Second), Until: start.Add(3*time.Hour + 1)} // the first and the last step are cut short
	points[0].Queries, points[0].Users, points[0].P50 = 1, 1, 300*time.Millisecond
	points = append(points, space.TimePoint{Start: start.Add(3 * time.Hour)})
	if diff := cmp.Diff(points, must[[]space.TimePoint](t)(db.TimeSeries(ctx, root, late, time.Hour))); diff != "" {
		t.Error(diff)
	}
	users := must[[]space.UserCount](t)(db.TopUsers(ctx, root, q, 2))
	if len(users) != 2 || users[0].Email != "a@x" || users[0].Queries != 4 || users[0].Tokens != 28 || !users[0].LastSeen.Equal(events[5].CreatedAt) {
		t.Errorf("users are %+v", users)
	}
	var exported []space.QueryEvent
	for e, err := range db.Events(ctx, root, q) {
		check(t, err)
		exported = append(exported, e)
	}
	if diff := cmp.Diff(events, exported); diff != "" {
		t.Error(diff)
	}
	other := uuid.New()
	for _, none := range []space.AnalyticsQuery{{Since: q.Since, Until: q.Until, EndpointID: &other}, {Since: q.Since, Until: q.Until, DatasetID: &other}, {Since: q.Until, Until: q.Since}} {
		if s := must[space.AnalyticsSummary](t)(db.Summary(ctx, root, none)); s != (space.AnalyticsSummary{}) {
			t.Errorf("summary is %+v", s)
		}
		if _, err := db.TimeSeries(ctx, root, none, time.Hour); err != nil {
			t.Error(err)
		}
	}
}

func TestTextsOfQueriesAreForgotten(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	at := db.clock()
	for i, text := range []string{"old", "", "new"} {
		check(t, db.RecordEvents(ctx, []space.QueryEvent{{ID: uuid.New(), Tenant: root, Text: text, CreatedAt: at.Add(time.Duration(i) * time.Hour)}}))
	}
	q := space.AnalyticsQuery{Since: at.Add(-time.Hour), Until: at.Add(24 * time.Hour)}
	if diff := cmp.Diff([]string{"new", "old"}, must[[]string](t)(db.QueryTexts(ctx, root, q, 10))); diff != "" {
		t.Error(diff)
	}
	if n := must[int](t)(db.PurgeEventTexts(ctx, at.Add(90*time.Minute))); n != 1 {
		t.Errorf("%d texts forgotten", n)
	}
	if diff := cmp.Diff([]string{"new"}, must[[]string](t)(db.QueryTexts(ctx, root, q, 10))); diff != "" {
		t.Error(diff)
	}
	if s := must[space.AnalyticsSummary](t)(db.Summary(ctx, root, q)); s.Queries != 3 {
		t.Errorf("%d queries are left", s.Queries)
	}
}

func TestOldEventsAreForgotten(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	at := db.clock()
	tenants := []space.TenantID{root, otherTenant(t, db)}
	var events []space.QueryEvent
	for i := range 2*sweepBatch + 10 { // of both tenants, in several batches
		events = append(events, space.QueryEvent{ID: uuid.New(), Tenant: tenants[i%2], CreatedAt: at.Add(time.Duration(i) * time.Second)})
	}
	check(t, db.RecordEvents(ctx, events))
	if n := must[int](t)(db.PurgeEvents(ctx, at.Add(2*sweepBatch*time.Second))); n != 2*sweepBatch {
		t.Errorf("%d events forgotten", n)
	}
	for _, tenant := range tenants {
		if s := must[space.AnalyticsSummary](t)(db.Summary(ctx, tenant, space.AnalyticsQuery{Since: at, Until: at.Add(24 * time.Hour)})); s.Queries != 5 {
			t.Errorf("%d queries are left", s.Queries)
		}
	}
}

// TestAnExportReadsInBatches has rows of one instant across the border of two
// batches.
func TestAnExportReadsInBatches(t *testing.T) {
	t.Parallel()
	db := open(t)
	ctx := t.Context()
	at := db.clock()
	var events []space.QueryEvent
	for i := range 2*batchRows + 1 {
		events = append(events, space.QueryEvent{ID: uuid.New(), Tenant: root, CreatedAt: at.Add(time.Duration(i/700) * time.Second)})
	}
	check(t, db.RecordEvents(ctx, events))
	seen := map[uuid.UUID]bool{}
	var last time.Time
	for e, err := range db.Events(ctx, root, space.AnalyticsQuery{Since: at, Until: at.Add(time.Hour)}) {
		check(t, err)
		if seen[e.ID] || e.CreatedAt.Before(last) {
			t.Fatalf("event %d comes twice or late", len(seen))
		}
		seen[e.ID], last = true, e.CreatedAt
	}
	if len(seen) != len(events) {
		t.Errorf("%d of %d events", len(seen), len(events))
	}
}

func TestFeedbackIsKept(t *testing.T) {
	t.Parallel()
	db := open(t)
	check(t, db.SaveFeedback(t.Context(), root, space.Feedback{ID: uuid.New(), Category: "bug", Description: "it broke", Screenshot: []byte{1, 2}, CreatedAt: db.clock()}))
	check(t, db.read(t.Context(), func(c *conn) error {
		var category string
		var screenshot []byte
		err := one(t.Context(), c, `SELECT category, screenshot FROM feedback`, nil, &category, &screenshot)
		if category != "bug" || len(screenshot) != 2 {
			t.Errorf("feedback is %q, %v", category, screenshot)
		}
		return err
	}))
}
