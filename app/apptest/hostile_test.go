package apptest_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"syft-space/app/apptest"
)

// machinery is what a person must never read in an answer.
var machinery = regexp.MustCompile(`json: |Go (value|struct)|unmarshal|expected (value|string|number|length)|interface \{|goroutine|\.go:\d|huma|<html|panic`)

// hostile sends what the document forbids. That answers have the documented
// shape is checked by the harness for every request.
type hostile struct {
	t    *testing.T
	s    *apptest.Space
	doc  map[string]any
	ids  map[string]string // what stands in a path, by its parameter's name or route
	sent int
}

// hostileHeaders let a request reach every operation: those of tenants, and of
// MCP, whose clients take both kinds of answers.
var hostileHeaders = []string{"X-Tenant-Name: root", "Accept: application/json, text/event-stream"}

func newHostile(t *testing.T) *hostile {
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"tenancy.enabled": true}})
	h := &hostile{t: t, s: s, doc: as[map[string]any](s, "/openapi.json")}
	var dataset, endpoint, policy thing
	s.Must(201, "POST", "/api/v1/datasets", object{"name": "my-docs", "dtype": "local_file"}, &dataset, hostileHeaders[0])
	s.Must(201, "POST", "/api/v1/models", object{"name": "my-docs", "dtype": "extractive"}, nil, hostileHeaders[0])
	s.Must(201, "POST", "/api/v1/endpoints", object{"name": "L", "slug": "legal-qa", "dataset_id": dataset.ID, "published": true}, &endpoint, hostileHeaders[0])
	s.Must(201, "POST", "/api/v1/policies", object{"name": "p", "policy_type": "access", "endpoint_id": endpoint.ID}, &policy, hostileHeaders[0])
	h.ids = map[string]string{"slug": "legal-qa", "name": "my-docs", "dtype": "ollama", "action": "fetch_available_models",
		"/api/v1/policies/{id}": policy.ID, "/api/v1/ingestion/datasets/{id}": dataset.ID}
	return h
}

// send checks what holds for every answer, and returns it.
func (h *hostile) send(method, path string, body any, header ...string) apptest.Answer {
	h.sent++
	a := h.s.Send(method, path, body, append(slices.Clone(hostileHeaders), header...)...)
	away := strings.Contains(path, "/actions/") && a.Status == http.StatusServiceUnavailable // no model server runs here
	if a.Status >= 500 && !away || machinery.MatchString(a.Body) {
		h.t.Errorf("%s %s %.200v is answered %d %s", method, path, body, a.Status, a.Body)
	}
	return a
}

// path fills in the parameters of a route with things that are there.
func (h *hostile) path(route string) string {
	return pathParameter.ReplaceAllStringFunc(route, func(p string) string {
		for prefix, id := range h.ids {
			if strings.HasPrefix(route, prefix) && strings.HasSuffix(prefix, p) {
				return id
			}
		}
		if id, ok := h.ids[strings.Trim(p, "{}")]; ok {
			return id
		}
		return noID
	})
}

// each yields the operations in a fixed order.
func (h *hostile) each(yield func(method, route string, op map[string]any)) {
	for _, route := range slices.Sorted(maps.Keys(at(h.doc, "paths"))) {
		methods := at(h.doc, "paths", route)
		for _, method := range slices.Sorted(maps.Keys(methods)) {
			yield(strings.ToUpper(method), route, methods[method].(map[string]any))
		}
	}
}

// resolve follows a reference.
func (h *hostile) resolve(schema map[string]any) map[string]any {
	if ref, ok := schema["$ref"].(string); ok {
		return h.resolve(at(h.doc, strings.Split(strings.TrimPrefix(ref, "#/"), "/")...))
	}
	return schema
}

// hostileValues are wrong, or at least doubtful, for a field of this schema.
func hostileValues(schema map[string]any) map[string]any {
	out := map[string]any{
		"null": nil, "a number": 7, "a fraction": 1.5, "a huge number": json.RawMessage("1e300"), "an integer of 30 digits": json.RawMessage(strings.Repeat("9", 30)),
		"below zero": -1, "a boolean": true, "a text": "x", "an empty text": "", "a long text": strings.Repeat("é", 100_000),
		"a lone surrogate": json.RawMessage(`"\ud800"`), "a NUL": "a\x00b", "a bidi override": "\u202ex", "a list": []any{1, "x", nil}, "an empty list": []any{},
		"an object": object{"x": object{"y": []any{nil}}}, "nested": json.RawMessage(strings.Repeat("[", 500) + strings.Repeat("]", 500)),
	}
	if most, ok := schema["maximum"].(float64); ok {
		out["above"] = most + 1
	}
	if least, ok := schema["minimum"].(float64); ok {
		out["below"] = least - 1
	}
	if most, ok := schema["maxLength"].(float64); ok {
		out["too long by one"] = strings.Repeat("x", int(most)+1)
	}
	return out
}

func TestNoFieldCanBreakTheProgram(t *testing.T) {
	t.Parallel()
	h := newHostile(t)
	fields := 0
	h.each(func(method, route string, op map[string]any) {
		media := at(op, "requestBody", "content", "application/json")
		if media["schema"] == nil {
			return
		}
		base, _ := json.Marshal(media["example"])
		h.fields(at(media, "schema"), nil, func(at []string, schema map[string]any) {
			fields++
			for name, v := range hostileValues(schema) {
				body := map[string]any{}
				_ = json.Unmarshal(base, &body)
				set(body, at, v)
				a := h.send(method, h.path(route), body)
				if wrong := wrongType(schema, name); wrong && a.Status != 422 && a.Status != 400 {
					t.Errorf("%s %s: %s as %s is answered %d %s", method, route, strings.Join(at, "."), name, a.Status, a.Body)
				}
			}
		})
	})
	t.Logf("%d fields, %d requests", fields, h.sent)
	if fields < 40 {
		t.Errorf("only %d fields were found in the document", fields)
	}
}

// fields yields every property of a body, also those of its parts.
func (h *hostile) fields(schema map[string]any, above []string, yield func(at []string, schema map[string]any)) {
	schema = h.resolve(schema)
	for _, name := range slices.Sorted(maps.Keys(at(schema, "properties"))) {
		p := at(schema, "properties", name)
		here := append(slices.Clone(above), name)
		yield(here, h.resolve(p))
		h.fields(p, here, yield)
	}
}

func set(body map[string]any, at []string, v any) {
	for _, key := range at[:len(at)-1] {
		child, ok := body[key].(map[string]any)
		if !ok {
			child = map[string]any{}
			body[key] = child
		}
		body = child
	}
	body[at[len(at)-1]] = v
}

// wrongType reports whether a value of that name can never be right.
func wrongType(schema map[string]any, name string) bool {
	typ := fmt.Sprint(schema["type"])
	switch {
	case schema["oneOf"] != nil || schema["type"] == nil:
		return false
	case strings.Contains(typ, "string"):
		return slices.Contains([]string{"a number", "a boolean", "a list", "an object", "too long by one"}, name)
	case strings.Contains(typ, "integer"):
		return slices.Contains([]string{"a fraction", "a text", "an object", "above", "below", "an integer of 30 digits"}, name)
	case strings.Contains(typ, "number"):
		return slices.Contains([]string{"a text", "a boolean", "a list", "above", "below"}, name)
	case strings.Contains(typ, "boolean"):
		return slices.Contains([]string{"a number", "a text", "a list", "an object"}, name)
	case strings.Contains(typ, "array"):
		return slices.Contains([]string{"a number", "a text", "an object"}, name)
	}
	return slices.Contains([]string{"a number", "a text", "a list"}, name)
}

func TestNoParameterCanBreakTheProgram(t *testing.T) {
	t.Parallel()
	h := newHostile(t)
	hostiles := []string{"-1", "0", "1e9", "99999999999999999999", "x", "%00", "%ff%fe", "%C0%AE%C0%AE", "..%2f..%2fetc", "%2e%2e", "'%22%3B--", "%E2%80%AE", "%F0%9F%92%A9",
		"null", "true", "[]", "a%0d%0ab", strings.Repeat("a", 5000), strings.Repeat("%F0%9F%92%A9", 500), noID[:35], strings.ToUpper(noID)}
	h.each(func(method, route string, op map[string]any) {
		if at(op, "responses", "200", "content")["application/json"] == nil && !strings.Contains(route, "{") {
			return // a stream without an end
		}
		parameters, _ := op["parameters"].([]any)
		for _, p := range parameters {
			name, in := p.(map[string]any)["name"].(string), p.(map[string]any)["in"]
			for _, v := range hostiles {
				switch in {
				case "path":
					h.send(method, h.path(strings.Replace(route, "{"+name+"}", v, 1)), nil)
				case "query":
					h.send(method, h.path(route)+"?"+name+"="+v+"&"+name+"="+v, nil)
				}
			}
		}
	})
	t.Logf("%d requests", h.sent)
}

// TestBodiesThatAreNoJSON sends each to every operation that takes a body.
func TestBodiesThatAreNoJSON(t *testing.T) {
	t.Parallel()
	h := newHostile(t)
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	_, _ = z.Write([]byte(`{"name":"x"}`))
	_ = z.Close()
	sixteen := func(bigEndian bool) string {
		var b bytes.Buffer
		for _, u := range utf16.Encode([]rune("\ufeff" + `{"name":"x"}`)) {
			if bigEndian {
				b.Write([]byte{byte(u >> 8), byte(u)})
			} else {
				b.Write([]byte{byte(u), byte(u >> 8)})
			}
		}
		return b.String()
	}
	for name, c := range map[string]struct {
		body   string
		header string
		status int
		has    string
	}{
		"half an object":    {`{"name": "x"`, "", 422, "value_error.jsondecode"},
		"two objects":       {`{} {}`, "", 422, "value_error.jsondecode"},
		"a trailing comma":  {`{"name": "x",}`, "", 422, "value_error.jsondecode"},
		"single quotes":     {`{'name': 'x'}`, "", 422, "value_error.jsondecode"},
		"a comment":         {`{} // x`, "", 422, "value_error.jsondecode"},
		"NaN":               {`{"limit": NaN}`, "", 422, "value_error.jsondecode"},
		"Infinity":          {`{"limit": -Infinity}`, "", 422, "value_error.jsondecode"},
		"1e400":             {`{"limit": 1e400}`, "", 422, "number 1e400 is too large"},
		"text":              {`hello`, "", 422, "value_error.jsondecode"},
		"HTML":              {`<p>x</p>`, "", 422, "value_error.jsondecode"},
		"invalid UTF-8":     {"{\"name\": \"a\xff\"}", "", 422, "the body is not UTF-8"},
		"overlong UTF-8":    {"{\"name\": \"\xc0\xaf\"}", "", 422, "the body is not UTF-8"},
		"Latin-1":           {"{\"name\": \"caf\xe9\"}", "", 422, "the body is not UTF-8"},
		"UTF-16LE":          {sixteen(false), "", 422, "the body is not UTF-8"},
		"UTF-16BE":          {sixteen(true), "Content-Type: application/json; charset=utf-16", 422, "the body is not UTF-8"},
		"deep nesting":      {strings.Repeat(`{"x":`, 200_000) + "1" + strings.Repeat("}", 200_000), "", 422, "value_error.jsondecode"},
		"a deep list":       {strings.Repeat("[", 1_000_000), "", 422, "value_error.jsondecode"},
		"a list":            {`[]`, "", 422, "type_error.dict"},
		"null":              {`null`, "", 422, "type_error.none.not_allowed"},
		"a number":          {`5`, "", 422, "type_error.dict"},
		"nothing":           {``, "", 422, "value_error.missing"},
		"a byte order mark": {"\xef\xbb\xbf[]", "", 422, "type_error.dict"},
		"gzip that says so": {zipped.String(), "Content-Encoding: gzip", 415, "Content-Encoding"},
		"gzip in secret":    {zipped.String(), "", 422, "value_error.jsondecode"},
		"plain text":        {`{}`, "Content-Type: text/plain", 415, "application/json"},
		"a form":            {`name=x`, "Content-Type: application/x-www-form-urlencoded", 415, "application/json"},
		"XML":               {`<x/>`, "Content-Type: application/xml", 415, "application/json"},
		"a multipart form":  {"--x\r\n", "Content-Type: multipart/form-data; boundary=x", 415, "application/json"},
	} {
		t.Run(name, func(t *testing.T) {
			h.each(func(method, route string, op map[string]any) {
				if at(op, "requestBody", "content", "application/json") == nil {
					return
				}
				header := []string{}
				if c.header != "" {
					header = append(header, c.header)
				}
				if route == "/mcp" && json.Valid([]byte(strings.TrimPrefix(c.body, "\ufeff"))) {
					return // JSON, but no message: MCP's own refusals
				}
				if a := h.send(method, h.path(route), c.body, header...); a.Status != c.status || !strings.Contains(a.Body, c.has) {
					t.Errorf("%s %s is answered %d %s", method, route, a.Status, a.Body)
				}
			})
		})
	}
}
