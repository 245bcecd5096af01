package ingest

import (
	"bytes"
	"context"

	"syft-space/app/space"
)

// A dataset changes its embedder without an outage: vectors of the new one are
// made beside those of the old one, which answer until the new are complete.
// Each binding keeps the configuration that chose it, so that the old embedder
// can still be reached, and so that it is known what the new one is.

// chosenBy notes with which configuration an embedder is reached now, such as
// after a change of its key.
func (s *Service) chosenBy(r *run, b *space.Binding) error {
	if bytes.Equal(b.Configuration, r.dataset.Configuration) {
		return nil
	}
	b.Configuration = r.dataset.Configuration
	if err := s.Store.SetBinding(r.ctx, r.dataset.Tenant, *b); err != nil {
		return err
	}
	s.Deps.Changed(r.dataset.Tenant, r.dataset.ID)
	return nil
}

// turn says from which embedder to which one a dataset is on its way, and how
// far it is.
func (s *Service) turn(ctx context.Context, d space.Dataset, st *Status) error {
	list, err := s.Store.Bindings(ctx, d.Tenant, d.ID)
	if err != nil {
		return err
	}
	var active, next *space.Binding
	for i := range list {
		switch {
		case list[i].Active:
			active = &list[i]
		case bytes.Equal(list[i].Configuration, d.Configuration):
			next = &list[i]
		}
	}
	if active == nil {
		return nil
	}
	st.Embedder = active.Info.ID
	if next != nil {
		pending, err := s.Store.CountPending(ctx, d.Tenant, d.ID, next.Info.Binding())
		st.Next, st.Embedded = next.Info.ID, st.Chunks-pending
		return err
	}
	if wanted, ok := s.wants(d, active); ok { // it was never reached so far
		st.Next, st.Embedded = wanted, 0
	}
	return nil
}

// wants names the embedder that a dataset chose, where that is not the one of
// the binding.
func (s *Service) wants(d space.Dataset, has *space.Binding) (string, bool) {
	if len(has.Configuration) == 0 || bytes.Equal(has.Configuration, d.Configuration) {
		return "", false
	}
	now, _, err := s.Plan(d)
	if err != nil {
		return "", false
	}
	d.Configuration = has.Configuration
	before, _, err := s.Plan(d)
	if err != nil || before.Embedder.Same(now.Embedder) {
		return "", false
	}
	return now.Embedder.Type + "/" + now.Embedder.Model, true
}

// embedTrouble words why no vectors are made, and what becomes of questions.
func (s *Service) embedTrouble(r *run, cause error) string {
	var st Status
	if err := s.turn(r.ctx, r.dataset, &st); err == nil && st.Next != "" {
		return "The new embedder cannot be used at the moment (" + sentence(cause) + "); " +
			st.Embedder + " goes on answering, and it is tried again."
	}
	return "The embedder cannot be used at the moment (" + sentence(cause) + "); words are searched, and it is tried again."
}
