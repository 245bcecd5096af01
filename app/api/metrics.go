package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"syft-space/app/space"
)

// Metrics counts requests, and serves everything that is counted.
type Metrics interface {
	http.Handler
	// Request counts a request by the template of its route, "" where it has
	// none; took is 0 for streams.
	Request(method, route string, status int, took time.Duration)
}

func (s *server) metricsRoute() {
	register(s, operation{
		method: http.MethodGet, path: "/metrics", id: "metrics", tag: "System", summary: "Read metrics", noTenant: true,
		description: "In Prometheus' text format, over all tenants: for the owner, not for API keys. " +
			"Requests by the template of their route, queries by outcome, times, what is stored, jobs, the ledger's totals, indexes, and the process.",
		responses: map[string]*huma.Response{"200": {
			Description: "Metrics",
			Content:     map[string]*huma.MediaType{"text/plain": plainText("# HELP syft_queries_total Queries by their outcome.\n# TYPE syft_queries_total counter\nsyft_queries_total{endpoint=\"legal-qa\",outcome=\"success\"} 42\n")},
		}},
	}, func(_ context.Context, in *none) (*huma.StreamResponse, error) {
		if in.who.Role != space.RoleOwner {
			return nil, space.Errorf(space.KindForbidden, "Admin API key required")
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			c := humagin.Unwrap(hctx)
			s.Metrics.ServeHTTP(c.Writer, c.Request)
		}}, nil
	})
}
