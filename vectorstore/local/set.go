package local

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/vectorstore/bm25"
	"syft-space/vectorstore/codes"
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
	seen    atomic.Int64 // sequence number up to which searches see everything
	nudges  chan struct{}
	loaded  chan struct{} // closed when everything that was stored at first is in
	once    sync.Once
	checks  sync.WaitGroup // of derived files, in the background

	mu     sync.Mutex
	cancel context.CancelFunc
	ended  chan struct{} // nil before begin
}

// vectors is the vector index of one binding. What follows store belongs to
// the follower.
type vectors struct {
	info    space.EmbedderInfo
	name    string // of the binding
	store   store
	damaged atomic.Bool
	chosen  atomic.Pointer[space.Config] // the configuration that reaches the embedder
	centre  []float32                    // of the one-bit codes; nil until known
	at      int64                        // sequence number up to which vectors are taken
}

// over is the same binding's vectors in another store.
func (v *vectors) over(s store) *vectors {
	next := &vectors{info: v.info, name: v.name, store: s}
	next.chosen.Store(v.chosen.Load())
	return next
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

// follow takes over what storage has, again at every nudge, until ctx ends or
// the dataset is gone.
func (s *set) follow(ctx context.Context) {
	defer close(s.ended)
	defer s.checks.Wait()
	select {
	case s.x.slots <- struct{}{}:
	case <-ctx.Done():
		return
	}
	err := s.catchUp(ctx)
	<-s.x.slots
	for {
		var retry <-chan time.Time
		switch {
		case err == nil:
			s.once.Do(func() { close(s.loaded) })
		case ctx.Err() != nil:
			return
		case space.KindOf(err) == space.KindNotFound:
			s.x.drop(s)
			return
		default:
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

// verify looks for damage in a derived file that was there at the start, while
// it is already in use, and has the index made anew where it finds any.
func (s *set) verify(ctx context.Context, v *vectors) {
	s.checks.Go(func() {
		err := v.store.verify(ctx)
		if err == nil || ctx.Err() != nil || errors.Is(err, codes.ErrClosed) {
			return
		}
		s.x.Logger.WarnContext(ctx, "a derived vector file is damaged; it is made anew", "dataset_id", s.dataset, "error", err)
		v.damaged.Store(true)
		s.nudge()
	})
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

// discard ends the follower and removes derived files.
func (s *set) discard() {
	s.stop()
	s.replace(nil)
}

// replace shows other vectors to searches, or none, and drops the old ones. A
// search that still reads them finds them closed and begins again.
func (s *set) replace(next *vectors) {
	old := s.vectors.Swap(next)
	if old == nil {
		return
	}
	if err := old.store.discard(); err != nil {
		s.x.Logger.Warn("an old vector index could not be removed", "dataset_id", s.dataset, "error", err)
	}
}

// file is the prefix of the derived file's names for a binding.
func (s *set) file(binding string) string {
	return filepath.Join(s.x.Dir, s.dataset.String()+"-"+binding[:12])
}
