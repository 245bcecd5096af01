package local

import (
	"context"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/vectorstore/bm25"
)

// set holds the indexes of one dataset. Only its follower changes them;
// searches read snapshots.
type set struct {
	x       *Index
	tenant  space.TenantID
	dataset uuid.UUID
	words   *bm25.Index
	wordsAt int64 // sequence number up to which words are taken
	vectors atomic.Pointer[vectors]
	nudges  chan struct{}
	loaded  chan struct{} // closed when everything that was stored at first is in
	once    sync.Once

	mu     sync.Mutex
	cancel context.CancelFunc
	ended  chan struct{} // nil before begin
}

// vectors is the vector index of one binding.
type vectors struct {
	binding space.Binding
	store   store
	at      int64 // sequence number up to which vectors are taken; the follower's
}

func newSet(x *Index, tenant space.TenantID, dataset uuid.UUID) *set {
	return &set{
		x: x, tenant: tenant, dataset: dataset, words: bm25.New(),
		nudges: make(chan struct{}, 1), loaded: make(chan struct{}),
	}
}

func (s *set) begin(cancel context.CancelFunc) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.cancel, s.ended = cancel, make(chan struct{})
}

func (s *set) nudge() {
	select {
	case s.nudges <- struct{}{}:
	default:
	}
}

func (s *set) isLoaded() bool {
	select {
	case <-s.loaded:
		return true
	default:
		return false
	}
}

// retryAfter is the pause after storage failed.
const retryAfter = 5 * time.Second

// follow takes over what storage has, again at every nudge.
func (s *set) follow(ctx context.Context) {
	defer close(s.ended)
	select {
	case s.x.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	err := s.catchUp(ctx)
	<-s.x.slots
	for {
		var retry <-chan time.Time
		if err == nil {
			s.once.Do(func() { close(s.loaded) })
		} else if ctx.Err() == nil {
			s.x.Logger.ErrorContext(ctx, "an index could not take over what changed", "dataset_id", s.dataset, "error", err)
			retry = time.After(retryAfter)
		}
		select {
		case <-ctx.Done():
			return
		case <-retry:
		case <-s.nudges:
		}
		err = s.catchUp(ctx)
	}
}

// stop ends the follower and waits for it.
func (s *set) stop() {
	s.mu.Lock()
	cancel, ended := s.cancel, s.ended
	s.mu.Unlock()
	if cancel != nil {
		cancel()
		<-ended
	}
}

func (s *set) close() error {
	s.stop()
	if v := s.vectors.Swap(nil); v != nil {
		return v.store.close()
	}
	return nil
}

func (s *set) discard() {
	s.stop()
	if v := s.vectors.Swap(nil); v != nil {
		if err := v.store.discard(); err != nil {
			s.x.Logger.Warn("a vector index could not be removed", "dataset_id", s.dataset, "error", err)
		}
	}
}

// file is the prefix of the derived file's names for a binding.
func (s *set) file(binding string) string {
	return filepath.Join(s.x.Dir, s.dataset.String()+"-"+binding[:12])
}
