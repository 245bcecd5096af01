package storage

import (
	"context"
	"slices"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// storedInfo is how the facts about an embedder are stored.
type storedInfo struct {
	ID            string    `json:"id"`
	Server        string    `json:"server"`
	Revision      string    `json:"revision"`
	Dimension     int       `json:"dimension"`
	MaxTokens     int       `json:"max_tokens"`
	Pooling       string    `json:"pooling"`
	QueryPrefix   string    `json:"query_prefix"`
	PassagePrefix string    `json:"passage_prefix"`
	Floor         float32   `json:"floor"`
	Centre        []float32 `json:"-"` // stored apart, as the centre of the codes
}

// storedBinding is the JSON of a binding's row.
type storedBinding struct {
	storedInfo
	Configuration space.Config `json:"configuration,omitempty"`
}

const bindingColumns = `b.id, b.dataset_id, b.info, b.active, b.centre`

// boundRow is a binding with its number.
type boundRow struct {
	space.Binding
	id int64
}

func scanBinding(row scanner) (b boundRow, err error) {
	var stored storedBinding
	var centre []byte
	err = row.Scan(&b.id, &b.DatasetID, asJSON(&stored), &b.Active, &centre)
	b.Info, b.Configuration = space.EmbedderInfo(stored.storedInfo), stored.Configuration
	if centre != nil {
		b.Centre = readFloats(nil, centre)
	}
	return b, err
}

const (
	fromBindings = ` FROM bindings b JOIN datasets s ON s.id = b.dataset_id AND s.deleting = 0
		WHERE b.tenant_id = ? AND b.dataset_id = ? AND b.dropped = 0 `
	selectBindings      = `SELECT ` + bindingColumns + fromBindings + `ORDER BY b.id`
	selectBinding       = `SELECT ` + bindingColumns + fromBindings + `AND b.name = ?`
	selectActiveBinding = `SELECT ` + bindingColumns + fromBindings + `AND b.active = 1`
)

// Bindings returns the embedders that the dataset has, or is getting, vectors
// of, oldest first.
func (db *DB) Bindings(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (list []space.Binding, err error) {
	err = db.read(ctx, func(c *conn) error {
		list, err = all(ctx, c, func(row scanner) (space.Binding, error) {
			b, err := scanBinding(row)
			return b.Binding, err
		}, selectBindings, tenant.UUID[:], dataset[:])
		return err
	})
	return list, err
}

// ActiveBinding returns the binding that queries use; KindNotFound while there
// is none.
func (db *DB) ActiveBinding(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (space.Binding, error) {
	b, err := find(ctx, db, scanBinding, selectActiveBinding, []any{tenant.UUID[:], dataset[:]}, "Embedder of dataset", dataset.String())
	return b.Binding, err
}

// binding returns the dataset's binding with the name.
func binding(ctx context.Context, c *conn, tenant space.TenantID, dataset uuid.UUID, name string) (boundRow, error) {
	return get(ctx, c, scanBinding, selectBinding, []any{tenant.UUID[:], dataset[:], name}, "Binding", name)
}

const (
	insertBinding = `INSERT INTO bindings (tenant_id, dataset_id, name, info, active, centre, created_at) VALUES (?, ?, ?, ?, ?, ?, ?)`
	updateBinding = `UPDATE bindings SET info = ? WHERE id = ?`
	queuePassages = `INSERT INTO unembedded (binding_id, row, tenant_id)
		SELECT ?, row, tenant_id FROM passages WHERE tenant_id = ? AND dataset_id = ?`
	deactivateBindings = `UPDATE bindings SET active = 0 WHERE tenant_id = ? AND dataset_id = ? AND active = 1`
	activateBinding    = `UPDATE bindings SET active = 1 WHERE id = ?`
)

// SetBinding gives the dataset an embedder, and queues all its passages for
// it. One that it has already keeps its vectors, its centre and whether it is
// active; only its configuration and the facts that do not change vectors are
// brought up to date.
func (db *DB) SetBinding(ctx context.Context, tenant space.TenantID, b space.Binding) error {
	info, err := toJSON(storedBinding{storedInfo(b.Info), b.Configuration}, "{}")
	if err != nil {
		return err
	}
	if b.Info.Dimension < 1 || b.Info.Dimension > 65535 {
		return space.Errorf(space.KindInvalid, "an embedder's vectors must have 1 to 65535 components, not %d", b.Info.Dimension)
	}
	return db.write(ctx, func(tx *tx) error {
		if err := datasetHere(ctx, tx.conn, tenant, b.DatasetID); err != nil {
			return err
		}
		old, err := binding(ctx, tx.conn, tenant, b.DatasetID, b.Info.Binding())
		if err == nil {
			_, err = tx.exec(ctx, updateBinding, info, old.id)
			return err
		}
		if space.KindOf(err) != space.KindNotFound {
			return err
		}
		if b.Active {
			if _, err := tx.exec(ctx, deactivateBindings, tenant.UUID[:], b.DatasetID[:]); err != nil {
				return err
			}
		}
		var centre any
		if b.Centre != nil {
			centre = appendFloats(nil, b.Centre)
		}
		id, err := tx.insert(ctx, insertBinding, tenant.UUID[:], b.DatasetID[:], b.Info.Binding(), info, b.Active, centre, toMicros(tx.now))
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, queuePassages, id, tenant.UUID[:], b.DatasetID[:])
		return err
	})
}

// ActivateBinding makes queries use the binding in place of any other.
func (db *DB) ActivateBinding(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string) error {
	return db.write(ctx, func(tx *tx) error {
		b, err := binding(ctx, tx.conn, tenant, dataset, name)
		if err != nil || b.Active {
			return err
		}
		if _, err := tx.exec(ctx, deactivateBindings, tenant.UUID[:], dataset[:]); err != nil {
			return err
		}
		_, err = tx.exec(ctx, activateBinding, b.id)
		return err
	})
}

const dropBinding = `UPDATE bindings SET dropped = 1, active = 0 WHERE id = ?`

// DropBinding forgets an embedder of the dataset. Its vectors are removed
// behind, as those of a deleted dataset are.
func (db *DB) DropBinding(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string) error {
	err := db.write(ctx, func(tx *tx) error {
		b, err := binding(ctx, tx.conn, tenant, dataset, name)
		if err != nil {
			return err
		}
		_, err = tx.exec(ctx, dropBinding, b.id)
		return err
	})
	if err == nil {
		db.sweep()
	}
	return err
}

const freezeCentre = `UPDATE bindings SET centre = ? WHERE id = ?`

// FreezeCentre sets the centre of the binding's codes, once and for all:
// another one than it has is refused with KindConflict.
func (db *DB) FreezeCentre(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string, centre []float32) error {
	return db.write(ctx, func(tx *tx) error {
		b, err := binding(ctx, tx.conn, tenant, dataset, name)
		switch {
		case err != nil:
			return err
		case len(centre) != b.Info.Dimension:
			return space.Errorf(space.KindInvalid, "a centre has %d components and its embedder's vectors %d", len(centre), b.Info.Dimension)
		case b.Centre != nil && !slices.Equal(b.Centre, centre):
			return space.Errorf(space.KindConflict, "the centre of the codes is frozen already")
		}
		_, err = tx.exec(ctx, freezeCentre, appendFloats(nil, centre), b.id)
		return err
	})
}
