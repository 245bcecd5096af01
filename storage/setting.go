package storage

import (
	"context"
	"encoding/json"

	"syft-space/app/space"
)

const (
	selectSetting  = `SELECT value FROM settings WHERE tenant_id = ? AND name = ?`
	selectSettings = `SELECT name, value FROM settings WHERE tenant_id = ? ORDER BY name`
	upsertSetting  = `INSERT INTO settings (tenant_id, name, value, updated_at) VALUES (?, ?, ?, ?)
		ON CONFLICT (tenant_id, name) DO UPDATE SET value = excluded.value, updated_at = excluded.updated_at`
	seedSetting = `INSERT INTO settings (tenant_id, name, value, updated_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`
)

// Setting returns the value of a setting as JSON; KindNotFound where it was
// never set.
func (db *DB) Setting(ctx context.Context, tenant space.TenantID, key string) (json.RawMessage, error) {
	return find(ctx, db, func(row scanner) (value json.RawMessage, err error) {
		err = row.Scan(asRaw(&value))
		return value, err
	}, selectSetting, []any{tenant.UUID[:], key}, "Setting", key)
}

// Settings returns all settings of the tenant.
func (db *DB) Settings(ctx context.Context, tenant space.TenantID) (map[string]json.RawMessage, error) {
	settings := map[string]json.RawMessage{}
	err := db.read(ctx, func(c *conn) error {
		return each(ctx, c, selectSettings, []any{tenant.UUID[:]}, func(row scanner) error {
			var name string
			var value json.RawMessage
			err := row.Scan(&name, asRaw(&value))
			settings[name] = value
			return err
		})
	})
	return settings, err
}

// SetSetting stores the value of a setting, which must be JSON.
func (db *DB) SetSetting(ctx context.Context, tenant space.TenantID, key string, value json.RawMessage) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, upsertSetting, tenant.UUID[:], key, string(value), toMicros(tx.now))
		return err
	})
}

// SeedSetting stores the value of a setting that was never set, and leaves any
// other alone.
func (db *DB) SeedSetting(ctx context.Context, tenant space.TenantID, key string, value json.RawMessage) error {
	return db.write(ctx, func(tx *tx) error {
		_, err := tx.exec(ctx, seedSetting, tenant.UUID[:], key, string(value), toMicros(tx.now))
		return err
	})
}
