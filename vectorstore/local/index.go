// Package local searches the documents that were ingested on this computer: by
// words, by vectors, or by both fused. Its indexes live in memory, are filled
// from storage in the background and can be thrown away at any time.
package local

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"syft-space/app/space"
)

// Source is where indexes are filled from; storage implements it.
type Source interface {
	space.Source
	// MaxSeq returns the number of the dataset's last change; a derived file
	// that is ahead of it belongs to another past.
	MaxSeq(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int64, error)
}

// Deps are what an Index works with.
type Deps struct {
	Source   Source
	Lookup   Passages
	Datasets func(context.Context) ([]space.Dataset, error) // that are loaded at the start
	// Embedder opens the embedder that made a dataset's vectors. chosen is the
	// configuration with which it was chosen, nil where that is not known; the
	// dataset may be on its way to another one.
	Embedder func(d space.Dataset, chosen space.Config) (space.Embedder, error)
	Dir      string // of derived files; made where it is missing
	Logger   *slog.Logger
}

// loadWait is how long a question waits for its dataset to be loaded.
const loadWait = 2 * time.Second

// loaders is how many datasets are loaded at once.
const loaders = 2

// Index holds the indexes of all datasets.
type Index struct {
	Deps
	mu    sync.Mutex
	sets  map[uuid.UUID]*set
	known bool            // Run has begun to load every dataset that there is
	group *errgroup.Group // nil before Run and after its end
	ctx   context.Context
	slots chan struct{} // held while a dataset is loaded
}

// New makes an empty Index; Run fills it.
func New(d Deps) *Index {
	return &Index{Deps: d, sets: map[uuid.UUID]*set{}, slots: make(chan struct{}, loaders)}
}

// Run loads all datasets and then follows what changes, until ctx ends.
func (x *Index) Run(ctx context.Context) error {
	datasets, err := x.Datasets(ctx)
	if err != nil {
		return err
	}
	x.tidy(datasets)
	group, ctx := errgroup.WithContext(ctx)
	x.mu.Lock()
	x.group, x.ctx = group, ctx
	for _, s := range x.sets { // asked for before Run
		x.start(s)
	}
	x.mu.Unlock()
	for _, d := range datasets {
		x.set(d.Tenant, d.ID)
	}
	x.mu.Lock()
	x.known = true
	x.mu.Unlock()
	group.Go(func() error { <-ctx.Done(); return nil })
	err = group.Wait()
	x.mu.Lock()
	x.group = nil
	x.mu.Unlock()
	return err
}

// tidy removes derived files of datasets that are no more.
func (x *Index) tidy(datasets []space.Dataset) {
	x.clean(func(name string) bool {
		return !slices.ContainsFunc(datasets, func(d space.Dataset) bool { return strings.HasPrefix(name, d.ID.String()) })
	})
}

// clean removes the derived files whose names are stale.
func (x *Index) clean(stale func(name string) bool) {
	entries, err := os.ReadDir(x.Dir)
	if err != nil {
		return // it is made when it is needed
	}
	for _, e := range entries {
		if !stale(e.Name()) {
			continue
		}
		if err := os.Remove(filepath.Join(x.Dir, e.Name())); err != nil {
			x.Logger.Warn("a vector file that nothing needs could not be removed", "error", err)
		}
	}
}

// Changed says that storage has something new for the dataset.
func (x *Index) Changed(tenant space.TenantID, dataset uuid.UUID) { x.set(tenant, dataset).nudge() }

// Forget drops a dataset that is being removed.
func (x *Index) Forget(dataset uuid.UUID) {
	x.mu.Lock()
	s := x.sets[dataset]
	delete(x.sets, dataset)
	x.mu.Unlock()
	if s != nil {
		s.discard()
	}
}

// drop forgets a set whose dataset is gone from storage; its follower calls it.
func (x *Index) drop(s *set) {
	x.mu.Lock()
	if x.sets[s.dataset] == s {
		delete(x.sets, s.dataset)
	}
	x.mu.Unlock()
	s.replace(nil)
	s.once.Do(func() { close(s.loaded) })
}

// Loading counts the datasets that cannot be searched yet; as long as it is not
// known which there are, there is one at least.
func (x *Index) Loading() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := 0
	for _, s := range x.sets {
		if !s.isLoaded() {
			n++
		}
	}
	if !x.known {
		return max(n, 1)
	}
	return n
}

// LoadingOf reports whether a dataset that was there at the start is not loaded yet.
func (x *Index) LoadingOf(dataset uuid.UUID) bool {
	x.mu.Lock()
	defer x.mu.Unlock()
	if s := x.sets[dataset]; s != nil {
		return !s.isLoaded()
	}
	return !x.known
}

// Close writes derived files and closes them.
func (x *Index) Close() error {
	x.mu.Lock()
	defer x.mu.Unlock()
	for id, s := range x.sets {
		if err := s.close(); err != nil {
			x.Logger.Warn("a vector index could not be written; it is made anew at the next start", "dataset_id", id, "error", err)
		}
	}
	clear(x.sets)
	return nil
}

// set returns the dataset's indexes, and begins to load them where they are new.
func (x *Index) set(tenant space.TenantID, dataset uuid.UUID) *set {
	x.mu.Lock()
	defer x.mu.Unlock()
	s := x.sets[dataset]
	if s == nil {
		s = newSet(x, tenant, dataset)
		x.sets[dataset] = s
		x.start(s)
	}
	return s
}

// start runs the follower of a set; x.mu is held.
func (x *Index) start(s *set) {
	if x.group == nil || x.ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithCancel(x.ctx)
	s.begin(cancel)
	x.group.Go(func() error { s.follow(ctx); return nil })
}
