package storage

import (
	"context"
	"errors"
	"strings"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const datasetColumns = `id, tenant_id, name, type, configuration, summary, tags, stopped, created_at, updated_at`

func scanDataset(row scanner) (d space.Dataset, err error) {
	err = row.Scan(&d.ID, &d.Tenant, &d.Name, &d.Type, asRaw(&d.Configuration), &d.Summary, &d.Tags,
		&d.Stopped, asTime(&d.CreatedAt), asTime(&d.UpdatedAt))
	return d, err
}

const (
	selectDatasetTaken = `SELECT 1 FROM datasets WHERE tenant_id = ? AND name = ? AND id <> ? AND deleting = 0`
	insertDataset      = `INSERT INTO datasets (id, tenant_id, name, type, configuration, summary, tags, stopped, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// CreateDataset stores a new dataset; KindConflict where its name is taken.
func (db *DB) CreateDataset(ctx context.Context, tenant space.TenantID, d space.Dataset) error {
	return db.write(ctx, func(tx *tx) error {
		if err := tx.free(ctx, selectDatasetTaken, tenant, d.ID, "Dataset", d.Name); err != nil {
			return err
		}
		_, err := tx.exec(ctx, insertDataset, d.ID[:], tenant.UUID[:], d.Name, d.Type, toObject(d.Configuration),
			d.Summary, d.Tags, d.Stopped, toMicros(d.CreatedAt), toMicros(d.UpdatedAt))
		return err
	})
}

// free fails with KindConflict where another row of the tenant has the name.
func (tx *tx) free(ctx context.Context, query string, tenant space.TenantID, id uuid.UUID, what, name string) error {
	var taken int
	switch err := one(ctx, tx.conn, query, []any{tenant.UUID[:], name, id[:]}, &taken); {
	case errors.Is(err, errNone):
		return nil
	case err != nil:
		return err
	}
	return space.Errorf(space.KindConflict, "%s '%s' already exists", what, name)
}

const (
	selectDatasetNamed = `SELECT ` + datasetColumns + ` FROM datasets WHERE tenant_id = ? AND name = ? AND deleting = 0`
	selectDataset      = `SELECT ` + datasetColumns + ` FROM datasets WHERE tenant_id = ? AND id = ? AND deleting = 0`
	countDatasets      = `SELECT count(*) FROM datasets WHERE tenant_id = ? AND deleting = 0`
	selectDatasets     = `SELECT ` + datasetColumns + ` FROM datasets WHERE tenant_id = ? AND deleting = 0
		ORDER BY created_at, id LIMIT ? OFFSET ?`
)

// Dataset returns the dataset with the name or the UUID ref.
func (db *DB) Dataset(ctx context.Context, tenant space.TenantID, ref string) (space.Dataset, error) {
	query, key := selectDatasetNamed, any(ref)
	if id, err := uuid.Parse(ref); err == nil {
		query, key = selectDataset, id[:]
	}
	return find(ctx, db, scanDataset, query, []any{tenant.UUID[:], key}, "Dataset", ref)
}

// DatasetByID returns the dataset with the id.
func (db *DB) DatasetByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Dataset, error) {
	return find(ctx, db, scanDataset, selectDataset, []any{tenant.UUID[:], id[:]}, "Dataset", id.String())
}

// Datasets returns a page of the tenant's datasets.
func (db *DB) Datasets(ctx context.Context, tenant space.TenantID, p space.Page) (space.List[space.Dataset], error) {
	return page(ctx, db, p, scanDataset, countDatasets, selectDatasets, tenant.UUID[:])
}

const updateDataset = `UPDATE datasets SET
		name = coalesce(?, name), summary = coalesce(?, summary), tags = coalesce(?, tags),
		configuration = coalesce(?, configuration), updated_at = ?
	WHERE tenant_id = ? AND id = ? AND deleting = 0 RETURNING ` + datasetColumns

// UpdateDataset changes a dataset and returns it as it is then.
func (db *DB) UpdateDataset(ctx context.Context, tenant space.TenantID, id uuid.UUID, patch space.DatasetPatch) (d space.Dataset, err error) {
	err = db.write(ctx, func(tx *tx) error {
		if patch.Name != nil {
			if err := tx.free(ctx, selectDatasetTaken, tenant, id, "Dataset", *patch.Name); err != nil {
				return err
			}
		}
		d, err = get(ctx, tx.conn, scanDataset, updateDataset, []any{patch.Name, patch.Summary, patch.Tags,
			toObjectOrNull(patch.Configuration), toMicros(tx.now), tenant.UUID[:], id[:]}, "Dataset", id.String())
		return err
	})
	return d, err
}

const updateDatasetStopped = `UPDATE datasets SET stopped = ?, updated_at = ? WHERE tenant_id = ? AND id = ? AND deleting = 0`

// SetDatasetStopped notes whether the owner stopped the dataset's ingestion.
func (db *DB) SetDatasetStopped(ctx context.Context, tenant space.TenantID, id uuid.UUID, stopped bool) error {
	return db.change(ctx, "Dataset", id.String(), func(tx *tx) (int, error) {
		return tx.exec(ctx, updateDatasetStopped, stopped, toMicros(tx.now), tenant.UUID[:], id[:])
	})
}

const (
	selectEndpointsOf = `SELECT id, name, slug FROM endpoints
		WHERE tenant_id = ?1 AND (?2 IS NULL OR dataset_id = ?2) AND (?3 IS NULL OR model_id = ?3)
		ORDER BY created_at, id`
	hideDataset = `UPDATE datasets SET deleting = 1, stopped = 1, updated_at = ? WHERE tenant_id = ? AND id = ?`
)

// EndpointsOf returns the endpoints that the filter selects.
func (db *DB) EndpointsOf(ctx context.Context, tenant space.TenantID, f space.EndpointFilter) (refs []space.EndpointRef, err error) {
	err = db.read(ctx, func(c *conn) error {
		refs, err = endpointsOf(ctx, c, tenant, f)
		return err
	})
	return refs, err
}

func endpointsOf(ctx context.Context, c *conn, tenant space.TenantID, f space.EndpointFilter) ([]space.EndpointRef, error) {
	return all(ctx, c, func(row scanner) (r space.EndpointRef, err error) {
		err = row.Scan(&r.ID, &r.Name, &r.Slug)
		return r, err
	}, selectEndpointsOf, tenant.UUID[:], idOrNull(f.DatasetID), idOrNull(f.ModelID))
}

// DeleteDataset removes a dataset and everything it had; KindConflict while
// endpoints use it. From its return on nobody sees the dataset. What it held
// is removed behind, in small transactions, and an interrupted removal goes on
// when the folder is next opened.
func (db *DB) DeleteDataset(ctx context.Context, tenant space.TenantID, id uuid.UUID) error {
	err := db.write(ctx, func(tx *tx) error {
		d, err := get(ctx, tx.conn, scanDataset, selectDataset, []any{tenant.UUID[:], id[:]}, "Dataset", id.String())
		if err != nil {
			return err
		}
		if err := unused(ctx, tx.conn, tenant, space.EndpointFilter{DatasetID: &id}, "Dataset", d.Name); err != nil {
			return err
		}
		_, err = tx.exec(ctx, hideDataset, toMicros(tx.now), tenant.UUID[:], id[:])
		return err
	})
	if err == nil {
		db.sweep()
	}
	return err
}

// unused fails with KindConflict while endpoints use the thing.
func unused(ctx context.Context, c *conn, tenant space.TenantID, f space.EndpointFilter, what, name string) error {
	refs, err := endpointsOf(ctx, c, tenant, f)
	if err != nil || len(refs) == 0 {
		return err
	}
	slugs := make([]string, len(refs))
	for i, r := range refs {
		slugs[i] = r.Slug
	}
	return space.Errorf(space.KindConflict, "%s '%s' is used by endpoints: %s", what, name, strings.Join(slugs, ", "))
}
