// Package web serves the embedded dashboard and the API reference as plain HTTP handlers.
package web

import (
	"bytes"
	"embed"
	"fmt"
	"html/template"
	"net/http"
	"strings"
)

//go:embed dist
var dist embed.FS

// dashboardPolicy lets the dashboard load nothing but its own files and turns every string that
// would become markup into an error, save what DOMPurify has sanitised.
const dashboardPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; " +
	"font-src 'self'; connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'self'; " +
	"frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types dompurify"

// reserved are the API's own paths, with all that lies below them.
var reserved = [...]string{
	"/api", "/v1", "/mcp", "/.well-known", "/docs", "/redoc", "/openapi.json", "/metrics", "/healthz", "/readyz",
}

// Reserved reports whether a path, without the base path, belongs to the API, whose answers are
// always JSON, and never to the dashboard.
func Reserved(path string) bool {
	for _, prefix := range reserved {
		if under(path, prefix) {
			return true
		}
	}
	return false
}

// dashboard answers everything that is neither the API nor its reference.
type dashboard struct {
	base   string
	page   *file
	assets *bundle
}

// Handler answers with the dashboard: its files under /assets/<fingerprint>/, which never change,
// and its page for every path that a person may have in the address bar. Whatever else it is asked
// for is a JSON 404, so it can stand where a router has found no route.
//
// basePath is the prefix a reverse proxy serves the Space under, "" or "/" for none. Requests are
// understood with the prefix and, for proxies that strip it, without.
func Handler(basePath string) (http.Handler, error) {
	base := cleanBase(basePath)
	assets, err := newBundle(dist, "dist", base+"/assets")
	if err != nil {
		return nil, err
	}
	page, err := render(dist, "dist/index.html", struct{ Base, Assets string }{base, assets.url})
	if err != nil {
		return nil, err
	}
	return &dashboard{base: base, page: page, assets: assets}, nil
}

func (d *dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header(), dashboardPolicy)
	path := stripBase(d.base, r.URL.Path)
	name, isAsset := strings.CutPrefix(path, "/assets/"+d.assets.fingerprint+"/")
	switch {
	case isAsset:
		d.assets.serve(w, r, name)
	case under(path, "/frontend"):
		http.Redirect(w, r, d.base+"/", http.StatusFound)
	case Reserved(path) || under(path, "/assets") || !wantsPage(path, r.Header.Values("Accept")):
		notFound(w)
	default:
		d.page.serve(w, r, "no-cache")
	}
}

// wantsPage tells a person's browser from a program that looks for a file: text/html is always
// answered with the page, a wildcard only where the path does not name a file by its extension.
func wantsPage(path string, accept []string) bool {
	header := strings.ToLower(strings.Join(accept, ","))
	if strings.Contains(header, "text/html") || path == "/" {
		return true
	}
	wildcard := header == "" || strings.Contains(header, "*/*") || strings.Contains(header, "text/*")
	return wildcard && !strings.Contains(path[strings.LastIndexByte(path, '/')+1:], ".")
}

// under reports whether path is prefix or lies below it.
func under(path, prefix string) bool {
	rest, ok := strings.CutPrefix(path, prefix)
	return ok && (rest == "" || rest[0] == '/')
}

// cleanBase gives a base path the one form used here: "" or "/a/b".
func cleanBase(basePath string) string {
	trimmed := strings.Trim(basePath, "/")
	if trimmed == "" {
		return ""
	}
	return "/" + trimmed
}

func stripBase(base, path string) string {
	if under(path, base) {
		path = path[len(base):]
	}
	if path == "" {
		return "/"
	}
	return path
}

// render fills in an HTML page that is a template.
func render(fsys embed.FS, name string, data any) (*file, error) {
	source, err := template.ParseFS(fsys, name)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	var page bytes.Buffer
	if err := source.Execute(&page, data); err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	mediaType, _ := contentType(name)
	return newFile(mediaType, page.Bytes()), nil
}
