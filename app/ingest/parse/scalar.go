package parse

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"
)

// scalar returns value as one of the types of Document.Metadata. Lists of
// scalars become one string with commas; other values are refused.
func scalar(value any) (any, bool) {
	switch v := value.(type) {
	case string, bool, int64:
		return v, true
	case int:
		return int64(v), true
	case uint64:
		return float64(v), true
	case float64:
		if math.IsNaN(v) || math.IsInf(v, 0) { // JSON cannot hold them
			return nil, false
		}
		return v, true
	case json.Number:
		if n, err := v.Int64(); err == nil {
			return n, true
		}
		f, err := v.Float64()
		return f, err == nil
	case time.Time:
		if v.Equal(v.Truncate(24 * time.Hour)) {
			return v.Format(time.DateOnly), true
		}
		return v.Format(time.RFC3339), true
	case []any:
		return scalarList(v)
	}
	return nil, false
}

func scalarList(list []any) (any, bool) {
	var parts []string
	for _, e := range list {
		s, ok := scalar(e)
		if !ok {
			return nil, false
		}
		parts = append(parts, fmt.Sprint(s))
	}
	return strings.Join(parts, ", "), len(parts) > 0
}
