package apptest_test

import (
	"net/http"
	"os"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// TestRealLLMAnswersFromTheDocuments puts one question to an endpoint whose
// model is a real one, and expects what only the document says. Where the
// model's server is, SYFT_REAL_LLM_URL says; .ci/lanes/real-llm.sh starts one.
func TestRealLLMAnswersFromTheDocuments(t *testing.T) {
	server := os.Getenv("SYFT_REAL_LLM_URL")
	if server == "" {
		t.Skip("SYFT_REAL_LLM_URL is not set; the lane of the real language model sets it")
	}
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", "# Field lamp L2\n\nThe field lamp L2 has a warranty of 27 months.\n")
	var dataset, model thing
	s.Must(http.StatusCreated, "POST", "/api/v1/datasets/", map[string]any{
		"name": "docs", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{s.Docs}},
	}, &dataset)
	s.Must(http.StatusCreated, "POST", "/api/v1/models/", map[string]any{
		"name": "smol", "dtype": "openai", "configuration": map[string]any{"model": "smollm2-135m-instruct", "base_url": server + "/v1"},
	}, &model)
	s.Must(http.StatusCreated, "POST", "/api/v1/endpoints/", map[string]any{
		"name": "Docs", "slug": "docs", "dataset_id": dataset.ID, "model_id": model.ID, "published": true,
	}, nil)
	waitForWords(s, dataset.ID)
	body := map[string]any{
		"messages": "How many months is the warranty of the field lamp L2?", "temperature": 0, "max_tokens": 60, "stop_sequences": []string{},
	}
	var a answer
	s.Must(http.StatusOK, "POST", "/api/v1/endpoints/docs/query", body, &a)
	if !strings.Contains(a.Summary.Message.Content, "27") || len(a.References.Documents) != 1 {
		t.Errorf("the answer is %+v", a.Summary)
	}
	body["stream"] = true
	streamed := s.Must(http.StatusOK, "POST", "/api/v1/endpoints/docs/query", body, nil)
	if strings.Count(streamed.Body, `"delta"`) < 3 || !strings.HasSuffix(streamed.Body, "data: [DONE]\n\n") || !strings.Contains(streamed.Body, `"done":true`) {
		t.Errorf("the stream is %q", streamed.Body)
	}
}
