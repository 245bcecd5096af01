package ingest

import "syft-space/app/space"

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
		if err := s.encode(bare, b.Centre); err != nil {
			return err
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

// encode makes the one-bit codes of vectors, where the centre is known.
func (s *Service) encode(writes []space.VectorWrite, centre []float32) error {
	if centre == nil {
		return nil
	}
	code, err := s.Coder(centre)
	if err != nil {
		return err
	}
	for i := range writes {
		writes[i].Code = code(writes[i].Vector)
	}
	return nil
}
