package api

import (
	"context"
	"net/http"
	"time"

	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// KeyBase is an API key as answers show it.
type KeyBase struct {
	ID         uuid.UUID     `json:"id" format:"uuid" doc:"Names the key in later calls" example:"550e8400-e29b-41d4-a716-446655440000"`
	Prefix     string        `json:"prefix" doc:"The first characters of the key, to tell keys apart" example:"sk-x7Qk2P"`
	Name       string        `json:"name" doc:"What the owner calls it" example:"Alice's notebook"`
	Email      string        `json:"email" doc:"Who its holder is to policies" example:"alice@example.org"`
	Scopes     []space.Scope `json:"scopes" nullable:"false" enum:"query,read,admin" doc:"What it may do: query endpoints, read what the owner can read, or everything"`
	Endpoints  []string      `json:"endpoints" nullable:"true" doc:"Slugs of the endpoints that it may query; null for all" example:"[\"legal-qa\"]"`
	ExpiresAt  *time.Time    `json:"expires_at" nullable:"true" doc:"When it ends by itself; null for never" example:"2027-01-01T00:00:00Z"`
	LastUsedAt *time.Time    `json:"last_used_at" nullable:"true" doc:"When it was last used, to the minute" example:"2026-11-02T09:30:00Z"`
	CreatedAt  time.Time     `json:"created_at" doc:"When it was issued" example:"2026-11-01T12:00:00Z"`
}

// issuedKey is the one answer that holds the key itself.
type issuedKey struct {
	KeyBase
	Key string `json:"key" doc:"The key itself; it is shown here and never again" example:"sk-x7Qk2Pq0m8…"`
}

func wireKey(k space.APIKey) KeyBase {
	out := KeyBase{
		ID: k.ID, Prefix: k.Prefix, Name: k.Name, Email: k.Email, Scopes: orEmpty(k.Scopes),
		ExpiresAt: k.ExpiresAt, LastUsedAt: k.LastUsedAt, CreatedAt: k.CreatedAt,
	}
	if len(k.Endpoints) > 0 {
		out.Endpoints = k.Endpoints
	}
	return out
}

// KeyPath addresses an API key.
type KeyPath struct {
	Caller
	ID uuid.UUID `path:"id" format:"uuid" doc:"UUID of the key" example:"550e8400-e29b-41d4-a716-446655440000"`
}

func (s *server) keyRoutes() {
	const tag, base = "Keys", Prefix + "/keys"
	register(s, operation{
		method: http.MethodPost, path: base, id: "create-key", tag: tag, status: http.StatusCreated, summary: "Issue an API key",
		errors: []int{404}, description: "The answer holds the key, which is shown this once: only its hash is stored.",
	}, s.createKey)
	register(s, operation{
		method: http.MethodGet, path: base, id: "list-keys", tag: tag, summary: "List API keys", description: "Revoked ones are left out.",
	}, func(ctx context.Context, in *struct {
		Caller
		PageParams
	}) (*body[pageOf[KeyBase]], error) {
		list, err := s.Keys.List(ctx, in.tenant(), in.page())
		if err != nil {
			return nil, err
		}
		return toPage(list, in.PageParams, wireKey), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/{id}", id: "get-key", tag: tag, summary: "Get an API key", errors: []int{404},
		description: "What is known of it; the key itself is not stored.",
	}, func(ctx context.Context, in *KeyPath) (*body[KeyBase], error) {
		return wrap(wireKey)(s.Keys.Get(ctx, in.tenant(), in.ID))
	})
	register(s, operation{
		method: http.MethodPatch, path: base + "/{id}", id: "update-key", tag: tag, summary: "Change an API key", errors: []int{404},
		description: "Effective at once. Its holder's address never changes: revoke the key and issue another.",
	}, s.updateKey)
	register(s, operation{
		method: http.MethodDelete, path: base + "/{id}", id: "revoke-key", tag: tag, summary: "Revoke an API key", errors: []int{404},
		description: "Effective at once, and for good.",
	}, func(ctx context.Context, in *KeyPath) (*body[message], error) {
		if err := s.Keys.Revoke(ctx, in.tenant(), in.ID); err != nil {
			return nil, err
		}
		return ok(message{"API key revoked"}), nil
	})
}

func (s *server) createKey(ctx context.Context, in *struct {
	Caller
	Body struct {
		Name      string        `json:"name" minLength:"1" maxLength:"200" doc:"What the owner calls it" example:"Alice's notebook"`
		Email     string        `json:"email" maxLength:"320" pattern:"^[^@\\s]+@[^@\\s]+$" doc:"Who its holder is to policies" example:"alice@example.org"`
		Scopes    []space.Scope `json:"scopes" nullable:"false" minItems:"1" maxItems:"3" enum:"query,read,admin" doc:"What it may do: query endpoints, read what the owner can read, or everything"`
		Endpoints []string      `json:"endpoints,omitempty" nullable:"true" maxItems:"1000" doc:"Slugs of the endpoints that it may query; null or none for all" example:"[\"legal-qa\"]"`
		ExpiresAt *time.Time    `json:"expires_at,omitempty" nullable:"true" doc:"When it ends by itself; null for never" example:"2027-01-01T00:00:00Z"`
	}
}) (*body[issuedKey], error) {
	b := in.Body
	key, secret, err := s.Keys.Issue(ctx, in.tenant(), catalog.KeyDraft{
		Name: b.Name, Email: b.Email, Scopes: b.Scopes, Endpoints: b.Endpoints, ExpiresAt: b.ExpiresAt,
	})
	if err != nil {
		return nil, err
	}
	return ok(issuedKey{wireKey(key), secret.Reveal()}), nil
}

func (s *server) updateKey(ctx context.Context, in *struct {
	KeyPath
	Body struct {
		Name      *string             `json:"name,omitempty" minLength:"1" maxLength:"200" doc:"What the owner calls it" example:"Alice's notebook"`
		Scopes    []space.Scope       `json:"scopes,omitempty" nullable:"false" minItems:"1" maxItems:"3" enum:"query,read,admin" doc:"What it may do"`
		Endpoints optional[[]string]  `json:"endpoints,omitempty" maxItems:"1000" doc:"Slugs of the endpoints that it may query; null or none for all" example:"[\"legal-qa\"]"`
		ExpiresAt optional[time.Time] `json:"expires_at,omitempty" doc:"When it ends by itself; null for never" example:"2027-01-01T00:00:00Z"`
	}
}) (*body[KeyBase], error) {
	b := in.Body
	if b.Name == nil && b.Scopes == nil && !b.Endpoints.sent && !b.ExpiresAt.sent {
		return nil, nothingKnown("name, scopes, endpoints, expires_at")
	}
	patch := space.APIKeyPatch{Name: b.Name, Scopes: b.Scopes}
	if b.Endpoints.sent {
		patch.Endpoints = orZero(b.Endpoints.value)
	}
	if b.ExpiresAt.sent {
		patch.ExpiresAt = orZero(b.ExpiresAt.value)
	}
	return wrap(wireKey)(s.Keys.Update(ctx, in.tenant(), in.ID, patch))
}

// orZero points to the zero value where there is none.
func orZero[T any](v *T) *T {
	if v == nil {
		return new(T)
	}
	return v
}
