package apptest_test

import (
	"fmt"
	"net/http"
	"os"
	"testing"

	"syft-space/app/apptest"
	"syft-space/app/eval"
	"syft-space/app/sample"
)

// TestTheSampleQuestionsAreAnswered keeps a floor under retrieval: 64 questions
// in English, German, French and Japanese on eight documents in these
// languages, many of them in another language than their answer. The floors are
// three questions under what was measured: .766, 1.000, .858, .894. Hybrid must not be
// worse than either part by more than the 95 % interval of the difference.
func TestTheSampleQuestionsAreAnswered(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	if err := sample.Write(s.Docs); err != nil {
		t.Fatal(err)
	}
	questions := sampleQuestions(t)
	var dataset thing
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{
		"name": "samples", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{s.Docs}},
	}, &dataset)
	waitUntilEmbedded(s, dataset.ID)
	ranks := map[string][]int{}
	for _, mode := range []string{"hybrid", "vector", "lexical"} {
		for _, q := range questions {
			r := q.Expect.Rank(passages(s, q.Text, mode))
			ranks[mode] = append(ranks[mode], r)
			if r == 0 || testing.Verbose() && r > 1 {
				t.Logf("%s: rank %d: line %d, %s", mode, r, q.Line, q.Text)
			}
		}
		t.Logf("%s: %+v", mode, eval.Of(ranks[mode]))
	}
	got := eval.Of(ranks["hybrid"])
	for name, floor := range map[string]struct{ got, least float64 }{
		"hit@1":   {got.Hit1.Value, .71},
		"hit@5":   {got.Hit5.Value, .95},
		"MRR@10":  {got.MRR10.Value, .81},
		"nDCG@10": {got.NDCG10.Value, .85},
	} {
		if floor.got < floor.least {
			t.Errorf("%s of hybrid search is %.3f, below its floor of %.2f", name, floor.got, floor.least)
		}
	}
	for _, part := range []string{"vector", "lexical"} {
		if d := eval.Difference(ranks["hybrid"], ranks[part]); d.High < 0 {
			t.Errorf("hybrid search is worse than %s alone: MRR@10 differs by %+v", part, d)
		}
	}
}

func sampleQuestions(t *testing.T) []eval.Question {
	t.Helper()
	f, err := os.Open("../sample/questions.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	questions, err := eval.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	if len(questions) < 60 {
		t.Fatalf("there are only %d questions", len(questions))
	}
	return questions
}

func waitUntilEmbedded(s *apptest.Space, dataset string) {
	s.Eventually(func() string {
		if st := waitForWords(s, dataset); st.Failed > 0 || st.Chunks == 0 || st.Embedded < st.Chunks {
			return fmt.Sprintf("not all passages have vectors: %+v", st)
		}
		return ""
	})
}

func passages(s *apptest.Space, question, mode string) []eval.Passage {
	var found struct {
		Results []struct {
			Content  string
			Metadata struct {
				Name string `json:"file_name"`
				Path string `json:"file_path"`
			}
		}
	}
	s.Must(http.StatusOK, "POST", "/api/v1/datasets/samples/search", map[string]any{
		"query": question, "mode": mode, "limit": eval.Depth,
	}, &found)
	out := make([]eval.Passage, len(found.Results))
	for i, r := range found.Results {
		out[i] = eval.Passage{FileName: r.Metadata.Name, FilePath: r.Metadata.Path, Content: r.Content}
	}
	return out
}
