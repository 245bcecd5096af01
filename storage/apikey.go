package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const keyColumns = `id, tenant_id, hash, prefix, name, email, scopes, endpoints, expires_at, last_used_at, revoked_at, created_at`

func scanKey(row scanner) (k space.APIKey, err error) {
	err = row.Scan(&k.ID, &k.Tenant, &k.Hash, &k.Prefix, &k.Name, &k.Email, asJSON(&k.Scopes), asJSON(&k.Endpoints),
		asTimeOrNil(&k.ExpiresAt), asTimeOrNil(&k.LastUsedAt), asTimeOrNil(&k.RevokedAt), asTime(&k.CreatedAt))
	return k, err
}

const insertKey = `INSERT INTO api_keys (id, tenant_id, hash, prefix, name, email, scopes, endpoints, expires_at, last_used_at, revoked_at, created_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, NULL, ?)`

// CreateKey stores a new API key.
func (db *DB) CreateKey(ctx context.Context, tenant space.TenantID, k space.APIKey) error {
	scopes, err := toJSON(k.Scopes, "[]")
	if err != nil {
		return err
	}
	endpoints, err := toJSON(k.Endpoints, "[]")
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, insertKey, k.ID[:], tenant.UUID[:], k.Hash, k.Prefix, k.Name, k.Email, scopes, endpoints,
			toMicrosOrNull(k.ExpiresAt), toMicros(k.CreatedAt))
		return err
	})
}

const (
	selectKey  = `SELECT ` + keyColumns + ` FROM api_keys WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL`
	countKeys  = `SELECT count(*) FROM api_keys WHERE tenant_id = ? AND revoked_at IS NULL`
	selectKeys = `SELECT ` + keyColumns + ` FROM api_keys WHERE tenant_id = ? AND revoked_at IS NULL
		ORDER BY created_at, id LIMIT ? OFFSET ?`
)

// Key returns the API key with the id, unless it is revoked.
func (db *DB) Key(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.APIKey, error) {
	return find(ctx, db, scanKey, selectKey, []any{tenant.UUID[:], id[:]}, "API key", id.String())
}

// Keys returns a page of the tenant's API keys, revoked ones left out.
func (db *DB) Keys(ctx context.Context, tenant space.TenantID, p space.Page) (space.List[space.APIKey], error) {
	return page(ctx, db, p, scanKey, countKeys, selectKeys, tenant.UUID[:])
}

const updateKey = `UPDATE api_keys SET
		name = coalesce(?, name), scopes = coalesce(?, scopes), endpoints = coalesce(?, endpoints),
		expires_at = CASE WHEN ? THEN ? ELSE expires_at END, updated_at = ?
	WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL RETURNING ` + keyColumns

// UpdateKey changes an API key and returns it as it is then.
func (db *DB) UpdateKey(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.APIKeyPatch) (k space.APIKey, err error) {
	var scopes, endpoints, expires any
	if patch.Scopes != nil {
		if scopes, err = toJSON(patch.Scopes, "[]"); err != nil {
			return k, err
		}
	}
	if patch.Endpoints != nil {
		if endpoints, err = toJSON(*patch.Endpoints, "[]"); err != nil {
			return k, err
		}
	}
	if patch.ExpiresAt != nil && !patch.ExpiresAt.IsZero() {
		expires = toMicros(*patch.ExpiresAt)
	}
	err = db.write(ctx, func(tx *tx) error {
		k, err = get(ctx, tx.conn, scanKey, updateKey, []any{patch.Name, scopes, endpoints, patch.ExpiresAt != nil, expires,
			toMicros(tx.now), tenant.UUID[:], id[:]}, "API key", id.String())
		return err
	})
	return k, err
}

const revokeKey = `UPDATE api_keys SET revoked_at = ? WHERE tenant_id = ? AND id = ? AND revoked_at IS NULL`

// RevokeKey ends an API key for good. Its row stays, so that its hash is never
// issued again.
func (db *DB) RevokeKey(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	return db.change(ctx, "API key", id.String(), func(tx *tx) (int, error) {
		return tx.exec(ctx, revokeKey, toMicros(tx.now), tenant.UUID[:], id[:])
	})
}

const touchKey = `UPDATE api_keys SET last_used_at = ? WHERE tenant_id = ? AND id = ?`

// TouchKey notes that the key was used now: at most once a minute for each
// key, and behind, so that no caller waits for the disk.
func (db *DB) TouchKey(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	now := db.clock()
	if !db.keys.due(id, now) {
		return nil
	}
	db.later(ctx, "noting the use of a key failed", func(tx *tx) error {
		_, err := tx.exec(ctx, touchKey, toMicros(now), tenant.UUID[:], id[:])
		return err
	})
	return nil
}
