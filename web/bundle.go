package web

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io/fs"
	"net/http"
	"path"
)

// immutable lets a browser keep a file for a year without asking again.
const immutable = "public, max-age=31536000, immutable"

// bundle is a folder of files that is served under a fingerprint of its content: a new build has
// new addresses, so that nothing stale is ever shown and nothing unchanged is ever fetched twice.
type bundle struct {
	fingerprint string
	url         string // where its files are, without a slash at the end
	files       map[string]*file
}

// newBundle reads the files of a folder that have a known content type, but not its pages:
// those are templates.
func newBundle(fsys fs.FS, folder, urlPrefix string) (*bundle, error) {
	entries, err := fs.ReadDir(fsys, folder)
	if err != nil {
		return nil, fmt.Errorf("web: %w", err)
	}
	sum := sha256.New()
	files := make(map[string]*file, len(entries))
	for _, entry := range entries { // in the order of their names
		name := entry.Name()
		mediaType, known := contentType(name)
		if !known || path.Ext(name) == ".html" {
			continue
		}
		content, err := fs.ReadFile(fsys, path.Join(folder, name))
		if err != nil {
			return nil, fmt.Errorf("web: %w", err)
		}
		fmt.Fprintf(sum, "%s %d\n", name, len(content))
		sum.Write(content)
		files[name] = newFile(mediaType, content)
	}
	fingerprint := hex.EncodeToString(sum.Sum(nil)[:8])
	return &bundle{fingerprint: fingerprint, url: urlPrefix + "/" + fingerprint, files: files}, nil
}

func (b *bundle) serve(w http.ResponseWriter, r *http.Request, name string) {
	f, ok := b.files[name]
	if !ok {
		notFound(w)
		return
	}
	f.serve(w, r, immutable)
}
