package api

import (
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"time"

	"github.com/google/uuid"

	"syft-space/app/ingest"
	"syft-space/app/space"
)

// lookEvery is how often live state is compared while somebody listens.
const lookEvery = 500 * time.Millisecond

// LiveSources are what Live watches.
type LiveSources struct {
	// Commits counts changes of storage: while it stays, so do the others.
	Commits   func() uint64
	Revisions func(context.Context, space.TenantID) (space.Revisions, error)
	Datasets  func(context.Context, space.TenantID, space.Page) (space.List[space.Dataset], error)
	Status    func(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (ingest.Status, error)
	Readiness func() Readiness
	Version   string
	Logger    *slog.Logger
}

// Live tells listeners what changes. Each tenant that has any is looked at
// once, however many they are, and what is said is encoded once; without
// listeners nothing is done. Nobody waits for a listener: one who does not keep
// up is shown the whole state anew.
type Live struct {
	LiveSources
	woken chan struct{} // somebody may have begun to listen
	ended chan struct{} // closed when Run ends: every stream ends then

	mu     sync.RWMutex
	boards map[space.TenantID]*board // of tenants with listeners
}

// NewLive makes a Live; Run starts its work.
func NewLive(s LiveSources) *Live {
	return &Live{LiveSources: s, woken: make(chan struct{}, 1), ended: make(chan struct{}), boards: map[space.TenantID]*board{}}
}

// Run looks at what changes until ctx ends, and then ends all streams.
func (l *Live) Run(ctx context.Context) error {
	defer close(l.ended)
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for {
		if len(l.all()) == 0 {
			select {
			case <-ctx.Done():
				return nil
			case <-l.woken:
				continue
			}
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		for _, b := range l.all() {
			if err := b.look(ctx); err != nil && ctx.Err() == nil {
				l.Logger.WarnContext(ctx, "live state could not be read; it is tried again", "error", err)
			}
		}
	}
}

func (l *Live) all() []*board {
	l.mu.RLock()
	defer l.mu.RUnlock()
	list := make([]*board, 0, len(l.boards))
	for _, b := range l.boards {
		list = append(list, b)
	}
	return list
}

// listen begins to listen to what changes for a tenant. The listener must
// leave in the end.
func (l *Live) listen(ctx context.Context, tenant space.TenantID) (*listener, error) {
	l.mu.Lock()
	b := l.boards[tenant]
	if b == nil {
		b = newBoard(l, tenant)
		l.boards[tenant] = b
	}
	b.count++
	l.mu.Unlock()
	select {
	case l.woken <- struct{}{}:
	default:
	}
	listener := &listener{board: b, queue: make(chan string, listenerQueue)}
	if err := b.join(ctx, listener); err != nil {
		listener.leave()
		return nil, err
	}
	return listener, nil
}

// Query tells of a query, without its text. It never blocks.
func (l *Live) Query(e space.QueryEvent) {
	l.mu.RLock()
	b := l.boards[e.Tenant]
	l.mu.RUnlock()
	if b == nil {
		return
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.publish(frame("query", LiveQuery{
		ID: e.ID, CreatedAt: e.CreatedAt, EndpointSlug: e.EndpointSlug, UserEmail: e.UserEmail, Outcome: e.Outcome, Status: e.Status,
		Documents: e.Documents, TotalTokens: e.Usage.TotalTokens,
		Search: milliseconds(e.Search), FirstToken: milliseconds(e.FirstToken), Total: milliseconds(e.Total),
	}))
}

// listenerQueue is how many frames a listener may lag behind.
const listenerQueue = 64

// listener is one open stream.
type listener struct {
	board *board
	queue chan string
	lost  bool // a frame did not fit; board.mu guards it
}

// leave ends listening.
func (n *listener) leave() {
	b := n.board
	b.mu.Lock()
	delete(b.listeners, n)
	b.mu.Unlock()
	l := b.live
	l.mu.Lock()
	defer l.mu.Unlock()
	if b.count--; b.count == 0 {
		delete(l.boards, b.tenant)
	}
}

// next returns what else waits behind a first frame, in one piece; where
// frames were lost, it is the whole state instead.
func (n *listener) next(first string) string {
	n.board.mu.Lock()
	defer n.board.mu.Unlock()
	if n.lost {
		n.lost = false
		for len(n.queue) > 0 {
			<-n.queue
		}
		return n.board.snapshot()
	}
	for len(n.queue) > 0 {
		first += <-n.queue
	}
	return first
}

// frame is one server-sent event.
func frame(event string, data any) string {
	b, err := json.Marshal(data)
	if err != nil { // of our own structs
		panic(err)
	}
	return "event: " + event + "\ndata: " + string(b) + "\n\n"
}
