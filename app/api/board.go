package api

import (
	"context"
	"slices"
	"sync"

	"github.com/google/uuid"

	"syft-space/app/ingest"
	"syft-space/app/space"
)

// lookAnyway is after how many looks without a change of storage the state is
// read in any case: not everything that it tells is stored.
const lookAnyway = 10

// board is the live state of one tenant and those who listen to it.
type board struct {
	live   *Live
	tenant space.TenantID
	count  int // of listeners, those that are joining included; live.mu guards it

	looking sync.Mutex // one look at a time; guards what follows
	commits uint64     // of storage, at the last look
	skipped int        // looks since then
	moving  bool       // work was going on at the last look

	mu        sync.Mutex // guards what follows
	known     bool       // the state was read once
	health    LiveHealth
	ingestion []ingestionStatus
	revisions space.Revisions
	listeners map[*listener]struct{}
}

func newBoard(l *Live, tenant space.TenantID) *board {
	return &board{live: l, tenant: tenant, listeners: map[*listener]struct{}{}}
}

// join adds a listener and shows it the state, as one step: it misses nothing.
func (b *board) join(ctx context.Context, n *listener) error {
	b.mu.Lock()
	known := b.known
	b.mu.Unlock()
	if !known {
		if err := b.look(ctx); err != nil {
			return err
		}
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n.queue <- b.snapshot()
	b.listeners[n] = struct{}{}
	return nil
}

// look compares the state with what it was and tells the difference.
func (b *board) look(ctx context.Context) error {
	b.looking.Lock()
	defer b.looking.Unlock()
	health := b.live.health()
	commits := b.live.Commits() // before reading: what is committed meanwhile is seen again
	b.skipped++
	if b.known && !b.moving && commits == b.commits && b.skipped < lookAnyway {
		b.mu.Lock()
		defer b.mu.Unlock()
		b.tellHealth(health)
		return nil
	}
	// Revisions first: whoever is told that something is gone, and joins then,
	// finds it gone.
	revisions, err := b.live.Revisions(ctx, b.tenant)
	if err != nil {
		return err
	}
	ingestion, err := b.read(ctx)
	if err != nil {
		return err
	}
	b.commits, b.skipped = commits, 0
	b.moving = slices.ContainsFunc(ingestion, func(s ingestionStatus) bool {
		return s.InProgress > 0 || s.CurrentFile != nil || s.RatePerSecond > 0
	})
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tellHealth(health)
	b.tellIngestion(ingestion)
	b.tellChanges(revisions)
	b.known = true
	return nil
}

// read returns how far each dataset is.
func (b *board) read(ctx context.Context) ([]ingestionStatus, error) {
	datasets, err := b.live.Datasets(ctx, b.tenant, space.AllRows)
	if err != nil {
		return nil, err
	}
	list := make([]ingestionStatus, 0, len(datasets.Items))
	for _, d := range datasets.Items {
		var status ingest.Status
		switch status, err = b.live.Status(ctx, b.tenant, d.ID); {
		case space.KindOf(err) == space.KindNotFound && err != nil: // deleted meanwhile
		case err != nil:
			return nil, err
		default:
			list = append(list, wireStatus(status))
		}
	}
	return list, nil
}

// The methods below are called with b.mu held.

func (b *board) tellHealth(now LiveHealth) {
	if now != b.health {
		b.health = now
		b.publish(frame("health", now))
	}
}

func (b *board) tellIngestion(now []ingestionStatus) {
	before := map[uuid.UUID]ingestionStatus{}
	for _, s := range b.ingestion {
		before[s.DatasetID] = s
	}
	for _, s := range now {
		if old, ok := before[s.DatasetID]; !ok || frame("", old) != frame("", s) {
			b.publish(frame("ingestion", s))
		}
	}
	b.ingestion = now
}

func (b *board) tellChanges(now space.Revisions) {
	before := b.revisions
	b.revisions = now
	var changed []string
	for _, r := range []struct {
		name        string
		before, now space.Revision
	}{
		{"datasets", before.Datasets, now.Datasets}, {"models", before.Models, now.Models},
		{"endpoints", before.Endpoints, now.Endpoints}, {"policies", before.Policies, now.Policies},
		{"keys", before.Keys, now.Keys}, {"settings", before.Settings, now.Settings},
	} {
		if r.before != r.now {
			changed = append(changed, r.name)
		}
	}
	if len(changed) > 0 {
		b.publish(frame("changed", LiveChanged{changed}))
	}
}

// publish hands a frame to all listeners; to those who lag behind the whole
// state instead, when they come to it.
func (b *board) publish(f string) {
	for n := range b.listeners {
		select {
		case n.queue <- f:
		default:
			n.lost = true
		}
	}
}

func (b *board) snapshot() string {
	return frame("snapshot", LiveSnapshot{Health: b.health, Ingestion: orEmpty(b.ingestion)})
}

// health is how the program is.
func (l *Live) health() LiveHealth {
	return LiveHealth{Status: "ok", Version: l.Version, Readiness: l.Readiness()}
}
