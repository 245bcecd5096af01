package apptest_test

import (
	"encoding/csv"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/apptest"
)

// figures is what tests read of a summary.
type figures struct {
	Queries, Succeeded, Refused, Failed int
	UniqueUsers                         int      `json:"unique_users"`
	SuccessRate                         *float64 `json:"success_rate"`
	Latency                             struct{ P50, P95 float64 }
}

type summary struct {
	figures
	Previous figures
	Change   map[string]*float64
}

// waitForEvents waits until n queries of the last day are stored.
func waitForEvents(s *apptest.Space, n int) (sum summary) {
	s.Eventually(func() string {
		s.Must(http.StatusOK, "GET", "/api/v1/analytics/summary?time_range=24h", nil, &sum)
		if sum.Queries < n {
			return fmt.Sprintf("%d of %d queries are stored", sum.Queries, n)
		}
		return ""
	})
	return sum
}

func readCSV(t *testing.T, a apptest.Answer) [][]string {
	t.Helper()
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "text/csv") || !strings.Contains(a.Header.Get("Content-Disposition"), "attachment; filename=") {
		t.Errorf("the headers are %v", a.Header)
	}
	if n := strings.Count(a.Body, "\n"); n != strings.Count(a.Body, "\r\n") {
		t.Error("lines do not end as RFC 4180 has it")
	}
	rows, err := csv.NewReader(strings.NewReader(a.Body)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

func TestAnalyticsTellWhatWasAsked(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"privacy.store_query_text": true}})
	s.Write("warranty.md", warranty)
	dataset := makeEndpoint(t, s)
	var endpoint thing
	s.Must(http.StatusOK, "GET", "/api/v1/endpoints/docs", nil, &endpoint)
	ask(s, "How long is the warranty of a lamp?")
	ask(s, "=1+1 \"warranty\",\r\nof bulbs")
	long := strings.Repeat("x", 65) // no slug is so long: there is nothing to count it for
	s.Must(http.StatusNotFound, "POST", "/api/v1/endpoints/"+long+"/query", map[string]any{"messages": "x"}, nil)
	s.Must(http.StatusNotFound, "POST", chatPath, chatBody(long, nil), nil)
	s.Must(http.StatusNotFound, "POST", embeddingsPath, map[string]any{"model": long, "input": "x"}, nil)
	s.Must(http.StatusNotFound, "POST", "/api/v1/endpoints/=cmd/query", map[string]any{"messages": "x"}, nil)
	sum := waitForEvents(s, 3)
	rate := 0.667
	want := figures{Queries: 3, Succeeded: 2, Failed: 1, UniqueUsers: 1, SuccessRate: &rate}
	sum.Latency = struct{ P50, P95 float64 }{}
	if diff := cmp.Diff(want, sum.figures); diff != "" {
		t.Error(diff)
	}
	if sum.Previous.Queries != 0 || sum.Previous.SuccessRate != nil || sum.Change["queries"] != nil {
		t.Errorf("before is %+v, the change %v", sum.Previous, sum.Change)
	}
	for span, steps := range map[string][2]int{"24h": {3600, 25}, "7d": {6 * 3600, 29}, "30d": {86400, 31}, "90d": {86400, 91}, "1y": {7 * 86400, 53}} {
		var series struct {
			Step   int `json:"step_seconds"`
			Points []struct{ Queries, Failed int }
		}
		s.Must(http.StatusOK, "GET", "/api/v1/analytics/time-series?time_range="+span, nil, &series)
		queries, failed := 0, 0
		for _, p := range series.Points {
			queries, failed = queries+p.Queries, failed+p.Failed
		}
		// One step less where the range begins with a step to the microsecond.
		if series.Step != steps[0] || len(series.Points) < steps[1]-1 || len(series.Points) > steps[1]+1 || queries != 3 || failed != 1 {
			t.Errorf("%s: %d points of %d s with %d queries, %d of them failed", span, len(series.Points), series.Step, queries, failed)
		}
	}
	for name, c := range map[string]struct {
		path     string
		status   int
		has, not []string
	}{
		"the busiest":              {"top-users", 200, []string{`"user_email":"owner@localhost","queries":3`}, nil},
		"words":                    {"word-cloud", 200, []string{`"text":"warranty","count":2`, `"text":"lamp","count":1`, `"queries":3`, `"storing":true,"notice":null`}, []string{`"how"`, `"the"`}},
		"one word":                 {"word-cloud?limit=1", 200, []string{`"words":[{"text":"warranty","count":2}]`}, nil},
		"latency":                  {"latency", 200, []string{`"search_ms":{"mean":`, `"total_ms":{`}, nil},
		"the default range":        {"summary", 200, []string{`"time_range":"30d"`, `"queries":3`}, nil},
		"one endpoint":             {"summary?endpoint_id=" + endpoint.ID, 200, []string{`"queries":2`}, nil},
		"one dataset":              {"summary?dataset_id=" + dataset.ID, 200, []string{`"queries":2`}, nil},
		"an id that is not known":  {"summary?endpoint_id=550e8400-e29b-41d4-a716-446655440000", 200, []string{`"queries":0`}, nil},
		"words of nothing":         {"word-cloud?dataset_id=550e8400-e29b-41d4-a716-446655440000", 200, []string{`"words":[]`}, nil},
		"an id that is none":       {"summary?endpoint_id=x", 422, []string{`["query","endpoint_id"]`, "type_error.uuid"}, nil},
		"an unknown range":         {"summary?time_range=2d", 422, []string{`["query","time_range"]`, "type_error.enum", "24h"}, nil},
		"an unknown range, series": {"time-series?time_range=week", 422, []string{"type_error.enum"}, nil},
	} {
		a := s.Send("GET", "/api/v1/analytics/"+c.path, nil)
		if a.Status != c.status {
			t.Errorf("%s: status %d: %s", name, a.Status, a.Body)
		}
		for _, want := range c.has {
			if !strings.Contains(a.Body, want) {
				t.Errorf("%s: no %s in %s", name, want, a.Body)
			}
		}
		for _, unwanted := range c.not {
			if strings.Contains(a.Body, unwanted) {
				t.Errorf("%s: %s in %s", name, unwanted, a.Body)
			}
		}
	}
	rows := readCSV(t, s.Must(http.StatusOK, "GET", "/api/v1/analytics/export", nil, nil))
	if len(rows) != 4 || rows[0][2] != "endpoint_slug" || rows[1][2] != "docs" || rows[3][2] != "'=cmd" || rows[3][3] != "" {
		t.Errorf("the file has %q", rows)
	}
	if text := rows[2][16]; text != "'=1+1 \"warranty\",\nof bulbs" { // a reader makes one line break of two characters
		t.Errorf("the text is %q", text)
	}
}

func TestAWordCloudSaysWhyItIsEmpty(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", warranty)
	makeEndpoint(t, s)
	ask(s, "How long is the warranty of a lamp?")
	waitForEvents(s, 1)
	a := s.Must(http.StatusOK, "GET", "/api/v1/analytics/word-cloud", nil, nil)
	if !strings.Contains(a.Body, `"words":[],"queries":0,"storing":false,"notice":"The text of questions is not stored.`) {
		t.Errorf("the answer is %s", a.Body)
	}
	if rows := readCSV(t, s.Send("GET", "/api/v1/analytics/export", nil)); len(rows) != 2 || rows[1][16] != "" {
		t.Errorf("the file has %q", rows)
	}
}

func TestASummaryComparesWithTheRangeBefore(t *testing.T) {
	t.Parallel()
	var clock steppedClock
	s := apptest.New(t, apptest.Options{Clock: clock.now})
	s.Write("warranty.md", warranty)
	makeEndpoint(t, s)
	ask(s, "How long is the warranty of a lamp?")
	waitForEvents(s, 1)
	clock.add(25 * time.Hour)
	ask(s, "How long is the warranty of a bulb?")
	ask(s, "How long is the warranty of a battery?")
	sum := waitForEvents(s, 2)
	if sum.Queries != 2 || sum.Previous.Queries != 1 || sum.Change["queries"] == nil || *sum.Change["queries"] != 1 || sum.Change["failed"] != nil {
		t.Errorf("the summary is %+v, the change %v", sum, sum.Change)
	}
}

func TestTextsAreForgottenInTime(t *testing.T) {
	t.Parallel()
	var clock steppedClock
	o := apptest.Options{Settings: map[string]any{"privacy.store_query_text": true, "privacy.retention": "1h"}, Clock: clock.now, Docs: t.TempDir(), Data: t.TempDir()}
	s := apptest.New(t, o)
	s.Write("warranty.md", warranty)
	makeEndpoint(t, s)
	ask(s, "How long is the warranty of a lamp?")
	waitForEvents(s, 1)
	s.Stop()

	clock.add(2 * time.Hour)
	s = apptest.New(t, o)
	s.Eventually(func() string {
		if a := s.Must(http.StatusOK, "GET", "/api/v1/analytics/word-cloud", nil, nil); !strings.Contains(a.Body, `"words":[]`) {
			return "a text is kept for too long: " + a.Body
		}
		return ""
	})
	if sum := waitForEvents(s, 1); sum.Queries != 1 {
		t.Errorf("the event went with its text: %+v", sum)
	}
}
