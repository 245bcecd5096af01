// Package api is the edge: it turns HTTP into use cases and their results and
// errors into the contract's JSON. gin routes, huma validates and documents;
// neither is imported anywhere else. There is one file per resource, with the
// resource's wire structs, its operations and its handlers.
package api

import (
	"log/slog"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"

	"syft-space/app/auth"
	"syft-space/app/catalog"
	"syft-space/app/schema"
	"syft-space/app/space"
	"syft-space/web"
)

// Prefix begins every path of version 1.
const Prefix = "/api/v1"

// maxJSON is the largest JSON body, in bytes.
const maxJSON = 10 << 20

// Deps are the use cases that the edge serves.
type Deps struct {
	Auth      *auth.Authenticator
	Datasets  *catalog.Datasets
	Models    *catalog.Models
	Endpoints *catalog.Endpoints
	Policies  *catalog.Policies
	Settings  *catalog.Settings
	Keys      *catalog.Keys
	Tenants   *catalog.Tenants
	Browser   *catalog.Browser
	Analytics *catalog.Analytics
	Ledger    *catalog.Ledger
	Feedback  *catalog.Feedback
	Metrics   Metrics
	Live      *Live
	Queries   Queries
	Ingestion Ingestion
	Searcher  Searcher
	Readiness func() Readiness
	Dashboard http.Handler // everything that is not the API's
	Docs      http.Handler // /docs and /redoc
	Logger    *slog.Logger
	Clock     space.Clock
	IDs       space.IDs
	Options   Options
}

// Options are the settings of the edge.
type Options struct {
	Version         string
	Host            string   // the address that the server is bound to
	LocalURL        string   // how this computer reaches it, base path included
	AllowedHosts    []string // further Host names
	TrustedProxies  []string
	BasePath        string
	UploadBytes     int64
	RateLimitStatus int // 429 or 403
	MaxTokens       int // default of a query
	Stop            []string
	Tenancy         bool
}

// server holds what handlers share.
type server struct {
	Deps
	huma   huma.API
	guard  *guard
	limits *apiLimits
}

// New returns the handler of the whole program.
func New(deps Deps) http.Handler {
	schema.UseMessages()
	deps.Queries = named{deps.Queries}
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.RedirectTrailingSlash = false
	engine.HandleMethodNotAllowed = true
	engine.UseRawPath, engine.UnescapePathValues = true, true
	s := &server{Deps: deps, guard: newGuard(deps.Options, deps.Settings), limits: newAPILimits(deps.Settings, deps.Clock)}
	engine.Use(readRest, s.requestID, s.logRequest, s.recoverPanics, s.cors, s.checkHost, s.checkOrigin, s.limitBody)
	s.huma = huma.NewAPI(openAPIConfig(deps.Options), &adapter{engine: engine})
	useErrors()
	s.routes()
	describe(s.huma.OpenAPI())
	s.mount(engine)
	return stripBase(deps.Options.BasePath, engine)
}

// stripBase takes the base path off where it is: proxies send it, and proxies
// that strip it do not.
func stripBase(base string, next http.Handler) http.Handler {
	stripped := http.StripPrefix(base, next)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if below(r.URL.Path, base) && (r.URL.RawPath == "" || below(r.URL.RawPath, base)) {
			stripped.ServeHTTP(w, r)
			return
		}
		next.ServeHTTP(w, r)
	})
}

// below reports whether path is base or lies below it.
func below(path, base string) bool {
	rest, ok := strings.CutPrefix(path, base)
	return ok && (rest == "" || rest[0] == '/')
}

// routes is the whole route table; each function stands in its resource's file.
func (s *server) routes() {
	s.systemRoutes()
	s.sessionRoutes()
	s.endpointRoutes()
	s.queryRoutes()
	s.datasetRoutes()
	s.browseRoutes()
	s.ingestionRoutes()
	s.modelRoutes()
	s.policyRoutes()
	s.settingRoutes()
	s.analyticsRoutes()
	s.ledgerRoutes()
	s.feedbackRoutes()
	s.metricsRoute()
	s.liveRoute()
	s.keyRoutes()
	s.tenantRoutes()
	s.openAIRoutes()
	s.mcpRoutes()
}

// mount adds what is not an operation: documentation and the dashboard.
func (s *server) mount(engine *gin.Engine) {
	engine.GET("/openapi.json", s.serveOpenAPI())
	for _, path := range []string{"/docs", "/docs/*any", "/redoc", "/redoc/*any"} {
		engine.Match([]string{http.MethodGet, http.MethodHead}, path, gin.WrapH(s.Docs))
	}
	engine.NoRoute(s.notFound)
	engine.NoMethod(func(c *gin.Context) { s.abort(c, errMethodNotAllowed) })
}

// notFound answers JSON below the API's own paths and the dashboard elsewhere.
func (s *server) notFound(c *gin.Context) {
	if web.Reserved(c.Request.URL.Path) {
		s.abort(c, errRouteNotFound)
		return
	}
	s.Dashboard.ServeHTTP(c.Writer, c.Request)
}

// publicURL is where others reach this Space: the owner's setting, else the
// address that the server is bound to.
func (s *server) publicURL() string {
	if set := s.Settings.PublicURL(); set != "" {
		return set
	}
	return s.Options.LocalURL
}
