package storage

import (
	"database/sql"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"time"
)

// toMicros is the stored form of an instant; the zero time is 0.
func toMicros(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMicro()
}

// toMicrosOrNull is the stored form of an instant that may be missing.
func toMicrosOrNull(t *time.Time) any {
	if t == nil {
		return nil
	}
	return t.UnixMicro()
}

// fromMicros undoes toMicros.
func fromMicros(us int64) time.Time {
	if us == 0 {
		return time.Time{}
	}
	return time.UnixMicro(us).UTC()
}

// column scans a stored value through a function.
type column func(src any) error

// Scan implements sql.Scanner.
func (c column) Scan(src any) error { return c(src) }

// asTime scans an instant.
func asTime(t *time.Time) sql.Scanner {
	return column(func(src any) error {
		us, ok := src.(int64)
		if !ok {
			return fmt.Errorf("an instant is stored as %T", src)
		}
		*t = fromMicros(us)
		return nil
	})
}

// asTimeOrNil scans an instant that may be NULL.
func asTimeOrNil(t **time.Time) sql.Scanner {
	return column(func(src any) error {
		*t = nil
		if us, ok := src.(int64); ok {
			at := time.UnixMicro(us).UTC()
			*t = &at
		}
		return nil
	})
}

// asJSON scans JSON text into v.
func asJSON(v any) sql.Scanner {
	return column(func(src any) error {
		s, ok := src.(string)
		if !ok {
			return fmt.Errorf("JSON is stored as %T", src)
		}
		return json.Unmarshal([]byte(s), v)
	})
}

// toJSON is the stored form of a list or an object; nil becomes empty.
func toJSON(v any, empty string) (string, error) {
	b, err := json.Marshal(v)
	if err != nil {
		return "", fmt.Errorf("a value cannot be stored: %w", err)
	}
	if string(b) == "null" {
		return empty, nil
	}
	return string(b), nil
}

// toObject is the stored form of a configuration; nil becomes {}.
func toObject(raw json.RawMessage) string {
	if len(raw) == 0 {
		return "{}"
	}
	return string(raw)
}

// asRaw scans JSON text without decoding it.
func asRaw(raw *json.RawMessage) sql.Scanner {
	return column(func(src any) error {
		s, ok := src.(string)
		if !ok {
			return fmt.Errorf("JSON is stored as %T", src)
		}
		*raw = json.RawMessage(s)
		return nil
	})
}

// appendFloats appends the stored form of a vector, little-endian float32.
func appendFloats(b []byte, vector []float32) []byte {
	for _, v := range vector {
		b = binary.LittleEndian.AppendUint32(b, math.Float32bits(v))
	}
	return b
}

// readFloats decodes a vector into dst, which is replaced where it is too short.
func readFloats(dst []float32, b []byte) []float32 {
	n := len(b) / 4
	if cap(dst) < n {
		dst = make([]float32, n)
	}
	dst = dst[:n]
	for i := range dst {
		dst[i] = math.Float32frombits(binary.LittleEndian.Uint32(b[4*i:]))
	}
	return dst
}
