package web

import (
	"embed"
	"net/http"
	"strings"
)

//go:embed reference
var reference embed.FS

// referencePolicy differs from the dashboard's in what the RapiDoc component needs: style
// attributes, embedded images, and markup made from the API's own description.
const referencePolicy = "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
	"font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// docs answers with two views of one description: /docs to try operations, /redoc to read.
type docs struct {
	base  string
	try   *file
	read  *file
	files *bundle
}

// Docs answers /docs and /redoc, both drawn from <basePath>/openapi.json without any other host.
// Its files lie under /docs/<fingerprint>/. basePath is as for Handler.
func Docs(basePath string) (http.Handler, error) {
	base := cleanBase(basePath)
	files, err := newBundle(reference, "reference", base+"/docs")
	if err != nil {
		return nil, err
	}
	page := func(try bool) (*file, error) {
		return render(reference, "reference/page.html", struct {
			Base, Files string
			Try         bool
		}{base, files.url, try})
	}
	try, err := page(true)
	if err != nil {
		return nil, err
	}
	read, err := page(false)
	if err != nil {
		return nil, err
	}
	return &docs{base: base, try: try, read: read, files: files}, nil
}

func (d *docs) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header(), referencePolicy)
	path := stripBase(d.base, r.URL.Path)
	if name, ok := strings.CutPrefix(path, "/docs/"+d.files.fingerprint+"/"); ok {
		d.files.serve(w, r, name)
		return
	}
	switch strings.TrimSuffix(path, "/") {
	case "/docs":
		d.try.serve(w, r, "no-cache")
	case "/redoc":
		d.read.serve(w, r, "no-cache")
	default:
		notFound(w)
	}
}
