package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"syft-space/app/space"
)

// Bounds of one commit: how many transactions it may gather, and for how long.
const (
	groupSize = 64
	groupTime = 2 * time.Millisecond
)

// writer owns the one connection that writes. Its goroutine takes the waiting
// transactions, runs them one after the other, each but the first within a
// savepoint, and makes them durable with one commit. It never waits for
// company: a transaction that comes alone is committed alone.
type writer struct {
	conn     *conn
	clock    space.Clock
	queue    chan *task // not buffered: whoever has sent will be answered
	done     chan struct{}
	unsynced bool // the connection does not wait for the disk

	commits atomic.Uint64 // transactions that took effect
}

// task is one transaction that waits for the writer, or is run by it.
type task struct {
	ctx      context.Context
	do       func(*tx) error
	unsynced bool        // a later commit may bring it to the disk
	taken    atomic.Bool // by the writer, or by its caller who went away
	reply    chan error
}

// tx is the inside of a transaction that writes.
type tx struct {
	*conn
	now time.Time
	ids space.IDs
}

func newWriter(ctx context.Context, db *sql.DB, clock space.Clock) (*writer, error) {
	c, err := newConn(context.WithoutCancel(ctx), db)
	if err != nil {
		return nil, err
	}
	return &writer{conn: c, clock: clock, queue: make(chan *task), done: make(chan struct{})}, nil
}

func (w *writer) start(group *sync.WaitGroup) { group.Go(w.loop) }

// close lets the commit under way finish and refuses everything after it.
func (w *writer) close() { close(w.done) }

func (w *writer) release() error { return w.conn.close() }

func (w *writer) loop() {
	for {
		select {
		case <-w.done:
			return
		default:
		}
		select {
		case t := <-w.queue:
			for t != nil {
				t = w.gather(t)
			}
		case <-w.done:
			return
		}
	}
}

// gather runs t and what waits behind it, and commits. It returns a transaction
// that it took from the queue and left for the next commit: one that must be on
// the disk, where those before need not be.
func (w *writer) gather(t *task) (left *task) {
	var g group
	began := w.clock()
	for t != nil {
		if len(g.held) > 0 && w.unsynced && !t.unsynced {
			left = t
			break
		}
		if t.taken.CompareAndSwap(false, true) {
			w.step(&g, t)
		}
		t = nil
		if len(g.held) < groupSize && w.clock().Sub(began) < groupTime {
			select {
			case t = <-w.queue:
			default:
			}
		}
	}
	g.finish(w)
	return left
}

// sync sets whether the next commits wait for the disk (FULL) or leave it to a
// later one that does (NORMAL), whose sync of the log covers theirs.
func (w *writer) sync(t *task) error {
	if w.unsynced == t.unsynced {
		return nil
	}
	level := "PRAGMA synchronous = FULL"
	if t.unsynced {
		level = "PRAGMA synchronous = NORMAL"
	}
	// Not prepared: this pragma acts when it is compiled.
	if _, err := w.conn.raw.ExecContext(context.WithoutCancel(t.ctx), level); err != nil {
		return err
	}
	w.unsynced = t.unsynced
	return nil
}

// group is the transactions that wait for one commit.
type group struct{ held []*task }

// step runs one transaction. Where it fails, nothing of it stays, and what the
// group did before it does.
func (w *writer) step(g *group, t *task) {
	first := len(g.held) == 0
	begin, undo := "BEGIN IMMEDIATE", "ROLLBACK"
	if !first {
		begin, undo = "SAVEPOINT step", "ROLLBACK TO step"
	} else if err := w.sync(t); err != nil {
		t.reply <- err
		return
	}
	if _, err := w.conn.run(t.ctx, begin); err != nil {
		t.reply <- err
		return
	}
	if err := t.do(&tx{conn: w.conn, now: w.clock()}); err != nil {
		t.reply <- err
		if _, failed := w.conn.run(t.ctx, undo); failed != nil && !first {
			// A full disk, or a failing one, made SQLite roll back the whole group.
			g.abandon(w, err)
		}
		return
	}
	g.held = append(g.held, t)
}

// abandon answers a group that SQLite rolled back.
func (g *group) abandon(w *writer, cause error) {
	for _, t := range g.held {
		t.reply <- cause
	}
	if len(g.held) > 0 {
		// There may be no transaction left to end: that is the point.
		_, _ = w.conn.run(g.held[0].ctx, "ROLLBACK")
	}
	g.held = nil
}

// finish commits what the group holds and answers it.
func (g *group) finish(w *writer) {
	if len(g.held) == 0 {
		return
	}
	if _, err := w.conn.run(g.held[0].ctx, "COMMIT"); err != nil {
		g.abandon(w, fmt.Errorf("committing: %w", err))
		return
	}
	w.commits.Add(uint64(len(g.held)))
	for _, t := range g.held {
		t.reply <- nil
	}
}

// write runs do in a transaction and returns when it is on the disk, or when
// nothing of it is. While the transaction waits for its turn, ctx can call it
// off; once it has begun only do itself looks at ctx.
func (db *DB) write(ctx context.Context, do func(*tx) error) error {
	return db.submit(&task{ctx: ctx}, do)
}

// writeUnsynced is write for what only a later transaction makes count: other
// callers see it and a killed process does not lose it, but power that fails
// before the next commit of write takes it back.
func (db *DB) writeUnsynced(ctx context.Context, do func(*tx) error) error {
	return db.submit(&task{ctx: ctx, unsynced: true}, do)
}

func (db *DB) submit(t *task, do func(*tx) error) error {
	ctx := t.ctx
	t.reply = make(chan error, 1)
	t.do = func(tx *tx) error {
		if err := ctx.Err(); err != nil {
			return err
		}
		tx.ids = db.ids
		return do(tx)
	}
	select {
	case db.writer.queue <- t:
	case <-db.writer.done:
		return refine(errClosed)
	case <-ctx.Done():
		return refine(ctx.Err())
	}
	select {
	case err := <-t.reply:
		return refine(err)
	case <-ctx.Done():
		if t.taken.CompareAndSwap(false, true) {
			return refine(ctx.Err())
		}
		return refine(<-t.reply)
	}
}

// errClosed is the answer after Close.
var errClosed = errors.New("the data folder is closed")
