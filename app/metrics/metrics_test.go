package metrics_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"syft-space/app/metrics"
	"syft-space/app/space"
)

func sources() metrics.Sources {
	return metrics.Sources{
		Version: "1.2.3", Logger: slog.New(slog.DiscardHandler), EmbeddingRate: func() float64 { return 12.5 },
		Indexes: func() metrics.Indexes { return metrics.Indexes{Passages: 5, Vectors: 4, Bytes: 999} },
		Totals: func(context.Context) (space.Totals, error) {
			return space.Totals{Datasets: 1, Documents: 3, Passages: 5, Unembedded: 1, Jobs: map[space.JobStatus]int{space.JobFailed: 2}, DatabaseBytes: 4096,
				Ledger: []space.LedgerTotal{{Kind: space.LedgerSettle, Currency: "USD", Amount: 1_250_000}}}, nil
		},
	}
}

// shown returns the metrics as Prometheus reads them.
func shown(m *metrics.Metrics) string {
	w := httptest.NewRecorder()
	m.ServeHTTP(w, httptest.NewRequest("GET", "/metrics", nil))
	return w.Body.String()
}

func TestMetricsTellWhatHappened(t *testing.T) {
	t.Parallel()
	m := metrics.New(sources())
	m.Request("GET", "/api/v1/datasets", 200, 3*time.Millisecond)
	m.Request("GET", "/api/v1/datasets", 422, time.Millisecond)
	m.Request("GET", "/api/v1/events", 200, 0)
	m.Request("EVIL", "", 404, time.Millisecond)
	m.Query(space.QueryEvent{EndpointID: uuid.New(), EndpointSlug: "docs", UserEmail: "ada@example.org", Outcome: "success", Documents: 5,
		Usage: space.Usage{PromptTokens: 7, CompletionTokens: 3}, Search: 2 * time.Millisecond, Total: 20 * time.Millisecond})
	m.Query(space.QueryEvent{EndpointSlug: "what-a-caller-tried", Outcome: "error", Total: time.Hour})
	text := shown(m)
	for _, want := range []string{
		`syft_http_requests_total{method="GET",route="/api/v1/datasets",status="200"} 1`,
		`syft_http_requests_total{method="GET",route="/api/v1/datasets",status="422"} 1`,
		`syft_http_requests_total{method="other",route="other",status="404"} 1`,
		`syft_http_request_duration_seconds_count{method="GET",route="/api/v1/datasets"} 2`,
		`syft_queries_total{endpoint="docs",outcome="success"} 1`,
		`syft_queries_total{endpoint="",outcome="error"} 1`,
		`syft_query_documents_total 5`,
		`syft_query_tokens_total{kind="prompt"} 7`,
		`syft_query_search_seconds_bucket{le="0.0025"} 1`,
		`syft_query_first_token_seconds_count 0`,
		`syft_query_duration_seconds_sum 0.02`,
		`syft_build_info{version="1.2.3"} 1`,
		`syft_stored{sort="passages"} 5`,
		`syft_jobs{status="failed"} 2`,
		`syft_jobs{status="pending"} 0`,
		`syft_ledger_amount_total{currency="USD",kind="settle"} 1.25`,
		`syft_embedding_rate 12.5`,
		`syft_index_entries{index="vectors"} 4`,
		`syft_database_bytes 4096`,
		"go_goroutines ", "process_start_time_seconds ",
	} {
		if !strings.Contains(text, want+"\n") && !strings.Contains(text, "\n"+want) {
			t.Errorf("no %s in\n%s", want, text)
		}
	}
	for _, unwanted := range []string{"EVIL", "what-a-caller-tried", "ada@example.org", `_count{method="GET",route="/api/v1/events"}`} {
		if strings.Contains(text, unwanted) {
			t.Errorf("%s is shown", unwanted)
		}
	}
}

func TestWhatCanBeCountedIsShownWhileStorageFails(t *testing.T) {
	t.Parallel()
	s := sources()
	s.Totals = func(context.Context) (space.Totals, error) { return space.Totals{}, errors.New("the disk is gone") }
	var log bytes.Buffer
	s.Logger = slog.New(slog.NewTextHandler(&log, nil))
	text := shown(metrics.New(s))
	if !strings.Contains(text, "syft_embedding_rate 12.5") || strings.Contains(text, "syft_stored{") {
		t.Errorf("shown is\n%s", text)
	}
	if !strings.Contains(log.String(), "the disk is gone") {
		t.Errorf("the log says %q", log.String())
	}
}

func BenchmarkQuery(b *testing.B) {
	m := metrics.New(sources())
	e := space.QueryEvent{EndpointID: uuid.New(), EndpointSlug: "docs", Outcome: "success", Documents: 5,
		Search: 2 * time.Millisecond, FirstToken: 5 * time.Millisecond, Total: 20 * time.Millisecond}
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			m.Request("POST", "/api/v1/endpoints/:slug/query", 200, e.Total)
			m.Query(e)
		}
	})
}
