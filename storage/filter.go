package storage

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

const (
	selectMatching = `SELECT p.row FROM documents d JOIN datasets s ON s.id = d.dataset_id AND s.deleting = 0
		JOIN passages p ON p.document_id = d.id
		WHERE d.tenant_id = ? AND d.dataset_id = ?`
	orderMatching = ` ORDER BY p.row`
)

// Matching returns the rows of the dataset's passages whose document matches
// all filters, ascending. The names and the metadata are compared with case,
// but for file types.
func (db *DB) Matching(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, filters []space.Filter) (list []int64, err error) {
	var where strings.Builder
	args := []any{tenant.UUID[:], dataset[:]}
	for _, f := range filters {
		condition, more, err := conditionOf(f)
		if err != nil {
			return nil, err
		}
		where.WriteString(" AND " + condition)
		args = append(args, more...)
	}
	err = db.read(ctx, func(c *conn) error {
		// The text varies with the filters, so it is not kept as prepared.
		rows, err := c.raw.QueryContext(context.WithoutCancel(ctx), selectMatching+where.String()+orderMatching, args...)
		if err != nil {
			return err
		}
		defer rows.Close()
		list = []int64{}
		for rows.Next() {
			var row int64
			if err := rows.Scan(&row); err != nil {
				return err
			}
			list = append(list, row)
		}
		return rows.Err()
	})
	return list, err
}

// conditionOf is a filter in SQL, with its arguments.
func conditionOf(f space.Filter) (string, []any, error) {
	switch f.Key {
	case "file_name":
		return within("EXISTS (SELECT 1 FROM document_paths x WHERE x.document_id = d.id AND %s)", f, baseName, asText)
	case "file_path":
		return within("EXISTS (SELECT 1 FROM document_paths x WHERE x.document_id = d.id AND %s)", f, "x.rel", asText)
	case "file_type":
		return within("%s", f, "d.file_type", asLowerText)
	case "doc_id":
		return within("%s", f, "d.id", asID)
	case "ingested_at":
		return within("%s", f, "d.ingested_at", asInstant)
	}
	condition, args, err := metadataCondition(f)
	return condition, append([]any{f.Key}, args...), err
}

// baseName is the last element of a path: what is left of it without
// everything up to its last slash.
const baseName = "replace(x.rel, rtrim(x.rel, replace(x.rel, '/', '')), '')"

// within puts the comparisons of a filter with an expression into a frame.
func within(frame string, f space.Filter, expression string, convert func(space.Filter, any) (any, error)) (string, []any, error) {
	var parts []string
	var args []any
	for _, op := range operators(f) {
		value, err := convert(f, op.value)
		if err != nil {
			return "", nil, err
		}
		if op.sign == prefixSign {
			parts = append(parts, fmt.Sprintf("substr(%s, 1, length(?)) = ?", expression))
			args = append(args, value, value)
			continue
		}
		parts = append(parts, expression+op.sign+"?")
		args = append(args, value)
	}
	if len(parts) == 0 {
		return "", nil, badFilter(f, "names no operator")
	}
	return fmt.Sprintf(frame, strings.Join(parts, " AND ")), args, nil
}

// operator is one comparison of a filter.
type operator struct {
	sign  string
	value any
}

const prefixSign = " begins with "

func operators(f space.Filter) (list []operator) {
	if f.Prefix != "" {
		list = append(list, operator{prefixSign, f.Prefix})
	}
	for _, op := range []operator{{" = ", f.Equal}, {" >= ", f.GTE}, {" > ", f.GT}, {" <= ", f.LTE}, {" < ", f.LT}} {
		if op.value != nil {
			list = append(list, op)
		}
	}
	return list
}

// metadataCondition compares a value of the file's own metadata. Values of
// another kind than the filter's do not match.
func metadataCondition(f space.Filter) (string, []any, error) {
	const frame = "EXISTS (SELECT 1 FROM json_each(d.metadata) m WHERE m.key = ? AND %s)"
	if b, ok := f.Equal.(bool); ok {
		return fmt.Sprintf(frame, "m.type = ?"), []any{fmt.Sprint(b)}, nil
	}
	kind := "m.type = 'text'"
	for _, op := range operators(f) {
		if _, ok := op.value.(float64); ok {
			kind = "m.type IN ('integer', 'real')"
		}
	}
	return within(fmt.Sprintf(frame, kind+" AND %s"), f, "m.value", asScalar)
}

func asText(f space.Filter, v any) (any, error) {
	if s, ok := v.(string); ok {
		return s, nil
	}
	return nil, badFilter(f, "needs a string")
}

func asLowerText(f space.Filter, v any) (any, error) {
	if s, ok := v.(string); ok {
		return strings.ToLower(s), nil
	}
	return nil, badFilter(f, "needs a string")
}

func asID(f space.Filter, v any) (any, error) {
	s, _ := v.(string)
	id, err := uuid.Parse(s)
	if err != nil {
		return nil, badFilter(f, "needs a UUID")
	}
	return id[:], nil
}

func asInstant(f space.Filter, v any) (any, error) {
	s, _ := v.(string)
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04:05", time.DateOnly} {
		if at, err := time.Parse(layout, s); err == nil {
			return at.UnixMicro(), nil
		}
	}
	return nil, badFilter(f, "needs a date or a time in ISO 8601")
}

func asScalar(f space.Filter, v any) (any, error) {
	switch v.(type) {
	case string, float64:
		return v, nil
	}
	return nil, badFilter(f, "needs a string, a number or a boolean")
}

func badFilter(f space.Filter, problem string) error {
	return space.Invalid(space.FieldError{
		Loc: []any{"body", "extras", "filters", f.Key}, Type: "value_error",
		Msg: fmt.Sprintf("the filter of %s %s", f.Key, problem),
	})
}
