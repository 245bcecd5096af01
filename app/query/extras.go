package query

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"syft-space/app/space"
)

// maxFilters bounds the conditions of one search.
const maxFilters = 20

// ParseExtras reads how to search from a request's extras. Keys that it does
// not know are ignored; every problem is reported, at ["body","extras",...].
func ParseExtras(extras map[string]any) (space.SearchMode, []space.Filter, []space.FieldError) {
	var p extrasParser
	mode := p.mode(extras["search"])
	filters := p.filters(extras["filters"])
	return mode, filters, p.problems
}

type extrasParser struct{ problems []space.FieldError }

func (p *extrasParser) report(typ, msg string, loc ...any) {
	p.problems = append(p.problems, space.FieldError{Loc: append([]any{"body", "extras"}, loc...), Msg: msg, Type: typ})
}

func (p *extrasParser) mode(v any) space.SearchMode {
	switch v := v.(type) {
	case nil:
	case string:
		switch mode := space.SearchMode(v); mode {
		case space.SearchHybrid, space.SearchVector, space.SearchLexical:
			return mode
		}
		p.report("type_error.enum", fmt.Sprintf("value is not a valid enumeration member; permitted: '%s', '%s', '%s'",
			space.SearchHybrid, space.SearchVector, space.SearchLexical), "search")
	default:
		p.report("type_error.str", "value is not a valid string", "search")
	}
	return space.SearchHybrid
}

func (p *extrasParser) filters(v any) []space.Filter {
	if v == nil {
		return nil
	}
	conditions, ok := v.(map[string]any)
	if !ok {
		p.report("type_error.dict", "value is not a valid dict", "filters")
		return nil
	}
	if len(conditions) > maxFilters {
		p.report("value_error.list.max_items", fmt.Sprintf("ensure this value has at most %d items", maxFilters), "filters")
		return nil
	}
	var filters []space.Filter
	for _, key := range slices.Sorted(maps.Keys(conditions)) {
		f := space.Filter{Key: key}
		problem := "a filter's key must not be empty"
		if key != "" {
			problem = condition(&f, conditions[key])
		}
		if problem != "" {
			p.report("value_error", problem, "filters", key)
			continue
		}
		filters = append(filters, f)
	}
	return filters
}

// condition reads one condition into f and says what is wrong with it, "" where nothing is.
func condition(f *space.Filter, v any) string {
	operators, ok := v.(map[string]any)
	if !ok {
		f.Equal = v
		return scalarProblem(f.Key, v)
	}
	if len(operators) == 0 {
		return "a filter needs a value or an operator: prefix, gte, gt, lte, lt"
	}
	for _, name := range slices.Sorted(maps.Keys(operators)) {
		if problem := operator(f, name, operators[name]); problem != "" {
			return problem
		}
	}
	switch {
	case f.Prefix != "" && len(operators) > 1:
		return "'prefix' stands alone"
	case f.GTE != nil && f.GT != nil:
		return "give 'gte' or 'gt', not both"
	case f.LTE != nil && f.LT != nil:
		return "give 'lte' or 'lt', not both"
	}
	return ""
}

func operator(f *space.Filter, name string, v any) string {
	end := map[string]*any{"gte": &f.GTE, "gt": &f.GT, "lte": &f.LTE, "lt": &f.LT}[name]
	switch s, isString := v.(string); {
	case name == "prefix":
		if f.Prefix = s; s == "" {
			return "'prefix' needs a string that is not empty"
		}
		return ""
	case end == nil:
		return fmt.Sprintf("unknown operator '%s'; permitted: 'prefix', 'gte', 'gt', 'lte', 'lt'", name)
	case isString:
	default:
		if _, isNumber := v.(float64); !isNumber {
			return fmt.Sprintf("'%s' needs a number or a string", name)
		}
	}
	*end = v
	return scalarProblem(f.Key, v)
}

// scalarProblem says what is wrong with a value to compare with.
func scalarProblem(key string, v any) string {
	switch v := v.(type) {
	case string:
		if key == "ingested_at" && !isTime(v) {
			return "value is not a date (2026-01-31) or a time (2026-01-31T12:00:00Z)"
		}
		return ""
	case float64, bool:
		if key == "ingested_at" {
			return "value is not a date (2026-01-31) or a time (2026-01-31T12:00:00Z)"
		}
		return ""
	}
	return "value is not a string, a number or a boolean"
}

func isTime(s string) bool {
	for _, layout := range []string{time.RFC3339Nano, time.DateOnly} {
		if _, err := time.Parse(layout, s); err == nil {
			return true
		}
	}
	return false
}
