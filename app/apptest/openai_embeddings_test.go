package apptest_test

import (
	"encoding/base64"
	endian "encoding/binary"
	"encoding/json"
	"math"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
)

// embeddings is what tests read of an answer of /v1/embeddings.
type embeddings struct {
	Object, Model, Embedder string
	Data                    []struct {
		Index     int
		Embedding json.RawMessage
	}
	Usage struct {
		Prompt int `json:"prompt_tokens"`
		Total  int `json:"total_tokens"`
	}
	Policies space.PolicyMetadata `json:"policy_metadata"`
}

func TestEmbeddingsAreTheDatasets(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint("", nil)
	embed := func(fields body) (e embeddings, vectors [][]float32) {
		sent := body{"model": slug, "input": []string{"Every lamp has a warranty.", "six"}}
		for k, v := range fields {
			sent[k] = v
		}
		s.Must(http.StatusOK, "POST", embeddingsPath+"/", sent, &e)
		for _, d := range e.Data {
			vectors = append(vectors, decode(t, d.Embedding))
		}
		return e, vectors
	}
	e, floats := embed(nil)
	if e.Object != "list" || e.Model != slug || e.Embedder != "builtin/multilingual-e5-small" || e.Usage.Prompt == 0 || e.Usage.Prompt != e.Usage.Total || e.Data[1].Index != 1 {
		t.Errorf("the answer is %+v", e)
	}
	for _, v := range floats {
		if len(v) != 384 || math.Abs(dot(v, v)-1) > 1e-3 {
			t.Errorf("a vector has %d dimensions and the square %v", len(v), dot(v, v))
		}
	}
	_, packed := embed(body{"encoding_format": "base64", "dimensions": 384})
	if diff := cmp.Diff(floats, packed); diff != "" {
		t.Errorf("base64 differs\n%s", diff)
	}
	_, passages := embed(body{"input_type": "document"})
	_, questions := embed(body{"input_type": "query"})
	if !cmp.Equal(floats, passages) || cmp.Equal(floats, questions) {
		t.Error("texts are not embedded as passages unless they are queries")
	}
	_, one := embed(body{"input": "six"})
	if len(one) != 1 || dot(one[0], floats[1]) < 0.999 {
		t.Errorf("one text has %d vectors", len(one))
	}
}

func decode(t *testing.T, raw json.RawMessage) (v []float32) {
	t.Helper()
	if raw[0] != '"' {
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	var text string
	_ = json.Unmarshal(raw, &text)
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(packed); i += 4 {
		v = append(v, math.Float32frombits(endian.LittleEndian.Uint32(packed[i:])))
	}
	return v
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
