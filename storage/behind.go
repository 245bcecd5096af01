package storage

import (
	"context"
	"sync"
	"time"

	"github.com/google/uuid"
)

// touchEvery is how often the use of one key is noted.
const touchEvery = time.Minute

// touched remembers when the use of each key was last noted.
type touched struct {
	mu   sync.Mutex
	last map[uuid.UUID]time.Time
}

// due reports whether it is time to note the use of a key again, and takes it
// as noted.
func (t *touched) due(id uuid.UUID, now time.Time) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if last, ok := t.last[id]; ok && now.Sub(last) < touchEvery {
		return false
	}
	if t.last == nil {
		t.last = map[uuid.UUID]time.Time{}
	}
	t.last[id] = now
	return true
}

// later writes behind: the caller does not wait and is not told of a failure,
// which goes to the log. Close waits for it, and after Close nothing is written.
func (db *DB) later(ctx context.Context, failed string, do func(*tx) error) {
	db.ending.RLock()
	defer db.ending.RUnlock()
	if db.ended {
		return
	}
	ctx = context.WithoutCancel(ctx)
	db.behind.Go(func() {
		if err := db.write(ctx, do); err != nil {
			db.log.Warn(failed, "error", err)
		}
	})
}
