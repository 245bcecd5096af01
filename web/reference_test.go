package web

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

func TestDocsServeBothViewsFromEmbeddedFiles(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"", "/syft"} {
		h, err := Docs(base)
		if err != nil {
			t.Fatal(err)
		}
		for path, style := range map[string]string{"/docs": "view", "/docs/": "view", "/redoc": "read", "/redoc/": "read"} {
			r := get(t, h, "GET", base+path)
			page := body(t, r)
			if r.StatusCode != http.StatusOK {
				t.Fatalf("%s answers %d", base+path, r.StatusCode)
			}
			for _, want := range []string{`render-style="` + style + `"`, `spec-url="` + base + `/openapi.json"`} {
				if !strings.Contains(page, want) {
					t.Errorf("%s has no %s", base+path, want)
				}
			}
			if outside := regexp.MustCompile(`(?:src|href|url)="(?:https?:)?//[^"]*"`).FindString(page); outside != "" {
				t.Errorf("%s refers to another host: %s", base+path, outside)
			}
			files := regexp.MustCompile(`(?:src|href)="([^"]+/[0-9a-f]{16}/[^"]+)"`).FindAllStringSubmatch(page, -1)
			if len(files) != 4 {
				t.Fatalf("%s names %d files, want 4: %v", base+path, len(files), files)
			}
			for _, file := range files {
				r := get(t, h, "GET", file[1], "Accept-Encoding", "gzip")
				if r.StatusCode != http.StatusOK || r.Header.Get("Cache-Control") != immutable || body(t, r) == "" {
					t.Errorf("%s answers %d, %q", file[1], r.StatusCode, r.Header.Get("Cache-Control"))
				}
			}
		}
		for _, path := range []string{"/docs/nothing", "/redoc/nothing", "/"} {
			if r := get(t, h, "GET", base+path); r.StatusCode != http.StatusNotFound {
				t.Errorf("%s answers %d, want 404", base+path, r.StatusCode)
			}
		}
	}
}

func TestDocsAllowNoOtherHost(t *testing.T) {
	t.Parallel()
	h, err := Docs("")
	if err != nil {
		t.Fatal(err)
	}
	policy := get(t, h, "GET", "/docs").Header.Get("Content-Security-Policy")
	if !strings.HasPrefix(policy, "default-src 'none'; script-src 'self';") || strings.Contains(policy, "http") {
		t.Errorf("Content-Security-Policy %q", policy)
	}
}
