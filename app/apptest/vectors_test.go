package apptest_test

import (
	"context"
	"encoding/json"
	"hash/fnv"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"syft-space/app/space"
	"syft-space/app/text"
)

// bag is a small embedder in place of the built-in one: texts with common
// words are near each other.
type bag struct{ questions atomic.Int64 }

func (*bag) Info(context.Context) (space.EmbedderInfo, error) {
	return space.EmbedderInfo{ID: "builtin/bag", Dimension: 24, MaxTokens: 512}, nil
}

func (*bag) CountTokens(s string) int { return text.WordCount(s) }

func (b *bag) Embed(_ context.Context, purpose space.EmbedPurpose, texts []string) ([][]float32, error) {
	if purpose == space.EmbedQuery {
		b.questions.Add(1)
	}
	out := make([][]float32, len(texts))
	for i, s := range texts {
		out[i] = bagOfWords(s, 24)
	}
	return out, nil
}

func bagOfWords(s string, dimension int) []float32 {
	v := make([]float32, dimension)
	v[0] = 1
	for _, term := range text.Terms(s) {
		h := fnv.New32a()
		h.Write([]byte(term))
		v[1+int(h.Sum32())%(dimension-1)]++
	}
	var sum float64
	for _, x := range v {
		sum += float64(x * x)
	}
	for i := range v {
		v[i] /= float32(math.Sqrt(sum))
	}
	return v
}

// vectorServer is an embedding server with OpenAI's interface at the far end
// of the network. It counts how often each passage was embedded, and holds
// requests back that would go beyond what it may embed.
type vectorServer struct {
	*httptest.Server
	mu        sync.Mutex
	may       *sync.Cond
	left      int            // passages that may still be embedded
	made      map[string]int // how often, by text
	questions int
	dimension int
	refuse    http.HandlerFunc // answers in its place, where it is not nil
}

// passage marks the texts that count.
const passage = "passage"

func newVectorServer(t *testing.T, passages int) *vectorServer {
	t.Helper()
	f := &vectorServer{left: passages, made: map[string]int{}, dimension: 16}
	f.may = sync.NewCond(&f.mu)
	f.Server = httptest.NewServer(http.HandlerFunc(f.answer))
	t.Cleanup(func() {
		f.allow(1 << 30)
		f.Close()
	})
	return f
}

// allow lets it embed n more passages.
func (f *vectorServer) allow(n int) {
	f.change(func() { f.left += n })
}

func (f *vectorServer) change(set func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	set()
	f.may.Broadcast()
}

func (f *vectorServer) answer(w http.ResponseWriter, r *http.Request) {
	var req struct{ Input []string }
	if err := json.NewDecoder(r.Body).Decode(&req); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	stop := context.AfterFunc(r.Context(), func() { f.change(func() {}) })
	defer stop()
	f.mu.Lock()
	defer f.mu.Unlock()
	count := 0
	for _, s := range req.Input {
		if strings.Contains(s, passage) {
			count++
		}
	}
	for count > f.left && f.refuse == nil && r.Context().Err() == nil {
		f.may.Wait()
	}
	if f.refuse != nil {
		f.refuse(w, r)
		return
	}
	if r.Context().Err() != nil {
		return
	}
	f.left -= count
	type datum struct {
		Index     int       `json:"index"`
		Embedding []float32 `json:"embedding"`
	}
	data := make([]datum, len(req.Input))
	for i, s := range req.Input {
		if strings.Contains(s, passage) {
			f.made[s]++
		} else if s != "dimension" {
			f.questions++
		}
		data[i] = datum{i, bagOfWords(s, f.dimension)}
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{"data": data})
}

// counts returns how many passages were embedded, how many of them more than
// once, and how many questions.
func (f *vectorServer) counts() (passages, repeated, questions int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, n := range f.made {
		if n > 1 {
			repeated++
		}
	}
	return len(f.made), repeated, f.questions
}

// pick is the configuration that chooses the server.
func (f *vectorServer) pick(model string) map[string]any {
	return map[string]any{"type": "openai", "model": model, "base_url": f.URL + "/v1", "api_key": "sk-vectors-0123456789"}
}
