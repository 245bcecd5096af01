// Package metrics counts what the program does and tells it to Prometheus. It
// is the only code that knows Prometheus' library. No label holds what a caller
// chose: routes are templates, and endpoints are those that exist.
package metrics

import (
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"syft-space/app/space"
)

// namespace begins the name of every metric that is not the runtime's.
const namespace = "syft"

// Metrics counts requests and queries, and shows them with what its sources
// hold. It is safe for concurrent use.
type Metrics struct {
	handler   http.Handler
	requests  *prometheus.CounterVec
	times     *prometheus.HistogramVec
	queries   *prometheus.CounterVec
	documents prometheus.Counter
	prompt    prometheus.Counter
	completed prometheus.Counter
	search    prometheus.Observer
	first     prometheus.Observer
	total     prometheus.Observer
}

// buckets are seconds: from a search in memory to a slow model.
var buckets = []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30, 60, 120}

// New begins to count.
func New(s Sources) *Metrics {
	registry := prometheus.NewRegistry()
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		v := prometheus.NewCounterVec(prometheus.CounterOpts{Namespace: namespace, Name: name, Help: help}, labels)
		registry.MustRegister(v)
		return v
	}
	histogram := func(name, help string, labels ...string) *prometheus.HistogramVec {
		v := prometheus.NewHistogramVec(prometheus.HistogramOpts{Namespace: namespace, Name: name, Help: help, Buckets: buckets}, labels)
		registry.MustRegister(v)
		return v
	}
	tokens := counter("query_tokens_total", "Tokens that models read and wrote.", "kind")
	m := &Metrics{
		requests:  counter("http_requests_total", "Requests answered, by the template of their route.", "method", "route", "status"),
		times:     histogram("http_request_duration_seconds", "Time of requests, streams left out.", "method", "route"),
		queries:   counter("queries_total", "Queries by their outcome; without an endpoint where none of that slug exists.", "endpoint", "outcome"),
		documents: counter("query_documents_total", "Passages handed out.").WithLabelValues(),
		prompt:    tokens.WithLabelValues("prompt"),
		completed: tokens.WithLabelValues("completion"),
		search:    histogram("query_search_seconds", "Time of the search, of answered queries over a dataset.").WithLabelValues(),
		first:     histogram("query_first_token_seconds", "Time until a model's first word, of answered queries that asked one.").WithLabelValues(),
		total:     histogram("query_duration_seconds", "Time of answered queries, whole.").WithLabelValues(),
	}
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}), newState(s))
	m.handler = promhttp.HandlerFor(registry, promhttp.HandlerOpts{
		ErrorHandling: promhttp.ContinueOnError, ErrorLog: errorLog{s.Logger}, MaxRequestsInFlight: 2, DisableCompression: true,
	})
	return m
}

// ServeHTTP writes everything that is counted in Prometheus' text format.
func (m *Metrics) ServeHTTP(w http.ResponseWriter, r *http.Request) { m.handler.ServeHTTP(w, r) }

// Request counts a request. route is the template of a route that exists; ""
// stands for all others, whose methods are not told apart either. took is left
// out where it is 0, for streams.
func (m *Metrics) Request(method, route string, status int, took time.Duration) {
	if route == "" {
		method, route = "other", "other"
	}
	m.requests.WithLabelValues(method, route, strconv.Itoa(status)).Inc()
	if took > 0 {
		m.times.WithLabelValues(method, route).Observe(took.Seconds())
	}
}

// Query counts a query.
func (m *Metrics) Query(e space.QueryEvent) {
	endpoint := e.EndpointSlug
	if e.EndpointID == noID {
		endpoint = "" // the slug is what a caller tried
	}
	m.queries.WithLabelValues(endpoint, e.Outcome).Inc()
	if e.Outcome != string(space.OutcomeSuccess) {
		return
	}
	m.documents.Add(float64(e.Documents))
	m.prompt.Add(float64(e.Usage.PromptTokens))
	m.completed.Add(float64(e.Usage.CompletionTokens))
	m.total.Observe(e.Total.Seconds())
	if e.Search > 0 {
		m.search.Observe(e.Search.Seconds())
	}
	if e.FirstToken > 0 {
		m.first.Observe(e.FirstToken.Seconds())
	}
}
