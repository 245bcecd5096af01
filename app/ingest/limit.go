package ingest

import (
	"bytes"
	"context"

	"syft-space/app/space"
)

// contextRoom is what the heading path before a passage takes at most, in
// tokens: it is bounded to 300 bytes.
const contextRoom = 150

// limit is what a passage and its heading path may have together, in the tokens
// of the built-in embedder, so that an embedder takes them whole; 0 where they
// fit anyway, so that the passages of most datasets do not depend on it.
func (s *Service) limit(c space.Chunking, e space.EmbedderInfo) int {
	if e.MaxTokens <= 0 {
		return 0
	}
	room := e.MaxTokens - s.CountTokens(e.PassagePrefix) - 2 // special tokens stand at both ends
	if e.Server != "" {
		room = room * 4 / 5 // its own tokens are estimated, see space.Embedder
	}
	if c.Max+contextRoom <= room {
		return 0
	}
	return max(room, 1)
}

// storedLimit is the limit by what is known of the dataset's embedder, which may
// be away; 0 where it was never reached.
func (s *Service) storedLimit(ctx context.Context, d space.Dataset, plan space.IngestPlan) (limit int, err error) {
	list, err := s.Store.Bindings(ctx, d.Tenant, d.ID)
	for _, b := range list {
		if bytes.Equal(b.Configuration, d.Configuration) {
			return s.limit(plan.Chunking, b.Info), nil
		}
		if b.Info.ID == plan.Embedder.Type+"/"+plan.Embedder.Model { // reached with other settings
			limit = s.limit(plan.Chunking, b.Info)
		}
	}
	return limit, err
}

// heed begins a dataset's run anew where its embedder, which was not known so
// far, takes less than its passages may have; it reports whether it did.
func (s *Service) heed(r *run, b space.Binding) bool {
	if s.limit(r.plan.Chunking, b.Info) == r.plan.Chunking.Limit {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.group == nil || s.runs[r.dataset.ID] != r {
		return false
	}
	s.group.Go(func() error { s.Changed(r.dataset); return nil })
	return true
}
