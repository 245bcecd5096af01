package policies

import (
	"errors"
	"time"

	"syft-space/app/space"
)

// The words of space.PolicyEntry.
const (
	kindAccess    = "access"
	kindRateLimit = "rate_limit"
	kindPayment   = "payment"
	kindTransform = "transform"

	statusApplied  = "applied"
	statusSkipped  = "skipped"
	statusRejected = "rejected"
	statusReserved = "reserved"
	statusCharged  = "charged"
	statusRefunded = "refunded"
	statusFree     = "free"
)

// The reasons that more than one type gives.
const (
	reasonNotApplied = "not_applied"
	textNotApplied   = "The policy does not apply to this user"
)

// entryFor begins the entry of a rule.
func entryFor(rule space.Rule, kind, status string) space.PolicyEntry {
	return space.PolicyEntry{PolicyID: rule.Policy.ID, PolicyType: rule.Policy.Type, Kind: kind, Status: status}
}

// because gives an entry its reason.
func because(e space.PolicyEntry, code, reason string) space.PolicyEntry {
	e.ReasonCode, e.Reason = &code, &reason
	return e
}

// blocked is the refusal of a request by a policy of the type.
func blocked(typ, what, reason string) *space.Error {
	return space.Errorf(space.KindForbidden, "Policy '%s' blocked %s: %s", typ, what, reason)
}

// detailOf is what an error may tell a caller.
func detailOf(err error) string {
	var e *space.Error
	if errors.As(err, &e) && e.Kind != space.KindInternal {
		return e.Detail
	}
	return "an unexpected error"
}

// seconds rounds a wait up to whole seconds, one at least.
func seconds(d time.Duration) int64 {
	return max(1, int64((d+time.Second-1)/time.Second))
}
