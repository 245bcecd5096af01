package storage

import (
	"context"
	"encoding/hex"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// The methods of this file cross tenants: tenants themselves, and credentials
// that name their own.

const tenantColumns = `id, name, display_name, domain, metadata, active, created_at, updated_at`

func scanTenant(row scanner) (t space.Tenant, err error) {
	err = row.Scan(&t.ID, &t.Name, &t.DisplayName, &t.Domain, asJSON(&t.Metadata), &t.Active,
		asTime(&t.CreatedAt), asTime(&t.UpdatedAt))
	return t, err
}

const (
	selectTenantNamed = `SELECT ` + tenantColumns + ` FROM tenants WHERE name = ?`
	selectTenant      = `SELECT ` + tenantColumns + ` FROM tenants WHERE id = ?`
	countTenants      = `SELECT count(*) FROM tenants`
	selectTenants     = `SELECT ` + tenantColumns + ` FROM tenants ORDER BY created_at, id LIMIT ? OFFSET ?`
	selectNameTaken   = `SELECT 1 FROM tenants WHERE name = ?`
	insertTenant      = `INSERT INTO tenants (id, name, display_name, domain, metadata, active, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
)

// CreateTenant stores a new tenant; KindConflict where its name is taken.
func (db *DB) CreateTenant(ctx context.Context, t space.Tenant) error {
	metadata, err := toJSON(t.Metadata, "{}")
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *tx) error {
		err := exists(ctx, tx.conn, selectNameTaken, []any{t.Name}, "Tenant", t.Name)
		if err == nil {
			return space.Errorf(space.KindConflict, "Tenant '%s' already exists", t.Name)
		}
		if space.KindOf(err) != space.KindNotFound {
			return err
		}
		_, err = tx.exec(ctx, insertTenant, t.ID.UUID[:], t.Name, t.DisplayName, t.Domain, metadata, t.Active,
			toMicros(t.CreatedAt), toMicros(t.UpdatedAt))
		return err
	})
}

// Tenant returns the tenant with the name.
func (db *DB) Tenant(ctx context.Context, name string) (space.Tenant, error) {
	return find(ctx, db, scanTenant, selectTenantNamed, []any{name}, "Tenant", name)
}

// TenantByID returns the tenant with the id.
func (db *DB) TenantByID(ctx context.Context, id space.TenantID) (space.Tenant, error) {
	return find(ctx, db, scanTenant, selectTenant, []any{id.UUID[:]}, "Tenant", id.String())
}

// Tenants returns a page of the tenants.
func (db *DB) Tenants(ctx context.Context, p space.Page) (space.List[space.Tenant], error) {
	return page(ctx, db, p, scanTenant, countTenants, selectTenants)
}

const selectAllDatasets = `SELECT ` + datasetColumns + ` FROM datasets WHERE deleting = 0 ORDER BY created_at, id`

// AllDatasets returns the datasets of all tenants, for the start of the program.
func (db *DB) AllDatasets(ctx context.Context) (list []space.Dataset, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, scanDataset, selectAllDatasets)
		return err
	})
	return list, err
}

const selectKeyHash = `SELECT ` + keyColumns + ` FROM api_keys WHERE hash = ? AND revoked_at IS NULL`

// KeyByHash returns the API key with the SHA-256 hash, unless it is revoked.
// Whether it has expired is for the caller to see.
func (db *DB) KeyByHash(ctx context.Context, hash []byte) (space.APIKey, error) {
	return find(ctx, db, scanKey, selectKeyHash, []any{hash}, "API key", hex.EncodeToString(hash[:min(4, len(hash))]))
}

const (
	insertSession  = `INSERT INTO sessions (hash, csrf, expires_at) VALUES (?, ?, ?)`
	selectSession  = `SELECT hash, csrf, expires_at FROM sessions WHERE hash = ?`
	deleteSession  = `DELETE FROM sessions WHERE hash = ?`
	expireSessions = `DELETE FROM sessions WHERE expires_at <= ?`
)

// CreateSession stores a sign-in of the dashboard and forgets those that have
// ended.
func (db *DB) CreateSession(ctx context.Context, s space.Session) error {
	return db.write(ctx, func(tx *tx) error {
		if _, err := tx.exec(ctx, expireSessions, toMicros(tx.now)); err != nil {
			return err
		}
		_, err := tx.exec(ctx, insertSession, s.Hash, s.CSRF, toMicros(s.ExpiresAt))
		return err
	})
}

// Session returns the sign-in with the hash. Whether it has ended is for the
// caller to see.
func (db *DB) Session(ctx context.Context, hash []byte) (space.Session, error) {
	return find(ctx, db, func(row scanner) (s space.Session, err error) {
		err = row.Scan(&s.Hash, &s.CSRF, asTime(&s.ExpiresAt))
		return s, err
	}, selectSession, []any{hash}, "Session", hex.EncodeToString(hash[:min(4, len(hash))]))
}

// DeleteSession ends a sign-in; ending one that has ended already is no error.
func (db *DB) DeleteSession(ctx context.Context, hash []byte) error {
	_, err := db.count(ctx, deleteSession, hash)
	return err
}

// ExpireSessions forgets the sign-ins that have ended and returns how many.
func (db *DB) ExpireSessions(ctx context.Context) (int, error) {
	return db.count(ctx, expireSessions, toMicros(db.clock()))
}

func hexOf(id uuid.UUID) string { return hex.EncodeToString(id[:]) }
