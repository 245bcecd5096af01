package api

import (
	"bytes"
	"context"
	"log/slog"
	"strings"
	"testing"

	"github.com/modelcontextprotocol/go-sdk/mcp"

	"syft-space/app/query"
	"syft-space/app/space"
)

// panicking is a pipeline with a fault.
type panicking struct{ Queries }

// Run implements Queries.
func (panicking) Run(context.Context, space.TenantID, space.Identity, string, query.Request, query.Options, space.Emit) (query.Response, error) {
	panic("a fault of the pipeline")
}

func TestAPanicInAToolIsAnErrorOfTheToolAndIsLogged(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	s := &server{Deps: Deps{Queries: panicking{}, Logger: slog.New(slog.NewTextHandler(&log, nil))}}
	ours, theirs := mcp.NewInMemoryTransports()
	running, err := s.mcpServer(t.Context(), space.Identity{}, []space.Endpoint{{Slug: "docs", Name: "Docs"}}).Connect(t.Context(), ours, nil)
	if err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(), theirs, nil)
	if err != nil {
		t.Fatal(err)
	}
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "docs", Arguments: map[string]any{"question": "x"}})
	if err != nil || !result.IsError || result.Content[0].(*mcp.TextContent).Text != "Internal Server Error" {
		t.Errorf("the tool says %+v, %v", result, err)
	}
	session.Close()
	_ = running.Wait()
	if !strings.Contains(log.String(), "a fault of the pipeline") || !strings.Contains(log.String(), "callTool") {
		t.Errorf("the log has no stack: %s", log.String())
	}
}
