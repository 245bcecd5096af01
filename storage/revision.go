package storage

import (
	"context"

	"syft-space/app/space"
)

const selectRevisions = `SELECT count(*), coalesce(max(updated_at), 0) FROM datasets WHERE tenant_id = ?1 AND deleting = 0
	UNION ALL SELECT count(*), coalesce(max(updated_at), 0) FROM models WHERE tenant_id = ?1
	UNION ALL SELECT count(*), coalesce(max(updated_at), 0) FROM endpoints WHERE tenant_id = ?1
	UNION ALL SELECT count(*), coalesce(max(updated_at), 0) FROM policies WHERE tenant_id = ?1
	UNION ALL SELECT count(*), coalesce(max(max(created_at, updated_at, coalesce(revoked_at, 0))), 0) FROM api_keys WHERE tenant_id = ?1
	UNION ALL SELECT count(*), coalesce(max(updated_at), 0) FROM settings WHERE tenant_id = ?1`

// Revisions tells what the tenant's owner edits apart from what it was before.
func (db *DB) Revisions(ctx context.Context, tenant space.TenantID) (r space.Revisions, err error) {
	into := []*space.Revision{&r.Datasets, &r.Models, &r.Endpoints, &r.Policies, &r.Keys, &r.Settings}
	err = db.read(ctx, func(c *conn) error {
		i := 0
		return each(ctx, c, selectRevisions, []any{tenant.UUID[:]}, func(row scanner) error {
			dest := into[i]
			i++
			return row.Scan(&dest.Rows, asTime(&dest.Last))
		})
	})
	return r, err
}
