package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const selectDatasetStats = `SELECT s.id,
		(SELECT count(*) FROM documents d WHERE d.dataset_id = s.id),
		(SELECT coalesce(sum(d.passages), 0) FROM documents d WHERE d.dataset_id = s.id),
		(SELECT count(*) FROM unembedded u WHERE u.binding_id = b.id),
		coalesce(b.info ->> 'id', '')
	FROM json_each(?2) l
		JOIN datasets s ON s.id = unhex(l.value) AND s.tenant_id = ?1 AND s.deleting = 0
		LEFT JOIN bindings b ON b.dataset_id = s.id AND b.active = 1`

// DatasetStats counts what datasets hold; datasets that the tenant does not
// have are left out.
func (db *DB) DatasetStats(ctx context.Context, tenant space.TenantID, ids ...uuid.UUID) (map[uuid.UUID]space.DatasetStats, error) {
	list, err := idList(ids)
	if err != nil {
		return nil, err
	}
	stats := make(map[uuid.UUID]space.DatasetStats, len(ids))
	err = db.read(ctx, func(c *conn) error {
		return each(ctx, c, selectDatasetStats, []any{tenant.UUID[:], list}, func(row scanner) error {
			var id uuid.UUID
			var s space.DatasetStats
			var pending int
			err := row.Scan(&id, &s.Documents, &s.Passages, &pending, &s.Embedder)
			if s.Embedder != "" {
				s.Embedded = s.Passages - pending
			}
			stats[id] = s
			return err
		})
	})
	return stats, err
}
