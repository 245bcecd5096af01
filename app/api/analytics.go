package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// SelectionParams choose the queries that analytics are about.
type SelectionParams struct {
	Caller
	TimeRange  string    `query:"time_range" default:"30d" enum:"24h,7d,30d,90d,1y" doc:"How far back from now"`
	EndpointID uuid.UUID `query:"endpoint_id" format:"uuid" doc:"Only queries of this endpoint; an id that is not known selects none, one of a deleted endpoint what it answered"`
	DatasetID  uuid.UUID `query:"dataset_id" format:"uuid" doc:"Only queries of endpoints over this dataset, in the same way"`
}

func (p SelectionParams) selection() catalog.Selection {
	return catalog.Selection{Range: p.TimeRange, EndpointID: idOrNil(p.EndpointID), DatasetID: idOrNil(p.DatasetID)}
}

func idOrNil(id uuid.UUID) *uuid.UUID {
	if id == uuid.Nil {
		return nil
	}
	return &id
}

// Figures sum up the queries of a time range.
type Figures struct {
	Queries     int         `json:"queries" doc:"All of them, those that callers called off included" example:"120"`
	Succeeded   int         `json:"succeeded" doc:"Answered" example:"110"`
	Refused     int         `json:"refused" doc:"Turned away by a policy" example:"6"`
	Failed      int         `json:"failed" doc:"Ended in an error" example:"3"`
	SuccessRate *float64    `json:"success_rate" nullable:"true" doc:"Share of all queries that were answered; null where there were none" example:"0.917"`
	UniqueUsers int         `json:"unique_users" doc:"Different addresses that asked" example:"12"`
	Documents   int         `json:"documents" doc:"Passages handed out" example:"480"`
	TotalTokens int         `json:"total_tokens" doc:"Read and written by models" example:"51200"`
	LatencyMS   percentiles `json:"latency_ms" doc:"Of answered queries, whole"`
}

// percentiles describe durations.
type percentiles struct {
	Mean float64 `json:"mean" doc:"Milliseconds" example:"12.5"`
	P50  float64 `json:"p50" doc:"Median, milliseconds" example:"9.1"`
	P90  float64 `json:"p90" doc:"Milliseconds" example:"21"`
	P95  float64 `json:"p95" doc:"Milliseconds" example:"28.4"`
	P99  float64 `json:"p99" doc:"Milliseconds" example:"61.7"`
}

func wirePercentiles(p space.Percentiles) percentiles {
	return percentiles{milliseconds(p.Mean), milliseconds(p.P50), milliseconds(p.P90), milliseconds(p.P95), milliseconds(p.P99)}
}

func wireFigures(s space.AnalyticsSummary) Figures {
	f := Figures{
		Queries: s.Queries, Succeeded: s.Succeeded, Refused: s.Refused, Failed: s.Failed, UniqueUsers: s.Users,
		Documents: s.Documents, TotalTokens: s.Tokens, LatencyMS: wirePercentiles(s.Latency),
	}
	if s.Queries > 0 {
		rate := thousandths(float64(s.Succeeded) / float64(s.Queries))
		f.SuccessRate = &rate
	}
	return f
}

// changes compare a range with the one before it.
type changes struct {
	Queries     *float64 `json:"queries" nullable:"true" doc:"0.25 is a quarter more; null where there was none before" example:"0.25"`
	Succeeded   *float64 `json:"succeeded" nullable:"true" doc:"As for queries" example:"0.2"`
	Refused     *float64 `json:"refused" nullable:"true" doc:"As for queries" example:"0"`
	Failed      *float64 `json:"failed" nullable:"true" doc:"As for queries" example:"-0.5"`
	UniqueUsers *float64 `json:"unique_users" nullable:"true" doc:"As for queries" example:"0.1"`
	Documents   *float64 `json:"documents" nullable:"true" doc:"As for queries" example:"0.25"`
	TotalTokens *float64 `json:"total_tokens" nullable:"true" doc:"As for queries" example:"0.3"`
	LatencyP50  *float64 `json:"latency_p50" nullable:"true" doc:"As for queries" example:"-0.08"`
	LatencyP95  *float64 `json:"latency_p95" nullable:"true" doc:"As for queries" example:"0.02"`
}

func wireChanges(now, before space.AnalyticsSummary) changes {
	return changes{
		Queries: change(now.Queries, before.Queries), Succeeded: change(now.Succeeded, before.Succeeded),
		Refused: change(now.Refused, before.Refused), Failed: change(now.Failed, before.Failed),
		UniqueUsers: change(now.Users, before.Users), Documents: change(now.Documents, before.Documents),
		TotalTokens: change(now.Tokens, before.Tokens),
		LatencyP50:  change(now.Latency.P50, before.Latency.P50), LatencyP95: change(now.Latency.P95, before.Latency.P95),
	}
}

// change is how much more now is than before, as a share of before.
func change[T int | time.Duration](now, before T) *float64 {
	if before == 0 {
		return nil
	}
	c := thousandths(float64(now-before) / float64(before))
	return &c
}

type analyticsSummary struct {
	TimeRange string    `json:"time_range" doc:"As asked for" example:"30d"`
	Since     time.Time `json:"since" doc:"Where the range begins"`
	Until     time.Time `json:"until" doc:"Where it ends: now"`
	Figures
	Previous Figures `json:"previous" doc:"The range of the same length before it"`
	Change   changes `json:"change" doc:"Against the range before"`
}

type timeSeries struct {
	TimeRange   string      `json:"time_range" doc:"As asked for" example:"30d"`
	StepSeconds int         `json:"step_seconds" doc:"Length of a step" example:"86400"`
	Points      []timePoint `json:"points" doc:"One for each step, also where nothing was asked; steps begin on the hour, at midnight UTC or on Monday, and the first and the last are cut short where the range is"`
}

type timePoint struct {
	Start       time.Time `json:"start" doc:"Where the step begins"`
	Queries     int       `json:"queries" doc:"All of them" example:"14"`
	Refused     int       `json:"refused" doc:"Turned away by a policy" example:"1"`
	Failed      int       `json:"failed" doc:"Ended in an error" example:"0"`
	UniqueUsers int       `json:"unique_users" doc:"Different addresses that asked" example:"3"`
	LatencyP50  float64   `json:"latency_p50_ms" doc:"Median of answered queries, milliseconds; 0 without any" example:"9.1"`
}

type topUsers struct {
	TimeRange string    `json:"time_range" doc:"As asked for" example:"30d"`
	Users     []topUser `json:"users" doc:"Who asked most comes first"`
}

type topUser struct {
	UserEmail   string    `json:"user_email" doc:"Verified address" example:"ada@example.org"`
	Queries     int       `json:"queries" doc:"How often they asked" example:"42"`
	TotalTokens int       `json:"total_tokens" doc:"Read and written by models for them" example:"9100"`
	LastSeen    time.Time `json:"last_seen" doc:"When they asked last"`
}

type wordCloud struct {
	TimeRange string  `json:"time_range" doc:"As asked for" example:"30d"`
	Words     []word  `json:"words" doc:"The most frequent first"`
	Queries   int     `json:"queries" doc:"How many questions were read: those whose text is stored, the newest 10,000 at most" example:"118"`
	Storing   bool    `json:"storing" doc:"Whether the text of questions is stored at present" example:"true"`
	Notice    *string `json:"notice" nullable:"true" doc:"Why there are no words, or no new ones" example:"The text of questions is not stored."`
}

type word struct {
	Text  string `json:"text" doc:"In the form that occurs most" example:"warranty"`
	Count int    `json:"count" doc:"How many questions hold it" example:"17"`
}

type latency struct {
	TimeRange  string      `json:"time_range" doc:"As asked for" example:"30d"`
	Search     percentiles `json:"search_ms" doc:"Searching the dataset"`
	FirstToken percentiles `json:"first_token_ms" doc:"From the question to the first word of the model, of queries that asked one"`
	Total      percentiles `json:"total_ms" doc:"The whole query"`
}

// thousandths rounds a share.
func thousandths(x float64) float64 { return math.Round(x*1000) / 1000 }

func (s *server) analyticsRoutes() {
	const tag, base = "Analytics", Prefix + "/analytics"
	register(s, operation{
		method: http.MethodGet, path: base + "/summary", id: "analytics-summary", tag: tag, summary: "Sum up what was asked",
		description: "With the range of the same length before it, and the change against that.",
	}, func(ctx context.Context, in *SelectionParams) (*body[analyticsSummary], error) {
		c, err := s.Analytics.Summary(ctx, in.tenant(), in.selection())
		if err != nil {
			return nil, err
		}
		return ok(analyticsSummary{
			TimeRange: in.TimeRange, Since: c.Since, Until: c.Until, Figures: wireFigures(c.Now),
			Previous: wireFigures(c.Before), Change: wireChanges(c.Now, c.Before),
		}), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/time-series", id: "analytics-time-series", tag: tag, summary: "Follow what was asked over time",
		description: "In steps of an hour for 24h, six hours for 7d, a day for 30d and 90d, and a week for 1y.",
	}, s.timeSeries)
	register(s, operation{
		method: http.MethodGet, path: base + "/top-users", id: "analytics-top-users", tag: tag, summary: "List who asked most",
		description: "By their verified addresses, with when they asked last.",
	}, s.topUsers)
	register(s, operation{
		method: http.MethodGet, path: base + "/word-cloud", id: "analytics-word-cloud", tag: tag, summary: "Count the words of questions",
		description: "Reads only questions whose text was stored, which is a setting and off at first.",
	}, s.wordCloud)
	register(s, operation{
		method: http.MethodGet, path: base + "/latency", id: "analytics-latency", tag: tag, summary: "See how long answers took",
		description: "Of queries that were answered.",
	}, func(ctx context.Context, in *SelectionParams) (*body[latency], error) {
		l, err := s.Analytics.Latency(ctx, in.tenant(), in.selection())
		if err != nil {
			return nil, err
		}
		return ok(latency{in.TimeRange, wirePercentiles(l.Search), wirePercentiles(l.FirstToken), wirePercentiles(l.Total)}), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/export", id: "export-analytics", tag: tag, summary: "Export queries as CSV",
		description: "One line for each query, oldest first. " + csvDescription, responses: csvResponse(eventHeader, "2026-01-15T10:30:00Z,550e8400-e29b-41d4-a716-446655440000,legal-qa,"+
			"6ba7b810-9dad-41d1-80b4-00c04fd430c8,,,ada@example.org,success,200,5,400,60,460,4.2,310.5,1204.8,"),
	}, s.exportEvents)
}

func (s *server) timeSeries(ctx context.Context, in *SelectionParams) (*body[timeSeries], error) {
	points, step, err := s.Analytics.TimeSeries(ctx, in.tenant(), in.selection())
	if err != nil {
		return nil, err
	}
	out := timeSeries{TimeRange: in.TimeRange, StepSeconds: int(step.Seconds()), Points: make([]timePoint, len(points))}
	for i, p := range points {
		out.Points[i] = timePoint{p.Start, p.Queries, p.Refused, p.Failed, p.Users, milliseconds(p.P50)}
	}
	return ok(out), nil
}

func (s *server) topUsers(ctx context.Context, in *struct {
	SelectionParams
	Limit int `query:"limit" default:"10" minimum:"1" maximum:"1000" doc:"People to return at most"`
}) (*body[topUsers], error) {
	list, err := s.Analytics.TopUsers(ctx, in.tenant(), in.selection(), in.Limit)
	if err != nil {
		return nil, err
	}
	out := topUsers{TimeRange: in.TimeRange, Users: make([]topUser, len(list))}
	for i, u := range list {
		out.Users[i] = topUser{u.Email, u.Queries, u.Tokens, u.LastSeen}
	}
	return ok(out), nil
}

func (s *server) wordCloud(ctx context.Context, in *struct {
	SelectionParams
	Limit int `query:"limit" default:"100" minimum:"1" maximum:"1000" doc:"Words to return at most"`
}) (*body[wordCloud], error) {
	cloud, err := s.Analytics.WordCloud(ctx, in.tenant(), in.selection(), in.Limit)
	if err != nil {
		return nil, err
	}
	out := wordCloud{TimeRange: in.TimeRange, Words: make([]word, len(cloud.Words)), Queries: cloud.Queries, Storing: cloud.Stored}
	for i, w := range cloud.Words {
		out.Words[i] = word(w)
	}
	if !cloud.Stored {
		out.Notice = orNull("The text of questions is not stored. Switch it on under Settings, Privacy, or with privacy.store_query_text; it counts from then on.")
	}
	return ok(out), nil
}
