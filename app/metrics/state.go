package metrics

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"

	"syft-space/app/space"
)

var noID uuid.UUID

// Sources are asked whenever Prometheus asks.
type Sources struct {
	Version string
	Totals  func(context.Context) (space.Totals, error)
	Indexes func() Indexes
	// EmbeddingRate is in passages per second, lately.
	EmbeddingRate func() float64
	Logger        *slog.Logger
}

// Indexes are the sizes of all indexes in memory together.
type Indexes struct {
	Passages, Vectors int
	Bytes             int // of the word indexes
}

// askFor is how long storage may take to count.
const askFor = 10 * time.Second

// state shows what the sources hold.
type state struct {
	Sources
	build, holdings, jobs, ledger, rate, index, indexBytes, database *prometheus.Desc
}

func newState(s Sources) *state {
	desc := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(namespace+"_"+name, help, labels, nil)
	}
	return &state{
		Sources:    s,
		build:      desc("build_info", "Always 1.", "version"),
		holdings:   desc("stored", "How many of each sort of thing are stored.", "sort"),
		jobs:       desc("jobs", "Files of all datasets by the state of their ingestion.", "status"),
		ledger:     desc("ledger_amount_total", "What the rows of the ledger moved, in whole units.", "kind", "currency"),
		rate:       desc("embedding_rate", "Passages embedded per second, lately."),
		index:      desc("index_entries", "Passages that are found by words, and vectors.", "index"),
		indexBytes: desc("index_words_bytes", "Memory of the word indexes."),
		database:   desc("database_bytes", "Size of the database."),
	}
}

// Describe implements prometheus.Collector.
func (s *state) Describe(out chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{s.build, s.holdings, s.jobs, s.ledger, s.rate, s.index, s.indexBytes, s.database} {
		out <- d
	}
}

// Collect implements prometheus.Collector.
func (s *state) Collect(out chan<- prometheus.Metric) {
	gauge := func(d *prometheus.Desc, value float64, labels ...string) {
		out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, value, labels...)
	}
	gauge(s.build, 1, s.Version)
	gauge(s.rate, s.EmbeddingRate())
	x := s.Indexes()
	gauge(s.index, float64(x.Passages), "words")
	gauge(s.index, float64(x.Vectors), "vectors")
	gauge(s.indexBytes, float64(x.Bytes))
	ctx, cancel := context.WithTimeout(context.Background(), askFor)
	defer cancel()
	t, err := s.Totals(ctx)
	if err != nil {
		out <- prometheus.NewInvalidMetric(s.holdings, err)
		return
	}
	for sort, n := range map[string]int{
		"datasets": t.Datasets, "models": t.Models, "endpoints": t.Endpoints,
		"documents": t.Documents, "passages": t.Passages, "passages_without_vector": t.Unembedded,
	} {
		gauge(s.holdings, float64(n), sort)
	}
	for _, status := range []space.JobStatus{space.JobPending, space.JobInProgress, space.JobCompleted, space.JobFailed, space.JobCancelled} {
		gauge(s.jobs, float64(t.Jobs[status]), string(status))
	}
	for _, l := range t.Ledger {
		out <- prometheus.MustNewConstMetric(s.ledger, prometheus.CounterValue, float64(l.Amount)/1e6, string(l.Kind), l.Currency)
	}
	gauge(s.database, float64(t.DatabaseBytes))
}

// errorLog takes what Prometheus' library has to say.
type errorLog struct{ *slog.Logger }

// Println implements promhttp.Logger.
func (l errorLog) Println(v ...any) {
	l.Warn("metrics are not complete", "error", strings.TrimSpace(fmt.Sprintln(v...)))
}
