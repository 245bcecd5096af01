package storage

import (
	"context"
	"encoding/hex"
	"math"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// keyBytes is how much of a text's SHA-256 is stored to find its vector again:
// 128 bits, which no two texts will share.
const keyBytes = 16

const (
	dequeue       = `DELETE FROM unembedded WHERE binding_id = ? AND row = ?`
	selectRowHere = `SELECT row FROM passages WHERE row = ? AND tenant_id = ? AND dataset_id = ?`
	deleteVector  = `DELETE FROM vectors WHERE row = ? AND binding_id = ?`
	insertVector  = `INSERT INTO vectors (seq, tenant_id, binding_id, row, key, code, vector) VALUES (?, ?, ?, ?, ?, ?, ?)`
)

// PutVectors stores vectors of passages and takes the passages from the
// embedding queue. A vector of another dimension than the binding's, or one
// with a component that is not a number, or a zero one, is refused, and none
// is stored. Passages that are gone are left out.
func (db *DB) PutVectors(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, name string, vectors []space.VectorWrite) error {
	return db.write(ctx, func(tx *tx) error {
		b, err := binding(ctx, tx.conn, tenant, dataset, name)
		if err != nil {
			return err
		}
		seq, err := tx.numbers(ctx, len(vectors))
		if err != nil {
			return err
		}
		blob := make([]byte, 0, 4*b.Info.Dimension)
		for i, v := range vectors {
			if problem := vectorProblem(v.Vector, b.Info.Dimension); problem != "" {
				return space.Errorf(space.KindInvalid, "the embedder %s gave a vector that cannot be used: %s", b.Info.ID, problem)
			}
			blob = appendFloats(blob[:0], v.Vector)
			if err := tx.putVector(ctx, tenant, dataset, b.id, seq+int64(i), v, blob); err != nil {
				return err
			}
		}
		return nil
	})
}

// putVector stores one vector, in place of one that the passage has.
func (tx *tx) putVector(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding, seq int64, v space.VectorWrite, blob []byte) error {
	queued, err := tx.exec(ctx, dequeue, binding, v.Row)
	if err != nil {
		return err
	}
	if queued == 0 { // it has a vector already, or is gone
		here, err := all(ctx, tx.conn, scanRow, selectRowHere, v.Row, tenant.UUID[:], dataset[:])
		if err != nil || len(here) == 0 {
			return err
		}
		if _, err := tx.exec(ctx, deleteVector, v.Row, binding); err != nil {
			return err
		}
	}
	key, err := cacheKey(v.Key)
	if err != nil {
		return err
	}
	var code any
	if len(v.Code) > 0 {
		code = v.Code
	}
	_, err = tx.exec(ctx, insertVector, seq, tenant.UUID[:], binding, v.Row, key, code, blob)
	return err
}

// cacheKey is the stored form of a key; "" is stored as NULL.
func cacheKey(key string) (any, error) {
	if key == "" {
		return nil, nil
	}
	b, err := hex.DecodeString(key)
	if err != nil || len(b) < keyBytes {
		return nil, space.Errorf(space.KindInvalid, "the key of a vector must be a SHA-256 in hexadecimal")
	}
	return b[:keyBytes], nil
}

// vectorProblem says why a vector cannot be used, and returns "" where it can.
func vectorProblem(vector []float32, dimension int) string {
	if len(vector) != dimension {
		return "it does not have as many components as the dataset's embedder promised"
	}
	zero := true
	for _, v := range vector {
		if f := float64(v); math.IsNaN(f) || math.IsInf(f, 0) {
			return "one of its components is not a number"
		}
		zero = zero && v == 0
	}
	if zero {
		return "all its components are zero"
	}
	return ""
}

const selectCached = `SELECT lower(hex(v.key)), v.vector FROM json_each(?3) k
		JOIN vectors v ON v.key = unhex(k.value)
		JOIN bindings b ON b.id = v.binding_id AND b.name = ?2 AND b.tenant_id = ?1`

// CachedVectors returns the tenant's vectors of the binding, in whichever of
// its datasets, by the keys they were stored with. The cache is the vectors
// themselves: it holds what is embedded now and grows with nothing else.
func (db *DB) CachedVectors(ctx context.Context, tenant space.TenantID, name string, keys []string) (map[string][]float32, error) {
	short := make([]string, 0, len(keys))
	full := make(map[string]string, len(keys))
	for _, k := range keys {
		if len(k) >= 2*keyBytes {
			short = append(short, k[:2*keyBytes])
			full[k[:2*keyBytes]] = k
		}
	}
	list, err := toJSON(short, "[]")
	if err != nil {
		return nil, err
	}
	vectors := make(map[string][]float32, len(keys))
	err = db.read(ctx, func(c *conn) error {
		return each(ctx, c, selectCached, []any{tenant.UUID[:], name, list}, func(row scanner) error {
			var key string
			var blob []byte
			err := row.Scan(&key, &blob)
			vectors[full[key]] = readFloats(nil, blob)
			return err
		})
	})
	return vectors, err
}
