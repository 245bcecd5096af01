package apptest_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// TestTheDocumentDescribesEverything walks /openapi.json: a stranger who reads
// nothing else must find every operation, parameter, field and error described
// and shown.
func TestTheDocumentDescribesEverything(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	var w walker
	s.Must(http.StatusOK, "GET", "/openapi.json", nil, &w.doc)
	if w.doc["openapi"] != "3.1.0" {
		t.Errorf("version %v", w.doc["openapi"])
	}
	operations := 0
	for path, methods := range at(w.doc, "paths") {
		if strings.HasSuffix(path, "/") {
			w.miss("%s stands in the document with its slash", path)
		}
		for method, operation := range methods.(map[string]any) {
			operations++
			w.operation(strings.ToUpper(method)+" "+path, operation.(map[string]any))
		}
	}
	for name, schema := range at(w.doc, "components", "schemas") {
		w.fields(name, schema.(map[string]any))
	}
	slices.Sort(w.missing)
	for _, m := range w.missing {
		t.Error(m)
	}
	t.Logf("%d operations, %d fields", operations, w.seen)
}

type walker struct {
	doc     map[string]any
	missing []string
	seen    int
}

func (w *walker) miss(format string, args ...any) {
	w.missing = append(w.missing, fmt.Sprintf(format, args...))
}

func (w *walker) operation(name string, op map[string]any) {
	for _, key := range []string{"operationId", "summary", "description", "tags"} {
		if op[key] == nil || op[key] == "" {
			w.miss("%s has no %s", name, key)
		}
	}
	parameters, _ := op["parameters"].([]any)
	for _, p := range parameters {
		p := p.(map[string]any)
		w.field(fmt.Sprintf("%s, parameter %s", name, p["name"]), p["schema"].(map[string]any))
		if p["description"] == nil {
			w.miss("%s, parameter %s has no description", name, p["name"])
		}
	}
	if body, ok := op["requestBody"].(map[string]any); ok {
		w.content(name+", request", body)
	}
	for _, status := range w.statuses(op) {
		response, ok := at(op, "responses")[status].(map[string]any)
		if !ok {
			w.miss("%s does not say what %s means", name, status)
			continue
		}
		w.response(name+", "+status, status, w.resolve(response))
	}
}

// resolve follows a reference.
func (w *walker) resolve(v map[string]any) map[string]any {
	if ref, ok := v["$ref"].(string); ok {
		return at(w.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...)
	}
	return v
}

// statuses are those that an operation documents and those that it must.
func (w *walker) statuses(op map[string]any) []string {
	list := slices.Collect(maps.Keys(at(op, "responses")))
	list = append(list, "403", "500")
	if op["security"] != nil {
		list = append(list, "401", "429")
	}
	if op["requestBody"] != nil {
		list = append(list, "413", "415", "422")
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (w *walker) response(name, status string, r map[string]any) {
	if r["description"] == nil || r["description"] == "" {
		w.miss("%s has no description", name)
	}
	headers := at(r, "headers")
	for header, h := range headers {
		h := w.resolve(h.(map[string]any))
		w.field(name+", header "+header, at(h, "schema"))
		if h["description"] == nil {
			w.miss("%s, header %s has no description", name, header)
		}
	}
	required := map[string]string{"401": "WWW-Authenticate", "429": "Retry-After", "503": "Retry-After"}[status]
	for _, header := range []string{"X-Request-Id", required} {
		if header != "" && headers[header] == nil {
			w.miss("%s does not name the header %s", name, header)
		}
	}
	w.content(name, r)
}

func (w *walker) content(name string, of map[string]any) {
	for typ, m := range at(of, "content") {
		m := m.(map[string]any)
		if m["example"] == nil && m["examples"] == nil {
			w.miss("%s has no example of %s", name, typ)
		}
		if m["schema"] == nil {
			w.miss("%s has no schema of %s", name, typ)
			continue
		}
		w.fields(name, m["schema"].(map[string]any))
	}
}

// fields looks at the properties of a schema that is written out.
func (w *walker) fields(name string, schema map[string]any) {
	for field, p := range at(schema, "properties") {
		p := p.(map[string]any)
		w.seen++
		if p["description"] == nil || p["description"] == "" {
			w.miss("%s.%s has no description", name, field)
		}
		w.field(name+"."+field, p)
	}
	for _, list := range []string{"oneOf", "anyOf"} {
		variants, _ := schema[list].([]any)
		for _, v := range variants {
			w.fields(name, v.(map[string]any))
		}
	}
}

// field demands an example, of the field or of its parts.
func (w *walker) field(name string, p map[string]any) {
	switch {
	case p["format"] == "binary":
	case p["examples"] != nil || p["default"] != nil || p["enum"] != nil || p["$ref"] != nil || p["anyOf"] != nil:
	case p["items"] != nil:
		w.field(name+"[]", at(p, "items"))
	case p["properties"] != nil:
		w.fields(name, p)
	default:
		w.miss("%s has no example", name)
	}
}

// at walks into nested objects; a missing one is empty.
func at(m map[string]any, keys ...string) map[string]any {
	for _, k := range keys {
		m, _ = m[k].(map[string]any)
	}
	return m
}

// TestTheFormsOfTypesDescribeEveryField asks the same of the configurations,
// whose schemas the routes of types answer.
func TestTheFormsOfTypesDescribeEveryField(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	for _, resource := range []string{"datasets", "models", "policies"} {
		var types []struct {
			Name   string
			Schema json.RawMessage `json:"config_schema"`
		}
		s.Must(http.StatusOK, "GET", "/api/v1/"+resource+"/types", nil, &types)
		for _, typ := range types {
			var w walker
			var schema map[string]any
			if err := json.Unmarshal(typ.Schema, &schema); err != nil {
				t.Fatal(err)
			}
			w.deep(typ.Name, schema)
			for _, m := range w.missing {
				t.Error(m)
			}
			if w.seen == 0 && typ.Name != "extractive" {
				t.Errorf("%s has no fields", typ.Name)
			}
		}
	}
}

// deep is fields for a schema without references.
func (w *walker) deep(name string, schema map[string]any) {
	w.fields(name, schema)
	for field, p := range at(schema, "properties") {
		w.deep(name+"."+field, p.(map[string]any))
		w.deep(name+"."+field, at(p.(map[string]any), "items"))
	}
}
