package auth

import (
	"net/netip"
	"sync"
	"time"

	"syft-space/app/space"
)

// Five wrong keys from one address in a minute are answered 429.
const (
	maxFailures   = 5
	failureWindow = time.Minute
	maxAddresses  = 10_000
)

// failures remembers wrong keys by address.
type failures struct {
	clock space.Clock
	mu    sync.Mutex
	seen  map[netip.Addr][]time.Time
}

func newFailures(clock space.Clock) *failures {
	return &failures{clock: clock, seen: map[netip.Addr][]time.Time{}}
}

// blocked returns a 429 while the address has used up its wrong keys.
func (f *failures) blocked(address netip.Addr) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	recent := f.recent(address)
	if len(recent) < maxFailures {
		return nil
	}
	wait := recent[0].Add(failureWindow).Sub(f.clock())
	err := space.Errorf(space.KindRateLimited, "Too many wrong keys. Retry after %d seconds.", int(wait.Seconds())+1)
	err.RetryAfter = wait
	return err
}

func (f *failures) note(address netip.Addr) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.seen) >= maxAddresses {
		for other := range f.seen {
			f.recent(other)
		}
		if len(f.seen) >= maxAddresses {
			clear(f.seen) // an attack from everywhere: bounded memory comes first
		}
	}
	f.seen[address] = append(f.recent(address), f.clock())
}

// recent drops what has left the window; the caller holds the lock.
func (f *failures) recent(address netip.Addr) []time.Time {
	times := f.seen[address]
	for len(times) > 0 && f.clock().Sub(times[0]) >= failureWindow {
		times = times[1:]
	}
	if len(times) == 0 {
		delete(f.seen, address) // most who come never used a wrong key
		return nil
	}
	f.seen[address] = times
	return times
}
