package e5

import (
	"bufio"
	"compress/gzip"
	"encoding/binary"
	"encoding/json"
	"io"
	"math"
	"os"
	"slices"
	"testing"

	"syft-space/app/space"
	"syft-space/providers/e5/kernel"
	"syft-space/providers/e5/weights"
)

// The reference vectors are those of the same weights in float32, computed by
// ONNX Runtime (testdata/make_vectors.py).
type reference struct {
	purpose space.EmbedPurpose
	text    string
	vector  []float32
}

// unpacked reads a gzipped fixture.
func unpacked(t testing.TB, path string) *bufio.Reader {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := gzip.NewReader(file)
	if err != nil {
		t.Fatal(err)
	}
	return bufio.NewReader(r)
}

func references(t *testing.T) []reference {
	t.Helper()
	raw, err := io.ReadAll(unpacked(t, "testdata/vectors.f16.gz"))
	if err != nil {
		t.Fatal(err)
	}
	const width = 384
	var refs []reference
	for lines := bufio.NewScanner(unpacked(t, "testdata/texts.jsonl.gz")); lines.Scan(); {
		var line [2]string
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			t.Fatal(err)
		}
		r := reference{purpose: space.EmbedPassage, text: line[1], vector: make([]float32, width)}
		if line[0] == "query" {
			r.purpose = space.EmbedQuery
		}
		for i := range r.vector {
			r.vector[i] = float16(binary.LittleEndian.Uint16(raw[2*(len(refs)*width+i):]))
		}
		refs = append(refs, r)
	}
	if len(refs)*width*2 != len(raw) {
		t.Fatalf("%d texts, but %d bytes of vectors", len(refs), len(raw))
	}
	return refs
}

// embedAll embeds the references' texts, questions and passages apart, and puts
// the centre back that the references hold.
func embedAll(t *testing.T, e *Embedder, refs []reference) [][]float32 {
	t.Helper()
	m, err := e.model()
	if err != nil {
		t.Fatal(err)
	}
	vectors := make([][]float32, len(refs))
	for _, purpose := range []space.EmbedPurpose{space.EmbedPassage, space.EmbedQuery} {
		var texts []string
		var places []int
		for i, r := range refs {
			if r.purpose == purpose {
				texts, places = append(texts, r.text), append(places, i)
			}
		}
		got, err := e.Embed(t.Context(), purpose, texts)
		if err != nil {
			t.Fatal(err)
		}
		for i, place := range places {
			vectors[place] = uncentred(got[i], m.centre)
		}
	}
	return vectors
}

// uncentred returns the unit vector x of which centred is x less the centre,
// scaled: x = centre + n*centred for the one n above 0 that makes its length 1.
func uncentred(centred, centre []float32) []float32 {
	var along, square float64
	for i, c := range centre {
		along += float64(c) * float64(centred[i])
		square += float64(c) * float64(c)
	}
	n := math.Sqrt(along*along+1-square) - along
	x := make([]float32, len(centre))
	for i, c := range centre {
		x[i] = c + float32(n)*centred[i]
	}
	return x
}

func cosine(x, y []float32) float64 {
	var dot, xx, yy float64
	for i := range x {
		dot += float64(x[i]) * float64(y[i])
		xx += float64(x[i]) * float64(x[i])
		yy += float64(y[i]) * float64(y[i])
	}
	return dot / math.Sqrt(xx*yy)
}

// agreement returns the mean and the least cosine, and the text of the latter.
func agreement(refs []reference, got, want func(i int) []float32) (mean, least float64, worst int) {
	least = 1
	for i := range refs {
		c := cosine(got(i), want(i))
		mean += c / float64(len(refs))
		if c < least {
			least, worst = c, i
		}
	}
	return mean, least, worst
}

// TestVectorsAgreeWithTheReference covers every path of this processor. Plain Go,
// which is slow, takes texts of a few words, as all do in short mode.
func TestVectorsAgreeWithTheReference(t *testing.T) {
	t.Parallel()
	all := references(t)
	// Short texts first, so that a path of few texts has those.
	slices.SortStableFunc(all, func(a, b reference) int { return len(a.text) - len(b.text) })
	const few = 40
	paths := map[string][][]float32{}
	for _, name := range kernel.Names() {
		refs := all
		if name == "go" || testing.Short() {
			refs = all[:few]
		}
		vectors := embedAll(t, New(weights.Data(), Options{Kernel: name}), refs)
		paths[name] = vectors
		mean, least, worst := agreement(refs, func(i int) []float32 { return vectors[i] },
			func(i int) []float32 { return refs[i].vector })
		t.Logf("%s: mean cosine %.6f, least %.6f over %d texts", name, mean, least, len(refs))
		if mean < 0.9998 || least < 0.999 {
			t.Errorf("%s: mean cosine %.6f, want 0.9998; least %.6f, want 0.999, of %.60q",
				name, mean, least, refs[worst].text)
		}
	}
	fastest := paths[kernel.Names()[0]]
	for name, vectors := range paths {
		_, least, worst := agreement(all[:len(vectors)], func(i int) []float32 { return vectors[i] },
			func(i int) []float32 { return fastest[i] })
		if least < 0.9995 {
			t.Errorf("%s and %s: cosine %.6f, want 0.9995, of %.60q", name, kernel.Names()[0], least, all[worst].text)
		}
	}
}
