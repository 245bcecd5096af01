package apptest

import (
	"errors"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// contract holds answers against the program's own /openapi.json. It is
// stricter than the document, which lets answers gain keys: here every key
// must be documented.
type contract struct {
	doc      map[string]any
	paths    map[string]any
	compiler *jsonschema.Compiler
	mu       sync.Mutex // guards compiler and schemas
	schemas  map[string]*jsonschema.Schema
}

const documentURL = "https://space.example/openapi.json"

func newContract(document string) (*contract, error) {
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(document))
	if err != nil {
		return nil, err
	}
	closeObjects(doc)
	root, _ := doc.(map[string]any)
	paths, _ := root["paths"].(map[string]any)
	c := &contract{doc: root, paths: paths, compiler: jsonschema.NewCompiler(), schemas: map[string]*jsonschema.Schema{}}
	c.compiler.AssertFormat()
	c.compiler.RegisterFormat(&jsonschema.Format{Name: "date-time", Validate: utc})
	c.compiler.RegisterFormat(&jsonschema.Format{Name: "uuid", Validate: lowerUUID})
	return c, c.compiler.AddResource(documentURL, doc)
}

// closeObjects forbids undocumented keys wherever some are documented.
func closeObjects(v any) {
	switch v := v.(type) {
	case map[string]any:
		if _, named := v["properties"].(map[string]any); named && v["additionalProperties"] == true {
			v["additionalProperties"] = false
		}
		for key, child := range v {
			if key != "example" && key != "examples" {
				closeObjects(child)
			}
		}
	case []any:
		for _, child := range v {
			closeObjects(child)
		}
	}
}

var (
	utcForm  = regexp.MustCompile(`^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$`)
	uuidForm = regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
)

func utc(v any) error { return matches(v, utcForm, "a time in UTC that ends in Z") }

func lowerUUID(v any) error { return matches(v, uuidForm, "a lower-case UUID of version 4") }

func matches(v any, form *regexp.Regexp, what string) error {
	if s, ok := v.(string); ok && !form.MatchString(s) {
		return fmt.Errorf("%q is not %s", s, what)
	}
	return nil
}

// check says how an answer departs from the document, nil where it does not.
func (c *contract) check(method, target string, a Answer) error {
	path, _, _ := strings.Cut(target, "?")
	if method == http.MethodOptions || method == http.MethodHead {
		return nil
	}
	template, item := c.find(path)
	if item == nil {
		if strings.HasPrefix(path, "/api") && a.Status == http.StatusOK {
			return errors.New("the route is not in the document")
		}
		return nil
	}
	if a.Header.Get("X-Request-Id") == "" {
		return errors.New("the answer has no X-Request-Id")
	}
	operation, ok := item[strings.ToLower(method)].(map[string]any)
	if !ok {
		if a.Status != http.StatusMethodNotAllowed && a.Status != http.StatusForbidden {
			return fmt.Errorf("the document has no %s here, and the answer is %d", method, a.Status)
		}
		return nil
	}
	status := strconv.Itoa(a.Status)
	response, at := c.response(operation, template, strings.ToLower(method), status)
	if response == nil {
		return fmt.Errorf("the document does not say that the status may be %s", status)
	}
	content, _ := response["content"].(map[string]any)
	if len(content) == 0 && a.Body == "" {
		return nil
	}
	typ, _, err := mime.ParseMediaType(a.Header.Get("Content-Type"))
	if err != nil || content[typ] == nil {
		return fmt.Errorf("the document does not say that %s may be %q", status, a.Header.Get("Content-Type"))
	}
	if typ != "application/json" {
		return nil
	}
	return c.validate(pointer(append(at, "content", typ, "schema")...), a.Body)
}

// response returns what an operation answers with a status, nil where it does
// not say, and where in the document that stands.
func (c *contract) response(operation map[string]any, template, method, status string) (map[string]any, []string) {
	response, _ := operation["responses"].(map[string]any)[status].(map[string]any)
	ref, shared := response["$ref"].(string)
	if !shared {
		return response, []string{"paths", template, method, "responses", status}
	}
	name := strings.TrimPrefix(ref, "#/components/responses/")
	components, _ := c.doc["components"].(map[string]any)["responses"].(map[string]any)
	response, _ = components[name].(map[string]any)
	return response, []string{"components", "responses", name}
}

func (c *contract) validate(at, body string) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.schemas[at] == nil {
		s, err := c.compiler.Compile(documentURL + "#" + at)
		if err != nil {
			return err
		}
		c.schemas[at] = s
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(body))
	if err != nil {
		return err
	}
	return c.schemas[at].Validate(v)
}

// find returns the entry of the document that a path is an instance of; one
// with more literal segments wins.
func (c *contract) find(path string) (template string, item map[string]any) {
	segments := strings.Split(strings.Trim(path, "/"), "/")
	best := -1
	for candidate, entry := range c.paths {
		parts := strings.Split(strings.Trim(candidate, "/"), "/")
		if literal := fit(parts, segments); literal > best {
			best, template = literal, candidate
			item, _ = entry.(map[string]any)
		}
	}
	return template, item
}

// fit counts the literal segments that agree; -1 where a path does not fit.
func fit(parts, segments []string) int {
	if len(parts) != len(segments) {
		return -1
	}
	literal := 0
	for i, part := range parts {
		switch {
		case strings.HasPrefix(part, "{"):
		case part == segments[i]:
			literal++
		default:
			return -1
		}
	}
	return literal
}

// pointer makes the fragment of a URL from the keys of a JSON pointer (RFC 6901).
func pointer(keys ...string) string {
	var b strings.Builder
	for _, k := range keys {
		b.WriteString("/" + url.PathEscape(strings.NewReplacer("~", "~0", "/", "~1").Replace(k)))
	}
	return b.String()
}
