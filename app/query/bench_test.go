package query_test

import (
	"context"
	"strings"
	"testing"

	"syft-space/app/query"
	"syft-space/app/space"
)

// quick is a model that says fifty words at once.
type quick struct{}

func (quick) Chat(_ context.Context, _ space.ChatRequest, emit space.Emit) (space.ChatResult, error) {
	for range 50 {
		if err := emit("word "); err != nil {
			return space.ChatResult{}, err
		}
	}
	return space.ChatResult{}, nil
}

// BenchmarkOverhead measures what the pipeline itself adds to a query of five
// passages and a short answer, search and model taking no time.
func BenchmarkOverhead(b *testing.B) {
	w := newWorld()
	w.add(&gate{name: "access"})
	w.add(&gate{name: "limit"})
	w.add(&till{name: "pay"})
	w.add(&shout{})
	w.model = quick{}
	hits := passages(strings.Split(strings.Repeat(strings.Repeat("word ", 180)+"|", 4)+"last", "|")...)
	w.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
		return space.SearchResult{Hits: hits, Engine: "chromem"}, nil
	}
	p, req := w.pipeline(), ask("What are the copyright terms?")
	req.Stop = []string{"\n"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := p.Run(b.Context(), w.catalog.endpoint.Tenant, alice, "ask", req, query.Options{}, nil); err != nil {
			b.Fatal(err)
		}
		w.events.events = w.events.events[:0]
	}
}
