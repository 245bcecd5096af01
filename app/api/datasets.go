package api

import (
	"cmp"
	"context"
	"encoding/json"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/google/uuid"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// thingCreate is the body that makes a dataset or a model.
type thingCreate struct {
	Name          string          `json:"name" minLength:"1" maxLength:"200" shows:"{\"pattern\":\"^[^/\\\\s\\\\x00-\\\\x1f\\\\x7f-\\\\x9f]([^/\\\\x00-\\\\x1f\\\\x7f-\\\\x9f]*[^/\\\\s\\\\x00-\\\\x1f\\\\x7f-\\\\x9f])?$\"}" doc:"1 to 200 characters without '/'; unique, with case" example:"my-docs"`
	DType         string          `json:"dtype" doc:"Name of a type" example:"local_file"`
	Configuration json.RawMessage `json:"configuration,omitempty" doc:"As the type's schema says; unknown keys are ignored" example:"{\"filePaths\":[{\"path\":\"~/Documents\"}]}"`
	Summary       string          `json:"summary,omitempty" maxLength:"500" doc:"One sentence" example:"Contracts and court decisions"`
	Tags          string          `json:"tags,omitempty" maxLength:"1000" doc:"Separated by commas" example:"law,contracts"`
}

// Resolve implements huma.ResolverWithPath.
func (t *thingCreate) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkName(&t.Name, at)
}

func (t thingCreate) draft() catalog.Draft {
	return catalog.Draft{Name: t.Name, Type: t.DType, Configuration: t.Configuration, Summary: t.Summary, Tags: t.Tags}
}

// thingPatch is the body that changes a dataset or a model.
type thingPatch struct {
	Name          *string         `json:"name,omitempty" minLength:"1" maxLength:"200" shows:"{\"pattern\":\"^[^/\\\\s\\\\x00-\\\\x1f\\\\x7f-\\\\x9f]([^/\\\\x00-\\\\x1f\\\\x7f-\\\\x9f]*[^/\\\\s\\\\x00-\\\\x1f\\\\x7f-\\\\x9f])?$\"}" doc:"A new name" example:"my-docs"`
	Summary       *string         `json:"summary,omitempty" maxLength:"500" doc:"One sentence" example:"Contracts and court decisions"`
	Tags          *string         `json:"tags,omitempty" maxLength:"1000" doc:"Separated by commas" example:"law,contracts"`
	Configuration json.RawMessage `json:"configuration,omitempty" doc:"Laid over the stored one; a masked secret means unchanged, and must be sent itself where its server's address changes" example:"{\"filePaths\":[{\"path\":\"~/Documents\"}]}"`
}

// Resolve implements huma.ResolverWithPath.
func (t *thingPatch) Resolve(_ huma.Context, at *huma.PathBuffer) []error {
	return checkName(t.Name, at)
}

func (t thingPatch) empty() bool {
	return t.Name == nil && t.Summary == nil && t.Tags == nil && t.Configuration == nil
}

const thingFields = "name, summary, tags, configuration"

func checkName(name *string, at *huma.PathBuffer) []error {
	if name == nil {
		return nil
	}
	switch n := len([]rune(*name)); {
	case n < 1:
		return []error{&huma.ErrorDetail{Location: at.With("name"), Message: "min_length|1", Value: *name}}
	case n > space.MaxName:
		return []error{&huma.ErrorDetail{Location: at.With("name"), Message: "max_length|200", Value: *name}}
	}
	if problem := space.NameProblem(*name); problem != "" {
		return []error{&huma.ErrorDetail{Location: at.With("name"), Message: problem, Value: *name}}
	}
	return nil
}

// dataset is a dataset as answers show it.
type dataset struct {
	ID                 uuid.UUID       `json:"id" format:"uuid" doc:"Its UUID"`
	TenantID           uuid.UUID       `json:"tenant_id" format:"uuid" doc:"The tenant that it belongs to"`
	Name               string          `json:"name" doc:"What the owner calls it" example:"my-docs"`
	DType              string          `json:"dtype" doc:"Name of its type" example:"local_file"`
	Configuration      json.RawMessage `json:"configuration" doc:"Without its secrets" example:"{\"filePaths\":[{\"path\":\"~/Documents\"}]}"`
	Summary            string          `json:"summary" doc:"One sentence" example:"Contracts and court decisions"`
	Tags               string          `json:"tags" doc:"Separated by commas" example:"law,contracts"`
	ProvisionerState   *string         `json:"provisioner_state" nullable:"true" doc:"The embedded store is always running; null where another server keeps the documents" example:"running"`
	ConnectedEndpoints []endpointRef   `json:"connected_endpoints" doc:"The endpoints that search it"`
	DocumentCount      int             `json:"document_count" doc:"Documents that were read" example:"12"`
	ChunkCount         int             `json:"chunk_count" doc:"Passages that they were cut into" example:"480"`
	Embedder           *string         `json:"embedder" nullable:"true" doc:"What its vectors were made with; null while there are none" example:"builtin"`
	CreatedAt          time.Time       `json:"created_at" doc:"When it was made"`
	UpdatedAt          time.Time       `json:"updated_at" doc:"When it was last changed"`
}

type endpointRef struct {
	ID   uuid.UUID `json:"id" format:"uuid" doc:"Its UUID"`
	Name string    `json:"name" doc:"Display name" example:"Legal Q&A"`
	Slug string    `json:"slug" doc:"Path of the endpoint" example:"legal-qa"`
}

func wireRefs(refs []space.EndpointRef) []endpointRef {
	out := make([]endpointRef, len(refs))
	for i, r := range refs {
		out[i] = endpointRef(r)
	}
	return out
}

func wireDataset(v catalog.DatasetView) dataset {
	d := dataset{
		ID: v.ID, TenantID: v.Tenant.UUID, Name: v.Name, DType: v.Type, Configuration: v.Masked,
		Summary: v.Summary, Tags: v.Tags, ConnectedEndpoints: wireRefs(v.Endpoints),
		DocumentCount: v.Stats.Documents, ChunkCount: v.Stats.Passages, CreatedAt: v.CreatedAt, UpdatedAt: v.UpdatedAt,
	}
	if !v.External {
		running := storeRunning
		d.ProvisionerState = &running
	}
	if v.Stats.Embedder != "" {
		d.Embedder = &v.Stats.Embedder
	}
	return d
}

// NamePath addresses a dataset or a model.
type NamePath struct {
	Caller
	Name string `path:"name" doc:"Name or UUID" example:"my-docs"`
}

func (s *server) datasetRoutes() {
	const tag, base = "Datasets", Prefix + "/datasets"
	typeRoutes(s, tag, base, "dataset", s.Datasets.Kinds)
	register(s, operation{
		method: http.MethodPost, path: base, id: "create-dataset", tag: tag, status: http.StatusCreated,
		summary: "Create a dataset", errors: []int{400, 409}, description: "Its documents are ingested at once, in the background.",
	}, func(ctx context.Context, in *struct {
		Caller
		Body thingCreate
	}) (*body[dataset], error) {
		return wrap(wireDataset)(s.Datasets.Create(ctx, in.tenant(), in.Body.draft()))
	})
	register(s, operation{method: http.MethodGet, path: base, id: "list-datasets", tag: tag, summary: "List datasets", description: "In order of age."},
		func(ctx context.Context, in *struct {
			Caller
			PageParams
		}) (*body[pageOf[dataset]], error) {
			list, err := s.Datasets.List(ctx, in.tenant(), in.page())
			if err != nil {
				return nil, err
			}
			return toPage(list, in.PageParams, wireDataset), nil
		})
	register(s, operation{
		method: http.MethodGet, path: base + "/{name}", id: "get-dataset", tag: tag, summary: "Get a dataset", errors: []int{404},
		description: "With how many documents and passages it has.",
	}, func(ctx context.Context, in *NamePath) (*body[dataset], error) {
		return wrap(wireDataset)(s.Datasets.Get(ctx, in.tenant(), in.Name))
	})
	register(s, operation{
		method: http.MethodPatch, path: base + "/{name}", id: "update-dataset", tag: tag, summary: "Change a dataset",
		errors: []int{400, 404, 409}, description: "Documents that are no longer picked go; another embedder starts the switch to it.",
	}, s.updateDataset)
	register(s, operation{
		method: http.MethodDelete, path: base + "/{name}", id: "delete-dataset", tag: tag, summary: "Delete a dataset",
		errors: []int{404, 409}, description: "Refused while endpoints use it.",
	}, func(ctx context.Context, in *NamePath) (*body[message], error) {
		d, err := s.Datasets.Delete(ctx, in.tenant(), in.Name)
		if err != nil {
			return nil, err
		}
		return ok(message{"Dataset '" + d.Name + "' deleted"}), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/{name}/health", id: "dataset-health", tag: tag, who: public,
		summary: "Ask whether a dataset can be searched", errors: []int{404},
		description: "Anyone may ask: it tells neither paths nor counts. A server elsewhere is asked once in ten seconds, however many ask.",
	}, s.datasetHealth)
	s.uploadRoutes()
	s.searchRoutes()
	s.provisionerRoutes()
}

// wrap turns a use case's result into an answer.
func wrap[T, W any](wire func(T) W) func(T, error) (*body[W], error) {
	return func(v T, err error) (*body[W], error) {
		if err != nil {
			return nil, err
		}
		return ok(wire(v)), nil
	}
}

func (s *server) updateDataset(ctx context.Context, in *struct {
	NamePath
	Body thingPatch
}) (*body[dataset], error) {
	b := in.Body
	if b.empty() {
		return nil, nothingKnown(thingFields)
	}
	return wrap(wireDataset)(s.Datasets.Update(ctx, in.tenant(), in.Name, space.DatasetPatch{
		Name: b.Name, Summary: b.Summary, Tags: b.Tags, Configuration: b.Configuration,
	}))
}

// datasetHealth is public: it must not tell paths or counts.
type datasetHealth struct {
	DatasetTypeStatus string `json:"dataset_type_status" enum:"healthy,unhealthy" doc:"Whether it can be searched"`
	ProvisionerStatus string `json:"provisioner_status" enum:"healthy,unhealthy" doc:"Whether its store runs"`
	Message           string `json:"message" doc:"A sentence for people" example:"The dataset can be searched"`
}

func (s *server) datasetHealth(ctx context.Context, in *NamePath) (*body[datasetHealth], error) {
	said, err := s.Datasets.Health(ctx, in.tenant(), in.Name)
	switch {
	case err == nil:
		return ok(datasetHealth{"healthy", "healthy", cmp.Or(said, "The dataset can be searched")}), nil
	case space.KindOf(err) == space.KindNotFound:
		return nil, err
	}
	s.Logger.WarnContext(ctx, "dataset is not healthy", "dataset", in.Name, "error", err)
	return ok(datasetHealth{"unhealthy", "healthy", "The dataset cannot be searched at the moment"}), nil
}
