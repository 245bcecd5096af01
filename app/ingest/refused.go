package ingest

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"syft-space/app/space"
)

// An embedder may refuse a passage for good, such as with a vector that is no
// direction. Such passages are set aside for the rest of the run, and noted
// with the job of their file: the others must not wait for them.

// refusedNote is part of the message of a file with passages that were refused.
const refusedNote = "The embedder refused a part of this file; that part is found by its words only."

// harmless is a text that no embedder has reason to refuse.
const harmless = "A lamp stands on the table."

// embedEach embeds texts one by one, after the embedder refused them together.
// The vector of a text that it refuses alone is nil. Where it refuses a harmless
// text too, the fault is its own.
func embedEach(ctx context.Context, e space.Embedder, texts []string) ([][]float32, error) {
	if _, err := e.Embed(ctx, space.EmbedPassage, []string{harmless}); err != nil {
		return nil, err
	}
	vectors := make([][]float32, len(texts))
	for i, t := range texts {
		v, err := embedSplit(ctx, e, t)
		if err != nil && (ctx.Err() != nil || space.KindOf(err) == space.KindUnavailable) {
			return nil, err
		}
		if err == nil {
			vectors[i] = v
		}
	}
	return vectors, nil
}

// noteRefused writes with the jobs whose files have refused passages that they
// do, and takes that from all others of the dataset.
func (s *Service) noteRefused(r *run) error {
	if r.noted && len(r.refused) == 0 {
		return nil
	}
	rows := slices.Sorted(maps.Keys(r.refused))
	if err := s.Store.NotePassages(r.ctx, r.dataset.Tenant, r.dataset.ID, refusedNote, rows); err != nil {
		return err
	}
	r.noted = true
	return nil
}

// refusesTooMuch reports whether more than a tenth of a dataset's passages were
// refused: then its old embedder goes on answering.
func (s *Service) refusesTooMuch(r *run) (bool, error) {
	if len(r.refused) == 0 {
		return false, nil
	}
	stats, err := s.Store.DatasetStats(r.ctx, r.dataset.Tenant, r.dataset.ID)
	return len(r.refused)*10 > stats[r.dataset.ID].Passages, err
}

// refusedTrouble words that passages were refused; "" where none were.
func (r *run) refusedTrouble() string {
	if len(r.refused) == 0 {
		return ""
	}
	return fmt.Sprintf("Passages that the embedder refused: %d (%s). They are found by their words, and tried again at the next start.",
		len(r.refused), r.refusal)
}
