package catalog

import (
	"context"

	"syft-space/app/space"
)

// TenantStore keeps tenants.
type TenantStore interface {
	CreateTenant(context.Context, space.Tenant) error
	Tenant(ctx context.Context, name string) (space.Tenant, error)
	Tenants(context.Context, space.Page) (space.List[space.Tenant], error)
}

// Tenants are the use cases on tenants.
type Tenants struct {
	store TenantStore
	clock space.Clock
	ids   space.IDs
}

// NewTenants makes the use cases on tenants.
func NewTenants(store TenantStore, clock space.Clock, ids space.IDs) *Tenants {
	return &Tenants{store: store, clock: clock, ids: ids}
}

// TenantDraft is a tenant that is to be made.
type TenantDraft struct {
	Name, DisplayName, Domain string
	Metadata                  map[string]any
}

// Create makes a tenant, which is active at once.
func (t *Tenants) Create(ctx context.Context, draft TenantDraft) (space.Tenant, error) {
	now := t.clock()
	tenant := space.Tenant{
		ID: space.TenantID{UUID: t.ids()}, Name: draft.Name, DisplayName: draft.DisplayName, Domain: draft.Domain,
		Metadata: draft.Metadata, Active: true, CreatedAt: now, UpdatedAt: now,
	}
	return tenant, t.store.CreateTenant(ctx, tenant)
}

// Get returns the tenant with the name.
func (t *Tenants) Get(ctx context.Context, name string) (space.Tenant, error) {
	return t.store.Tenant(ctx, name)
}

// List returns a page of tenants.
func (t *Tenants) List(ctx context.Context, page space.Page) (space.List[space.Tenant], error) {
	return t.store.Tenants(ctx, page)
}
