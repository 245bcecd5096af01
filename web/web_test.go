package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func get(t *testing.T, h http.Handler, method, path string, headers ...string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, path, nil)
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	var reader io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "gzip" {
		unzipped, err := gzip.NewReader(r.Body)
		if err != nil {
			t.Fatal(err)
		}
		reader = unzipped
	}
	content, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

func newHandler(t *testing.T, base string) http.Handler {
	t.Helper()
	h, err := Handler(base)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestHandlerGivesThePageToPeopleAndNotFoundToPrograms(t *testing.T) {
	t.Parallel()
	const browser = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
	tests := []struct {
		method, path, accept string
		status               int
		location             string
	}{
		{"GET", "/", browser, 200, ""},
		{"GET", "/", "*/*", 200, ""},
		{"GET", "/", "", 200, ""},
		{"HEAD", "/", browser, 200, ""},
		{"GET", "/playground", browser, 200, ""},
		{"GET", "/playground", "*/*", 200, ""},
		{"GET", "/datasets/notes.v2", browser, 200, ""},
		{"GET", "/documents", browser, 200, ""},
		{"GET", "/metricsboard", browser, 200, ""},
		{"GET", "/playground", "application/json", 404, ""},
		{"GET", "/favicon.ico", "image/avif,image/webp,*/*;q=0.8", 404, ""},
		{"GET", "/api/v1/nothing", browser, 404, ""},
		{"GET", "/api", browser, 404, ""},
		{"GET", "/v1/models", browser, 404, ""},
		{"GET", "/mcp", browser, 404, ""},
		{"GET", "/assets/0123456789abcdef/app.js", browser, 404, ""},
		{"GET", "/docs", browser, 404, ""},
		{"GET", "/redoc", browser, 404, ""},
		{"GET", "/openapi.json", browser, 404, ""},
		{"GET", "/metrics", browser, 404, ""},
		{"GET", "/healthz", browser, 404, ""},
		{"GET", "/readyz", browser, 404, ""},
		{"POST", "/api/v1/nothing", "application/json", 404, ""},
		{"POST", "/", browser, 405, ""},
		{"GET", "/frontend", browser, 302, "/"},
		{"GET", "/frontend/datasets", browser, 302, "/"},
	}
	h := newHandler(t, "")
	for _, tt := range tests {
		t.Run(tt.method+" "+tt.path+" "+tt.accept, func(t *testing.T) {
			t.Parallel()
			r := get(t, h, tt.method, tt.path, "Accept", tt.accept)
			if r.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", r.StatusCode, tt.status)
			}
			if got := r.Header.Get("Location"); got != tt.location {
				t.Errorf("Location %q, want %q", got, tt.location)
			}
			content := body(t, r)
			switch tt.status {
			case 200:
				if tt.method == "GET" && !strings.Contains(content, `<div id="app">`) {
					t.Errorf("no page in %q", content)
				}
			case 404:
				if diff := cmp.Diff(`{"detail":"Not Found"}`, content); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

func TestHandlerSetsEverySecurityHeaderOnEveryAnswer(t *testing.T) {
	t.Parallel()
	h := newHandler(t, "")
	for _, path := range []string{"/", "/frontend", "/api/v1/nothing", assetPath(t, h, "app.js")} {
		header := get(t, h, "GET", path).Header
		want := map[string]string{
			"Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; " +
				"img-src 'self' data: blob:; font-src 'self'; connect-src 'self'; manifest-src 'self'; " +
				"form-action 'self'; base-uri 'self'; frame-ancestors 'none'; " +
				"require-trusted-types-for 'script'; trusted-types dompurify",
			"X-Content-Type-Options":     "nosniff",
			"Referrer-Policy":            "no-referrer",
			"Cross-Origin-Opener-Policy": "same-origin",
		}
		for name, value := range want {
			if diff := cmp.Diff(value, header.Get(name)); diff != "" {
				t.Errorf("%s of %s: %s", name, path, diff)
			}
		}
		if header.Get("Permissions-Policy") == "" {
			t.Errorf("%s has no Permissions-Policy", path)
		}
	}
}

func TestPageIsRevalidated(t *testing.T) {
	t.Parallel()
	h := newHandler(t, "")
	r := get(t, h, "GET", "/")
	if got := r.Header.Get("Cache-Control"); got != "no-cache" {
		t.Errorf("Cache-Control %q, want no-cache", got)
	}
	etag := r.Header.Get("ETag")
	for _, match := range []string{etag, strings.TrimPrefix(etag, "W/"), `"other", ` + etag, "*"} {
		r := get(t, h, "GET", "/playground", "If-None-Match", match)
		if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
			t.Errorf("If-None-Match %s: status %d, want 304 without a body", match, r.StatusCode)
		}
	}
	if r := get(t, h, "GET", "/", "If-None-Match", `"other"`); r.StatusCode != http.StatusOK {
		t.Errorf("another tag: status %d, want 200", r.StatusCode)
	}
}

func TestEveryAssetIsImmutableAndCompressed(t *testing.T) {
	t.Parallel()
	h := newHandler(t, "")
	entries, err := dist.ReadDir("dist")
	if err != nil {
		t.Fatal(err)
	}
	served := 0
	for _, entry := range entries {
		path := assetPath(t, h, entry.Name())
		plain, zipped := get(t, h, "GET", path), get(t, h, "GET", path, "Accept-Encoding", "br, gzip")
		if entry.Name() == "index.html" || entry.Name() == "BUILD.json" {
			if plain.StatusCode != http.StatusNotFound {
				t.Errorf("%s is served as an asset", entry.Name())
			}
			continue
		}
		served++
		if got := plain.Header.Get("Cache-Control"); got != "public, max-age=31536000, immutable" {
			t.Errorf("%s: Cache-Control %q", entry.Name(), got)
		}
		if got := zipped.Header.Get("Vary"); got != "Accept-Encoding" {
			t.Errorf("%s: Vary %q", entry.Name(), got)
		}
		if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" {
			t.Errorf("%s: encodings %q and %q", entry.Name(), plain.Header.Get("Content-Encoding"), zipped.Header.Get("Content-Encoding"))
		}
		want, err := dist.ReadFile("dist/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		if body(t, plain) != string(want) || body(t, zipped) != string(want) {
			t.Errorf("%s does not arrive as it was built", entry.Name())
		}
	}
	if served < 4 {
		t.Errorf("only %d assets are served", served)
	}
}

func TestAcceptsGzip(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"":                      false,
		"gzip":                  true,
		"gzip, deflate, br":     true,
		"GZIP;q=0.5":            true,
		"br;q=1.0, gzip;q=0":    false,
		"gzip;q=0, *;q=1":       false,
		"*":                     true,
		"*;q=0.0":               false,
		"identity":              false,
		"deflate, gzip; q=0.00": false,
	}
	for accept, want := range tests {
		if got := acceptsGzip([]string{accept}); got != want {
			t.Errorf("acceptsGzip(%q) = %v, want %v", accept, got, want)
		}
	}
}

func TestBasePathIsInEveryAddressAndOptionalInRequests(t *testing.T) {
	t.Parallel()
	for _, base := range []string{"/syft", "syft/", "/syft/"} {
		h := newHandler(t, base)
		for _, path := range []string{"/syft", "/syft/", "/syft/playground", "/playground"} {
			r := get(t, h, "GET", path, "Accept", "text/html")
			content := body(t, r)
			if r.StatusCode != 200 || !strings.Contains(content, `<meta name="base-path" content="/syft">`) {
				t.Fatalf("base %q: %s answers %d %s", base, path, r.StatusCode, content)
			}
			asset := regexp.MustCompile(`src="(/syft/assets/[0-9a-f]{16}/app\.js)"`).FindStringSubmatch(content)
			if asset == nil {
				t.Fatalf("no script under the base path in %s", content)
			}
			if r := get(t, h, "GET", asset[1]); r.StatusCode != 200 {
				t.Errorf("%s answers %d", asset[1], r.StatusCode)
			}
		}
		if got := get(t, h, "GET", "/syft/frontend").Header.Get("Location"); got != "/syft/" {
			t.Errorf("/syft/frontend leads to %q, want /syft/", got)
		}
		if r := get(t, h, "GET", "/syft/api/v1/nothing", "Accept", "text/html"); r.StatusCode != 404 {
			t.Errorf("/syft/api/v1/nothing answers %d, want 404", r.StatusCode)
		}
	}
}

func TestDistIsBuiltFromTheseSources(t *testing.T) {
	t.Parallel()
	content, err := dist.ReadFile("dist/BUILD.json")
	if err != nil {
		t.Fatal(err)
	}
	var build struct{ Inputs string }
	if err := json.Unmarshal(content, &build); err != nil {
		t.Fatal(err)
	}
	if got := hashInputs(t, "ui"); got != build.Inputs {
		t.Errorf("dist was built from other sources (%s, now %s): run `npm run build` in web/ui and commit web/dist", build.Inputs, got)
	}
}

// hashInputs repeats what hashInputs in ui/build.mjs computes.
func hashInputs(t *testing.T, root string) string {
	t.Helper()
	var paths []string
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		relative, err := filepath.Rel(root, path)
		if err != nil {
			return err
		}
		if entry.IsDir() && (relative == "node_modules" || relative == "test") {
			return filepath.SkipDir
		}
		if !entry.IsDir() {
			paths = append(paths, filepath.ToSlash(relative))
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(paths)
	all := sha256.New()
	for _, path := range paths {
		content, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(path)))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(all, "%x  %s\n", sha256.Sum256(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n"))), path)
	}
	return hex.EncodeToString(all.Sum(nil))
}

// assetPath finds where a file of dist is served.
func assetPath(t *testing.T, h http.Handler, name string) string {
	t.Helper()
	prefix := regexp.MustCompile(`/assets/[0-9a-f]{16}/`).FindString(body(t, get(t, h, "GET", "/")))
	if prefix == "" {
		t.Fatal("the page names no assets")
	}
	return prefix + name
}
