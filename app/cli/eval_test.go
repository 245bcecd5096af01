package cli

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"syft-space/app/eval"
)

const threeQuestions = `{"question": "first", "expect": {"file": "a.md", "contains": "alpha beta"}}
{"question": "second", "expect": {"file": "docs/b.md"}}
{"question": "nowhere", "expect": {"contains": "gamma"}}
`

// passagesOf answers every search with two passages.
func passagesOf(w http.ResponseWriter) {
	_, _ = io.WriteString(w, `{"results": [
		{"content": "alpha\n beta", "similarity_score": 0.9, "metadata": {"file_name": "a.md", "file_path": "docs/a.md"}},
		{"content": "delta", "similarity_score": 0.6, "metadata": {"file_name": "b.md", "file_path": "docs/b.md"}}
	], "notes": ["2 passages have no vector yet."]}`)
}

// runEval runs the command against a Space and returns what it printed.
func runEval(t *testing.T, handler http.HandlerFunc, args ...string) (out, errs string, err error) {
	t.Helper()
	space := httptest.NewServer(handler)
	defer space.Close()
	questions := filepath.Join(t.TempDir(), "questions.jsonl")
	if err := os.WriteFile(questions, []byte(threeQuestions), 0o600); err != nil {
		t.Fatal(err)
	}
	defaults, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	e := &env{defaults: defaults, out: &stdout, err: &stderr}
	root := e.root()
	root.SetArgs(append([]string{"eval", "--url", space.URL, "--data-dir", t.TempDir(), "--dataset", "docs", "--questions", questions}, args...))
	err = root.ExecuteContext(t.Context())
	return stdout.String(), stderr.String(), err
}

func TestEvalPrintsMetricsMissesAndNotes(t *testing.T) {
	t.Parallel()
	out, _, err := runEval(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/api/v1/datasets/docs/search" {
			t.Errorf("%s was called", r.URL.Path)
		}
		passagesOf(w)
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"3 questions, dataset docs", "hybrid    0.333 [", "  0.667 [", "  0.500 [", "lexical   0.333 [",
		"MRR@10 of hybrid less that of vector: +0.000 [+0.000, +0.000]", "hybrid: 2 passages have no vector yet.",
		"hybrid did not find the passages of 1 of 3 questions among its first 10:", "line 3: nowhere", `expected "gamma"`, "docs/a.md (0.90): alpha beta",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("%q is missing in:\n%s", want, out)
		}
	}
}

func TestEvalAsJSONHoldsEveryMissInFull(t *testing.T) {
	t.Parallel()
	var limit, modes any
	out, _, err := runEval(t, func(w http.ResponseWriter, r *http.Request) {
		var sent map[string]any
		if err := json.NewDecoder(r.Body).Decode(&sent); err != nil {
			t.Error(err)
		}
		limit, modes = sent["limit"], sent["mode"]
		passagesOf(w)
	}, "--json", "--mode", "vector")
	if err != nil {
		t.Fatal(err)
	}
	var got evaluation
	if err := json.Unmarshal([]byte(out), &got); err != nil {
		t.Fatal(err)
	}
	if limit != float64(eval.Depth) || modes != "vector" || len(got.Modes) != 1 || got.Modes[0].MRR10.Value != .5 || len(got.Differences) != 0 {
		t.Errorf("limit %v, mode %v, got %+v", limit, modes, got)
	}
	if m := got.Modes[0].Misses; len(m) != 1 || m[0].Line != 3 || len(m[0].Came) != 2 || m[0].Came[0].Content != "alpha\n beta" {
		t.Errorf("the misses are %+v", m)
	}
}

func TestEvalWaitsWhereTheSpaceAsksToAndNotForAnHour(t *testing.T) {
	t.Parallel()
	var calls atomic.Int32
	refuse := func(w http.ResponseWriter, seconds string) {
		w.Header().Set("Retry-After", seconds)
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"detail": "Rate limit exceeded."}`)
	}
	_, said, err := runEval(t, func(w http.ResponseWriter, _ *http.Request) {
		if calls.Add(1) == 2 {
			refuse(w, "1")
			return
		}
		passagesOf(w)
	}, "--mode", "hybrid")
	if err != nil || calls.Load() != 4 || said != "Rate limit exceeded. Waiting.\n" {
		t.Errorf("%d calls, error %v, said %q", calls.Load(), err, said)
	}
	_, _, err = runEval(t, func(w http.ResponseWriter, _ *http.Request) { refuse(w, "3000") })
	if err == nil || !strings.Contains(err.Error(), "raise the calls an hour") {
		t.Errorf("the error is %v", err)
	}
}

func TestEvalRefusesWhatCannotBeMeasured(t *testing.T) {
	t.Parallel()
	missing := func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, `{"detail": "Dataset 'docs' not found"}`)
	}
	if _, _, err := runEval(t, missing); err == nil || err.Error() != "Dataset 'docs' not found" {
		t.Errorf("an unknown dataset: %v", err)
	}
	if _, _, err := runEval(t, missing, "--mode", "psychic"); err == nil || err.Error() != `the mode "psychic" does not exist; choose among hybrid, vector, lexical` {
		t.Errorf("an unknown mode: %v", err)
	}
	if _, _, err := runEval(t, missing, "--questions", "none.jsonl"); err == nil || !strings.Contains(err.Error(), "the questions cannot be read") {
		t.Errorf("a missing file: %v", err)
	}
}
