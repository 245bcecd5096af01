package api

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"syft-space/app/space"
)

// rpcMessage is a JSON-RPC message as it came. The SDK reads it; it passes
// through here so that the limits of every body hold for it.
type rpcMessage struct{ json.RawMessage }

// Schema implements huma.SchemaProvider.
func (rpcMessage) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		Description: "One message of JSON-RPC 2.0",
		Examples:    []any{map[string]any{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}},
	}
}

func (s *server) mcpRoutes() {
	register(s, operation{
		method: http.MethodPost, path: "/mcp", id: "mcp", tag: "MCP", who: sender,
		summary: "Speak the Model Context Protocol",
		description: "Streamable HTTP without sessions: every message stands for itself and is answered as JSON. " +
			"Each endpoint that the caller may query is a tool named by its slug. A refusal by a policy is an error of the tool. Faults of the protocol are errors of JSON-RPC. " +
			"Lists of messages and `subscriptions/listen` are refused.",
		responses: map[string]*huma.Response{
			"200": {
				Description: "The answer to a request, as JSON-RPC 2.0",
				Content:     map[string]*huma.MediaType{"application/json": {Schema: &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true}}},
			},
			"202": {Description: "A notification was taken"},
		},
	}, s.speakMCP)
}

// speakMCP answers one message. A server is made for each, with those of its
// caller's tools that the message can be about.
func (s *server) speakMCP(ctx context.Context, in *struct {
	Caller
	Body rpcMessage
}) (*huma.StreamResponse, error) {
	open, err := s.endpointsFor(ctx, in.who, in.Body.RawMessage)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		c := humagin.Unwrap(hctx)
		c.Request.Body = io.NopCloser(bytes.NewReader(in.Body.RawMessage))
		tools := s.mcpServer(c.Request.Context(), in.who, open)
		// Hosts and origins are checked for every route already, by a guard
		// that knows the public URL, as the SDK's own does not.
		handler := mcp.NewStreamableHTTPHandler(func(*http.Request) *mcp.Server { return tools }, &mcp.StreamableHTTPOptions{
			Stateless: true, JSONResponse: true, DisableLocalhostProtection: true, PropagateRequestCancellation: true,
			MaxRequestBodyBytes: maxJSON,
		})
		handler.ServeHTTP(&jsonErrors{ResponseWriter: c.Writer, fail: func(status int, detail string) {
			s.abort(c, &wireError{status: status, Detail: detail})
		}}, c.Request)
	}}, nil
}

// endpointsFor are all open endpoints for a message that lists tools, the one
// that is called for, and otherwise none. It refuses what the SDK would take and
// must not: a list of messages would run all its calls at once and count as one
// of them, and a subscription would stay open for good.
func (s *server) endpointsFor(ctx context.Context, who space.Identity, message json.RawMessage) ([]space.Endpoint, error) {
	if bytes.HasPrefix(message, []byte("[")) {
		return nil, space.Errorf(space.KindInvalid, "A list of messages is not taken; send each message on its own")
	}
	// What does not fit is the SDK's to refuse. Like the SDK, a map tells
	// "method" from "Method".
	var fields map[string]json.RawMessage
	var method string
	var params struct{ Name string }
	_ = json.Unmarshal(message, &fields)
	_ = json.Unmarshal(fields["method"], &method)
	_ = json.Unmarshal(fields["params"], &params)
	switch method {
	case "subscriptions/listen":
		return nil, space.Errorf(space.KindInvalid, "There is nothing to subscribe to; list the tools again instead")
	case "tools/list":
		return s.openEndpoints(ctx, who)
	case "tools/call":
		e, err := s.openEndpoint(ctx, who, params.Name)
		if space.KindOf(err) == space.KindNotFound && err != nil { // the SDK has a word for it
			return nil, nil
		}
		return []space.Endpoint{e}, err
	}
	return nil, nil
}

// MCPInstructions tell a model what the tools are good for.
const MCPInstructions = "Each tool asks one collection of documents a question in plain language. " +
	"Answers cite passages as [1], [2]; the structured result holds those passages."

// mcpServer offers the endpoints as tools. Its calls end with ctx, the HTTP
// request's: the SDK ties them to it only in the newest protocol. The SDK calls
// tools in goroutines of their own and recovers nothing there.
func (s *server) mcpServer(ctx context.Context, who space.Identity, open []space.Endpoint) *mcp.Server {
	out := mcp.NewServer(&mcp.Implementation{Name: "syft-space", Title: "Syft Space", Version: s.Options.Version}, &mcp.ServerOptions{
		Instructions: MCPInstructions, Capabilities: &mcp.ServerCapabilities{Tools: &mcp.ToolCapabilities{}},
		SetCacheable: func(_ context.Context, _ mcp.Request, c *mcp.Cacheable) { c.CacheScope = "private" }, // the tools are the caller's
	})
	for _, e := range open {
		out.AddTool(toolOf(e), func(call context.Context, req *mcp.CallToolRequest) (result *mcp.CallToolResult, _ error) {
			defer func() {
				if p := recover(); p != nil {
					s.logPanic(ctx, p)
					result = toolError(http.StatusText(http.StatusInternalServerError))
				}
			}()
			ctx, cancel := context.WithCancel(ctx)
			defer cancel()
			defer context.AfterFunc(call, cancel)()
			return s.callTool(ctx, who, e, req.Params.Arguments), nil
		})
	}
	return out
}

// jsonErrors turns the SDK's plain-text refusals of a request into the errors
// that every route answers with.
type jsonErrors struct {
	gin.ResponseWriter
	fail   func(status int, detail string)
	status int
}

// WriteHeader implements http.ResponseWriter.
func (w *jsonErrors) WriteHeader(status int) {
	if status >= http.StatusBadRequest && strings.HasPrefix(w.Header().Get("Content-Type"), "text/plain") {
		w.status = status
		return
	}
	w.ResponseWriter.WriteHeader(status)
}

// Write implements io.Writer.
func (w *jsonErrors) Write(b []byte) (int, error) {
	if w.status == 0 {
		return w.ResponseWriter.Write(b)
	}
	w.Header().Del("Content-Type")
	w.fail(w.status, strings.TrimSpace(string(b)))
	return len(b), nil
}
