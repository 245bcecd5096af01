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

// BenchmarkOverhead measures what the pipeline and the policies that need no
// disk add to a query of five passages and a short answer, search and model
// taking no time.
func BenchmarkOverhead(b *testing.B) {
	tests := []struct {
		name  string
		pairs []string
	}{
		{"no policies", nil},
		{"access and rate_limit", []string{"access", `{"allowed_users":["*@example.com","*@example.org"]}`, "rate_limit", `{"limit":"900000000/m"}`}},
		{"pii_filter too", []string{"access", `{}`, "rate_limit", `{"limit":"900000000/m"}`, "pii_filter", `{"names":["Ada Lovelace"]}`}},
	}
	hits := passages(strings.Split(strings.Repeat(strings.Repeat("some word ", 90)+"|", 4)+"last", "|")...)
	for _, tt := range tests {
		b.Run(tt.name, func(b *testing.B) {
			s := newShop(b, nil, tt.pairs...)
			s.model = quick{}
			s.search = func(context.Context, space.SearchRequest) (space.SearchResult, error) {
				return space.SearchResult{Hits: hits, Engine: "chromem"}, nil
			}
			p, req := s.pipeline(), ask("What are the copyright terms?")
			req.Stop = []string{"\n"}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Run(b.Context(), space.RootTenant, alice, "ask", req, query.Options{}, nil); err != nil {
					b.Fatal(err)
				}
				s.events.events = s.events.events[:0]
			}
		})
	}
}
