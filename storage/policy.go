package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const policyColumns = `id, tenant_id, endpoint_id, name, type, configuration, enabled, created_at, updated_at`

func scanPolicy(row scanner) (p space.Policy, err error) {
	err = row.Scan(&p.ID, &p.Tenant, &p.EndpointID, &p.Name, &p.Type, asRaw(&p.Configuration), &p.Enabled,
		asTime(&p.CreatedAt), asTime(&p.UpdatedAt))
	return p, err
}

const insertPolicy = `INSERT INTO policies (id, tenant_id, endpoint_id, name, type, configuration, enabled, created_at, updated_at)
	VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`

// CreatePolicy stores a new policy; KindNotFound where its endpoint is not the
// tenant's.
func (db *DB) CreatePolicy(ctx context.Context, tenant space.TenantID, p space.Policy) error {
	return db.write(ctx, func(tx *tx) error {
		if _, err := get(ctx, tx.conn, scanEndpoint, selectEndpoint, []any{tenant.UUID[:], p.EndpointID[:]}, "Endpoint", p.EndpointID.String()); err != nil {
			return err
		}
		_, err := tx.exec(ctx, insertPolicy, p.ID[:], tenant.UUID[:], p.EndpointID[:], p.Name, p.Type,
			toObject(p.Configuration), p.Enabled, toMicros(p.CreatedAt), toMicros(p.UpdatedAt))
		return err
	})
}

const (
	selectPolicy   = `SELECT ` + policyColumns + ` FROM policies WHERE tenant_id = ? AND id = ?`
	countPolicies  = `SELECT count(*) FROM policies WHERE tenant_id = ?1 AND (?2 IS NULL OR endpoint_id = ?2)`
	selectPolicies = `SELECT ` + policyColumns + ` FROM policies WHERE tenant_id = ?1 AND (?2 IS NULL OR endpoint_id = ?2)
		ORDER BY created_at, id LIMIT ?3 OFFSET ?4`
	selectEnabledPolicies = `SELECT ` + policyColumns + ` FROM policies
		WHERE tenant_id = ? AND endpoint_id = ? AND enabled = 1 ORDER BY created_at, id`
)

// Policy returns the policy with the id.
func (db *DB) Policy(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Policy, error) {
	return find(ctx, db, scanPolicy, selectPolicy, []any{tenant.UUID[:], id[:]}, "Policy", id.String())
}

// Policies returns a page of the policies of one endpoint, or of all where
// endpoint is nil.
func (db *DB) Policies(ctx context.Context, tenant space.TenantID, endpoint *uuid.UUID, p space.Page) (space.List[space.Policy], error) {
	return page(ctx, db, p, scanPolicy, countPolicies, selectPolicies, tenant.UUID[:], idOrNull(endpoint))
}

// EnabledPolicies returns the policies that apply to an endpoint, oldest first.
func (db *DB) EnabledPolicies(ctx context.Context, tenant space.TenantID, endpoint uuid.UUID) (list []space.Policy, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, scanPolicy, selectEnabledPolicies, tenant.UUID[:], endpoint[:])
		return err
	})
	return list, err
}

const updatePolicy = `UPDATE policies SET
		name = coalesce(?, name), configuration = coalesce(?, configuration), enabled = coalesce(?, enabled), updated_at = ?
	WHERE tenant_id = ? AND id = ? RETURNING ` + policyColumns

// UpdatePolicy changes a policy and returns it as it is then.
func (db *DB) UpdatePolicy(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.PolicyPatch) (p space.Policy, err error) {
	err = db.write(ctx, func(tx *tx) error {
		p, err = get(ctx, tx.conn, scanPolicy, updatePolicy, []any{patch.Name, toObjectOrNull(patch.Configuration), patch.Enabled,
			toMicros(tx.now), tenant.UUID[:], id[:]}, "Policy", id.String())
		return err
	})
	return p, err
}

const deletePolicy = `DELETE FROM policies WHERE tenant_id = ? AND id = ?`

// DeletePolicy removes a policy and its counters.
func (db *DB) DeletePolicy(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	return db.change(ctx, "Policy", id.String(), func(tx *tx) (int, error) {
		return tx.exec(ctx, deletePolicy, tenant.UUID[:], id[:])
	})
}

const countPoliciesOf = `SELECT endpoint_id, count(*) FROM policies
	WHERE tenant_id = ? AND endpoint_id IN (SELECT unhex(value) FROM json_each(?)) GROUP BY endpoint_id`

// PolicyCounts returns how many policies each endpoint has; endpoints without
// any are left out.
func (db *DB) PolicyCounts(ctx context.Context, tenant space.TenantID, ids ...uuid.UUID) (map[uuid.UUID]int, error) {
	list, err := idList(ids)
	if err != nil {
		return nil, err
	}
	counts := make(map[uuid.UUID]int, len(ids))
	err = db.read(ctx, func(c *conn) error {
		return each(ctx, c, countPoliciesOf, []any{tenant.UUID[:], list}, func(row scanner) error {
			var id uuid.UUID
			var n int
			err := row.Scan(&id, &n)
			counts[id] = n
			return err
		})
	})
	return counts, err
}
