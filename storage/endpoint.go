package storage

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const endpointColumns = `id, tenant_id, name, slug, description, summary, dataset_id, model_id, response_type,
	published, archived, tags, system_prompt, published_to, created_at, updated_at`

func scanEndpoint(row scanner) (e space.Endpoint, err error) {
	err = row.Scan(&e.ID, &e.Tenant, &e.Name, &e.Slug, &e.Description, &e.Summary, &e.DatasetID, &e.ModelID, &e.ResponseType,
		&e.Published, &e.Archived, &e.Tags, &e.SystemPrompt, asJSON(&e.PublishedTo), asTime(&e.CreatedAt), asTime(&e.UpdatedAt))
	return e, err
}

const (
	selectSlugTaken = `SELECT 1 FROM endpoints WHERE tenant_id = ? AND slug = ?`
	insertEndpoint  = `INSERT INTO endpoints (id, tenant_id, name, slug, description, summary, dataset_id, model_id, response_type,
			published, archived, tags, system_prompt, published_to, created_at, updated_at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
)

// CreateEndpoint stores a new endpoint; KindConflict where its slug is taken,
// KindNotFound where its dataset or its model is not the tenant's.
func (db *DB) CreateEndpoint(ctx context.Context, tenant space.TenantID, e space.Endpoint) error {
	publishedTo, err := toJSON(e.PublishedTo, "[]")
	if err != nil {
		return err
	}
	return db.write(ctx, func(tx *tx) error {
		if err := tx.joinable(ctx, tenant, e); err != nil {
			return err
		}
		_, err := tx.exec(ctx, insertEndpoint, e.ID[:], tenant.UUID[:], e.Name, e.Slug, e.Description, e.Summary,
			idOrNull(e.DatasetID), idOrNull(e.ModelID), string(e.ResponseType), e.Published, e.Archived, e.Tags,
			e.SystemPrompt, publishedTo, toMicros(e.CreatedAt), toMicros(e.UpdatedAt))
		return err
	})
}

// joinable checks that the slug is free and that what the endpoint joins is there.
func (tx *tx) joinable(ctx context.Context, tenant space.TenantID, e space.Endpoint) error {
	err := exists(ctx, tx.conn, selectSlugTaken, []any{tenant.UUID[:], e.Slug}, "Endpoint", e.Slug)
	if err == nil {
		return space.Errorf(space.KindConflict, "Endpoint slug '%s' already exists", e.Slug)
	}
	if space.KindOf(err) != space.KindNotFound {
		return err
	}
	if id := e.DatasetID; id != nil {
		if _, err := get(ctx, tx.conn, scanDataset, selectDataset, []any{tenant.UUID[:], id[:]}, "Dataset", id.String()); err != nil {
			return err
		}
	}
	if id := e.ModelID; id != nil {
		if _, err := get(ctx, tx.conn, scanModel, selectModel, []any{tenant.UUID[:], id[:]}, "Model", id.String()); err != nil {
			return err
		}
	}
	return nil
}

const (
	selectEndpointSlug = `SELECT ` + endpointColumns + ` FROM endpoints WHERE tenant_id = ? AND slug = ?`
	selectEndpoint     = `SELECT ` + endpointColumns + ` FROM endpoints WHERE tenant_id = ? AND id = ?`
	countEndpoints     = `SELECT count(*) FROM endpoints WHERE tenant_id = ?`
	selectEndpoints    = `SELECT ` + endpointColumns + ` FROM endpoints WHERE tenant_id = ? ORDER BY created_at, id LIMIT ? OFFSET ?`
)

// Endpoint returns the endpoint with the slug.
func (db *DB) Endpoint(ctx context.Context, tenant space.TenantID, slug string) (space.Endpoint, error) {
	return find(ctx, db, scanEndpoint, selectEndpointSlug, []any{tenant.UUID[:], slug}, "Endpoint", slug)
}

// EndpointByID returns the endpoint with the id.
func (db *DB) EndpointByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Endpoint, error) {
	return find(ctx, db, scanEndpoint, selectEndpoint, []any{tenant.UUID[:], id[:]}, "Endpoint", id.String())
}

// Endpoints returns a page of the tenant's endpoints.
func (db *DB) Endpoints(ctx context.Context, tenant space.TenantID, p space.Page) (space.List[space.Endpoint], error) {
	return page(ctx, db, p, scanEndpoint, countEndpoints, selectEndpoints, tenant.UUID[:])
}

const updateEndpoint = `UPDATE endpoints SET
		name = coalesce(?, name), summary = coalesce(?, summary), description = coalesce(?, description),
		tags = coalesce(?, tags), system_prompt = nullif(coalesce(?, system_prompt), ''),
		published = coalesce(?, published), archived = coalesce(?, archived), updated_at = ?
	WHERE tenant_id = ? AND slug = ? RETURNING ` + endpointColumns

// UpdateEndpoint changes an endpoint and returns it as it is then.
func (db *DB) UpdateEndpoint(ctx context.Context, tenant space.TenantID, slug string, p space.EndpointPatch) (e space.Endpoint, err error) {
	err = db.write(ctx, func(tx *tx) error {
		e, err = get(ctx, tx.conn, scanEndpoint, updateEndpoint, []any{p.Name, p.Summary, p.Description, p.Tags, p.SystemPrompt,
			p.Published, p.Archived, toMicros(tx.now), tenant.UUID[:], slug}, "Endpoint", slug)
		return err
	})
	return e, err
}

const updatePublishedTo = `UPDATE endpoints SET published_to = ?, updated_at = ? WHERE tenant_id = ? AND id = ?`

// SetPublishedTo notes the marketplaces that list the endpoint.
func (db *DB) SetPublishedTo(ctx context.Context, tenant space.TenantID, id uuid.UUID, marketplaces []uuid.UUID) error {
	list, err := toJSON(marketplaces, "[]")
	if err != nil {
		return err
	}
	return db.change(ctx, "Endpoint", id.String(), func(tx *tx) (int, error) {
		return tx.exec(ctx, updatePublishedTo, list, toMicros(tx.now), tenant.UUID[:], id[:])
	})
}

const deleteEndpoint = `DELETE FROM endpoints WHERE tenant_id = ? AND slug = ?`

// DeleteEndpoint removes an endpoint with its policies and their counters. The
// ledger and the analytics keep what it did.
func (db *DB) DeleteEndpoint(ctx context.Context, tenant space.TenantID, slug string) error {
	return db.change(ctx, "Endpoint", slug, func(tx *tx) (int, error) {
		return tx.exec(ctx, deleteEndpoint, tenant.UUID[:], slug)
	})
}
