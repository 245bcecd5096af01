package api

import (
	"context"
	"net/http"

	"github.com/gin-gonic/gin"
)

// Readiness says whether everything is loaded.
type Readiness struct {
	Ready    bool   `json:"ready" doc:"Whether every dataset can be searched"`
	Loading  int    `json:"loading" doc:"Datasets whose indexes are still being loaded"`
	Embedder string `json:"embedder" doc:"Which code path the built-in embedder runs on"`
}

type health struct {
	Status  string `json:"status" enum:"ok"`
	Version string `json:"version"`
}

func (s *server) systemRoutes() {
	const tag = "System"
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/health", id: "health", tag: tag, who: public, noTenant: true,
		summary: "Ask whether the Space runs",
	}, func(context.Context, *struct{}) (*body[health], error) {
		return ok(health{"ok", s.Options.Version}), nil
	})
	for _, path := range []string{"/healthz", "/readyz"} {
		register(s, operation{
			method: http.MethodGet, path: path, id: path[1:], tag: tag, who: public, noTenant: true,
			summary: map[string]string{"/healthz": "Liveness", "/readyz": "Readiness"}[path], errors: []int{503},
		}, func(context.Context, *struct{}) (*readyAnswer, error) {
			r := s.Readiness()
			if path == "/readyz" && !r.Ready {
				return &readyAnswer{http.StatusServiceUnavailable, r}, nil
			}
			return &readyAnswer{http.StatusOK, r}, nil
		})
	}
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
