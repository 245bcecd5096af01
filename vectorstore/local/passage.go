package local

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Passages is where single passages are looked up; storage implements it.
type Passages interface {
	DatasetPassage(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, id string) (space.PassageInContext, error)
}

// Passage returns a passage by its public id with its neighbours, nil where it
// is the first or the last of its document.
func (x *Index) Passage(ctx context.Context, tenant space.TenantID, dataset space.Dataset, id string) (passage, previous, next *space.Hit, err error) {
	p, err := x.Lookup.DatasetPassage(ctx, tenant, dataset.ID, id)
	if err != nil {
		return nil, nil, nil, err
	}
	render := func(neighbour *space.Passage) *space.Hit {
		if neighbour == nil {
			return nil
		}
		h := hitOf(space.FoundPassage{Passage: *neighbour, Document: p.Document, Passages: p.Passages})
		return &h
	}
	h := hitOf(p.FoundPassage)
	return &h, render(p.Previous), render(p.Next), nil
}
