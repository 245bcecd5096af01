package apptest

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
)

// TestTheCheckSeesWhatDeparts feeds the check answers that are wrong in one
// way each, so that it cannot pass by looking away.
func TestTheCheckSeesWhatDeparts(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets", map[string]any{"name": "docs", "dtype": "local_file"}, nil)
	c, err := s.contract()
	if err != nil {
		t.Fatal(err)
	}
	const path = "/api/v1/datasets/docs"
	good := s.Must(http.StatusOK, "GET", path, nil, nil)
	alter := func(old, new string) Answer {
		if !strings.Contains(good.Body, old) {
			t.Fatalf("the answer is without %q: %s", old, good.Body)
		}
		return Answer{good.Status, good.Header, strings.Replace(good.Body, old, new, 1)}
	}
	html := http.Header{"Content-Type": {"text/html"}, "X-Request-Id": {"x"}}
	for name, a := range map[string]Answer{
		"an unknown key":         alter(`"name":`, `"nickname":"d","name":`),
		"a key that is missing":  alter(`"tags":"",`, ``),
		"a null":                 alter(`"connected_endpoints":[]`, `"connected_endpoints":null`),
		"another type":           alter(`"document_count":0`, `"document_count":"0"`),
		"a time without Z":       alter(`Z","updated_at"`, `+00:00","updated_at"`),
		"a UUID of another sort": alter(`"id":"`, `"id":"F`),
		"an undocumented status": {http.StatusTeapot, good.Header, good.Body},
		"HTML":                   {good.Status, html, "<html>"},
		"no request id":          {good.Status, http.Header{"Content-Type": {"application/json"}}, good.Body},
		"a broken body":          alter(`}`, ``),
	} {
		if c.check("GET", path, a) == nil {
			t.Errorf("%s passes", name)
		}
	}
	if err := c.check("GET", path+"/", good); err != nil {
		t.Errorf("the good answer does not pass: %v", err)
	}
}

// TestExamplesFitTheirSchemas holds every example of a JSON body against the
// schema beside it, so that what a stranger copies is right.
func TestExamplesFitTheirSchemas(t *testing.T) {
	t.Parallel()
	s := New(t, Options{})
	c, err := s.contract()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	look := func(content any, at ...string) {
		media, _ := content.(map[string]any)["application/json"].(map[string]any)
		if media == nil {
			return
		}
		seen++
		example, err := json.Marshal(media["example"])
		if err != nil {
			t.Fatal(err)
		}
		if err := c.validate(pointer(append(at, "content", "application/json", "schema")...), string(example)); err != nil {
			t.Errorf("%s: %v\n%s", strings.Join(at, " "), err, example)
		}
	}
	for path, item := range c.paths {
		for method, op := range item.(map[string]any) {
			op := op.(map[string]any)
			if body, ok := op["requestBody"].(map[string]any); ok {
				look(body["content"], "paths", path, method, "requestBody")
			}
			for status := range op["responses"].(map[string]any) {
				r, at := c.response(op, path, method, status)
				if content := r["content"]; content != nil {
					look(content, at...)
				}
			}
		}
	}
	t.Logf("%d examples", seen)
}
