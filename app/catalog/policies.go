package catalog

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// PolicyStore keeps policies.
type PolicyStore interface {
	CreatePolicy(context.Context, space.TenantID, space.Policy) error
	Policy(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Policy, error)
	Policies(ctx context.Context, tenant space.TenantID, endpoint *uuid.UUID, page space.Page) (space.List[space.Policy], error)
	UpdatePolicy(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.PolicyPatch) (space.Policy, error)
	DeletePolicy(ctx context.Context, tenant space.TenantID, id uuid.UUID) error
	EndpointByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Endpoint, error)
}

// Policies are the use cases on policies.
type Policies struct {
	store PolicyStore
	Kinds Kinds
	clock space.Clock
	ids   space.IDs
	edit  sync.Mutex // a configuration is read, laid over and written by one at a time
}

// NewPolicies makes the use cases on policies.
func NewPolicies(store PolicyStore, kinds Kinds, clock space.Clock, ids space.IDs) *Policies {
	return &Policies{store: store, Kinds: kinds, clock: clock, ids: ids}
}

// PolicyDraft is a policy that is to be made.
type PolicyDraft struct {
	Name, Type    string
	EndpointID    uuid.UUID
	Configuration json.RawMessage
	Enabled       bool
}

// Create attaches a policy to an endpoint.
func (p *Policies) Create(ctx context.Context, tenant space.TenantID, draft PolicyDraft) (space.Policy, error) {
	if _, err := p.Kinds.pick(draft.Type); err != nil {
		return space.Policy{}, err
	}
	if _, err := p.store.EndpointByID(ctx, tenant, draft.EndpointID); err != nil {
		return space.Policy{}, err
	}
	config, err := p.Kinds.seal(ctx, draft.Type, draft.Configuration)
	if err != nil {
		return space.Policy{}, err
	}
	now := p.clock()
	policy := space.Policy{
		ID: p.ids(), Tenant: tenant, EndpointID: draft.EndpointID, Name: draft.Name, Type: draft.Type,
		Configuration: config, Enabled: draft.Enabled, CreatedAt: now, UpdatedAt: now,
	}
	return policy, p.store.CreatePolicy(ctx, tenant, policy)
}

// Get returns the policy with the id.
func (p *Policies) Get(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Policy, error) {
	return p.store.Policy(ctx, tenant, id)
}

// List returns a page of policies, of one endpoint or of all.
func (p *Policies) List(ctx context.Context, tenant space.TenantID, endpoint *uuid.UUID, page space.Page) (space.List[space.Policy], error) {
	return p.store.Policies(ctx, tenant, endpoint, page)
}

// Update changes a policy; its configuration is laid over the stored one and
// the whole is checked.
func (p *Policies) Update(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.PolicyPatch) (space.Policy, error) {
	p.edit.Lock()
	defer p.edit.Unlock()
	if patch.Configuration != nil {
		policy, err := p.store.Policy(ctx, tenant, id)
		if err != nil {
			return policy, err
		}
		if patch.Configuration, err = p.Kinds.merge(ctx, policy.Type, policy.Configuration, patch.Configuration); err != nil {
			return policy, err
		}
	}
	return p.store.UpdatePolicy(ctx, tenant, id, patch)
}

// Delete detaches a policy.
func (p *Policies) Delete(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	return p.store.DeletePolicy(ctx, tenant, id)
}
