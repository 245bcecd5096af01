package policies

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/ulule/limiter/v3"

	"syft-space/app/space"
)

const typeRateLimit = "rate_limit"

// rateLimitType bounds how often users may query.
type rateLimitType struct {
	windows *windows
	admit   sync.Mutex // makes "check every limit, then count" one step
}

// rateLimitConfig is one limit.
type rateLimitConfig struct {
	Limit     string   `json:"limit" pattern:"^[1-9][0-9]{0,8}/(s|m|h|d)$" example:"20/h" doc:"How many queries a second (s), minute (m), hour (h) or day (d)"`
	Scope     string   `json:"scope,omitempty" enum:"per_user,global" default:"per_user" doc:"Whether each user has the limit for themselves, or all share it"`
	AppliedTo []string `json:"applied_to,omitempty" default:"*" minItems:"1" doc:"Patterns of the addresses that the limit is meant for"`
}

const (
	scopeGlobal = "global"
	// globalKey is the key of a counter that all share.
	globalKey = ""
)

// Prepare accepts the limit under its other name.
func (*rateLimitConfig) Prepare(raw map[string]any) {
	if _, ok := raw["limit"]; !ok && raw["rate"] != nil {
		raw["limit"] = raw["rate"]
	}
}

// rate is the limit as the limiter counts it. The configuration was validated.
func (c *rateLimitConfig) rate() (limiter.Rate, error) {
	count, unit, _ := strings.Cut(c.Limit, "/")
	return limiter.NewRateFromFormatted(count + "-" + unit)
}

func newRateLimitType(store RateStore, clock space.Clock, log *slog.Logger) *rateLimitType {
	return &rateLimitType{windows: newWindows(store, clock, log)}
}

func (*rateLimitType) Info() space.TypeInfo {
	return space.TypeInfo{Name: typeRateLimit, Description: "Bound how often users may query", Icon: "gauge", Enabled: true}
}

func (*rateLimitType) NewConfig() any { return &rateLimitConfig{} }

// Publish shows the limit, and to whom it applies only where that is everybody.
func (*rateLimitType) Publish(config any) map[string]any {
	c := config.(*rateLimitConfig)
	return publicFields(c.AppliedTo, map[string]any{"limit": c.Limit, "scope": c.Scope})
}

// Start reads the counts that an earlier process wrote.
func (t *rateLimitType) Start(ctx context.Context) error { return t.windows.load(ctx) }

// Run writes counts behind the queries.
func (t *rateLimitType) Run(ctx context.Context) error { return t.windows.run(ctx) }

const reasonRateLimited = "rate_limit_exceeded"

// Admit checks every limit before it counts the query at any, so that a
// refused query counts nowhere.
func (t *rateLimitType) Admit(ctx context.Context, call space.PolicyCall, rules []space.Rule) ([]space.PolicyEntry, error) {
	t.admit.Lock()
	defer t.admit.Unlock()
	entries := make([]space.PolicyEntry, len(rules))
	var wait time.Duration
	for i, rule := range rules {
		entry, retry, err := t.check(ctx, call, rule)
		if err != nil {
			return nil, err
		}
		entries[i] = entry
		wait = max(wait, retry)
	}
	if wait > 0 {
		refusal := space.Errorf(space.KindRateLimited, "Rate limit exceeded. Retry after %d seconds.", seconds(wait))
		refusal.RetryAfter = time.Duration(seconds(wait)) * time.Second
		return entries, refusal
	}
	if call.Preview {
		return entries, nil
	}
	return entries, t.count(ctx, call, rules, 1)
}

// Forget takes back what Admit counted.
func (t *rateLimitType) Forget(ctx context.Context, call space.PolicyCall, rules []space.Rule) {
	if err := t.count(ctx, call, rules, -1); err != nil {
		t.windows.log.ErrorContext(ctx, "a rate limit could not be given back", "query_id", call.QueryID, "error", err)
	}
}

// check looks at one limit and returns how long to wait, 0 where it passes.
func (t *rateLimitType) check(ctx context.Context, call space.PolicyCall, rule space.Rule) (space.PolicyEntry, time.Duration, error) {
	c := rule.Config.(*rateLimitConfig)
	if !applies(c.AppliedTo, call.Sender) {
		return because(entryFor(rule, kindRateLimit, statusSkipped), reasonNotApplied, textNotApplied), 0, nil
	}
	l, err := t.limiter(c, call)
	if err != nil {
		return space.PolicyEntry{}, 0, err
	}
	now, err := l.Peek(ctx, c.key(rule, call))
	if err != nil {
		return space.PolicyEntry{}, 0, err
	}
	entry := entryFor(rule, kindRateLimit, statusApplied)
	entry.Details = map[string]any{"limit": c.Limit, "scope": c.Scope, "remaining": max(0, now.Remaining-1)}
	if now.Remaining > 0 {
		return entry, 0, nil
	}
	wait := min(time.Unix(now.Reset, 0).Sub(call.At), l.Rate.Period)
	entry.Status = statusRejected
	entry.Details["retry_after"] = seconds(wait)
	return because(entry, reasonRateLimited, fmt.Sprintf("The limit of %s is used up", c.Limit)), max(wait, time.Second), nil
}

func (t *rateLimitType) count(ctx context.Context, call space.PolicyCall, rules []space.Rule, by int64) error {
	for _, rule := range rules {
		c := rule.Config.(*rateLimitConfig)
		if !applies(c.AppliedTo, call.Sender) {
			continue
		}
		l, err := t.limiter(c, call)
		if err != nil {
			return err
		}
		if _, err := l.Increment(ctx, c.key(rule, call), by); err != nil {
			return err
		}
	}
	return nil
}

func (t *rateLimitType) limiter(c *rateLimitConfig, call space.PolicyCall) (*limiter.Limiter, error) {
	rate, err := c.rate()
	if err != nil {
		return nil, err
	}
	return limiter.New(t.windows.at(call.At), rate), nil
}

// key names the counter: one per policy and user, or one per policy.
func (c *rateLimitConfig) key(rule space.Rule, call space.PolicyCall) string {
	if c.Scope == scopeGlobal {
		return windowKey(rule.Policy.ID, globalKey)
	}
	return windowKey(rule.Policy.ID, call.Sender)
}
