package weaviate

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"syft-space/app/space"
)

// parseFilters reads the filters of a configuration. Problems are by key.
func parseFilters(raw map[string]any) (filters []space.Filter, problems map[string]string) {
	problems = map[string]string{}
	for _, key := range slices.Sorted(maps.Keys(raw)) {
		f := space.Filter{Key: key}
		operators, ok := raw[key].(map[string]any)
		if !ok {
			operators = map[string]any{"equal": raw[key]}
		}
		ends := map[string]*any{"equal": &f.Equal, "gte": &f.GTE, "gt": &f.GT, "lte": &f.LTE, "lt": &f.LT}
		for name, v := range operators {
			prefix, isString := v.(string)
			switch _, isNumber := v.(float64); {
			case name == "prefix" && isString && prefix != "":
				f.Prefix = prefix
			case ends[name] != nil && (isString || isNumber || name == "equal" && (v == true || v == false)):
				*ends[name] = v
			default:
				problems[key] = "needs a text, a number or a truth value, or one of the operators prefix, gte, gt, lte, lt with such"
			}
		}
		filters = append(filters, f)
	}
	return filters, problems
}

// where renders conditions as the value of a where argument, "" for none.
func where(c collection, filters []space.Filter) (string, error) {
	var operands []string
	var bad []space.FieldError
	for _, f := range filters {
		rendered, problem := condition(c, f)
		if problem != "" {
			bad = append(bad, space.FieldError{Loc: []any{"body", "extras", "filters", f.Key}, Msg: problem, Type: "value_error"})
		}
		operands = append(operands, rendered...)
	}
	switch {
	case len(bad) > 0:
		return "", space.Invalid(bad...)
	case len(operands) == 0:
		return "", nil
	case len(operands) == 1:
		return operands[0], nil
	}
	return "{operator:And,operands:[" + strings.Join(operands, ",") + "]}", nil
}

// condition renders one filter, which may be two conditions, and says what is
// wrong with it.
func condition(c collection, f space.Filter) (rendered []string, problem string) {
	path, typ := f.Key, strings.TrimSuffix(c.types[f.Key], "[]")
	if f.Key == "doc_id" && typ == "" {
		path, typ = "id", "id"
	}
	if typ == "" {
		return nil, "the collection has no property of this name that can be compared"
	}
	if f.Prefix != "" {
		if typ != "text" && typ != "string" {
			return nil, "'prefix' needs a property that holds text"
		}
		if strings.ContainsAny(f.Prefix, "*?") {
			return nil, "'prefix' must not hold '*' or '?', which Weaviate takes for wildcards"
		}
		rendered = append(rendered, comparison(path, "Like", "valueText", f.Prefix+"*"))
	}
	for _, o := range []struct {
		name  string
		value any
	}{{"Equal", f.Equal}, {"GreaterThanEqual", f.GTE}, {"GreaterThan", f.GT}, {"LessThanEqual", f.LTE}, {"LessThan", f.LT}} {
		if o.value == nil {
			continue
		}
		argument, value, problem := literal(typ, o.value)
		if problem == "" && o.name != "Equal" && !ordered[typ] {
			problem = "this property can only be compared for equality"
		}
		if problem != "" {
			return nil, problem
		}
		rendered = append(rendered, comparison(path, o.name, argument, value))
	}
	return rendered, ""
}

// ordered are the types that have a range.
var ordered = map[string]bool{"int": true, "number": true, "date": true}

// literal is a value as an argument of the property's type.
func literal(typ string, v any) (argument string, value any, problem string) {
	text, isText := v.(string)
	number, isNumber := v.(float64)
	truth, isTruth := v.(bool)
	switch {
	case (typ == "text" || typ == "string" || typ == "uuid" || typ == "id") && isText:
		return "valueText", strings.TrimSuffix(text, objectIndex(typ)), ""
	case typ == "int" && isNumber && number == math.Trunc(number):
		return "valueInt", int64(number), ""
	case typ == "number" && isNumber:
		return "valueNumber", number, ""
	case typ == "boolean" && isTruth:
		return "valueBoolean", truth, ""
	case typ == "date" && isText:
		for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
			if at, err := time.Parse(layout, text); err == nil {
				return "valueDate", at.Format(time.RFC3339Nano), ""
			}
		}
	}
	return "", nil, fmt.Sprintf("value is not a valid %s", typ)
}

// objectIndex is what ids have here and not at the server.
func objectIndex(typ string) string {
	if typ == "id" {
		return "_0"
	}
	return ""
}

func comparison(path, operator, argument string, value any) string {
	return fmt.Sprintf("{path:[%s],operator:%s,%s:%s}", quoted(path), operator, argument, quoted(value))
}

// quoted renders a scalar in GraphQL, whose literals JSON's are.
func quoted(v any) string {
	b, err := json.Marshal(v)
	if err != nil { // a scalar
		return "null"
	}
	return string(b)
}
