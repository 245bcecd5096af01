package apptest_test

import (
	"bytes"
	"net/http"
	"strings"
	"testing"

	"syft-space/app/apptest"
	"syft-space/providers/e5"
	"syft-space/providers/e5/weights"
)

// TestWordsAreSearchedWhereTheWeightsAreDamaged flips one bit of the built-in
// embedder's file: its first use is refused with a sentence, and everything
// that needs no vectors goes on.
func TestWordsAreSearchedWhereTheWeightsAreDamaged(t *testing.T) {
	t.Parallel()
	damaged := bytes.Clone(weights.Data())
	damaged[len(damaged)/2] ^= 1
	engine := e5.New(damaged, e5.Options{})
	t.Cleanup(func() { engine.Close() })
	s := apptest.New(t, apptest.Options{Embedder: engine})
	s.Write("handbook/warranty.md", warranty)
	dataset := makeEndpoint(t, s)
	const sentence = "The built-in embedder's weights are damaged; install the program again."
	s.Eventually(func() string {
		var st struct{ Message string }
		s.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+dataset.ID+"/status", nil, &st)
		if !strings.Contains(st.Message, strings.TrimSuffix(sentence, ".")) {
			return "the status does not say what is wrong: " + st.Message
		}
		return ""
	})
	a := ask(s, "How long is the warranty of a lamp?")
	if !strings.Contains(a.Summary.Message.Content, "36 months") {
		t.Errorf("the answer is %q", a.Summary.Message.Content)
	}
}
