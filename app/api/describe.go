package api

import (
	"cmp"
	"encoding/json"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"
)

// Examples of what every field of the type looks like.
const (
	exampleUUID = "550e8400-e29b-41d4-a716-446655440000"
	exampleTime = "2026-01-15T10:30:00Z"
)

// describe finishes what huma made of the Go types, for every operation
// alike: the fields that may be null, the errors, the headers and an example
// of every body. Handlers and tags say the rest.
func describe(doc *huma.OpenAPI) {
	schemas := doc.Components.Schemas
	delete(schemas.Map(), "WireError") // errors are documented by their shapes, below
	delete(schemas.Map(), "FormFile")  // huma's own; the forms show files as they are sent
	shapes := newErrorShapes(schemas)
	doc.Components.Headers, doc.Components.Responses = headers(), shapes.responses
	for name, s := range schemas.Map() {
		if closed, ok := s.AdditionalProperties.(bool); ok && !closed {
			s.AdditionalProperties = true // unknown keys are ignored, and an answer may gain keys
		}
		if t := schemas.TypeFromRef(schemaPrefix + name); t != nil {
			describeFields(s, t)
		}
	}
	for _, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Patch, item.Delete} {
			if op != nil {
				describeOperation(schemas, shapes, op)
			}
		}
	}
}

const schemaPrefix = "#/components/schemas/"

// describeFields adds what a field's Go type says and its schema does not.
func describeFields(s *huma.Schema, t reflect.Type) {
	for f := range fieldsOf(t) {
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		p, ok := s.Properties[name]
		if !ok {
			continue
		}
		optional := strings.Contains(options, "omitempty")
		base := f.Type
		for base.Kind() == reflect.Pointer {
			base = base.Elem()
		}
		switch {
		case base == reflect.TypeFor[uuid.UUID]():
			p.Format = "uuid"
		case base == reflect.TypeFor[[]uuid.UUID]():
			p.Items.Format = "uuid"
		case base == reflect.TypeFor[json.RawMessage]() && p.Type == "":
			p.Type, p.AdditionalProperties = huma.TypeObject, true
		case base == reflect.TypeFor[[]any]():
			p.Items.OneOf = []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeInteger}}
		case p.Ref != "" && f.Type.Kind() == reflect.Pointer && !optional:
			p.AnyOf = []*huma.Schema{{Ref: p.Ref}, {Type: "null"}}
			p.Ref = ""
		}
		// In a request a null stands for a field that is left out.
		p.Nullable = p.Nullable || optional && p.Type != ""
		if p.Nullable && len(p.Enum) > 0 && !slices.Contains(p.Enum, nil) {
			p.Enum = append(p.Enum, nil)
		}
		if shown := f.Tag.Get("shows"); shown != "" {
			// What a resolver checks, in its own words: huma must show it only.
			if err := json.Unmarshal([]byte(shown), &p.Extensions); err != nil {
				panic("the tag of " + t.Name() + "." + f.Name + " is not JSON: " + err.Error())
			}
		}
		exemplify(p)
	}
}

// fieldsOf yields the fields of a struct, embedded ones as their fields.
func fieldsOf(t reflect.Type) func(yield func(reflect.StructField) bool) {
	return func(yield func(reflect.StructField) bool) {
		for _, f := range reflect.VisibleFields(t) {
			if f.IsExported() && !f.Anonymous && !yield(f) {
				return
			}
		}
	}
}

// exemplify gives ids and times their example, which is the same everywhere.
func exemplify(s *huma.Schema) {
	if s.Items != nil {
		exemplify(s.Items)
	}
	if len(s.Examples) > 0 {
		return
	}
	switch s.Format {
	case "uuid":
		s.Examples = []any{exampleUUID}
	case "date-time":
		s.Examples = []any{exampleTime}
	}
}

func describeOperation(schemas huma.Registry, shapes errorShapes, op *huma.Operation) {
	o, _ := op.Metadata[metaOperation].(operation)
	for _, p := range op.Parameters {
		exemplify(p.Schema)
		p.AllowEmptyValue = p.In == "query" && !p.Required // it stands for one that is left out
	}
	delete(op.Responses, "default")
	for _, status := range o.statuses(op) {
		if code := strconv.Itoa(status); op.Responses[code] == nil {
			op.Responses[code] = shapes.response(status, o)
		}
	}
	for code, r := range op.Responses {
		if r.Ref != "" {
			continue
		}
		describeHeaders(r, code, o)
		for _, m := range r.Content {
			exampleOfMedia(schemas, m)
		}
	}
	if op.RequestBody != nil {
		if op.RequestBody.Description == "" {
			op.RequestBody.Description = "Unknown keys are ignored."
		}
		for _, m := range op.RequestBody.Content {
			m.Example = cmp.Or(m.Example, o.example)
			exampleOfMedia(schemas, m)
		}
	}
}

// statuses are those of the errors that an operation may answer.
func (o operation) statuses(op *huma.Operation) []int {
	list := append([]int{http.StatusForbidden, http.StatusInternalServerError}, o.errors...)
	if o.who != public {
		list = append(list, http.StatusUnauthorized, http.StatusTooManyRequests, http.StatusFailedDependency, http.StatusServiceUnavailable)
	}
	if !o.noTenant {
		list = append(list, http.StatusBadRequest, http.StatusNotFound)
	}
	if len(op.Parameters) > 0 {
		list = append(list, http.StatusUnprocessableEntity)
	}
	if op.RequestBody != nil {
		list = append(list, http.StatusBadRequest, http.StatusRequestTimeout, http.StatusRequestEntityTooLarge,
			http.StatusUnsupportedMediaType, http.StatusUnprocessableEntity)
	}
	return list
}

// headers are those that many answers carry.
func headers() map[string]*huma.Header {
	header := func(typ, description string, example any) *huma.Header {
		return &huma.Header{Description: description, Schema: &huma.Schema{Type: typ, Examples: []any{example}}}
	}
	return map[string]*huma.Header{
		"X-Request-Id":        header(huma.TypeString, "The request's id, as sent or made; it is in every log line", exampleUUID),
		"RateLimit-Limit":     header(huma.TypeInteger, "Calls that are allowed in the window; only on counted calls, which carry an Authorization header", 1000),
		"RateLimit-Remaining": header(huma.TypeInteger, "Calls that are left in the window", 999),
		"RateLimit-Reset":     header(huma.TypeInteger, "Seconds until the window ends", 60),
		"WWW-Authenticate":    header(huma.TypeString, "How to authenticate", "Bearer"),
		"Retry-After":         header(huma.TypeInteger, "Seconds after which trying again makes sense", 60),
	}
}

func describeHeaders(r *huma.Response, code string, o operation) {
	for _, h := range r.Headers { // those of huma carry it in the schema only
		h.Description = cmp.Or(h.Description, h.Schema.Description)
	}
	names := []string{"X-Request-Id"}
	if o.who != public {
		names = append(names, "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset")
	}
	switch code {
	case "401":
		names = append(names, "WWW-Authenticate")
	case "429", "503":
		names = append(names, "Retry-After")
	}
	if r.Headers == nil {
		r.Headers = map[string]*huma.Header{}
	}
	for _, name := range names {
		r.Headers[name] = &huma.Header{Ref: "#/components/headers/" + name}
	}
}

func exampleOfMedia(schemas huma.Registry, m *huma.MediaType) {
	if m.Example == nil && len(m.Examples) == 0 && m.Schema != nil {
		m.Example = exampleOf(schemas, m.Schema)
	}
}

// exampleOf composes an example from those of a schema's parts.
func exampleOf(schemas huma.Registry, s *huma.Schema) any {
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case s.Ref != "":
		return exampleOf(schemas, schemas.SchemaFromRef(s.Ref))
	case len(s.AnyOf) > 0:
		return exampleOf(schemas, s.AnyOf[0])
	case len(s.OneOf) > 0:
		return exampleOf(schemas, s.OneOf[0])
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Type == huma.TypeArray:
		return []any{exampleOf(schemas, s.Items)}
	case s.Type == huma.TypeObject:
		example := map[string]any{}
		for name, p := range s.Properties {
			example[name] = exampleOf(schemas, p)
		}
		return example
	}
	return nil
}

// streamed documents an answer of server-sent events. Before OpenAPI 3.2 the
// schema of a stream is that of each of its events.
func streamed(example string) *huma.MediaType {
	return &huma.MediaType{Example: example, Schema: &huma.Schema{
		Type: huma.TypeObject, Required: []string{"data"}, AdditionalProperties: true,
		Properties: map[string]*huma.Schema{
			"event": {Type: huma.TypeString, Description: "What sort of event it is; only where there are several", Examples: []any{"message"}},
			"data":  {Type: huma.TypeString, Description: "JSON, or [DONE] at the end", Examples: []any{"[DONE]"}},
		},
	}}
}

// plainText documents an answer that is text.
func plainText(example string) *huma.MediaType {
	return &huma.MediaType{Example: example, Schema: &huma.Schema{Type: huma.TypeString}}
}
