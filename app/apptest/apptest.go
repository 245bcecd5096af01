// Package apptest runs the whole program for tests: real storage and real
// files in temporary folders, over real HTTP. Fakes stand only at the far end
// of the network.
package apptest

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"syft-space/app"
	"syft-space/app/config"
	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// Main is the TestMain of packages that use New: the program starts itself
// again to read PDF files, which here is the test binary.
func Main(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == parse.PDFWorker {
		if err := parse.RunPDFWorker(os.Stdin, os.Stdout); err != nil {
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// Space is a running program.
type Space struct {
	URL  string
	Data string // the data folder
	Docs string // an empty folder that may be picked
	Key  string // sent as bearer unless a request says otherwise
	t    testing.TB
	stop func()
	// contract is fetched with the first answer.
	contract func() (*contract, error)
}

// Options change what New starts.
type Options struct {
	Settings map[string]any // by key, as flags would give them
	Data     string         // an existing data folder; "" makes one
	Docs     string         // an existing folder of documents; "" makes one
	Embedder space.Embedder // nil is the built-in one
	Clock    space.Clock    // nil is the wall clock
	// ReadTimeout is app.Deps's; 0 is a running program's.
	ReadTimeout time.Duration
}

// New starts the program and stops it when the test ends.
func New(t testing.TB, o Options) *Space {
	t.Helper()
	s := &Space{t: t, Data: orTemp(t, o.Data), Docs: orTemp(t, o.Docs)}
	set := map[string]any{
		"data_dir": s.Data, "server.port": 0, "browse.roots": []string{s.Docs}, "log.level": "error",
		"limits.api_per_minute": 0, "limits.api_per_hour": 0,
	}
	for k, v := range o.Settings {
		set[k] = v
	}
	if key, ok := set["auth.admin_key"].(string); ok {
		s.Key = key
	}
	cfg, err := config.Load(config.Options{Defaults: defaults(t), Flags: set, Getenv: func(string) string { return "" }})
	if err != nil {
		t.Fatal(err)
	}
	clock := o.Clock
	if clock == nil {
		clock = space.SystemClock
	}
	program, err := app.New(t.Context(), cfg, app.Deps{
		Clock: clock, IDs: space.NewID, Logger: slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{Level: cfg.Log.Level})),
		Executable: self(t), Embedder: o.Embedder, ReadTimeout: o.ReadTimeout,
	})
	if err != nil {
		t.Fatal(err)
	}
	s.run(program)
	return s
}

func (s *Space) run(program *app.App) {
	ctx, cancel := context.WithCancel(context.Background())
	ready, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		err := program.Run(ctx, func(url string) { ready <- url })
		if e := program.Close(); err == nil {
			err = e
		}
		ended <- err
	}()
	stopped := false
	s.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		if err := <-ended; err != nil {
			s.t.Errorf("the program ended with: %v", err)
		}
	}
	s.t.Cleanup(s.stop)
	select {
	case s.URL = <-ready:
		s.contract = sync.OnceValues(s.fetchContract)
	case err := <-ended:
		s.t.Fatalf("the program did not start: %v", err)
	}
}

// With returns the same running program for another test, such as one of the
// inputs of a fuzz target, to which failures are reported then.
func (s *Space) With(t testing.TB) *Space {
	other := *s
	other.t = t
	return &other
}

// Stop ends the program before the test ends.
func (s *Space) Stop() { s.stop() }

// Write puts a document into Docs and returns its path.
func (s *Space) Write(name, content string) string {
	s.t.Helper()
	path := filepath.Join(s.Docs, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		s.t.Fatal(err)
	}
	return path
}

// Answer is what the program answered to a request.
type Answer struct {
	Status int
	Header http.Header
	Body   string
}

// JSON decodes the body into v.
func (a Answer) JSON(t testing.TB, v any) {
	t.Helper()
	if err := json.Unmarshal([]byte(a.Body), v); err != nil {
		t.Fatalf("the answer is not JSON: %v\n%s", err, a.Body)
	}
}

// Send sends a request. body is sent as it is where it is a string, and as JSON
// otherwise; header holds "Name: value" lines.
func (s *Space) Send(method, path string, body any, header ...string) Answer {
	s.t.Helper()
	var sent io.Reader
	switch b := body.(type) {
	case nil:
	case string:
		sent = strings.NewReader(b)
	default:
		encoded, err := json.Marshal(b)
		if err != nil {
			s.t.Fatal(err)
		}
		sent = bytes.NewReader(encoded)
	}
	req, err := http.NewRequestWithContext(s.t.Context(), method, s.URL+path, sent)
	if err != nil {
		s.t.Fatal(err)
	}
	if sent != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	if s.Key != "" {
		req.Header.Set("Authorization", "Bearer "+s.Key)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		if name == "Host" {
			req.Host = value
		}
		req.Header.Set(name, value)
	}
	client := http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		s.t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		s.t.Fatal(err)
	}
	a := Answer{res.StatusCode, res.Header, string(b)}
	s.holdAgainstTheContract(method, path, a)
	return a
}

// holdAgainstTheContract fails the test where an answer is not as the
// document says; every request of every test is checked so.
func (s *Space) holdAgainstTheContract(method, path string, a Answer) {
	s.t.Helper()
	if _, isBenchmark := s.t.(*testing.B); isBenchmark {
		return
	}
	c, err := s.contract()
	if err != nil {
		s.t.Fatalf("the document cannot be used: %v", err)
	}
	if err := c.check(method, path, a); err != nil {
		s.t.Errorf("%s %s does not answer as the document says: %v\n%d %s", method, path, err, a.Status, a.Body)
	}
}

func (s *Space) fetchContract() (*contract, error) {
	res, err := http.Get(s.URL + "/openapi.json")
	if err != nil {
		return nil, err
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		return nil, err
	}
	return newContract(string(b))
}

// Must sends a request, expects the status and decodes the answer into out,
// which may be nil.
func (s *Space) Must(status int, method, path string, body, out any, header ...string) Answer {
	s.t.Helper()
	a := s.Send(method, path, body, header...)
	if a.Status != status {
		s.t.Fatalf("%s %s: status %d, want %d: %s", method, path, a.Status, status, a.Body)
	}
	if out != nil {
		a.JSON(s.t, out)
	}
	return a
}

// Eventually waits until check returns "", and fails with what it returned
// last after a generous time.
func (s *Space) Eventually(check func() string) {
	s.t.Helper()
	deadline := time.Now().Add(3 * time.Minute) // the first PDF compiles its reader, with -race and beside other packages
	for {
		said := check()
		if said == "" {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(said)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func orTemp(t testing.TB, dir string) string {
	t.Helper()
	if dir != "" {
		return dir
	}
	real, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	return real
}

// defaults reads config.yaml, which the program embeds from the project's root,
// above the folder in which go test runs a package's tests.
func defaults(t testing.TB) []byte {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "config.yaml"))
		if err == nil {
			return b
		}
		if filepath.Dir(dir) == dir {
			t.Fatal("config.yaml stands in no folder above this test")
		}
		dir = filepath.Dir(dir)
	}
}

func self(t testing.TB) string {
	t.Helper()
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// testWriter shows the program's log lines with the test's.
type testWriter struct{ t testing.TB }

// Write implements io.Writer.
func (w testWriter) Write(b []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(b)))
	return len(b), nil
}
