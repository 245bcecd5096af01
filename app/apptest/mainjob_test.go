package apptest_test

import (
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

const warranty = `# Lumen Lamps

## Warranty

Every lamp has a warranty of 36 months from the day of delivery. Bulbs and
batteries are covered for 12 months.

## Opening hours

The workshop in Lyon opens at half past eight.
`

// thing is what tests read of what they made.
type thing struct{ ID, Name string }

// makeEndpoint makes a dataset of the docs folder, an extractive model and a
// published endpoint over both, and waits until the words are searchable.
func makeEndpoint(t testing.TB, s *apptest.Space) (dataset thing) {
	t.Helper()
	var model thing
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{
		"name": "docs", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{s.Docs}},
	}, &dataset)
	s.Must(http.StatusCreated, "POST", "/api/v1/models", map[string]any{"name": "quotes", "dtype": "extractive"}, &model)
	s.Must(http.StatusCreated, "POST", "/api/v1/endpoints", map[string]any{
		"name": "Docs", "slug": "docs", "dataset_id": dataset.ID, "model_id": model.ID, "published": true,
	}, nil)
	waitForWords(s, dataset.ID)
	return dataset
}

// status is what tests read of a dataset's progress.
type status struct {
	Scanned                    bool
	Pending, Completed, Failed int
	InProgress                 int `json:"in_progress"`
	Total                      int `json:"total_jobs"`
	Chunks                     int `json:"chunks_total"`
	Embedded                   int `json:"chunks_embedded"`
}

func waitForWords(s *apptest.Space, dataset string) (st status) {
	s.Eventually(func() string {
		s.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+dataset+"/status", nil, &st)
		if !st.Scanned || st.Pending+st.InProgress > 0 {
			return fmt.Sprintf("ingestion does not end: %+v", st)
		}
		return ""
	})
	return st
}

// answer is what tests read of an answer.
type answer struct {
	Summary *struct {
		FinishReason string `json:"finish_reason"`
		Message      struct{ Content string }
	}
	References *struct {
		Documents []struct {
			ID       string `json:"document_id"`
			Content  string
			Score    float64 `json:"similarity_score"`
			Metadata map[string]any
		}
	}
}

func ask(s *apptest.Space, question string) (a answer) {
	s.Must(http.StatusOK, "POST", "/api/v1/endpoints/docs/query", map[string]any{
		"messages": question, "stop_sequences": []string{}, "max_tokens": 300,
	}, &a)
	return a
}

func TestAFolderIsAnsweredFromWithSources(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("handbook/warranty.md", warranty)
	dataset := makeEndpoint(t, s)
	a := ask(s, "How long is the warranty of a lamp?")
	if !strings.Contains(a.Summary.Message.Content, "36 months") || !strings.Contains(a.Summary.Message.Content, "[1]") {
		t.Errorf("the answer is %q", a.Summary.Message.Content)
	}
	first := a.References.Documents[0]
	if first.Metadata["file_path"] != "handbook/warranty.md" || !strings.Contains(first.Content, "36 months") {
		t.Errorf("the first source is %+v", first)
	}
	var chunk struct {
		Content  string
		Metadata map[string]any
	}
	s.Must(http.StatusOK, "GET", "/api/v1/datasets/"+dataset.ID+"/chunks/"+first.ID, nil, &chunk)
	if chunk.Content != first.Content {
		t.Errorf("the passage reads %q", chunk.Content)
	}
}

func TestNothingIsMadeUpWhereNothingAnswers(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("empty.md", "# Notes\n\nNothing but a line about tulips in spring.\n")
	makeEndpoint(t, s)
	a := ask(s, "Which encryption does the payment terminal use?")
	if a.Summary.FinishReason != "no_answer" {
		t.Errorf("the answer is %+v", a.Summary)
	}
}

func TestEditsMovesAndDeletionsAreFollowed(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	path := s.Write("a.md", warranty)
	other := s.Write("b.txt", "The canteen serves lunch at noon.\n")
	dataset := makeEndpoint(t, s)
	lookup := func(question string) string {
		var found struct {
			Results []struct {
				Content  string
				Metadata map[string]any
			}
		}
		s.Must(http.StatusOK, "POST", "/api/v1/datasets/docs/search", map[string]any{"query": question, "mode": "lexical"}, &found)
		var out strings.Builder
		for _, r := range found.Results {
			fmt.Fprintf(&out, "%s: %s\n", r.Metadata["file_path"], r.Content)
		}
		return out.String()
	}
	if err := os.WriteFile(path, []byte(strings.ReplaceAll(warranty, "36", "48")), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Eventually(func() string {
		if got := lookup("warranty months"); !strings.Contains(got, "48 months") || strings.Contains(got, "36 months") {
			return "the edit is not seen: " + got
		}
		return ""
	})
	moved := filepath.Join(s.Docs, "deep", "moved.txt")
	if err := os.MkdirAll(filepath.Dir(moved), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(other, moved); err != nil {
		t.Fatal(err)
	}
	s.Eventually(func() string {
		if got := lookup("canteen lunch"); !strings.HasPrefix(got, "deep/moved.txt") {
			return "the move is not seen: " + got
		}
		return ""
	})
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	s.Must(http.StatusOK, "POST", "/api/v1/ingestion/datasets/"+dataset.ID+"/start", nil, nil)
	s.Eventually(func() string {
		if got := lookup("warranty months"); got != "" {
			return "the deletion is not seen: " + got
		}
		return ""
	})
}

func TestABrokenFileDoesNotStopTheOthers(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("good.md", warranty)
	s.Write("broken.pdf", "%PDF-1.7 and then nothing of the kind")
	s.Write("binary.txt", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00>\x00\x01\x00\x00\x00")
	s.Write("empty.csv", "")
	dataset := makeEndpoint(t, s)
	var st status
	s.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+dataset.ID+"/status", nil, &st)
	if st.Completed != 1 || st.Failed != 3 {
		t.Errorf("status %+v", st)
	}
	var jobs struct {
		Jobs []struct {
			Name    string  `json:"file_name"`
			Message *string `json:"error_message"`
		}
	}
	s.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+dataset.ID+"/jobs?status=failed", nil, &jobs)
	for _, j := range jobs.Jobs {
		if j.Message == nil || len(*j.Message) < 10 {
			t.Errorf("%s failed without a sentence", j.Name)
		}
	}
	if a := ask(s, "How long is the warranty?"); !strings.Contains(a.Summary.Message.Content, "36 months") {
		t.Errorf("the good file is not found: %+v", a.Summary)
	}
}

func TestARestartFindsEverythingAgain(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", warranty)
	dataset := makeEndpoint(t, s)
	before := ask(s, "How long is the warranty?")
	s.Stop()
	s = apptest.New(t, apptest.Options{Data: s.Data, Docs: s.Docs})
	waitForWords(s, dataset.ID)
	after := ask(s, "How long is the warranty?")
	if before.References.Documents[0].ID != after.References.Documents[0].ID {
		t.Errorf("the passage is %s, was %s", after.References.Documents[0].ID, before.References.Documents[0].ID)
	}
}
