package ingest

import (
	"time"
)

const (
	debounce    = time.Second      // after the last event before a scan
	debounceMax = 10 * time.Second // a busy folder is scanned this often
	settle      = 2 * time.Second  // a file that changed less long ago is looked at twice
	scanAgain   = 30 * time.Second // after a scan that failed
	grace       = 5 * time.Second  // a vanished file waits this long for its rename partner
)

// follow scans a dataset's folders when it starts, when something moves in
// them, and every now and then in any case: events are hints, the rescan is
// the truth.
func (s *Service) follow(r *run) {
	defer close(r.done)
	rescan := time.NewTicker(s.Rescan)
	defer rescan.Stop()
	again := s.scan(r, false)
	for {
		timer := time.NewTimer(again)
		if again == 0 {
			timer.Stop()
		}
		select {
		case <-r.ctx.Done():
			timer.Stop()
			return
		case <-rescan.C:
			again = s.scan(r, false)
		case <-timer.C:
			again = s.scan(r, true)
		case <-r.nudges:
			s.calm(r)
			again = s.scan(r, true)
		}
		timer.Stop()
	}
}

// calm waits until no event has come for a while.
func (s *Service) calm(r *run) {
	latest := time.NewTimer(debounceMax)
	defer latest.Stop()
	for {
		quiet := time.NewTimer(debounce)
		select {
		case <-r.nudges:
			quiet.Stop()
		case <-quiet.C:
			return
		case <-latest.C:
			quiet.Stop()
			return
		case <-r.ctx.Done():
			quiet.Stop()
			return
		}
	}
}
