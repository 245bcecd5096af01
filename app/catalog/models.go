package catalog

import (
	"context"
	"encoding/json"
	"strings"
	"sync"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// ModelStore keeps models.
type ModelStore interface {
	CreateModel(context.Context, space.TenantID, space.Model) error
	Model(ctx context.Context, tenant space.TenantID, ref string) (space.Model, error)
	ModelByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Model, error)
	Models(context.Context, space.TenantID, space.Page) (space.List[space.Model], error)
	UpdateModel(context.Context, space.TenantID, uuid.UUID, space.ModelPatch) (space.Model, error)
	DeleteModel(context.Context, space.TenantID, uuid.UUID) error
	EndpointsOf(context.Context, space.TenantID, space.EndpointFilter) ([]space.EndpointRef, error)
}

// Models are the use cases on models.
type Models struct {
	store  ModelStore
	Kinds  Kinds
	clock  space.Clock
	ids    space.IDs
	health *verdicts
	edit   sync.Mutex // a configuration is read, laid over and written by one at a time
}

// NewModels makes the use cases on models.
func NewModels(store ModelStore, kinds Kinds, clock space.Clock, ids space.IDs) *Models {
	return &Models{store: store, Kinds: kinds, clock: clock, ids: ids, health: newVerdicts(clock)}
}

// ModelView is a model with what an owner wants to know about it.
type ModelView struct {
	space.Model
	Masked    json.RawMessage // the configuration without its secrets
	Endpoints []space.EndpointRef
}

// Create makes a model. Its server need not be reachable: Health tells.
func (m *Models) Create(ctx context.Context, tenant space.TenantID, draft Draft) (ModelView, error) {
	config, err := m.Kinds.seal(ctx, draft.Type, draft.Configuration)
	if err != nil {
		return ModelView{}, err
	}
	now := m.clock()
	model := space.Model{
		ID: m.ids(), Tenant: tenant, Name: draft.Name, Type: draft.Type, Configuration: config,
		Summary: draft.Summary, Tags: draft.Tags, CreatedAt: now, UpdatedAt: now,
	}
	if err := m.store.CreateModel(ctx, tenant, model); err != nil {
		return ModelView{}, err
	}
	return m.view(ctx, model)
}

// Get returns the model with the name or id ref.
func (m *Models) Get(ctx context.Context, tenant space.TenantID, ref string) (ModelView, error) {
	model, err := m.store.Model(ctx, tenant, ref)
	if err != nil {
		return ModelView{}, err
	}
	return m.view(ctx, model)
}

// List returns a page of models.
func (m *Models) List(ctx context.Context, tenant space.TenantID, page space.Page) (space.List[ModelView], error) {
	list, err := m.store.Models(ctx, tenant, page)
	if err != nil {
		return space.List[ModelView]{}, err
	}
	views := make([]ModelView, len(list.Items))
	for i, model := range list.Items {
		if views[i], err = m.view(ctx, model); err != nil {
			return space.List[ModelView]{}, err
		}
	}
	return space.List[ModelView]{Items: views, Total: list.Total}, nil
}

// Update changes a model; its configuration is laid over the stored one.
func (m *Models) Update(ctx context.Context, tenant space.TenantID, ref string, patch space.ModelPatch) (ModelView, error) {
	m.edit.Lock()
	defer m.edit.Unlock()
	model, err := m.store.Model(ctx, tenant, ref)
	if err != nil {
		return ModelView{}, err
	}
	if patch.Configuration != nil {
		if patch.Configuration, err = m.Kinds.merge(ctx, model.Type, model.Configuration, patch.Configuration); err != nil {
			return ModelView{}, err
		}
	}
	if model, err = m.store.UpdateModel(ctx, tenant, model.ID, patch); err != nil {
		return ModelView{}, err
	}
	return m.view(ctx, model)
}

// Delete removes a model. It is refused while an endpoint uses it.
func (m *Models) Delete(ctx context.Context, tenant space.TenantID, ref string) (space.Model, error) {
	model, err := m.store.Model(ctx, tenant, ref)
	if err != nil {
		return model, err
	}
	used, err := m.store.EndpointsOf(ctx, tenant, space.EndpointFilter{ModelID: &model.ID})
	if err != nil {
		return model, err
	}
	if len(used) > 0 {
		return model, inUse("Model", model.Name, used)
	}
	return model, m.store.DeleteModel(ctx, tenant, model.ID)
}

// Health tells whether the model's server can answer, as it said in the last
// few seconds, and returns a sentence.
func (m *Models) Health(ctx context.Context, tenant space.TenantID, ref string) (string, error) {
	model, err := m.store.Model(ctx, tenant, ref)
	if err != nil {
		return "", err
	}
	return m.health.of(ctx, model.ID, model.Configuration, func(ctx context.Context) (string, error) {
		return m.Kinds.Health(ctx, model.Type, model.Configuration)
	})
}

// Act runs an action of a type; see Kinds.Act. ref names a stored model whose
// secrets masked values stand for; it may be empty.
func (m *Models) Act(ctx context.Context, tenant space.TenantID, typ, action, ref string, sent, arguments json.RawMessage, progress func(any)) (any, error) {
	var old space.Config
	if ref != "" {
		model, err := m.store.Model(ctx, tenant, ref)
		if err != nil {
			return nil, err
		}
		if model.Type == typ {
			old = model.Configuration
		}
	}
	return m.Kinds.Act(ctx, typ, action, sent, old, arguments, progress)
}

func (m *Models) view(ctx context.Context, model space.Model) (ModelView, error) {
	used, err := m.store.EndpointsOf(ctx, model.Tenant, space.EndpointFilter{ModelID: &model.ID})
	if err != nil {
		return ModelView{}, err
	}
	return ModelView{Model: model, Masked: m.Kinds.Mask(model.Type, model.Configuration), Endpoints: used}, nil
}

// inUse refuses a deletion and lists who stands in its way.
func inUse(what, name string, used []space.EndpointRef) error {
	slugs := make([]string, len(used))
	for i, e := range used {
		slugs[i] = e.Slug
	}
	return space.Errorf(space.KindConflict, "%s '%s' is used by endpoints: %s", what, name, strings.Join(slugs, ", "))
}
