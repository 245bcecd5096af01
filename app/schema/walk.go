package schema

import (
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/space"
)

var secretType = reflect.TypeFor[space.Secret]()

// tolerate lets unknown keys pass; they are dropped before storage.
func tolerate(s *huma.Schema) {
	if s == nil {
		return
	}
	if closed, ok := s.AdditionalProperties.(bool); ok && !closed {
		s.AdditionalProperties = true
	}
	for _, p := range s.Properties {
		tolerate(p)
	}
	tolerate(s.Items)
}

// fillDefaults sets every property that is missing or null and has a default,
// in nested objects too.
func fillDefaults(s *huma.Schema, raw map[string]any) {
	for name, p := range s.Properties {
		v, ok := raw[name]
		if ok && v == nil {
			delete(raw, name)
			ok = false
		}
		if !ok && p.Default != nil {
			raw[name] = plain(p.Default)
		}
		if len(p.Properties) > 0 {
			if _, ok := raw[name]; !ok && !slices.Contains(s.Required, name) && hasDefaults(p) {
				raw[name] = map[string]any{}
			}
			if child, ok := raw[name].(map[string]any); ok {
				fillDefaults(p, child)
			}
		}
		if p.Items != nil && len(p.Items.Properties) > 0 {
			if list, ok := raw[name].([]any); ok {
				for _, item := range list {
					if child, ok := item.(map[string]any); ok {
						fillDefaults(p.Items, child)
					}
				}
			}
		}
	}
}

func hasDefaults(s *huma.Schema) bool {
	for _, p := range s.Properties {
		if p.Default != nil || hasDefaults(p) {
			return true
		}
	}
	return false
}

// plain turns a default, which has its field's Go type, into what encoding/json
// decodes into, so that the validator knows it.
func plain(v any) any {
	r := reflect.Indirect(reflect.ValueOf(v))
	switch {
	case !r.IsValid():
		return nil
	case r.CanInt():
		return float64(r.Int())
	case r.CanUint():
		return float64(r.Uint())
	case r.CanFloat():
		return r.Float()
	case r.Kind() == reflect.String:
		return r.String()
	case r.Kind() == reflect.Slice:
		out := make([]any, r.Len())
		for i := range out {
			out[i] = plain(r.Index(i).Interface())
		}
		return out
	}
	return r.Interface()
}

// known returns raw without the keys that the schema does not have.
func known(s *huma.Schema, v any) any {
	switch v := v.(type) {
	case map[string]any:
		if _, isStruct := s.AdditionalProperties.(bool); len(s.Properties) == 0 && !isStruct {
			return v // a map: its keys are the caller's
		}
		out := make(map[string]any, len(v))
		for name, p := range s.Properties {
			if child, ok := v[name]; ok {
				out[name] = known(p, child)
			}
		}
		return out
	case []any:
		if s.Items != nil {
			for i := range v {
				v[i] = known(s.Items, v[i])
			}
		}
	}
	return v
}

// markSecrets documents secrets as write-only passwords.
func markSecrets(s *huma.Schema, t reflect.Type) {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch {
	case s == nil:
	case t == secretType:
		s.Format, s.WriteOnly = "password", true
	case t.Kind() == reflect.Struct:
		for name, field := range fieldsOf(t) {
			markSecrets(s.Properties[name], field)
		}
	case t.Kind() == reflect.Slice:
		markSecrets(s.Items, t.Elem())
	case t.Kind() == reflect.Map:
		if values, ok := s.AdditionalProperties.(*huma.Schema); ok {
			markSecrets(values, t.Elem())
		}
	}
}

// fieldsOf returns a struct's fields by their JSON names; embedded structs
// count as their fields.
func fieldsOf(t reflect.Type) map[string]reflect.Type {
	fields := map[string]reflect.Type{}
	for f := range t.Fields() {
		tag, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		switch {
		case f.Anonymous && tag == "" && f.Type.Kind() == reflect.Struct:
			maps.Copy(fields, fieldsOf(f.Type))
		case !f.IsExported() || tag == "-":
		case tag == "":
			fields[f.Name] = f.Type
		default:
			fields[tag] = f.Type
		}
	}
	return fields
}
