package apptest_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syft-space/app/apptest"
)

// jobs is a page of a dataset's files.
type jobs struct {
	Jobs []struct {
		ID, Status string
		Name       string  `json:"file_name"`
		Path       string  `json:"file_path"`
		Size       int64   `json:"file_size"`
		Message    *string `json:"error_message"`
		Retries    int     `json:"retry_count"`
		Chunks     int
		CreatedAt  time.Time  `json:"created_at"`
		StartedAt  *time.Time `json:"started_at"`
		EndedAt    *time.Time `json:"completed_at"`
	}
	Total, Limit, Offset int
}

func ingesting(t *testing.T, files int) (s *apptest.Space, base string) {
	t.Helper()
	s = apptest.New(t, apptest.Options{Embedder: &bag{}})
	for i := range files {
		s.Write(fmt.Sprintf("f%d.md", i), fmt.Sprintf("Lamp %d shines.\n", i))
	}
	s.Write("broken.pdf", "%PDF-1.7 and then nothing of the kind")
	return s, "/api/v1/ingestion/datasets/" + makeEndpoint(t, s).ID
}

func TestJobsAreListedNewestFirst(t *testing.T) {
	t.Parallel()
	s, base := ingesting(t, 5)
	var all, failed, part jobs
	s.Must(http.StatusOK, "GET", base+"/jobs", nil, &all)
	if all.Total != 6 || len(all.Jobs) != 6 || all.Limit != 100 || all.Offset != 0 {
		t.Fatalf("all jobs are %+v", all)
	}
	for i, j := range all.Jobs {
		if i > 0 && j.CreatedAt.After(all.Jobs[i-1].CreatedAt) {
			t.Errorf("job %d is newer than the one before", i)
		}
		if j.Status == "completed" && (j.Chunks != 1 || j.Path != filepath.Join(s.Docs, j.Name) || j.Size == 0 || j.StartedAt == nil || j.EndedAt == nil || j.Message != nil) {
			t.Errorf("a completed job is %+v", j)
		}
	}
	s.Must(http.StatusOK, "GET", base+"/jobs?status=failed", nil, &failed)
	if failed.Total != 1 || failed.Jobs[0].Name != "broken.pdf" || failed.Jobs[0].Message == nil {
		t.Errorf("failed jobs are %+v", failed)
	}
	s.Must(http.StatusOK, "GET", base+"/jobs?limit=2&offset=5", nil, &part)
	if part.Total != 6 || len(part.Jobs) != 1 || part.Jobs[0].ID != all.Jobs[5].ID || part.Limit != 2 || part.Offset != 5 {
		t.Errorf("the last page is %+v", part)
	}
	for query, want := range map[string]string{"status=done": "type_error.enum", "limit=0": `["query","limit"]`, "limit=1001": `["query","limit"]`, "offset=-1": `["query","offset"]`} {
		if a := s.Send("GET", base+"/jobs?"+query, nil); a.Status != 422 || !strings.Contains(a.Body, want) {
			t.Errorf("%s: %d %s", query, a.Status, a.Body)
		}
	}
}

func TestNothingIsDoneTwiceAndStartingWhatRunsIsFine(t *testing.T) {
	t.Parallel()
	s, base := ingesting(t, 3)
	var got struct {
		Message  string
		Created  *int  `json:"jobs_created"`
		Watching *bool `json:"is_watching"`
	}
	for range 2 {
		s.Must(http.StatusOK, "POST", base+"/start", nil, &got)
		if got.Message == "" || *got.Created != 0 || !*got.Watching {
			t.Errorf("starting what runs: %+v", got)
		}
	}
	s.Write("new.md", "A new lamp.\n")
	s.Must(http.StatusOK, "POST", base+"/start", nil, &got)
	s.Eventually(func() string { // the watcher may have been quicker than /start
		var all jobs
		s.Must(http.StatusOK, "GET", base+"/jobs?status=completed", nil, &all)
		if all.Total != 4 {
			return fmt.Sprintf("the jobs are %+v", all)
		}
		return ""
	})
}

func TestAStopLastsOverARestartUntilStart(t *testing.T) {
	t.Parallel()
	s, base := ingesting(t, 3)
	var stopped struct {
		Cancelled *int `json:"jobs_cancelled"`
	}
	for range 2 {
		if s.Must(http.StatusOK, "POST", base+"/stop", nil, &stopped); *stopped.Cancelled != 0 {
			t.Errorf("a stop with nothing to cancel: %d", *stopped.Cancelled)
		}
	}
	s.Write("late.md", "A late lamp.\n")
	s.Stop()
	s = apptest.New(t, apptest.Options{Embedder: &bag{}, Data: s.Data, Docs: s.Docs})
	var st struct {
		status
		Watching bool `json:"is_watching"`
	}
	s.Must(http.StatusOK, "GET", base+"/status", nil, &st)
	if st.Watching || st.Total != 4 || st.Scanned {
		t.Errorf("after a restart the status is %+v", st)
	}
	if a := ask(s, "Which lamp shines?"); a.References == nil || len(a.References.Documents) == 0 {
		t.Error("a stopped dataset does not answer")
	}
	var started struct {
		Created  int  `json:"jobs_created"`
		Watching bool `json:"is_watching"`
	}
	s.Must(http.StatusOK, "POST", base+"/start", nil, &started)
	if started.Created != 1 || !started.Watching {
		t.Errorf("the start: %+v", started)
	}
	s.Eventually(func() string {
		if s.Must(http.StatusOK, "GET", base+"/status", nil, &st); st.Completed != 4 {
			return fmt.Sprintf("the late file is not read: %+v", st)
		}
		return ""
	})
}

func TestAStopCancelsAndAStartTakesUp(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Embedder: &bag{}})
	const files = 400
	for i := range files {
		s.Write(fmt.Sprintf("f%d.md", i), strings.Repeat(fmt.Sprintf("Lamp %d shines. ", i), 50))
	}
	var d thing
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{
		"name": "docs", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{s.Docs}},
	}, &d)
	base := "/api/v1/ingestion/datasets/" + d.ID
	var st status
	s.Eventually(func() string {
		if s.Must(http.StatusOK, "GET", base+"/status", nil, &st); st.Total == 0 {
			return "no job"
		}
		return ""
	})
	var stopped struct {
		Cancelled int `json:"jobs_cancelled"`
	}
	s.Must(http.StatusOK, "POST", base+"/stop", nil, &stopped)
	var all jobs
	s.Must(http.StatusOK, "GET", base+"/jobs?status=cancelled", nil, &all)
	if all.Total != stopped.Cancelled {
		t.Errorf("%d jobs were cancelled and %d are", stopped.Cancelled, all.Total)
	}
	s.Must(http.StatusOK, "GET", base+"/status", nil, &st)
	if st.Pending+st.InProgress != 0 {
		t.Errorf("after the stop the status is %+v", st)
	}
	s.Must(http.StatusOK, "POST", base+"/start", nil, nil)
	if st = waitForWords(s, d.ID); st.Completed != files {
		t.Errorf("in the end the status is %+v", st)
	}
}

func TestRetryQueuesWhatFailed(t *testing.T) {
	t.Parallel()
	s, base := ingesting(t, 1)
	var reset struct {
		Message string
		Reset   *int `json:"jobs_reset"`
	}
	s.Must(http.StatusOK, "POST", base+"/retry", nil, &reset)
	if *reset.Reset != 1 || reset.Message == "" {
		t.Errorf("the retry: %+v", reset)
	}
	s.Eventually(func() string {
		var failed jobs
		if s.Must(http.StatusOK, "GET", base+"/jobs?status=failed", nil, &failed); failed.Total != 1 {
			return "it was not tried again"
		}
		return ""
	})
	if err := os.Remove(filepath.Join(s.Docs, "broken.pdf")); err != nil {
		t.Fatal(err)
	}
	s.Must(http.StatusOK, "POST", base+"/start", nil, nil)
	if s.Must(http.StatusOK, "POST", base+"/retry", nil, &reset); *reset.Reset != 0 {
		t.Errorf("a retry with nothing that failed: %d", *reset.Reset)
	}
}

func TestIngestionOfNothingAndUnderWrongNames(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Embedder: &bag{}})
	for _, c := range []struct{ method, path string }{{"GET", "status"}, {"GET", "jobs"}, {"POST", "start"}, {"POST", "stop"}, {"POST", "retry"}, {"GET", "events"}} {
		for id, want := range map[string]int{"550e8400-e29b-41d4-a716-446655440000": 404, "docs": 422} {
			if a := s.Send(c.method, "/api/v1/ingestion/datasets/"+id+"/"+c.path, nil); a.Status != want {
				t.Errorf("%s %s of %s: %d %s", c.method, c.path, id, a.Status, a.Body)
			}
		}
	}
}

func TestEventsFollowTheStatus(t *testing.T) {
	t.Parallel()
	s, base := ingesting(t, 1)
	res, err := http.Get(s.URL + base + "/events")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if got := res.Header.Get("Content-Type"); !strings.HasPrefix(got, "text/event-stream") {
		t.Errorf("the events are %s", got)
	}
	lines := bufio.NewScanner(res.Body)
	next := func(completed int) {
		t.Helper()
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			var st status
			if ok && json.Unmarshal([]byte(data), &st) == nil && st.Completed == completed {
				return
			}
		}
		t.Fatalf("the events end: %v", lines.Err())
	}
	next(1)
	s.Write("more.md", "More lamps.\n")
	s.Must(http.StatusOK, "POST", base+"/start", nil, nil)
	next(2)
}
