package local

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"syft-space/app/space"
	"syft-space/vectorstore/codes"
)

// The sizes at which the two vector indexes take turns; they lie apart so that
// a dataset at the border does not switch all the time.
const (
	upFrom = 10_000
	downTo = 8_000
)

// catchUp takes over everything that storage has and the indexes lack.
func (s *set) catchUp(ctx context.Context) error {
	err := s.pullWords(ctx)
	if err == nil {
		err = s.followVectors(ctx)
	}
	if err != nil {
		return err
	}
	seen := s.wordsAt
	if v := s.vectors.Load(); v != nil {
		seen = max(seen, v.at)
	}
	s.seen.Store(seen)
	return nil
}

// followVectors takes over vectors of the binding that is active, in the index
// that suits their number.
func (s *set) followVectors(ctx context.Context) error {
	binding, err := s.x.Source.ActiveBinding(ctx, s.tenant, s.dataset)
	if err != nil && space.KindOf(err) == space.KindNotFound {
		return nil // no vectors yet
	}
	if err != nil {
		return err
	}
	v := s.vectors.Load()
	if v != nil && v.damaged.Load() {
		s.replace(nil)
		v = nil
	}
	if v == nil || v.name != binding.Info.Binding() {
		if v, err = s.open(ctx, binding); err != nil {
			return err
		}
	}
	v.centre = binding.Centre
	v.chosen.Store(&binding.Configuration)
	next, err := s.pullVectors(ctx, v)
	if err == nil {
		next, err = s.shrink(ctx, next)
	}
	if next != s.vectors.Load() {
		if err != nil { // it is not complete, and what is shown still is
			return errors.Join(err, next.store.close())
		}
		s.replace(next)
	}
	return err
}

// pullWords takes over terms. What one transaction stored shows at once.
func (s *set) pullWords(ctx context.Context) error {
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
	s.words.Commit()
	return nil
}

// open begins the index of a binding: with the derived file where there is one
// that is large enough, was ever complete and is not ahead of the database, else
// empty.
func (s *set) open(ctx context.Context, b space.Binding) (*vectors, error) {
	v := &vectors{info: b.Info, name: b.Info.Binding()}
	path := s.file(v.name)
	s.x.clean(func(name string) bool {
		return strings.HasPrefix(name, s.dataset.String()) && !strings.HasPrefix(name, filepath.Base(path))
	})
	if b.Centre != nil && codes.Exists(path) {
		last, err := s.x.Source.MaxSeq(ctx, s.tenant, s.dataset)
		if err != nil {
			return nil, err
		}
		switch index, err := s.openCodes(v.name, b.Centre); {
		case err != nil:
			s.x.Logger.WarnContext(ctx, "a derived vector file cannot be used", "dataset_id", s.dataset, "error", err)
		case index.Len() >= downTo && index.Seq() > 0 && index.Seq() <= last:
			v.store, v.at = coded{index}, index.Seq()
			s.verify(ctx, v)
			return v, nil
		default:
			if err := index.Discard(); err != nil {
				return nil, err
			}
		}
	}
	var err error
	v.store, err = newExact(b.Info.Dimension)
	return v, err
}

func (s *set) openCodes(binding string, centre []float32) (*codes.Index, error) {
	if err := os.MkdirAll(s.x.Dir, 0o700); err != nil {
		return nil, err
	}
	return codes.Open(s.file(binding), codes.Identity{Database: s.x.Source.DatabaseID(), Binding: binding, Centre: centre})
}

// pullVectors takes over vectors into v and returns it, or what took its place
// because there were too many.
func (s *set) pullVectors(ctx context.Context, v *vectors) (*vectors, error) {
	for change, err := range s.x.Source.Since(ctx, s.tenant, s.dataset, v.name, v.at) {
		if err != nil {
			return v, err
		}
		switch change.Kind {
		case space.VectorAdded:
			if err := v.store.put(ctx, change); err != nil {
				s.x.Logger.ErrorContext(ctx, "a vector is not usable", "row", change.Row, "error", err)
			}
		case space.PassageGone:
			v.store.delete(ctx, change)
		}
		v.at = max(v.at, change.Seq)
		v = s.grow(ctx, v)
	}
	v.store.commit(v.at)
	return v, nil
}

// grow moves vectors from the exact index to the one-bit index once they are
// many. Where that cannot be made, search stays exact.
func (s *set) grow(ctx context.Context, v *vectors) *vectors {
	from, isExact := v.store.(*exact)
	if !isExact || v.centre == nil || from.len() <= upFrom {
		return v
	}
	err := codes.Remove(s.file(v.name)) // what an earlier attempt left
	var index *codes.Index
	if err == nil {
		index, err = s.openCodes(v.name, v.centre)
	}
	if err == nil {
		// No part of them stands for a state of storage; all do at the next commit.
		err = from.each(func(row int64, vector []float32) error { return index.Put(0, row, vector, nil) })
	}
	if err != nil {
		s.x.Logger.WarnContext(ctx, "a derived vector file cannot be made; search stays exact and slower", "dataset_id", s.dataset, "error", err)
		v.centre = nil // until the next change
		return v
	}
	next := v.over(coded{index})
	next.centre, next.at = v.centre, v.at
	return next
}

// shrink goes back to the exact index once vectors are few.
func (s *set) shrink(ctx context.Context, v *vectors) (*vectors, error) {
	if _, isCoded := v.store.(coded); !isCoded || v.store.len() >= downTo {
		return v, nil
	}
	store, err := newExact(v.info.Dimension)
	if err != nil {
		return v, err
	}
	// Without a centre it cannot grow again at once, into the file still in use.
	return s.pullVectors(ctx, v.over(store))
}
