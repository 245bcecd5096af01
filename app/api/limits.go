package api

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"

	"syft-space/app/space"
)

// apiLimits bounds the calls of each tenant by the hour and by the minute.
// Satellite callers share buckets of their own, so that a busy marketplace
// cannot lock the owner out.
type apiLimits struct {
	limiters []*limiter.Limiter
	clock    space.Clock
}

func newAPILimits(o Options, clock space.Clock) *apiLimits {
	l := &apiLimits{clock: clock}
	for _, r := range []limiter.Rate{
		{Period: time.Minute, Limit: int64(o.APIPerMinute)},
		{Period: time.Hour, Limit: int64(o.APIPerHour)},
	} {
		if r.Limit > 0 {
			l.limiters = append(l.limiters, limiter.New(memory.NewStore(), r))
		}
	}
	return l
}

// count counts a call whose Authorization header was accepted, and refuses it
// where a limit is used up. The dashboard's reads, what this program's own
// commands do, and calls without a credential in open mode are free.
func (l *apiLimits) count(c *gin.Context, who space.Identity) error {
	if c.GetHeader("Authorization") == "" || who.Role == "" || who.Own {
		return nil
	}
	key := who.Tenant.String()
	if who.Role == space.RoleSatellite || who.Role == space.RoleGuest {
		key += "/satellites"
	}
	var refused *limiter.Context
	for _, each := range l.limiters {
		now, err := each.Get(c.Request.Context(), key+"/"+each.Rate.Period.String())
		if err != nil {
			return err
		}
		c.Header("RateLimit-Limit", strconv.FormatInt(now.Limit, 10))
		c.Header("RateLimit-Remaining", strconv.FormatInt(now.Remaining, 10))
		c.Header("RateLimit-Reset", strconv.FormatInt(l.seconds(now.Reset), 10))
		if now.Reached {
			refused = &now
			break
		}
	}
	if refused == nil {
		return nil
	}
	wait := l.seconds(refused.Reset)
	err := space.Errorf(space.KindRateLimited, "Rate limit exceeded. Retry after %d seconds.", wait)
	err.RetryAfter = time.Duration(wait) * time.Second
	return err
}

// seconds from now until a Unix time, at least one.
func (l *apiLimits) seconds(reset int64) int64 { return max(1, reset-l.clock().Unix()) }
