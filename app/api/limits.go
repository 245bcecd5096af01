package api

import (
	"strconv"
	"time"

	"github.com/gin-gonic/gin"
	"github.com/ulule/limiter/v3"
	"github.com/ulule/limiter/v3/drivers/store/memory"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// apiLimits bounds the calls of each tenant by the hour and by the minute.
// Satellite callers share buckets of their own, so that a busy marketplace
// cannot lock the owner out.
type apiLimits struct {
	settings *catalog.Settings // asked at every call, so that a change counts at once
	counts   limiter.Store
	clock    space.Clock
}

func newAPILimits(settings *catalog.Settings, clock space.Clock) *apiLimits {
	return &apiLimits{settings: settings, counts: memory.NewStore(), clock: clock}
}

// count counts a call whose Authorization header was accepted, and refuses it
// where a limit is used up. The dashboard's reads, what this program's own
// commands do, and calls without a credential in open mode are free.
func (l *apiLimits) count(c *gin.Context, who space.Identity) error {
	if c.GetHeader("Authorization") == "" || who.Role == "" || who.Own {
		return nil
	}
	tightest, err := l.tightest(c, who)
	if err != nil || tightest == nil {
		return err
	}
	wait := l.seconds(tightest.Reset)
	c.Header("RateLimit-Limit", strconv.FormatInt(tightest.Limit, 10))
	c.Header("RateLimit-Remaining", strconv.FormatInt(tightest.Remaining, 10))
	c.Header("RateLimit-Reset", strconv.FormatInt(wait, 10))
	if !tightest.Reached {
		return nil
	}
	refused := space.Errorf(space.KindRateLimited, "Rate limit exceeded. Retry after %d seconds.", wait)
	refused.RetryAfter = time.Duration(wait) * time.Second
	return refused
}

// tightest counts a call at each limit and returns the state of the one that
// leaves least; nil where all are switched off. A call that the minute's limit
// refuses does not count at the hour's.
func (l *apiLimits) tightest(c *gin.Context, who space.Identity) (*limiter.Context, error) {
	key := who.Tenant.String()
	if who.Role == space.RoleSatellite || who.Role == space.RoleGuest {
		key += "/satellites"
	}
	values := l.settings.Values()
	var tightest *limiter.Context
	for _, rate := range []limiter.Rate{
		{Period: time.Minute, Limit: int64(values.APIPerMinute)},
		{Period: time.Hour, Limit: int64(values.APIPerHour)},
	} {
		if rate.Limit == 0 {
			continue
		}
		now, err := l.counts.Get(c.Request.Context(), key+"/"+rate.Period.String(), rate)
		if err != nil {
			return nil, err
		}
		if tightest == nil || now.Reached || now.Remaining < tightest.Remaining {
			tightest = &now
		}
		if now.Reached {
			break
		}
	}
	return tightest, nil
}

// seconds from now until a Unix time, at least one.
func (l *apiLimits) seconds(reset int64) int64 { return max(1, reset-l.clock().Unix()) }
