package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const modelColumns = `id, tenant_id, name, type, configuration, summary, tags, created_at, updated_at`

func scanModel(row scanner) (m space.Model, err error) {
	err = row.Scan(&m.ID, &m.Tenant, &m.Name, &m.Type, asRaw(&m.Configuration), &m.Summary, &m.Tags,
		asTime(&m.CreatedAt), asTime(&m.UpdatedAt))
	return m, err
}

const (
	selectModelTaken = `SELECT 1 FROM models WHERE tenant_id = ? AND name = ? AND id <> ?`
	insertModel      = `INSERT INTO models (id, tenant_id, name, type, configuration, summary, tags, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// CreateModel stores a new model; KindConflict where its name is taken.
func (db *DB) CreateModel(ctx context.Context, tenant space.TenantID, m space.Model) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.free(ctx, selectModelTaken, tenant, m.ID, "Model", m.Name); err != nil {
			return err
		}
		_, err := tx.exec(ctx, insertModel, m.ID[:], tenant.UUID[:], m.Name, m.Type, toObject(m.Configuration),
			m.Summary, m.Tags, toMicros(m.CreatedAt), toMicros(m.UpdatedAt))
		return err
	})
}

const (
	selectModelNamed = `SELECT ` + modelColumns + ` FROM models WHERE tenant_id = ? AND name = ?`
	selectModel      = `SELECT ` + modelColumns + ` FROM models WHERE tenant_id = ? AND id = ?`
	countModels      = `SELECT count(*) FROM models WHERE tenant_id = ?`
	selectModels     = `SELECT ` + modelColumns + ` FROM models WHERE tenant_id = ? ORDER BY created_at, id LIMIT ? OFFSET ?`
)

// Model returns the model with the name or the UUID ref.
func (db *DB) Model(ctx context.Context, tenant space.TenantID, ref string) (space.Model, error) {
	query, key := selectModelNamed, any(ref)
	if id, err := uuid.Parse(ref); err == nil {
		query, key = selectModel, id[:]
	}
	return find(ctx, db, scanModel, query, []any{tenant.UUID[:], key}, "Model", ref)
}

// ModelByID returns the model with the id.
func (db *DB) ModelByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Model, error) {
	return find(ctx, db, scanModel, selectModel, []any{tenant.UUID[:], id[:]}, "Model", id.String())
}

// Models returns a page of the tenant's models.
func (db *DB) Models(ctx context.Context, tenant space.TenantID, p space.Page) (space.List[space.Model], error) {
	return page(ctx, db, p, scanModel, countModels, selectModels, tenant.UUID[:])
}

const updateModel = `UPDATE models SET
		name = coalesce(?, name), summary = coalesce(?, summary), tags = coalesce(?, tags),
		configuration = coalesce(?, configuration), updated_at = ?
	WHERE tenant_id = ? AND id = ? RETURNING ` + modelColumns

// UpdateModel changes a model and returns it as it is then.
func (db *DB) UpdateModel(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.ModelPatch) (m space.Model, err error) {
	err = db.write(ctx, func(tx *tx) error {
		if patch.Name != nil {
			if err := tx.free(ctx, selectModelTaken, tenant, id, "Model", *patch.Name); err != nil {
				return err
			}
		}
		m, err = get(ctx, tx.conn, scanModel, updateModel, []any{patch.Name, patch.Summary, patch.Tags,
			toObjectOrNull(patch.Configuration), toMicros(tx.now), tenant.UUID[:], id[:]}, "Model", id.String())
		return err
	})
	return m, err
}

const deleteModel = `DELETE FROM models WHERE tenant_id = ? AND id = ?`

// DeleteModel removes a model; KindConflict while endpoints use it.
func (db *DB) DeleteModel(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	return db.write(ctx, func(tx *tx) error {
		m, err := get(ctx, tx.conn, scanModel, selectModel, []any{tenant.UUID[:], id[:]}, "Model", id.String())
		if err != nil {
			return err
		}
		if err := unused(ctx, tx.conn, tenant, space.EndpointFilter{ModelID: &id}, "Model", m.Name); err != nil {
			return err
		}
		_, err = tx.exec(ctx, deleteModel, tenant.UUID[:], id[:])
		return err
	})
}
