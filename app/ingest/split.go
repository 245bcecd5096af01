package ingest

import (
	"context"
	"errors"
	"math"
	"unicode/utf8"

	"syft-space/app/space"
)

// shortest is the text that no embedder may call too long, in bytes.
const shortest = 16

// embedSplit embeds a text that may be too long, by halves where it is.
func embedSplit(ctx context.Context, e space.Embedder, text string) ([]float32, error) {
	one, err := e.Embed(ctx, space.EmbedPassage, []string{text})
	if err == nil {
		return one[0], nil
	}
	if space.KindOf(err) != space.KindTooLong || len(text) < shortest {
		return nil, err
	}
	half := len(text) / 2
	for half < len(text) && !utf8.RuneStart(text[half]) {
		half++
	}
	left, err := embedSplit(ctx, e, text[:half])
	if err != nil {
		return nil, err
	}
	right, err := embedSplit(ctx, e, text[half:])
	if err != nil {
		return nil, err
	}
	return mean(left, right), nil
}

// mean returns the unit vector between vectors of one length.
func mean(vectors ...[]float32) []float32 {
	out := make([]float32, len(vectors[0]))
	for _, v := range vectors {
		for i, x := range v {
			out[i] += x
		}
	}
	var sum float64
	for _, x := range out {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return vectors[0] // opposite halves: either is as good
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range out {
		out[i] *= scale
	}
	return out
}

func asSpaceError(err error, target **space.Error) bool { return errors.As(err, target) }

// codeLate freezes the centre of an embedder that does not ship one, as soon
// as there are enough vectors, and makes the codes that were not made before.
func (s *Service) codeLate(r *run, b *space.Binding) error {
	name := b.Info.Binding()
	for {
		bare, err := s.Store.VectorsWithoutCode(r.ctx, r.dataset.Tenant, r.dataset.ID, name, centreAfter)
		if err != nil || len(bare) == 0 {
			return err
		}
		if b.Centre == nil {
			if len(bare) < centreAfter {
				return nil
			}
			if b.Centre, err = s.freeze(r, name, bare); err != nil {
				return err
			}
		}
		for i := range bare {
			bare[i].Code = s.Code(bare[i].Vector, b.Centre)
		}
		if err := s.Store.PutCodes(r.ctx, r.dataset.Tenant, r.dataset.ID, name, bare); err != nil {
			return err
		}
		s.Deps.Changed(r.dataset.Tenant, r.dataset.ID)
	}
}

// freeze makes the mean of vectors the centre for good.
func (s *Service) freeze(r *run, name string, from []space.VectorWrite) ([]float32, error) {
	centre := make([]float32, len(from[0].Vector))
	for _, v := range from {
		for i, x := range v.Vector {
			centre[i] += x / float32(len(from))
		}
	}
	return centre, s.Store.FreezeCentre(r.ctx, r.dataset.Tenant, r.dataset.ID, name, centre)
}
