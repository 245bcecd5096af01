package storage

import (
	"context"
	"iter"
	"time"

	"syft-space/app/space"
)

// eventMatch selects the events of an analytics query; see eventArgs.
const (
	eventMatch = eventsUntil + `AND created_at >= ?2 `

	eventsUntil = ` FROM events WHERE tenant_id = ?1 AND created_at < ?3
	AND (?4 IS NULL OR endpoint_id = ?4) AND (?5 IS NULL OR dataset_id = ?5) `
)

func eventArgs(tenant space.TenantID, q space.AnalyticsQuery, more ...any) []any {
	return append([]any{tenant.UUID[:], toMicros(q.Since), toMicros(q.Until), idOrNull(q.EndpointID), idOrNull(q.DatasetID)}, more...)
}

const (
	isSuccess = `outcome = 'success'`
	isFailure = `outcome = 'error'`
	isRefusal = `outcome NOT IN ('success', 'error', 'canceled')`
)

const (
	selectSummary = `SELECT count(*), count(*) FILTER (WHERE ` + isSuccess + `), count(*) FILTER (WHERE ` + isRefusal + `),
			count(*) FILTER (WHERE ` + isFailure + `), count(DISTINCT user_email), coalesce(sum(documents), 0), coalesce(sum(total_tokens), 0)` + eventMatch
	selectTotals    = `SELECT total_us` + eventMatch + `AND ` + isSuccess
	selectLatencies = `SELECT search_us, first_token_us, total_us` + eventMatch + `AND ` + isSuccess
)

// Summary sums up the queries that q selects.
func (db *DB) Summary(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery) (s space.AnalyticsSummary, err error) {
	args := eventArgs(tenant, q)
	err = db.read(ctx, func(c *conn) error {
		if err := one(ctx, c, selectSummary, args, &s.Queries, &s.Succeeded, &s.Refused, &s.Failed, &s.Users, &s.Documents, &s.Tokens); err != nil {
			return err
		}
		totals, err := all(ctx, c, func(row scanner) (us int64, err error) {
			err = row.Scan(&us)
			return us, err
		}, selectTotals, args...)
		s.Latency = percentiles(totals)
		return err
	})
	return s, err
}

// Latency describes how long the parts of succeeded queries took.
func (db *DB) Latency(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery) (l space.LatencyStats, err error) {
	var searches, firsts, totals []int64
	err = db.read(ctx, func(c *conn) error {
		return each(ctx, c, selectLatencies, eventArgs(tenant, q), func(row scanner) error {
			var search, first, total int64
			if err := row.Scan(&search, &first, &total); err != nil {
				return err
			}
			searches, totals = append(searches, search), append(totals, total)
			if first > 0 {
				firsts = append(firsts, first)
			}
			return nil
		})
	})
	return space.LatencyStats{Search: percentiles(searches), FirstToken: percentiles(firsts), Total: percentiles(totals)}, err
}

const selectTopUsers = `SELECT user_email, count(*) AS queries, sum(total_tokens), max(created_at)` + eventMatch + `
	GROUP BY user_email ORDER BY queries DESC, user_email LIMIT ?6`

// TopUsers returns the people who asked most, the busiest first.
func (db *DB) TopUsers(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery, limit int) (list []space.UserCount, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (u space.UserCount, err error) {
			err = row.Scan(&u.Email, &u.Queries, &u.Tokens, asTime(&u.LastSeen))
			return u, err
		}, selectTopUsers, eventArgs(tenant, q, limit)...)
		return err
	})
	return list, err
}

// longestText bounds what one query adds to a cloud of words, in characters.
const longestText = 1000

const selectTexts = `SELECT substr(text, 1, ?7)` + eventMatch + `AND text <> '' ORDER BY created_at DESC, id DESC LIMIT ?6`

// QueryTexts returns the beginnings of the newest stored texts of queries, for
// a cloud of words.
func (db *DB) QueryTexts(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery, limit int) (list []string, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (text string, err error) {
			err = row.Scan(&text)
			return text, err
		}, selectTexts, eventArgs(tenant, q, limit, longestText)...)
		return err
	})
	return list, err
}

// selectEvents has one lower bound: of two, SQLite would search by the wider.
const selectEvents = `SELECT id, tenant_id, endpoint_id, endpoint_slug, dataset_id, model_id, user_email, text, outcome, status,
	documents, prompt_tokens, completion_tokens, total_tokens, search_us, first_token_us, total_us, created_at` + eventsUntil + `
	AND created_at >= max(?2, ?6) AND (created_at, id) > (?6, ?7) ORDER BY created_at, id LIMIT ?8`

func scanEvent(row scanner) (e space.QueryEvent, err error) {
	var search, first, total int64
	err = row.Scan(&e.ID, &e.Tenant, &e.EndpointID, &e.EndpointSlug, &e.DatasetID, &e.ModelID, &e.UserEmail, &e.Text, &e.Outcome, &e.Status,
		&e.Documents, &e.Usage.PromptTokens, &e.Usage.CompletionTokens, &e.Usage.TotalTokens, &search, &first, &total, asTime(&e.CreatedAt))
	e.Search, e.FirstToken, e.Total = duration(search), duration(first), duration(total)
	return e, err
}

// Events yields the events that q selects, oldest first.
func (db *DB) Events(ctx context.Context, tenant space.TenantID, q space.AnalyticsQuery) iter.Seq2[space.QueryEvent, error] {
	return batches(ctx, db, scanEvent, func(e space.QueryEvent) position { return position{e.CreatedAt, e.ID} },
		selectEvents, eventArgs(tenant, q)...)
}

func duration(us int64) time.Duration { return time.Duration(us) * time.Microsecond }

const insertFeedback = `INSERT INTO feedback (id, tenant_id, category, description, page_url, screenshot, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?)`

// SaveFeedback stores a report that a person left.
func (db *DB) SaveFeedback(ctx context.Context, tenant space.TenantID, f space.Feedback) error {
	_, err := db.count(ctx, insertFeedback, f.ID[:], tenant.UUID[:], f.Category, f.Description, f.PageURL, f.Screenshot, toMicros(f.CreatedAt))
	return err
}
