package api

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
)

// adapter registers each operation with and without a trailing slash on the
// same handler: the contract allows both, and a redirect would lose bodies.
type adapter struct{ engine *gin.Engine }

// Handle implements huma.Adapter.
func (a *adapter) Handle(op *huma.Operation, handler func(huma.Context)) {
	path := strings.NewReplacer("{", ":", "}", "").Replace(strings.TrimSuffix(op.Path, "/"))
	handle := func(c *gin.Context) { handler(humagin.NewContext(op, c)) }
	a.engine.Handle(op.Method, path, handle)
	a.engine.Handle(op.Method, path+"/", handle)
}

// ServeHTTP implements huma.Adapter.
func (a *adapter) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.engine.ServeHTTP(w, r) }
