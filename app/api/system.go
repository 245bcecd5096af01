package api

import (
	"context"
	"net/http"
	"reflect"

	"github.com/danielgtaylor/huma/v2"
	"github.com/gin-gonic/gin"
)

// Readiness says whether everything is loaded.
type Readiness struct {
	Ready    bool   `json:"ready" doc:"Whether every dataset can be searched" example:"true"`
	Loading  int    `json:"loading" doc:"Datasets whose indexes are still being loaded" example:"0"`
	Embedder string `json:"embedder" doc:"Which code path the built-in embedder runs on" example:"avx2"`
}

type health struct {
	Status  string `json:"status" enum:"ok" doc:"Always ok"`
	Version string `json:"version" doc:"Version of the program" example:"1.0.0"`
}

func (s *server) systemRoutes() {
	const tag = "System"
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/health", id: "health", tag: tag, who: public, noTenant: true,
		summary:     "Ask whether the Space runs",
		description: "Anyone may ask.",
	}, func(context.Context, *struct{}) (*body[health], error) {
		return ok(health{"ok", s.Options.Version}), nil
	})
	for _, path := range []string{"/healthz", "/readyz"} {
		register(s, operation{
			method: http.MethodGet, path: path, id: path[1:], tag: tag, who: public, noTenant: true,
			summary:     map[string]string{"/healthz": "Liveness", "/readyz": "Readiness"}[path],
			description: map[string]string{"/healthz": "200 as long as the program runs.", "/readyz": "503 until every dataset can be searched."}[path],
			responses:   unready(s.huma.OpenAPI().Components.Schemas, path),
		}, func(context.Context, *struct{}) (*readyAnswer, error) {
			r := s.Readiness()
			if path == "/readyz" && !r.Ready {
				return &readyAnswer{http.StatusServiceUnavailable, r}, nil
			}
			return &readyAnswer{http.StatusOK, r}, nil
		})
	}
}

// unready documents that a probe which is not ready says how far it is.
func unready(schemas huma.Registry, path string) map[string]*huma.Response {
	if path != "/readyz" {
		return nil
	}
	return map[string]*huma.Response{"503": {
		Description: "Datasets are still being loaded",
		Content:     map[string]*huma.MediaType{"application/json": {Schema: schemas.Schema(reflect.TypeFor[Readiness](), true, "")}},
	}}
}

type readyAnswer struct {
	Status int
	Body   Readiness
}

// serveOpenAPI renders the document once.
func (s *server) serveOpenAPI() gin.HandlerFunc {
	rendered, err := s.huma.OpenAPI().MarshalJSON()
	return func(c *gin.Context) {
		if err != nil {
			s.abort(c, err)
			return
		}
		c.Data(http.StatusOK, "application/json", rendered)
	}
}
