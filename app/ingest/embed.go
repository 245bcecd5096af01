package ingest

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"time"

	"syft-space/app/ingest/chunk"
	"syft-space/app/space"
)

const (
	embedBatch  = 64
	embedRetry  = 10 * time.Second // after a failed embedding
	embedLook   = 10 * time.Second // for another model at the embedder's server
	centreAfter = 1000             // vectors whose mean becomes an unknown embedder's centre
)

// embedAll makes the vectors that a dataset lacks, until its run ends. The
// queue is in storage: passages without a vector. Each dataset has a loop of
// its own, so that a server that hangs keeps no other waiting; the built-in
// embedder has a queue.
func (s *Service) embedAll(r *run) {
	if s.Embedder == nil {
		return
	}
	for r.ctx.Err() == nil {
		more, err := s.embedBatch(r)
		switch {
		case r.ctx.Err() != nil:
			return
		case err != nil:
			s.Logger.WarnContext(r.ctx, "passages could not be embedded", "dataset", r.dataset.Name, "error", err)
			r.setTrouble(embedding, s.embedTrouble(r, err))
			select {
			case <-r.ctx.Done():
			case <-time.After(embedRetry):
			}
			continue
		}
		r.setTrouble(embedding, r.refusedTrouble())
		if more {
			continue
		}
		select {
		case <-r.ctx.Done():
		case <-r.vectors:
			r.complete = ""
		case <-time.After(embedLook):
		}
	}
}

// embedBatch makes one batch of vectors, and reports whether there may be more.
func (s *Service) embedBatch(r *run) (bool, error) {
	binding, err := s.binding(r)
	if err != nil {
		return false, err
	}
	name := binding.Info.Binding()
	if r.complete == name {
		return false, nil
	}
	if s.heed(r, binding) {
		<-r.ctx.Done()
		return false, r.ctx.Err()
	}
	if r.bound != name { // another model may take what this one refused
		r.bound, r.refused = name, map[int64]bool{}
	}
	passages, err := s.pending(r, name)
	if err != nil {
		return false, err
	}
	if len(passages) == 0 {
		if err := s.finishBinding(r, binding); err != nil {
			return false, err
		}
		r.complete = name
		return false, nil
	}
	vectors, err := s.vectorsOf(r, binding.Info, passages)
	if err != nil {
		return false, err
	}
	writes := make([]space.VectorWrite, 0, len(passages))
	for i, p := range passages {
		if vectors[i].vector == nil {
			r.refused[p.Row] = true
			continue
		}
		writes = append(writes, space.VectorWrite{Row: p.Row, Key: vectors[i].key, Vector: vectors[i].vector})
	}
	if len(writes) == 0 {
		return true, nil
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
	if binding.Centre == nil {
		err = s.codeLate(r, &binding)
	}
	return true, err
}

// pending returns the next passages that lack a vector, without those that the
// embedder refused in this run.
func (s *Service) pending(r *run, binding string) ([]space.PassageRef, error) {
	list, err := s.Store.PendingPassages(r.ctx, r.dataset.Tenant, r.dataset.ID, binding, embedBatch+len(r.refused))
	list = slices.DeleteFunc(list, func(p space.PassageRef) bool { return r.refused[p.Row] })
	return list[:min(len(list), embedBatch)], err
}

type keyed struct {
	key    string
	vector []float32
}

// vectorsOf embeds passages, taking from the cache what was embedded before. The
// vector of a passage that the embedder refuses is nil.
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
	if refusal := err; refusal != nil && r.ctx.Err() == nil && space.KindOf(refusal) != space.KindUnavailable {
		s.Logger.WarnContext(r.ctx, "passages were refused by the embedder; they are sent one by one", "dataset", r.dataset.Name, "error", refusal)
		r.refusal = sentence(refusal)
		made, err = embedEach(r.ctx, r.embedder, ask)
	}
	if err != nil {
		return nil, err
	}
	for i, v := range made {
		out[missing[i]].vector = v
	}
	return out, nil
}

// embedText is what is embedded of a passage: its title and heading path, then
// its text.
func embedText(p space.PassageRef) string {
	if context := chunk.Context(p.Title, p.Headings); context != "" {
		return context + "\n" + p.Text
	}
	return p.Text
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

// finishBinding does what is due once every passage has its vector, or was
// refused: the codes of an embedder whose centre was not known, the note on the
// files of refused passages, and the switch from an old embedder to the new one.
func (s *Service) finishBinding(r *run, b space.Binding) error {
	if err := s.codeLate(r, &b); err != nil {
		return err
	}
	if err := s.noteRefused(r); err != nil {
		return err
	}
	if wait, err := s.refusesTooMuch(r); err != nil || wait && !b.Active {
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
