package api

import (
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// policy is a policy as answers show it.
type policy struct {
	ID            uuid.UUID       `json:"id" format:"uuid" doc:"Its UUID"`
	TenantID      uuid.UUID       `json:"tenant_id" format:"uuid" doc:"The tenant that it belongs to"`
	EndpointID    uuid.UUID       `json:"endpoint_id" format:"uuid" doc:"The endpoint that it is attached to"`
	Name          string          `json:"name" doc:"What the owner calls it" example:"20 an hour"`
	PolicyType    string          `json:"policy_type" doc:"Name of its type" example:"rate_limit"`
	Configuration json.RawMessage `json:"configuration" doc:"With its defaults, without its secrets" example:"{\"limit\":\"20/h\"}"`
	Enabled       bool            `json:"enabled" doc:"Whether it has an effect" example:"true"`
	CreatedAt     time.Time       `json:"created_at" doc:"When it was made"`
	UpdatedAt     time.Time       `json:"updated_at" doc:"When it was last changed"`
}

func (s *server) wirePolicy(p space.Policy) policy {
	return policy{
		ID: p.ID, TenantID: p.Tenant.UUID, EndpointID: p.EndpointID, Name: p.Name, PolicyType: p.Type,
		Configuration: s.Policies.Kinds.Mask(p.Type, p.Configuration), Enabled: p.Enabled,
		CreatedAt: p.CreatedAt, UpdatedAt: p.UpdatedAt,
	}
}

// PolicyPath addresses a policy.
type PolicyPath struct {
	Caller
	ID uuid.UUID `path:"id" format:"uuid" doc:"UUID of the policy"`
}

func (s *server) policyRoutes() {
	const tag, base = "Policies", Prefix + "/policies"
	typeRoutes(s, tag, base, "policy", s.Policies.Kinds)
	s.evaluateRoute()
	register(s, operation{
		method: http.MethodPost, path: base, id: "create-policy", tag: tag, status: http.StatusCreated,
		summary: "Attach a policy to an endpoint", errors: []int{400, 404},
		description: "Its type checks the configuration and fills in the defaults.",
	}, s.createPolicy)
	register(s, operation{
		method: http.MethodGet, path: base, id: "list-policies", tag: tag, summary: "List policies",
		description: "In order of age, of one endpoint or of all.",
	}, func(ctx context.Context, in *struct {
		Caller
		PageParams
		EndpointID uuid.UUID `query:"endpoint_id" format:"uuid" doc:"Only those of this endpoint"`
	}) (*body[pageOf[policy]], error) {
		var of *uuid.UUID
		if in.EndpointID != uuid.Nil {
			of = &in.EndpointID
		}
		list, err := s.Policies.List(ctx, in.tenant(), of, in.page())
		if err != nil {
			return nil, err
		}
		return toPage(list, in.PageParams, s.wirePolicy), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/{id}", id: "get-policy", tag: tag, summary: "Get a policy", errors: []int{404},
		description: "With its whole configuration.",
	}, func(ctx context.Context, in *PolicyPath) (*body[policy], error) {
		return wrap(s.wirePolicy)(s.Policies.Get(ctx, in.tenant(), in.ID))
	})
	register(s, operation{
		method: http.MethodPatch, path: base + "/{id}", id: "update-policy", tag: tag, summary: "Change a policy", errors: []int{400, 404},
		description: "A configuration is laid over the stored one and then checked whole.",
	}, s.updatePolicy)
	register(s, operation{
		method: http.MethodDelete, path: base + "/{id}", id: "delete-policy", tag: tag, summary: "Detach a policy", errors: []int{404},
		description: "The endpoint answers without it from the next query on.",
	}, func(ctx context.Context, in *PolicyPath) (*body[message], error) {
		if err := s.Policies.Delete(ctx, in.tenant(), in.ID); err != nil {
			return nil, err
		}
		return ok(message{"Policy deleted"}), nil
	})
}

func (s *server) createPolicy(ctx context.Context, in *struct {
	Caller
	Body struct {
		Name          string          `json:"name" minLength:"1" maxLength:"200" doc:"What the owner calls it" example:"20 an hour"`
		PolicyType    string          `json:"policy_type" doc:"Name of a type" example:"rate_limit"`
		Configuration json.RawMessage `json:"configuration,omitempty" doc:"As the type's schema says" example:"{\"limit\":\"20/h\"}"`
		EndpointID    uuid.UUID       `json:"endpoint_id" format:"uuid" doc:"The endpoint it is attached to"`
		Enabled       *bool           `json:"enabled,omitempty" default:"true" doc:"A disabled policy does nothing"`
	}
}) (*body[policy], error) {
	b := in.Body
	return wrap(s.wirePolicy)(s.Policies.Create(ctx, in.tenant(), catalog.PolicyDraft{
		Name: b.Name, Type: b.PolicyType, EndpointID: b.EndpointID, Configuration: b.Configuration, Enabled: *b.Enabled,
	}))
}

func (s *server) updatePolicy(ctx context.Context, in *struct {
	PolicyPath
	Body struct {
		Name          *string         `json:"name,omitempty" minLength:"1" maxLength:"200" doc:"A new name" example:"20 an hour"`
		Configuration json.RawMessage `json:"configuration,omitempty" doc:"Laid over the stored one, then checked whole" example:"{\"limit\":\"20/h\"}"`
		Enabled       *bool           `json:"enabled,omitempty" doc:"Whether it has an effect" example:"false"`
	}
}) (*body[policy], error) {
	b := in.Body
	if b.Name == nil && b.Configuration == nil && b.Enabled == nil {
		return nil, nothingKnown("name, configuration, enabled")
	}
	return wrap(s.wirePolicy)(s.Policies.Update(ctx, in.tenant(), in.ID, space.PolicyPatch{
		Name: b.Name, Configuration: b.Configuration, Enabled: b.Enabled,
	}))
}
