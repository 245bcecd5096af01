package apptest_test

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"syft-space/app/apptest"
)

// liveStream is an open stream of events, which a goroutine reads.
type liveStream struct {
	mu     sync.Mutex
	events []liveEvent
	end    error // nil while it is open
}

type liveEvent struct{ name, data string }

// listen opens a stream of events and reads it until it ends.
func listen(t *testing.T, s *apptest.Space, path string) *liveStream {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), "GET", s.URL+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s.Key != "" {
		req.Header.Set("Authorization", "Bearer "+s.Key)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK || res.Header.Get("Content-Type") != "text/event-stream" || res.Header.Get("X-Accel-Buffering") != "no" {
		t.Fatalf("the stream begins with %d %v", res.StatusCode, res.Header)
	}
	l := &liveStream{}
	go l.read(res.Body)
	return l
}

func (l *liveStream) read(body io.ReadCloser) {
	defer body.Close()
	var e liveEvent
	lines := bufio.NewScanner(body)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		name, value, _ := strings.Cut(lines.Text(), ": ")
		switch name {
		case "event":
			e.name = value
		case "data":
			e.data = value
		case "":
			l.mu.Lock()
			l.events = append(l.events, e)
			l.mu.Unlock()
			e = liveEvent{}
		}
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.end = lines.Err(); l.end == nil {
		l.end = io.EOF
	}
}

// wait waits for an event whose data holds all parts, and returns its data.
func (l *liveStream) wait(s *apptest.Space, name string, parts ...string) (data string) {
	s.Eventually(func() string {
		l.mu.Lock()
		defer l.mu.Unlock()
	events:
		for _, e := range l.events {
			if e.name != name {
				continue
			}
			for _, p := range parts {
				if !strings.Contains(e.data, p) {
					continue events
				}
			}
			data = e.data
			return ""
		}
		return "no " + name + " event with " + strings.Join(parts, ", ")
	})
	return data
}

// count is how many events came.
func (l *liveStream) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.events)
}

func (l *liveStream) ended() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.end
}

func TestOneStreamTellsEverythingLive(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"privacy.store_query_text": true}})
	s.Write("warranty.md", warranty)
	l := listen(t, s, "/api/v1/events")
	second := listen(t, s, "/api/v1/events/")
	l.wait(s, "snapshot", `"status":"ok"`, `"ready":`, `"ingestion":[]`)
	dataset := makeEndpoint(t, s)
	l.wait(s, "changed", `"datasets"`)
	l.wait(s, "changed", `"models"`)
	l.wait(s, "changed", `"endpoints"`)
	l.wait(s, "ingestion", dataset.ID, `"completed":1`, `"done":true`)
	ask(s, "How long is the warranty of a secret lamp?")
	for _, stream := range []*liveStream{l, second} {
		if data := stream.wait(s, "query", `"endpoint_slug":"docs"`, `"outcome":"success"`, `"user_email":"owner@localhost"`); strings.Contains(data, "secret") {
			t.Errorf("the event tells what was asked: %s", data)
		}
	}
	late := listen(t, s, "/api/v1/events")
	late.wait(s, "snapshot", dataset.ID, `"completed":1`)
	var policy struct{ ID string }
	var endpoint thing
	s.Must(http.StatusOK, "GET", "/api/v1/endpoints/docs", nil, &endpoint)
	s.Must(http.StatusCreated, "POST", "/api/v1/policies", map[string]any{
		"name": "all", "policy_type": "access", "endpoint_id": endpoint.ID, "configuration": map[string]any{},
	}, &policy)
	late.wait(s, "changed", `{"resources":["policies"]}`)
	s.Must(http.StatusOK, "DELETE", "/api/v1/endpoints/docs", nil, nil)
	s.Must(http.StatusOK, "DELETE", "/api/v1/datasets/docs", nil, nil)
	late.wait(s, "changed", `"endpoints"`)
	late.wait(s, "changed", `"datasets"`)
	last := listen(t, s, "/api/v1/events")
	last.wait(s, "snapshot", `"ingestion":[]`)
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, e := range l.events {
		if !json.Valid([]byte(e.data)) {
			t.Errorf("event %s has %q", e.name, e.data)
		}
	}
}

func TestStreamsEndWithTheProgram(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", warranty)
	dataset := makeEndpoint(t, s)
	streams := []*liveStream{listen(t, s, "/api/v1/events"), listen(t, s, "/api/v1/ingestion/datasets/"+dataset.ID+"/events")}
	streams[0].wait(s, "snapshot")
	streams[1].wait(s, "", dataset.ID)
	s.Stop()
	for i, l := range streams {
		s.Eventually(func() string {
			if l.ended() == nil {
				return "a stream stays open"
			}
			return ""
		})
		if err := l.ended(); err != io.EOF { // cut off at the end of the drain, it would end within a chunk
			t.Errorf("stream %d ended with %v", i, err)
		}
	}
}

func TestLiveEventsAndMetricsAreTheOwners(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789"}})
	for _, path := range []string{
		"/metrics", "/api/v1/events", "/api/v1/analytics/summary", "/api/v1/analytics/export", "/api/v1/ledger", "/api/v1/ledger/export",
	} {
		if a := s.Send("GET", path, nil, "Authorization: "); a.Status != 401 {
			t.Errorf("%s without a key: %d", path, a.Status)
		}
	}
	body, header := form(t, part{"category", "", "bug"}, part{"description", "", "x"})
	if a := s.Send("POST", "/api/v1/feedback", body, header, "Authorization: "); a.Status != 401 {
		t.Errorf("feedback without a key: %d", a.Status)
	}
	s.Must(http.StatusOK, "GET", "/metrics", nil, nil)
}

func TestMetricsNameRoutesAndNotWhatCallersSend(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", warranty)
	makeEndpoint(t, s)
	ask(s, "How long is the warranty of a lamp?")
	s.Send("POST", "/api/v1/endpoints/tried-by-a-caller/query", map[string]any{"messages": "x"})
	s.Send("GET", "/api/v1/nothing-of-this-name", nil)
	s.Send("BREW", "/api/v1/health", nil)
	s.Send("GET", "/api/v1/datasets/", nil)
	s.Must(http.StatusUnauthorized, "GET", "/metrics", nil, nil, "X-Forwarded-For: 192.0.2.1")
	a := s.Must(http.StatusOK, "GET", "/metrics", nil, nil)
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/plain") {
		t.Errorf("metrics are %s", a.Header.Get("Content-Type"))
	}
	for _, want := range []string{
		`syft_http_requests_total{method="POST",route="/api/v1/endpoints/:slug/query",status="200"} 1`,
		`syft_http_requests_total{method="POST",route="/api/v1/endpoints/:slug/query",status="404"} 1`,
		`syft_http_requests_total{method="other",route="other",status="404"} 1`,
		`syft_http_requests_total{method="other",route="other",status="405"} 1`,
		`syft_http_requests_total{method="GET",route="/api/v1/datasets",status="200"} 1`,
		`syft_http_requests_total{method="GET",route="/metrics",status="401"} 1`,
		`syft_queries_total{endpoint="docs",outcome="success"} 1`,
		`syft_queries_total{endpoint="",outcome="error"} 1`,
		`syft_query_duration_seconds_count 1`, `syft_stored{sort="documents"} 1`, `syft_jobs{status="completed"} 1`,
		`syft_index_entries{index="words"} `, `go_goroutines `, `process_resident_memory_bytes `,
	} {
		if !strings.Contains(a.Body, "\n"+want) {
			t.Errorf("no %s", want)
		}
	}
	for _, unwanted := range []string{"tried-by-a-caller", "nothing-of-this-name", "BREW", "owner@localhost"} {
		if strings.Contains(a.Body, unwanted) {
			t.Errorf("%s is among the metrics", unwanted)
		}
	}
}
