package catalog

import (
	"context"
	"fmt"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// EndpointStore keeps endpoints.
type EndpointStore interface {
	CreateEndpoint(context.Context, space.TenantID, space.Endpoint) error
	Endpoint(ctx context.Context, tenant space.TenantID, slug string) (space.Endpoint, error)
	Endpoints(context.Context, space.TenantID, space.Page) (space.List[space.Endpoint], error)
	UpdateEndpoint(ctx context.Context, tenant space.TenantID, slug string, patch space.EndpointPatch) (space.Endpoint, error)
	DeleteEndpoint(ctx context.Context, tenant space.TenantID, slug string) error
	PolicyCounts(context.Context, space.TenantID, ...uuid.UUID) (map[uuid.UUID]int, error)
	Policies(ctx context.Context, tenant space.TenantID, endpoint *uuid.UUID, page space.Page) (space.List[space.Policy], error)
}

// Endpoints are the use cases on endpoints.
type Endpoints struct {
	store    EndpointStore
	datasets DatasetStore
	models   ModelStore
	clock    space.Clock
	ids      space.IDs
}

// NewEndpoints makes the use cases on endpoints.
func NewEndpoints(store EndpointStore, datasets DatasetStore, models ModelStore, clock space.Clock, ids space.IDs) *Endpoints {
	return &Endpoints{store: store, datasets: datasets, models: models, clock: clock, ids: ids}
}

// EndpointDraft is an endpoint that is to be made.
type EndpointDraft struct {
	Name, Slug, Description, Summary, Tags string
	DatasetID, ModelID                     *uuid.UUID
	ResponseType                           space.ResponseType
	Published                              bool
	SystemPrompt                           *string
}

// EndpointView is an endpoint with what it joins. Dataset and Model are nil
// where it has none, or where the row is gone.
type EndpointView struct {
	space.Endpoint
	Dataset  *space.Dataset
	Model    *space.Model
	Policies []space.Policy
}

// Create makes an endpoint. Storage looks at the slug first, then at what it joins.
func (e *Endpoints) Create(ctx context.Context, tenant space.TenantID, draft EndpointDraft) (space.Endpoint, error) {
	if draft.DatasetID == nil && draft.ModelID == nil {
		return space.Endpoint{}, space.Errorf(space.KindInvalid, "At least one of dataset_id or model_id must be provided")
	}
	if problem := halfMissing(draft); problem != "" {
		return space.Endpoint{}, space.Invalid(space.FieldError{Loc: []any{"body"}, Msg: problem, Type: "value_error"})
	}
	now := e.clock()
	endpoint := space.Endpoint{
		ID: e.ids(), Tenant: tenant, Name: draft.Name, Slug: draft.Slug, Description: draft.Description,
		Summary: draft.Summary, Tags: draft.Tags, DatasetID: draft.DatasetID, ModelID: draft.ModelID,
		ResponseType: draft.ResponseType, Published: draft.Published, SystemPrompt: draft.SystemPrompt,
		CreatedAt: now, UpdatedAt: now,
	}
	return endpoint, e.store.CreateEndpoint(ctx, tenant, endpoint)
}

// halfMissing says which half a response type cannot do without.
func halfMissing(d EndpointDraft) string {
	switch {
	case d.ResponseType == space.ResponseRaw && d.DatasetID == nil:
		return fmt.Sprintf("response_type '%s' needs a dataset_id", d.ResponseType)
	case d.ResponseType == space.ResponseSummary && d.ModelID == nil:
		return fmt.Sprintf("response_type '%s' needs a model_id", d.ResponseType)
	}
	return ""
}

// Get returns the endpoint with what it joins.
func (e *Endpoints) Get(ctx context.Context, tenant space.TenantID, slug string) (EndpointView, error) {
	endpoint, err := e.store.Endpoint(ctx, tenant, slug)
	if err != nil {
		return EndpointView{}, err
	}
	view, err := e.view(ctx, endpoint)
	if err != nil {
		return EndpointView{}, err
	}
	policies, err := e.store.Policies(ctx, tenant, &endpoint.ID, space.AllRows)
	if err != nil {
		return EndpointView{}, err
	}
	view.Policies = policies.Items
	return view, nil
}

// All returns the tenant's endpoints, without what they join.
func (e *Endpoints) All(ctx context.Context, tenant space.TenantID) ([]space.Endpoint, error) {
	list, err := e.store.Endpoints(ctx, tenant, space.AllRows)
	return list.Items, err
}

// Find returns the endpoint, without what it joins.
func (e *Endpoints) Find(ctx context.Context, tenant space.TenantID, slug string) (space.Endpoint, error) {
	return e.store.Endpoint(ctx, tenant, slug)
}

// EndpointItem is an endpoint as lists show it.
type EndpointItem struct {
	EndpointView
	PolicyCount int
}

// List returns a page of endpoints.
func (e *Endpoints) List(ctx context.Context, tenant space.TenantID, page space.Page) (space.List[EndpointItem], error) {
	list, err := e.store.Endpoints(ctx, tenant, page)
	if err != nil {
		return space.List[EndpointItem]{}, err
	}
	ids := make([]uuid.UUID, len(list.Items))
	for i, endpoint := range list.Items {
		ids[i] = endpoint.ID
	}
	counts, err := e.store.PolicyCounts(ctx, tenant, ids...)
	if err != nil {
		return space.List[EndpointItem]{}, err
	}
	items := make([]EndpointItem, len(list.Items))
	for i, endpoint := range list.Items {
		view, err := e.view(ctx, endpoint)
		if err != nil {
			return space.List[EndpointItem]{}, err
		}
		items[i] = EndpointItem{EndpointView: view, PolicyCount: counts[endpoint.ID]}
	}
	return space.List[EndpointItem]{Items: items, Total: list.Total}, nil
}

// Update changes an endpoint. What it joins, its response type and its slug
// never change.
func (e *Endpoints) Update(ctx context.Context, tenant space.TenantID, slug string, patch space.EndpointPatch) (EndpointView, error) {
	if _, err := e.store.UpdateEndpoint(ctx, tenant, slug, patch); err != nil {
		return EndpointView{}, err
	}
	return e.Get(ctx, tenant, slug)
}

// Delete removes an endpoint and its policies, never what it joins.
func (e *Endpoints) Delete(ctx context.Context, tenant space.TenantID, slug string) error {
	return e.store.DeleteEndpoint(ctx, tenant, slug)
}

// SlugFree reports whether an endpoint could be made with this slug.
func (e *Endpoints) SlugFree(ctx context.Context, tenant space.TenantID, slug string) (bool, error) {
	if !space.ValidSlug(slug) {
		return false, nil
	}
	_, err := e.store.Endpoint(ctx, tenant, slug)
	if space.KindOf(err) == space.KindNotFound && err != nil {
		return true, nil
	}
	return false, err
}

func (e *Endpoints) view(ctx context.Context, endpoint space.Endpoint) (EndpointView, error) {
	view := EndpointView{Endpoint: endpoint}
	if endpoint.DatasetID != nil {
		dataset, err := e.datasets.DatasetByID(ctx, endpoint.Tenant, *endpoint.DatasetID)
		if err == nil {
			view.Dataset = &dataset
		} else if space.KindOf(err) != space.KindNotFound {
			return view, err
		}
	}
	if endpoint.ModelID != nil {
		model, err := e.models.ModelByID(ctx, endpoint.Tenant, *endpoint.ModelID)
		if err == nil {
			view.Model = &model
		} else if space.KindOf(err) != space.KindNotFound {
			return view, err
		}
	}
	return view, nil
}
