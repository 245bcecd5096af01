package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"
	"path"
	"strconv"
	"strings"
	"sync"
)

// contentType knows the files that are served; the system's own table differs from machine to machine.
func contentType(name string) (string, bool) {
	switch path.Ext(name) {
	case ".html":
		return "text/html; charset=utf-8", true
	case ".js":
		return "text/javascript; charset=utf-8", true
	case ".css":
		return "text/css; charset=utf-8", true
	case ".svg":
		return "image/svg+xml", true
	case ".txt":
		return "text/plain; charset=utf-8", true
	}
	return "", false
}

// file is one thing to serve, held in memory.
type file struct {
	mediaType string
	etag      string
	plain     []byte
	gzipped   func() []byte
}

// newFile compresses on first use, once: a start should not pay for files that nobody opens.
func newFile(mediaType string, content []byte) *file {
	sum := sha256.Sum256(content)
	return &file{
		mediaType: mediaType,
		// Weak, because the same tag stands for the plain and the compressed form.
		etag:    `W/"` + hex.EncodeToString(sum[:8]) + `"`,
		plain:   content,
		gzipped: sync.OnceValue(func() []byte { return compress(content) }),
	}
}

func (f *file) serve(w http.ResponseWriter, r *http.Request, cacheControl string) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		refuse(w, http.StatusMethodNotAllowed)
		return
	}
	header := w.Header()
	header.Set("Cache-Control", cacheControl)
	header.Set("ETag", f.etag)
	header.Add("Vary", "Accept-Encoding")
	if matches(r.Header.Values("If-None-Match"), f.etag) {
		w.WriteHeader(http.StatusNotModified)
		return
	}
	body := f.plain
	if acceptsGzip(r.Header.Values("Accept-Encoding")) {
		header.Set("Content-Encoding", "gzip")
		body = f.gzipped()
	}
	header.Set("Content-Type", f.mediaType)
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(http.StatusOK)
	if r.Method == http.MethodGet {
		// A failed write means that the reader has gone, which needs no answer.
		_, _ = io.Copy(w, bytes.NewReader(body))
	}
}

func compress(content []byte) []byte {
	var out bytes.Buffer
	// Neither a valid level nor a write to memory can fail.
	zip, _ := gzip.NewWriterLevel(&out, gzip.BestCompression)
	_, _ = zip.Write(content)
	_ = zip.Close()
	return out.Bytes()
}

// matches implements the weak comparison of If-None-Match (RFC 9110, 13.1.2).
func matches(candidates []string, etag string) bool {
	for candidate := range strings.SplitSeq(strings.Join(candidates, ","), ",") {
		candidate = strings.TrimSpace(candidate)
		if candidate == "*" || strings.TrimPrefix(candidate, "W/") == strings.TrimPrefix(etag, "W/") {
			return true
		}
	}
	return false
}

// acceptsGzip reads Accept-Encoding (RFC 9110, 12.5.3): gzip or a wildcard, unless its weight is zero.
func acceptsGzip(accept []string) bool {
	wildcard := false
	for item := range strings.SplitSeq(strings.Join(accept, ","), ",") {
		coding, params, _ := strings.Cut(item, ";")
		coding = strings.ToLower(strings.TrimSpace(coding))
		switch coding {
		case "gzip", "x-gzip":
			return !zeroWeight(params)
		case "*":
			wildcard = !zeroWeight(params)
		}
	}
	return wildcard
}

func zeroWeight(params string) bool {
	key, value, _ := strings.Cut(strings.TrimSpace(params), "=")
	weight, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
	return strings.EqualFold(strings.TrimSpace(key), "q") && err == nil && weight == 0
}
