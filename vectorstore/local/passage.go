package local

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Passages is where single passages are looked up; storage implements it.
type Passages interface {
	DatasetPassage(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, id string) (space.FoundPassage, error)
}

// Passage returns a passage by its public id with its neighbours, nil where it
// is the first or the last of its document.
func (x *Index) Passage(ctx context.Context, tenant space.TenantID, dataset space.Dataset, id string) (passage, previous, next *space.Hit, err error) {
	p, err := x.Lookup.DatasetPassage(ctx, tenant, dataset.ID, id)
	if err != nil {
		return nil, nil, nil, err
	}
	at := func(index int) (*space.Hit, error) {
		if index < 0 || index >= p.Passages {
			return nil, nil
		}
		n, err := x.Lookup.DatasetPassage(ctx, tenant, dataset.ID, space.PassageID(p.DocumentID, index))
		if err != nil {
			return nil, err
		}
		h := hitOf(n)
		return &h, nil
	}
	if previous, err = at(p.Index - 1); err != nil {
		return nil, nil, nil, err
	}
	if next, err = at(p.Index + 1); err != nil {
		return nil, nil, nil, err
	}
	h := hitOf(p)
	return &h, previous, next, nil
}
