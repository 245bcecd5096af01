package catalog

import (
	"context"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// KeyStore keeps API keys.
type KeyStore interface {
	CreateKey(context.Context, space.TenantID, space.APIKey) error
	Key(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.APIKey, error)
	Keys(context.Context, space.TenantID, space.Page) (space.List[space.APIKey], error)
	UpdateKey(context.Context, space.TenantID, uuid.UUID, space.APIKeyPatch) (space.APIKey, error)
	RevokeKey(ctx context.Context, tenant space.TenantID, id uuid.UUID) error
	Endpoint(ctx context.Context, tenant space.TenantID, slug string) (space.Endpoint, error)
}

// MintKey makes a key that nobody has: itself, and what is stored of it.
type MintKey func() (key space.Secret, hash []byte, prefix string)

// Keys are the use cases on API keys.
type Keys struct {
	store KeyStore
	mint  MintKey
	clock space.Clock
	ids   space.IDs
}

// NewKeys makes the use cases on API keys.
func NewKeys(store KeyStore, mint MintKey, clock space.Clock, ids space.IDs) *Keys {
	return &Keys{store: store, mint: mint, clock: clock, ids: ids}
}

// KeyDraft is a key that is to be issued.
type KeyDraft struct {
	Name, Email string
	Scopes      []space.Scope
	Endpoints   []string
	ExpiresAt   *time.Time
}

// Issue makes a key. The key itself is returned here and never again.
func (k *Keys) Issue(ctx context.Context, tenant space.TenantID, draft KeyDraft) (space.APIKey, space.Secret, error) {
	if err := k.haveEndpoints(ctx, tenant, draft.Endpoints); err != nil {
		return space.APIKey{}, "", err
	}
	if draft.ExpiresAt != nil {
		if draft.ExpiresAt.IsZero() { // never, as in a change of a key
			draft.ExpiresAt = nil
		} else {
			stored := draft.ExpiresAt.UTC().Truncate(time.Microsecond)
			draft.ExpiresAt = &stored
		}
	}
	secret, hash, prefix := k.mint()
	key := space.APIKey{
		ID: k.ids(), Tenant: tenant, Hash: hash, Prefix: prefix, Name: draft.Name, Email: space.NormalEmail(draft.Email),
		Scopes: draft.Scopes, Endpoints: draft.Endpoints, ExpiresAt: draft.ExpiresAt, CreatedAt: k.clock(),
	}
	return key, secret, k.store.CreateKey(ctx, tenant, key)
}

// Get returns the key with the id.
func (k *Keys) Get(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.APIKey, error) {
	return k.store.Key(ctx, tenant, id)
}

// List returns a page of keys, revoked ones left out.
func (k *Keys) List(ctx context.Context, tenant space.TenantID, page space.Page) (space.List[space.APIKey], error) {
	return k.store.Keys(ctx, tenant, page)
}

// Update changes what a key may do, from its next use on.
func (k *Keys) Update(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.APIKeyPatch) (space.APIKey, error) {
	if patch.Endpoints != nil {
		if err := k.haveEndpoints(ctx, tenant, *patch.Endpoints); err != nil {
			return space.APIKey{}, err
		}
	}
	return k.store.UpdateKey(ctx, tenant, id, patch)
}

// Revoke ends a key for good.
func (k *Keys) Revoke(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	return k.store.RevokeKey(ctx, tenant, id)
}

// haveEndpoints refuses a slug that is not there: a key for it would be of no
// use, and its holder would not know why.
func (k *Keys) haveEndpoints(ctx context.Context, tenant space.TenantID, slugs []string) error {
	for _, slug := range slugs {
		if _, err := k.store.Endpoint(ctx, tenant, slug); err != nil {
			return err
		}
	}
	return nil
}
