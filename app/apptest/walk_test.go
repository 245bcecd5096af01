package apptest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"mime/multipart"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"syft-space/app/apptest"
)

// document is what a walk reads of /openapi.json.
type document struct {
	Paths      map[string]map[string]operationDoc
	Components struct{ Schemas map[string]schemaDoc }
}

type operationDoc struct {
	method, path string
	OperationID  string
	Parameters   []struct {
		Name, In string
		Schema   schemaDoc
	}
	RequestBody struct {
		Content map[string]struct{ Schema schemaDoc }
	}
}

type schemaDoc struct {
	Ref        string `json:"$ref"`
	Type       any    // a name, or a list with "null"
	Format     string
	Examples   []any
	Default    any
	Enum       []any
	Required   []string
	Minimum    float64
	Properties map[string]schemaDoc
	Items      *schemaDoc
	OneOf      []schemaDoc
	WriteOnly  bool
	// Values is the schema of a map's values; true and false stand for any and none.
	Values json.RawMessage `json:"additionalProperties"`
}

func (s schemaDoc) is(typ string) bool {
	list, _ := s.Type.([]any)
	return s.Type == typ || slices.Contains(list, any(typ))
}

func readDocument(t *testing.T, s *apptest.Space) (d document) {
	t.Helper()
	s.Must(200, "GET", "/openapi.json", nil, &d)
	return d
}

// operations are all operations: readers first, and what deletes last, so that
// there is something left to act upon.
func (d document) operations() []operationDoc {
	var list []operationDoc
	for path, methods := range d.Paths {
		for method, op := range methods {
			op.method, op.path = strings.ToUpper(method), path
			list = append(list, op)
		}
	}
	order := []string{"GET", "PATCH", "PUT", "POST", "DELETE"}
	slices.SortFunc(list, func(a, b operationDoc) int {
		if by := slices.Index(order, a.method) - slices.Index(order, b.method); by != 0 {
			return by
		}
		return strings.Compare(b.path, a.path) // unarchive, query, archive; stop, start
	})
	return list
}

// values are what a walk fills in: path parameters by the segment before them,
// as in "datasets/{name}", and what bodies and queries name by the names of
// their properties. A path parameter may have several values. Bodies of some
// operations need properties of their own.
type values struct {
	path map[string][]string
	body map[string]any
	of   map[string]map[string]any
}

// paths fills a path in, in every way that the values give. It fails the test
// for a parameter that it knows no value of, so that no route is left out.
func (v values) paths(t *testing.T, path string) []string {
	t.Helper()
	filled := []string{""}
	before := ""
	for segment := range strings.SplitSeq(strings.TrimPrefix(path, "/"), "/") {
		options := []string{segment}
		if strings.HasPrefix(segment, "{") {
			if options = v.path[before+"/"+segment]; len(options) == 0 {
				t.Errorf("no value is known of %s in %s: tell this test one of %q", segment, path, before+"/"+segment)
				return nil
			}
		}
		var longer []string
		for _, start := range filled {
			for _, o := range options {
				longer = append(longer, start+"/"+o)
			}
		}
		filled, before = longer, segment
	}
	return filled
}

// query fills in the query parameters that the values name.
func (v values) query(op operationDoc) string {
	var parts []string
	for _, p := range op.Parameters {
		if value, ok := v.body[p.Name].(string); ok && p.In == "query" {
			parts = append(parts, p.Name+"="+value)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "?" + strings.Join(parts, "&")
}

// content makes a body of an operation's first form: "" where it takes none.
func (v values) content(t *testing.T, d document, op operationDoc) (contentType, sent string) {
	t.Helper()
	for _, contentType := range slices.Sorted(maps.Keys(op.RequestBody.Content)) {
		value := v.example(d, "", op.RequestBody.Content[contentType].Schema)
		if fields, ok := value.(map[string]any); ok {
			maps.Copy(fields, v.of[op.OperationID])
		}
		switch contentType {
		case "application/json":
			b, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			return contentType, string(b)
		case "multipart/form-data":
			fields, _ := value.(map[string]any)
			return multipartForm(t, d.resolve(op.RequestBody.Content[contentType].Schema), fields)
		default:
			t.Errorf("%s takes %s, which this test cannot make", op.OperationID, contentType)
		}
	}
	return "", ""
}

// multipartForm encodes fields as a browser does; what is binary becomes a
// file, where one must be sent.
func multipartForm(t *testing.T, schema schemaDoc, fields map[string]any) (contentType, sent string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		p := schema.Properties[name]
		if p.Format == "binary" || p.Items != nil && p.Items.Format == "binary" {
			if !slices.Contains(schema.Required, name) {
				continue
			}
			part, err := w.CreateFormFile(name, "a.md")
			if err == nil {
				_, err = io.WriteString(part, "# Uploaded\n\nA line.\n")
			}
			if err != nil {
				t.Fatal(err)
			}
			continue
		}
		text, _ := fields[name].(string)
		if err := w.WriteField(name, text); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.String()
}

func (d document) resolve(s schemaDoc) schemaDoc {
	if s.Ref != "" {
		return d.resolve(d.Components.Schemas[s.Ref[strings.LastIndex(s.Ref, "/")+1:]])
	}
	return s
}

// example makes a value of a schema; name is its property's.
func (v values) example(d document, name string, s schemaDoc) any {
	s = d.resolve(s)
	if value, ok := v.body[name]; ok {
		return value
	}
	switch {
	case len(s.Examples) > 0:
		return s.Examples[0]
	case s.Default != nil:
		return s.Default
	case len(s.Enum) > 0:
		return s.Enum[0]
	case len(s.OneOf) > 0:
		return v.example(d, name, s.OneOf[0])
	case s.is("string") && s.Format == "date-time":
		return "2030-01-01T00:00:00Z"
	case s.is("string") && s.Format == "uuid":
		return "550e8400-e29b-41d4-a716-446655440000"
	case s.is("string"):
		return "x"
	case s.is("boolean"):
		return false
	case s.is("integer"), s.is("number"):
		return max(1, s.Minimum)
	case s.is("array"):
		return []any{v.example(d, "", *s.Items)}
	}
	object := map[string]any{}
	for property, schema := range s.Properties {
		object[property] = v.example(d, property, schema)
	}
	return object
}

// send is Space.Send for answers that may never end: of a stream of events it
// takes what comes in a moment.
func send(t *testing.T, url, method, contentType, body string, header ...string) apptest.Answer {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	defer res.Body.Close()
	stream := strings.HasPrefix(res.Header.Get("Content-Type"), "text/event-stream")
	if stream {
		time.AfterFunc(500*time.Millisecond, cancel)
	}
	b, err := io.ReadAll(res.Body)
	if err != nil && !stream {
		t.Fatalf("%s %s: %v", method, url, err)
	}
	return apptest.Answer{Status: res.StatusCode, Header: res.Header, Body: string(b)}
}
