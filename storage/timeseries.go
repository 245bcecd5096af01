package storage

import (
	"context"
	"math"
	"slices"
	"time"

	"syft-space/app/space"
)

const selectPoints = `SELECT created_at, outcome, user_email, total_us` + eventMatch

// bucket collects the events of one step of a time series.
type bucket struct {
	point  space.TimePoint
	users  map[string]bool
	totals []int64
}

// TimeSeries sums up the queries that q selects in steps of the given length.
// The steps begin on the hour, at midnight UTC or on Monday, as their length
// is, so that the first begins with or before q.Since; steps without queries
// are there too.
func (db *DB) TimeSeries(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery, step time.Duration) ([]space.TimePoint, error) {
	if step <= 0 || !q.Until.After(q.Since) {
		return []space.TimePoint{}, nil
	}
	start := q.Since.Truncate(step) // counted from year 1, which began on a Monday
	span := q.Until.Sub(start)
	buckets := make([]bucket, (span+step-1)/step)
	for i := range buckets {
		buckets[i] = bucket{point: space.TimePoint{Start: start.Add(time.Duration(i) * step)}, users: map[string]bool{}}
	}
	err := db.read(ctx, func(c *conn) error {
		return each(ctx, c, selectPoints, eventArgs(tenant, q), func(row scanner) error {
			var at time.Time
			var outcome, user string
			var total int64
			if err := row.Scan(asTime(&at), &outcome, &user, &total); err != nil {
				return err
			}
			buckets[at.Sub(start)/step].add(outcome, user, total)
			return nil
		})
	})
	points := make([]space.TimePoint, len(buckets))
	for i, b := range buckets {
		points[i] = b.point
		points[i].Users, points[i].P50 = len(b.users), percentiles(b.totals).P50
	}
	return points, err
}

func (b *bucket) add(outcome, user string, total int64) {
	b.point.Queries++
	b.users[user] = true
	switch outcome {
	case "success":
		b.totals = append(b.totals, total)
	case "error":
		b.point.Failed++
	case "canceled":
	default:
		b.point.Refused++
	}
}

// percentiles describes durations in microseconds, which it sorts.
func percentiles(us []int64) (p space.Percentiles) {
	if len(us) == 0 {
		return p
	}
	slices.Sort(us)
	var sum int64
	for _, v := range us {
		sum += v
	}
	rank := func(share float64) time.Duration {
		return duration(us[max(0, int(math.Ceil(share*float64(len(us))))-1)])
	}
	p.Mean = duration(sum / int64(len(us)))
	p.P50, p.P90, p.P95, p.P99 = rank(0.50), rank(0.90), rank(0.95), rank(0.99)
	return p
}
