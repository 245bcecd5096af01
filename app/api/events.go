package api

import (
	"context"
	"net/http"
	"reflect"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/google/uuid"
)

// LiveSnapshot is the data of a snapshot event.
type LiveSnapshot struct {
	Health    LiveHealth        `json:"health" doc:"How the Space is"`
	Ingestion []ingestionStatus `json:"ingestion" doc:"How far each dataset is"`
}

// LiveHealth is the data of a health event.
type LiveHealth struct {
	Status  string `json:"status" enum:"ok" doc:"The program answers" example:"ok"`
	Version string `json:"version" doc:"Of the program" example:"0.1.0"`
	Readiness
}

// LiveChanged is the data of a changed event.
type LiveChanged struct {
	Resources []string `json:"resources" enum:"datasets,models,endpoints,policies,keys,settings" doc:"Lists of which something was made, changed or deleted"`
}

// LiveQuery is the data of a query event.
type LiveQuery struct {
	ID           uuid.UUID `json:"id" format:"uuid" doc:"Of the query"`
	CreatedAt    time.Time `json:"created_at" doc:"When it came"`
	EndpointSlug string    `json:"endpoint_slug" doc:"As the caller wrote it" example:"legal-qa"`
	UserEmail    string    `json:"user_email" doc:"Who asked" example:"ada@example.org"`
	Outcome      string    `json:"outcome" doc:"success, error, canceled, or how a policy refused" example:"success"`
	Status       int       `json:"status" doc:"HTTP status answered" example:"200"`
	Documents    int       `json:"documents" doc:"Passages handed out" example:"5"`
	TotalTokens  int       `json:"total_tokens" doc:"Read and written by a model" example:"420"`
	Search       float64   `json:"search_ms" doc:"Time of the search, milliseconds" example:"2.1"`
	FirstToken   float64   `json:"first_token_ms" doc:"Time until the model's first word, milliseconds; 0 without one" example:"310.5"`
	Total        float64   `json:"total_ms" doc:"Time of the whole query, milliseconds" example:"1204.8"`
}

// liveFor bounds a stream, so that a credential that ended meanwhile is noticed.
const liveFor = 15 * time.Minute

const liveDescription = `Server-sent events with everything that the dashboard shows live, on one connection:

| event | data | sent |
|---|---|---|
| snapshot | ` + "`LiveSnapshot`" + ` | first, and instead of events that came faster than they were read: what is shown should be read again then |
| ingestion | the answer of ` + "`/ingestion/datasets/{id}/status`" + ` | when it changes, at most twice a second |
| query | ` + "`LiveQuery`" + ` | after each query; never with its text |
| changed | ` + "`LiveChanged`" + ` | when something was made, changed or deleted |
| health | ` + "`LiveHealth`" + ` | when it changes |

A comment is sent every 15 seconds. The stream ends when the Space stops, and after 15 minutes in any case: connect again.
There is nothing to resume, so Last-Event-ID is not looked at.`

func (s *server) liveRoute() {
	schemas := s.huma.OpenAPI().Components.Schemas
	events := map[string]any{}
	for name, typ := range map[string]reflect.Type{
		"snapshot": reflect.TypeFor[LiveSnapshot](), "ingestion": reflect.TypeFor[ingestionStatus](), "query": reflect.TypeFor[LiveQuery](),
		"changed": reflect.TypeFor[LiveChanged](), "health": reflect.TypeFor[LiveHealth](),
	} {
		events[name] = schemas.Schema(typ, true, "")
	}
	stream := streamed(frame("snapshot", LiveSnapshot{Health: LiveHealth{Status: "ok", Version: "1.0.0"}, Ingestion: []ingestionStatus{}}) +
		frame("changed", LiveChanged{[]string{"datasets"}}))
	stream.Schema.Extensions = map[string]any{"x-events": events}
	register(s, operation{
		method: http.MethodGet, path: Prefix + "/events", id: "events", tag: "System", summary: "Follow what happens",
		description: liveDescription,
		responses: map[string]*huma.Response{"200": {
			Description: "A stream of `event: <name>` and `data: <JSON>` frames; x-events has the schema of each",
			Content:     map[string]*huma.MediaType{"text/event-stream": stream},
		}},
	}, s.followLive)
}

func (s *server) followLive(ctx context.Context, in *none) (*huma.StreamResponse, error) {
	listener, err := s.Live.listen(ctx, in.tenant())
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) {
		defer listener.leave()
		c := humagin.Unwrap(hctx)
		events := &sse{writer: c.Writer}
		beat, end := time.NewTicker(keepAlive), time.NewTimer(liveFor)
		defer beat.Stop()
		defer end.Stop()
		for said := ""; ; {
			select {
			case first := <-listener.queue:
				said = listener.next(first)
			case <-beat.C:
				said = ": keep-alive\n\n"
			case <-end.C:
				return
			case <-s.Live.ended:
				return
			case <-c.Request.Context().Done():
				return
			}
			if events.write(said) != nil {
				return
			}
		}
	}}, nil
}
