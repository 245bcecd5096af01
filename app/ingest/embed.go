package ingest

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"syft-space/app/space"
)

const (
	embedBatch  = 64
	embedRetry  = 10 * time.Second // after a failed embedding
	centreAfter = 1000             // vectors whose mean becomes an unknown embedder's centre
)

// embedAll makes the missing vectors of all datasets in turn, until ctx ends.
// The queue is in storage: passages without a vector.
func (s *Service) embedAll(ctx context.Context) error {
	poll := time.NewTicker(pollEvery)
	defer poll.Stop()
	for ctx.Err() == nil {
		busy := false
		for _, id := range s.active() {
			if r, release, ok := s.take(id); ok {
				busy = s.embedSome(r) || busy
				release()
			}
		}
		if busy {
			continue
		}
		select {
		case <-ctx.Done():
		case <-s.vectors:
		case <-poll.C:
		}
	}
	return nil
}

// embedSome makes one batch of vectors, and reports whether there may be more.
func (s *Service) embedSome(r *run) bool {
	if s.Embedder == nil || s.Clock().Before(r.backOff) {
		return false
	}
	more, err := s.embedBatch(r)
	switch {
	case err == nil:
		r.setTrouble(embedding, "")
		return more
	case r.ctx.Err() != nil:
	default:
		s.Logger.WarnContext(r.ctx, "passages could not be embedded", "dataset", r.dataset.Name, "error", err)
		r.setTrouble(embedding, s.embedTrouble(r, err))
		r.backOff = s.Clock().Add(embedRetry)
	}
	return false
}

func (s *Service) embedBatch(r *run) (bool, error) {
	binding, err := s.binding(r)
	if err != nil {
		return false, err
	}
	name := binding.Info.Binding()
	passages, err := s.Store.PendingPassages(r.ctx, r.dataset.Tenant, r.dataset.ID, name, embedBatch)
	if err != nil {
		return false, err
	}
	if len(passages) == 0 {
		return false, s.finishBinding(r, binding)
	}
	vectors, err := s.vectorsOf(r, binding.Info, passages)
	if err != nil {
		return false, err
	}
	writes := make([]space.VectorWrite, len(passages))
	for i, p := range passages {
		writes[i] = space.VectorWrite{Row: p.Row, Key: vectors[i].key, Vector: vectors[i].vector}
	}
	if err := s.encode(writes, binding.Centre); err != nil {
		return false, err
	}
	if err := s.Store.PutVectors(r.ctx, r.dataset.Tenant, r.dataset.ID, name, writes); err != nil {
		return false, err
	}
	r.mu.Lock()
	r.embedded.add(s.Clock(), len(writes))
	r.mu.Unlock()
	s.Deps.Changed(r.dataset.Tenant, r.dataset.ID)
	return true, nil
}

type keyed struct {
	key    string
	vector []float32
}

// vectorsOf embeds passages, taking from the cache what was embedded before.
func (s *Service) vectorsOf(r *run, info space.EmbedderInfo, passages []space.PassageRef) ([]keyed, error) {
	out := make([]keyed, len(passages))
	texts := make([]string, len(passages))
	keys := make([]string, len(passages))
	for i, p := range passages {
		texts[i] = embedText(p)
		sum := sha256.Sum256([]byte(info.PassagePrefix + texts[i]))
		keys[i] = hex.EncodeToString(sum[:])
		out[i].key = keys[i]
	}
	cached, err := s.Store.CachedVectors(r.ctx, r.dataset.Tenant, info.Binding(), keys)
	if err != nil {
		return nil, err
	}
	var missing []int
	var ask []string
	for i := range out {
		if v, ok := cached[keys[i]]; ok {
			out[i].vector = v
			continue
		}
		missing, ask = append(missing, i), append(ask, texts[i])
	}
	if len(ask) == 0 {
		return out, nil
	}
	made, err := embedFitting(r.ctx, r.embedder, ask)
	if err != nil {
		return nil, err
	}
	for i, v := range made {
		out[missing[i]].vector = v
	}
	return out, nil
}

// embedText is what is embedded of a passage: its heading path, then its text.
func embedText(p space.PassageRef) string {
	path := p.Headings
	if p.Title != "" && (len(path) == 0 || path[0] != p.Title) {
		path = append([]string{p.Title}, path...)
	}
	if len(path) == 0 {
		return p.Text
	}
	return strings.Join(path, " > ") + "\n" + p.Text
}

// binding returns the binding that vectors are made for, and makes it when the
// dataset gets a new embedder.
func (s *Service) binding(r *run) (space.Binding, error) {
	if r.embedder == nil {
		e, err := s.Embedder(r.plan.Embedder)
		if err != nil {
			return space.Binding{}, err
		}
		r.embedder = e
	}
	info, err := r.embedder.Info(r.ctx)
	if err != nil {
		return space.Binding{}, err
	}
	list, err := s.Store.Bindings(r.ctx, r.dataset.Tenant, r.dataset.ID)
	if err != nil {
		return space.Binding{}, err
	}
	for _, b := range list {
		if b.Info.Binding() == info.Binding() {
			return b, s.chosenBy(r, &b)
		}
	}
	fresh := space.Binding{
		DatasetID: r.dataset.ID, Info: info, Active: len(list) == 0, Centre: info.Centre, Configuration: r.dataset.Configuration,
	}
	return fresh, s.Store.SetBinding(r.ctx, r.dataset.Tenant, fresh)
}

// finishBinding does what is due once every passage has its vector: the codes
// of an embedder whose centre was not known, and the switch from an old
// embedder to the new one.
func (s *Service) finishBinding(r *run, b space.Binding) error {
	if err := s.codeLate(r, &b); err != nil {
		return err
	}
	list, err := s.Store.Bindings(r.ctx, r.dataset.Tenant, r.dataset.ID)
	if err != nil {
		return err
	}
	name := b.Info.Binding()
	if !b.Active {
		if err := s.Store.ActivateBinding(r.ctx, r.dataset.Tenant, r.dataset.ID, name); err != nil {
			return err
		}
		s.Deps.Changed(r.dataset.Tenant, r.dataset.ID)
	}
	for _, old := range list {
		if other := old.Info.Binding(); other != name {
			if err := s.Store.DropBinding(r.ctx, r.dataset.Tenant, r.dataset.ID, other); err != nil {
				return err
			}
		}
	}
	return nil
}

// sentence is what a person may read of an error.
func sentence(err error) string {
	var e *space.Error
	if errors.As(err, &e) && e.Kind != space.KindInternal {
		return e.Detail
	}
	return "see the log"
}

// embedFitting embeds texts; one that the embedder finds too long is split in
// two, and the mean of the halves stands for it.
func embedFitting(ctx context.Context, e space.Embedder, texts []string) ([][]float32, error) {
	vectors, err := e.Embed(ctx, space.EmbedPassage, texts)
	if space.KindOf(err) != space.KindTooLong || err == nil {
		return vectors, err
	}
	vectors = make([][]float32, len(texts))
	for i, t := range texts {
		if vectors[i], err = embedSplit(ctx, e, t); err != nil {
			return nil, err
		}
	}
	return vectors, nil
}
