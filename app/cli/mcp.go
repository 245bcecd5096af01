package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/modelcontextprotocol/go-sdk/mcp"
	"github.com/spf13/cobra"

	"syft-space/app"
	"syft-space/app/api"
)

func (e *env) mcpCommand() *cobra.Command {
	return &cobra.Command{
		Use: "mcp", Short: "Offer the running Space's endpoints as tools over standard input and output", Args: cobra.NoArgs,
		Long: "Speaks the Model Context Protocol over standard input and output, for clients that start their servers\n" +
			"themselves. The tools are those of the running Space, or of the one that --url names.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return e.serveMCP(cmd.Context(), &mcp.StdioTransport{})
		},
	}
}

// serveMCP hands what a client asks of tools on to the Space's /mcp, where the
// tools are made. Each request looks for the Space anew: clients keep this
// program running for days, and the Space may be restarted meanwhile.
func (e *env) serveMCP(ctx context.Context, client mcp.Transport) error {
	server := mcp.NewServer(mcpSelf(), &mcp.ServerOptions{
		Instructions: api.MCPInstructions, Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
	})
	server.AddReceivingMiddleware(func(next mcp.MethodHandler) mcp.MethodHandler {
		return func(ctx context.Context, method string, req mcp.Request) (mcp.Result, error) {
			switch params := req.GetParams().(type) {
			case *mcp.ListToolsParams:
				return e.atSpace(ctx, func(s *mcp.ClientSession) (mcp.Result, error) {
					var page mcp.ListToolsParams
					if params != nil {
						page.Cursor = params.Cursor
					}
					return s.ListTools(ctx, &page)
				})
			case *mcp.CallToolParamsRaw:
				return e.atSpace(ctx, func(s *mcp.ClientSession) (mcp.Result, error) {
					return s.CallTool(ctx, &mcp.CallToolParams{Name: params.Name, Arguments: params.Arguments})
				})
			}
			return next(ctx, method, req)
		}
	})
	return server.Run(ctx, client)
}

// atSpace makes one request of the Space's own MCP server.
func (e *env) atSpace(ctx context.Context, request func(*mcp.ClientSession) (mcp.Result, error)) (mcp.Result, error) {
	cfg, err := e.load()
	if err != nil {
		return nil, err
	}
	c, err := e.connect(cfg)
	if err != nil {
		return nil, err
	}
	session, err := mcp.NewClient(mcpSelf(), nil).Connect(ctx, &mcp.StreamableClientTransport{
		Endpoint: c.base + "/mcp", HTTPClient: &http.Client{Transport: shown{key: c.key, tenant: c.tenant}}, DisableStandaloneSSE: true, MaxRetries: -1,
	}, nil)
	if err != nil {
		return nil, refused(err)
	}
	defer func() { _ = session.Close() }() // there is nothing to end: the Space keeps no sessions
	result, err := request(session)
	if err != nil {
		return nil, refused(err)
	}
	return result, nil
}

// refused is the Space's own sentence, where an error of the SDK holds one.
func refused(err error) error {
	if said := (*apiError)(nil); errors.As(err, &said) {
		return said
	}
	return err
}

// shown is a transport that shows who asks and of which tenant, and reports
// refusals in the Space's own words, where the SDK would put a bare status.
type shown struct{ key, tenant string }

// RoundTrip implements http.RoundTripper.
func (s shown) RoundTrip(r *http.Request) (*http.Response, error) {
	r = r.Clone(r.Context())
	r.Header.Set("X-Tenant-Name", s.tenant)
	if s.key != "" {
		r.Header.Set("Authorization", "Bearer "+s.key)
	}
	res, err := http.DefaultTransport.RoundTrip(r)
	if err != nil {
		return nil, &apiError{detail: fmt.Sprintf("the Space at %s cannot be reached: %v", r.URL.Host, err)}
	}
	if res.StatusCode < http.StatusBadRequest || res.StatusCode == http.StatusMethodNotAllowed { // how the SDK learns what is not there
		return res, nil
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body) // what came of it is all there is to say
	var own struct{ Detail any }
	if json.Unmarshal(b, &own) == nil && own.Detail != nil {
		return nil, &apiError{status: res.StatusCode, detail: detailOf(b)}
	}
	res.Body = io.NopCloser(bytes.NewReader(b)) // an error of the protocol, which the SDK reads
	return res, nil
}

func mcpSelf() *mcp.Implementation {
	return &mcp.Implementation{Name: "syft-space", Title: "Syft Space", Version: app.Version}
}
