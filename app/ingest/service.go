// Package ingest turns the files that a person picked into passages that can
// be searched and cited: scans find work, workers read, cut and store it so
// that words are searchable, and the embedder makes the vectors behind. Every
// step can be repeated: killed at any instant, the program goes on where it
// was.
package ingest

import (
	"context"
	"log/slog"
	"path/filepath"
	"sync"
	"time"

	"github.com/google/uuid"
	"golang.org/x/sync/errgroup"

	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// Deps are what ingestion works with.
type Deps struct {
	Store Store
	// Plan reads a dataset's configuration; false where its type has no
	// documents of its own.
	Plan func(space.Dataset) (space.IngestPlan, bool, error)
	// Embedder opens the embedder of a plan; nil where vectors are not made.
	Embedder func(space.EmbedderChoice) (space.Embedder, error)
	// CountTokens measures text for chunking.
	CountTokens func(string) int
	// Analyse returns the encoded terms of a passage.
	Analyse  func(title string, headings []string, text string) []byte
	Analysis int // version of Analyse
	// Coder returns the function that makes the one-bit codes of vectors around
	// a centre.
	Coder func(centre []float32) (func(vector []float32) []byte, error)
	// Changed tells the dataset's indexes that there is something to pull.
	Changed func(tenant space.TenantID, dataset uuid.UUID)
	Parser  *parse.Parser
	Clock   space.Clock
	IDs     space.IDs
	Logger  *slog.Logger
	Uploads string        // folder of uploaded files; made where it is missing
	Workers int           // files read at once, ≥ 1
	Rescan  time.Duration // between full comparisons of folder and index
}

// Service runs ingestion for all datasets.
type Service struct {
	Deps
	jobs    chan struct{} // a job may be waiting
	watcher *watcher

	incoming string     // folder of files that are being sent
	keeping  sync.Mutex // uploads are put in their place one request at a time

	// turning is held while a run begins or ends, so that the run of a dataset
	// is always by what was stored last.
	turning sync.Mutex

	mu    sync.Mutex
	group *errgroup.Group // nil before Run
	ctx   context.Context // of group
	runs  map[uuid.UUID]*run
}

// New makes a Service; Run starts its work.
func New(d Deps) *Service {
	s := &Service{
		Deps: d, runs: map[uuid.UUID]*run{}, incoming: filepath.Join(d.Uploads, incomingPrefix+d.IDs().String()),
		jobs: make(chan struct{}, 1),
	}
	var err error
	if s.watcher, err = newWatcher(); err != nil {
		d.Logger.Warn("folders cannot be watched; changes are found by rescans only", "error", err)
	}
	return s
}

// Run works until ctx ends. What was in hand goes back to the queue.
func (s *Service) Run(ctx context.Context) error {
	defer s.watcher.start(s.nudge)()
	if _, err := s.Store.ReturnJobs(ctx); err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	// A dataset that is made from now on begins by itself. The list is read
	// after that, so that none falls in between.
	s.mu.Lock()
	s.group, s.ctx = group, ctx
	s.mu.Unlock()
	datasets, err := s.Store.AllDatasets(ctx)
	if err != nil {
		group.Go(func() error { return err })
		return group.Wait()
	}
	s.tidyUploads(datasets)
	for _, d := range datasets {
		s.Added(d)
	}
	for range s.Workers {
		group.Go(func() error { return s.work(ctx) })
	}
	group.Go(func() error {
		if err := s.analyseAgain(ctx); err != nil && ctx.Err() == nil {
			s.Logger.ErrorContext(ctx, "passages could not be analysed anew", "error", err)
		}
		return nil
	})
	return group.Wait()
}

// Added begins the work on a dataset as it is stored now, which may be younger
// than d. It is a no-op where the dataset is stopped, gone, has no documents of
// its own, or is worked on already.
func (s *Service) Added(d space.Dataset) {
	s.turning.Lock()
	defer s.turning.Unlock()
	s.mu.Lock()
	group, ctx, begun := s.group, s.ctx, s.runs[d.ID] != nil
	s.mu.Unlock()
	if group == nil || ctx.Err() != nil || begun {
		return
	}
	d, err := s.Store.DatasetByID(ctx, d.Tenant, d.ID)
	if err != nil {
		if space.KindOf(err) != space.KindNotFound && ctx.Err() == nil {
			s.Logger.Error("a dataset cannot be read", "error", err)
		}
		return
	}
	plan, has, err := s.Plan(d)
	if err != nil {
		s.Logger.Error("a dataset's configuration cannot be read", "dataset", d.Name, "error", err)
		return
	}
	if !has || d.Stopped {
		return
	}
	if plan.Chunking.Limit, err = s.storedLimit(ctx, d, plan); err != nil {
		s.Logger.Error("a dataset's embedders cannot be read", "dataset", d.Name, "error", err)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return
	}
	r := newRun(ctx, d, plan)
	s.runs[d.ID] = r
	group.Go(func() error { s.follow(r); return nil })
	r.inHand.Add(1)
	group.Go(func() error { defer r.inHand.Done(); s.embedAll(r); return nil })
}

// Changed takes over a dataset's new configuration: documents that are no
// longer picked go, new ones come, another embedder starts the switch to it.
func (s *Service) Changed(d space.Dataset) {
	s.halt(d.ID)
	s.Added(d)
}

// Removing ends the work on a dataset and returns when it stands still.
func (s *Service) Removing(_ context.Context, d space.Dataset) error {
	s.halt(d.ID)
	s.setAside(d.ID)
	return nil
}

// Kept goes on with a dataset that was not removed after all.
func (s *Service) Kept(d space.Dataset) {
	s.bringBack(d.ID)
	s.Added(d)
}

// halt ends a dataset's run and waits until nothing of it is in hand.
func (s *Service) halt(id uuid.UUID) {
	s.turning.Lock()
	defer s.turning.Unlock()
	s.mu.Lock()
	r := s.runs[id]
	delete(s.runs, id)
	s.mu.Unlock()
	if r == nil {
		return
	}
	r.cancel()
	<-r.done
	r.inHand.Wait()
	s.watcher.forget(id)
}

// take returns the dataset's run and holds it until the returned function is
// called; false where the dataset is not worked on.
func (s *Service) take(id uuid.UUID) (*run, func(), bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[id]
	if r == nil {
		return nil, nil, false
	}
	r.inHand.Add(1)
	return r, r.inHand.Done, true
}

// active returns the ids of the datasets that are worked on.
func (s *Service) active() []uuid.UUID {
	s.mu.Lock()
	defer s.mu.Unlock()
	ids := make([]uuid.UUID, 0, len(s.runs))
	for id := range s.runs {
		ids = append(ids, id)
	}
	return ids
}

// nudge asks for a scan of the dataset because something moved in its folders.
func (s *Service) nudge(id uuid.UUID) {
	if r, release, ok := s.take(id); ok {
		signal(r.nudges)
		release()
	}
}

// signal wakes a waiter without waiting for one.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
