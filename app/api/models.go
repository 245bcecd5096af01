package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// model is a model as answers show it.
type model struct {
	ID                 uuid.UUID       `json:"id" format:"uuid" doc:"Its UUID"`
	TenantID           uuid.UUID       `json:"tenant_id" format:"uuid" doc:"The tenant that it belongs to"`
	Name               string          `json:"name" doc:"What the owner calls it" example:"llama"`
	DType              string          `json:"dtype" doc:"Name of its type" example:"ollama"`
	Configuration      json.RawMessage `json:"configuration" doc:"Without its secrets" example:"{\"model\":\"llama3.2\"}"`
	Summary            string          `json:"summary" doc:"One sentence" example:"Runs on this computer"`
	Tags               string          `json:"tags" doc:"Separated by commas" example:"local"`
	ConnectedEndpoints []endpointRef   `json:"connected_endpoints" doc:"The endpoints that ask it"`
	CreatedAt          time.Time       `json:"created_at" doc:"When it was made"`
	UpdatedAt          time.Time       `json:"updated_at" doc:"When it was last changed"`
}

func wireModel(v catalog.ModelView) model {
	return model{
		ID: v.ID, TenantID: v.Tenant.UUID, Name: v.Name, DType: v.Type, Configuration: v.Masked, Summary: v.Summary,
		Tags: v.Tags, ConnectedEndpoints: wireRefs(v.Endpoints), CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
}

func (s *server) modelRoutes() {
	const tag, base = "Models", Prefix + "/models"
	typeRoutes(s, tag, base, "model", s.Models.Kinds)
	s.actionRoute()
	register(s, operation{
		method: http.MethodPost, path: base, id: "create-model", tag: tag, status: http.StatusCreated,
		summary: "Connect a model", errors: []int{400, 409}, description: "Its server need not be reachable yet.",
		example: map[string]any{"name": "llama", "dtype": "ollama", "configuration": map[string]any{"model": "llama3.2"}},
	}, func(ctx context.Context, in *struct {
		Caller
		Body thingCreate
	}) (*body[model], error) {
		return wrap(wireModel)(s.Models.Create(ctx, in.tenant(), in.Body.draft()))
	})
	register(s, operation{method: http.MethodGet, path: base, id: "list-models", tag: tag, summary: "List models", description: "In order of age."},
		func(ctx context.Context, in *struct {
			Caller
			PageParams
		}) (*body[pageOf[model]], error) {
			list, err := s.Models.List(ctx, in.tenant(), in.page())
			if err != nil {
				return nil, err
			}
			return toPage(list, in.PageParams, wireModel), nil
		})
	register(s, operation{
		method: http.MethodGet, path: base + "/{name}", id: "get-model", tag: tag, summary: "Get a model", errors: []int{404},
		description: "With the endpoints that ask it.",
	}, func(ctx context.Context, in *NamePath) (*body[model], error) {
		return wrap(wireModel)(s.Models.Get(ctx, in.tenant(), in.Name))
	})
	register(s, operation{
		method: http.MethodPatch, path: base + "/{name}", id: "update-model", tag: tag, summary: "Change a model",
		errors:      []int{400, 404, 409},
		description: "A configuration is laid over the stored one; a masked secret means unchanged. Where the server's address changes, its secret must be sent again.",
		example:     map[string]any{"summary": "Runs on this computer", "tags": "local"},
	}, s.updateModel)
	register(s, operation{
		method: http.MethodDelete, path: base + "/{name}", id: "delete-model", tag: tag, summary: "Disconnect a model",
		errors: []int{404, 409}, description: "Refused while endpoints use it.",
	}, func(ctx context.Context, in *NamePath) (*body[message], error) {
		m, err := s.Models.Delete(ctx, in.tenant(), in.Name)
		if err != nil {
			return nil, err
		}
		return ok(message{"Model '" + m.Name + "' deleted"}), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/{name}/health", id: "model-health", tag: tag, who: public,
		summary: "Ask whether a model can answer", errors: []int{404},
		description: "Anyone may ask: it tells no addresses. Its server is asked once in ten seconds, however many ask.",
	}, s.modelHealth)
}

func (s *server) updateModel(ctx context.Context, in *struct {
	NamePath
	Body thingPatch
}) (*body[model], error) {
	b := in.Body
	if b.empty() {
		return nil, nothingKnown(thingFields)
	}
	return wrap(wireModel)(s.Models.Update(ctx, in.tenant(), in.Name, space.ModelPatch{
		Name: b.Name, Summary: b.Summary, Tags: b.Tags, Configuration: b.Configuration,
	}))
}

// modelHealth is public: it must not tell addresses.
type modelHealth struct {
	Status  string `json:"status" enum:"healthy,unhealthy" doc:"Whether it can answer"`
	Message string `json:"message" doc:"A sentence for people" example:"The model answers"`
}

func (s *server) modelHealth(ctx context.Context, in *NamePath) (*body[modelHealth], error) {
	said, err := s.Models.Health(ctx, in.tenant(), in.Name)
	switch {
	case err == nil:
		return ok(modelHealth{"healthy", cmp.Or(said, "The model answers")}), nil
	case space.KindOf(err) == space.KindNotFound:
		return nil, err
	}
	s.Logger.WarnContext(ctx, "model is not healthy", "model", in.Name, "error", err)
	return ok(modelHealth{"unhealthy", "The model cannot answer at the moment"}), nil
}
