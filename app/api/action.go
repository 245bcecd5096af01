package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
)

type actionInput struct {
	Caller
	DType  string `path:"dtype" doc:"Name of the type" example:"ollama"`
	Action string `path:"action" doc:"fetch_available_models, test, or for ollama pull" example:"test"`
	Body   struct {
		Configuration json.RawMessage `json:"configuration,omitempty" doc:"As for creating a model" example:"{\"model\":\"llama3.2\"}"`
		Name          string          `json:"name,omitempty" maxLength:"200" doc:"A stored model whose secrets masked values stand for, at the address that it has" example:"llama"`
		Arguments     json.RawMessage `json:"arguments,omitempty" doc:"What the action takes, such as {\"message\": \"Hello\"} for test" example:"{\"message\":\"Hello\"}"`
		Stream        bool            `json:"stream,omitempty" doc:"Answer as server-sent events, with progress" example:"false"`
	}
}

func (s *server) actionRoute() {
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/models/types/{dtype}/actions/{action}", id: "model-action", tag: "Models",
		summary: "Try a configuration before it is stored", errors: []int{400, 404, 503, 504},
		description: "fetch_available_models lists what the server offers, test sends a line, pull has Ollama download a model.",
		responses: map[string]*huma.Response{"200": {
			Description: "What the action found; as a stream, frames with progress and then one with `done` and `result`",
			Content: map[string]*huma.MediaType{
				"application/json": {
					Schema:  &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true},
					Example: map[string]any{"models": []any{map[string]any{"name": "llama3.2", "kind": "chat", "size": 2019393189}}},
				},
				"text/event-stream": streamed("data: {\"status\":\"pulling\",\"completed\":1024,\"total\":2019393189}\n\n" +
					"data: {\"done\":true,\"result\":{\"model\":\"llama3.2\",\"status\":\"success\"}}\n\n" + endOfStream),
			},
		}},
	}, s.act)
}

func (s *server) act(ctx context.Context, in *actionInput) (*huma.StreamResponse, error) {
	b := in.Body
	run := func(ctx context.Context, progress func(any)) (any, error) {
		return s.Models.Act(ctx, in.tenant(), in.DType, in.Action, b.Name, b.Configuration, b.Arguments, progress)
	}
	if !b.Stream {
		result, err := run(ctx, func(any) {})
		if err != nil {
			return nil, err
		}
		return &huma.StreamResponse{Body: func(hctx huma.Context) {
			humagin.Unwrap(hctx).PureJSON(http.StatusOK, result)
		}}, nil
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		c := humagin.Unwrap(hctx)
		ctx, cancel := context.WithCancel(c.Request.Context())
		defer cancel()
		events := newSSE(c.Writer)
		defer events.stop()
		result, err := run(ctx, func(p any) {
			if events.data(p) != nil {
				cancel()
			}
		})
		events.stop()
		if err != nil {
			s.streamFailed(c, events, err)
			return
		}
		_ = events.data(map[string]any{"done": true, "result": result})
		_ = events.write(endOfStream)
	}}, nil
}
