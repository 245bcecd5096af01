package apptest_test

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// window is the length of the shortest piece of a secret that counts as a
// leak; answers may show its last four characters.
const window = 8

// hunt looks for secrets in whatever it is shown.
type hunt struct {
	t       *testing.T
	pieces  map[[window]byte]string // to the secret's name
	encoded map[string]string       // whole secrets in other forms
	looked  int                     // bytes
}

func newHunt(t *testing.T) *hunt {
	return &hunt{t: t, pieces: map[[window]byte]string{}, encoded: map[string]string{}}
}

// secret makes a secret to hunt for.
func (h *hunt) secret(name string) string {
	value := rand.Text() + rand.Text()[:10]
	h.add(name, value)
	return value
}

// add hunts for a secret that somebody else made.
func (h *hunt) add(name, value string) {
	for i := 0; i+window <= len(value); i++ {
		h.pieces[[window]byte([]byte(value[i:i+window]))] = name
	}
	h.encoded[hex.EncodeToString([]byte(value))] = name
	for shift := range 3 { // base64 of a text that holds the secret, at any place
		text := base64.StdEncoding.EncodeToString([]byte(strings.Repeat("x", shift) + value))
		h.encoded[text[4:len(text)-4]] = name
	}
}

// look fails the test where a secret stands in b.
func (h *hunt) look(where string, b []byte) {
	h.t.Helper()
	h.looked += len(b)
	found := map[string]bool{}
	for i := 0; i+window <= len(b); i++ {
		if name, ok := h.pieces[[window]byte(b[i:i+window])]; ok && !found[name] {
			found[name] = true
			h.t.Errorf("%s holds %s: …%q…", where, name, b[max(0, i-100):min(len(b), i+40)])
		}
	}
	for text, name := range h.encoded {
		if bytes.Contains(b, []byte(text)) {
			h.t.Errorf("%s holds %s, encoded", where, name)
		}
	}
}

func (h *hunt) answer(where string, a apptest.Answer) {
	h.t.Helper()
	h.look(fmt.Sprintf("the answer to %s (%d)", where, a.Status), []byte(a.Body))
	h.look("the header of the answer to "+where, []byte(fmt.Sprint(a.Header)))
}

// folder looks through every file. What a file is for is no leak: run.json
// holds the token of the run.
func (h *hunt) folder(dir string) {
	h.t.Helper()
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err != nil || e.IsDir() || e.Name() == "run.json" {
			return err
		}
		b, err := os.ReadFile(path)
		h.look(path, b)
		return err
	})
	if err != nil {
		h.t.Error(err)
	}
}

// gossip is a server at the network's far end that tells everything that it
// was sent, in the way that its path names.
func gossip(t *testing.T) string {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		user, password, _ := r.BasicAuth()
		said := fmt.Sprintf("%s %s %v %s %s", user, password, r.Header, r.URL, body)
		if r.URL.Path == "/text/transaction/create" {
			said = string(body) + password // the caller's token comes early
		}
		message, _ := json.Marshal(map[string]any{"error": map[string]any{"message": said, "type": said, "code": said}, "detail": said, "message": said})
		switch {
		case strings.HasPrefix(r.URL.Path, "/text"):
			http.Error(w, said, http.StatusInternalServerError)
		case strings.HasPrefix(r.URL.Path, "/cut"): // where the log shortens it
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprintf(w, `{"error": {"message": "%s%s"}}`, strings.Repeat("x", 180), r.Header.Get("Authorization"))
		case strings.HasPrefix(r.URL.Path, "/lie"):
			_, _ = w.Write([]byte("{" + said))
		case strings.HasPrefix(r.URL.Path, "/busy"):
			w.Header().Set("Retry-After", "1")
			w.WriteHeader(http.StatusTooManyRequests)
			_, _ = w.Write(message)
		default:
			w.Header().Set("Content-Type", "application/json")
			w.WriteHeader(http.StatusUnauthorized)
			_, _ = w.Write(message)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL
}
