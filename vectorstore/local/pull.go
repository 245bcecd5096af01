package local

import (
	"context"
	"errors"
	"os"

	"syft-space/app/space"
	"syft-space/vectorstore/codes"
)

// catchUp takes over everything that storage has and the indexes lack.
func (s *set) catchUp(ctx context.Context) error {
	if err := s.pullWords(ctx); err != nil {
		return err
	}
	binding, err := s.x.Source.ActiveBinding(ctx, s.tenant, s.dataset)
	if space.KindOf(err) == space.KindNotFound && err != nil {
		return nil // no vectors yet
	}
	if err != nil {
		return err
	}
	v := s.vectors.Load()
	if v == nil || v.binding.Info.Binding() != binding.Info.Binding() {
		return s.switchTo(ctx, binding)
	}
	v.binding.Centre = binding.Centre
	if err := s.pullVectors(ctx, v); err != nil {
		return err
	}
	return s.resize(ctx, v)
}

func (s *set) pullWords(ctx context.Context) error {
	defer s.words.Commit()
	for change, err := range s.x.Source.Since(ctx, s.tenant, s.dataset, "", s.wordsAt) {
		if err != nil {
			return err
		}
		switch change.Kind {
		case space.PassageAdded:
			if err := s.words.Put(change.Row, change.Terms); err != nil {
				s.x.Logger.ErrorContext(ctx, "a passage's terms cannot be read", "row", change.Row, "error", err)
			}
		case space.PassageGone:
			s.words.Delete(change.Row)
		}
		s.wordsAt = max(s.wordsAt, change.Seq)
	}
	return nil
}

// switchTo fills an index of another binding and then puts it in the place of
// the old one, which answers until then.
func (s *set) switchTo(ctx context.Context, binding space.Binding) error {
	v := &vectors{binding: binding}
	coded, err := s.openCodes(binding)
	if err != nil {
		s.x.Logger.WarnContext(ctx, "the derived vector file cannot be used", "dataset_id", s.dataset, "error", err)
	}
	if coded != nil && coded.Len() >= downTo {
		v.store, v.at = codedStore{coded}, coded.Seq()
	} else {
		if coded != nil {
			err = coded.Discard()
		}
		if v.store, err = newExact(binding.Info.Dimension); err != nil {
			return err
		}
	}
	if err := s.pullVectors(ctx, v); err != nil {
		return errors.Join(err, v.store.close())
	}
	s.replace(v)
	return s.resize(ctx, v)
}

// openCodes opens the one-bit index of a binding; nil while it has no centre.
func (s *set) openCodes(b space.Binding) (*codes.Index, error) {
	if b.Centre == nil {
		return nil, nil
	}
	if err := os.MkdirAll(s.x.Dir, 0o700); err != nil {
		return nil, err
	}
	return codes.Open(s.file(b.Info.Binding()), codes.Identity{
		Database: s.x.Source.DatabaseID(), Binding: b.Info.Binding(), Centre: b.Centre,
	})
}

func (s *set) pullVectors(ctx context.Context, v *vectors) error {
	latest := v.at
	for change, err := range s.x.Source.Since(ctx, s.tenant, s.dataset, v.binding.Info.Binding(), v.at) {
		if err != nil {
			return err
		}
		switch change.Kind {
		case space.VectorAdded:
			if err := v.store.put(ctx, change); err != nil {
				s.x.Logger.ErrorContext(ctx, "a vector is not usable", "row", change.Row, "error", err)
			}
		case space.PassageGone:
			v.store.delete(ctx, change)
		}
		latest = max(latest, change.Seq)
	}
	v.store.commit(latest)
	v.at = latest
	return nil
}

// The sizes at which the two vector indexes take turns; they lie apart so that
// a dataset at the border does not switch all the time.
const (
	upFrom = 10_000
	downTo = 8_000
)

// resize moves the vectors into the index that suits their number.
func (s *set) resize(ctx context.Context, v *vectors) error {
	n := v.store.len()
	_, isExact := v.store.(*exact)
	next := &vectors{binding: v.binding}
	switch {
	case isExact && n > upFrom && v.binding.Centre != nil:
		coded, err := s.openCodes(v.binding)
		if err != nil {
			s.x.Logger.WarnContext(ctx, "the derived vector file cannot be made; search stays exact and slower", "dataset_id", s.dataset, "error", err)
			return nil
		}
		next.store, next.at = codedStore{coded}, coded.Seq()
	case !isExact && n < downTo:
		store, err := newExact(v.binding.Info.Dimension)
		if err != nil {
			return err
		}
		next.store = store
	default:
		return nil
	}
	if err := s.pullVectors(ctx, next); err != nil {
		return errors.Join(err, next.store.close())
	}
	s.replace(next)
	return nil
}

// replace shows the new vectors to searches and drops the old ones. Searches
// that still read them answer by words.
func (s *set) replace(next *vectors) {
	old := s.vectors.Swap(next)
	if old == nil {
		return
	}
	if err := old.store.discard(); err != nil {
		s.x.Logger.Warn("an old vector index could not be removed", "dataset_id", s.dataset, "error", err)
	}
}
