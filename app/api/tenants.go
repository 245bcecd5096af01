package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// tenant is a tenant as answers show it.
type tenant struct {
	ID          uuid.UUID      `json:"id" format:"uuid" doc:"What rows of the tenant carry as tenant_id" example:"550e8400-e29b-41d4-a716-446655440000"`
	Name        string         `json:"name" doc:"What callers send as X-Tenant-Name" example:"acme"`
	DisplayName string         `json:"display_name" doc:"What people read" example:"Acme Corporation"`
	Domain      *string        `json:"domain" nullable:"true" doc:"The tenant's own domain" example:"acme.example"`
	Metadata    map[string]any `json:"metadata" doc:"The owner's own notes" example:"{\"plan\": \"free\"}"`
	IsActive    bool           `json:"is_active" doc:"Calls for an inactive tenant are refused" example:"true"`
	CreatedAt   time.Time      `json:"created_at" doc:"When it was made" example:"2026-11-01T12:00:00Z"`
	UpdatedAt   time.Time      `json:"updated_at" doc:"When it was last changed" example:"2026-11-01T12:00:00Z"`
}

func wireTenant(t space.Tenant) tenant {
	out := tenant{
		ID: t.ID.UUID, Name: t.Name, DisplayName: t.DisplayName, Domain: orNull(t.Domain), Metadata: t.Metadata,
		IsActive: t.Active, CreatedAt: t.CreatedAt, UpdatedAt: t.UpdatedAt,
	}
	if out.Metadata == nil {
		out.Metadata = map[string]any{}
	}
	return out
}

func (s *server) tenantRoutes() {
	const tag, base = "Tenants", Prefix + "/tenants"
	register(s, operation{
		method: http.MethodPost, path: base, id: "create-tenant", tag: tag, status: http.StatusCreated, noTenant: true, tenants: true,
		summary: "Make a tenant", errors: []int{409}, description: "Refused while tenancy is switched off.",
	}, func(ctx context.Context, in *struct {
		Caller
		Body struct {
			Name        string         `json:"name" minLength:"1" maxLength:"200" pattern:"^[A-Za-z0-9][A-Za-z0-9._-]*$" doc:"What callers send as X-Tenant-Name; never changes" example:"acme"`
			DisplayName string         `json:"display_name" minLength:"1" maxLength:"200" doc:"What people read" example:"Acme Corporation"`
			Domain      string         `json:"domain,omitempty" nullable:"true" maxLength:"253" doc:"The tenant's own domain" example:"acme.example"`
			Metadata    map[string]any `json:"metadata,omitempty" nullable:"true" doc:"The owner's own notes" example:"{\"plan\": \"free\"}"`
		}
	}) (*body[tenant], error) {
		return wrap(wireTenant)(s.Tenants.Create(ctx, catalog.TenantDraft(in.Body)))
	})
	register(s, operation{
		method: http.MethodGet, path: base, id: "list-tenants", tag: tag, noTenant: true, tenants: true, summary: "List tenants",
		description: "In order of age, the tenant root first; refused while tenancy is switched off.",
	}, func(ctx context.Context, in *struct {
		Caller
		PageParams
	}) (*body[pageOf[tenant]], error) {
		list, err := s.Tenants.List(ctx, in.page())
		if err != nil {
			return nil, err
		}
		return toPage(list, in.PageParams, wireTenant), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/{name}", id: "get-tenant", tag: tag, noTenant: true, tenants: true, summary: "Get a tenant", errors: []int{404},
		description: "By its name; refused while tenancy is switched off.",
	}, func(ctx context.Context, in *struct {
		Caller
		Name string `path:"name" maxLength:"200" doc:"Name of the tenant" example:"acme"`
	}) (*body[tenant], error) {
		return wrap(wireTenant)(s.Tenants.Get(ctx, in.Name))
	})
}
