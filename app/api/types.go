package api

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/catalog"
	"syft-space/app/space"
)

// typeInfo is a type of dataset, model or policy.
type typeInfo struct {
	Name         string          `json:"name" doc:"What to send as dtype or policy_type" example:"local_file"`
	Description  string          `json:"description" doc:"What it is for" example:"Files and folders of this computer"`
	ConfigSchema json.RawMessage `json:"config_schema" doc:"JSON Schema of its configuration" example:"{\"type\":\"object\",\"properties\":{}}"`
	Icon         string          `json:"icon" doc:"Name of the dashboard's icon" example:"folder"`
	Enabled      bool            `json:"enabled" doc:"Whether it can be used" example:"true"`
}

func wireType(k catalog.Kind) typeInfo {
	return typeInfo{k.Info.Name, k.Info.Description, k.Form.JSONSchema(), k.Info.Icon, k.Info.Enabled}
}

// TypePath addresses a type.
type TypePath struct {
	Caller
	Name string `path:"dtype" doc:"Name of the type" example:"local_file"`
}

// typeRoutes adds the routes that describe a resource's types.
func typeRoutes(s *server, tag, base, what string, kinds catalog.Kinds) {
	register(s, operation{
		method: http.MethodGet, path: base + "/types", id: "list-" + what + "-types", tag: tag, summary: "List the types of " + what,
		description: "All of them, in the order of the dashboard, each with the form of its configuration.",
	}, func(context.Context, *none) (*body[[]typeInfo], error) {
		list := []typeInfo{}
		for _, k := range kinds.All() {
			list = append(list, wireType(k))
		}
		return ok(list), nil
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/types/{dtype}", id: "get-" + what + "-type", tag: tag,
		summary: "Get a type of " + what, errors: []int{404},
		description: "With the form of its configuration.",
	}, func(_ context.Context, in *TypePath) (*body[typeInfo], error) {
		return wrap(wireType)(kinds.Get(in.Name))
	})
	register(s, operation{
		method: http.MethodGet, path: base + "/types/{dtype}/schema", id: "get-" + what + "-type-schema", tag: tag,
		summary: "Get the JSON Schema of a type's configuration", errors: []int{404},
		description: "As `config_schema` of the type; programs draw forms from it.", responses: schemaResponse(),
	}, func(_ context.Context, in *TypePath) (*body[json.RawMessage], error) {
		return wrap(func(k catalog.Kind) json.RawMessage { return k.Form.JSONSchema() })(kinds.Get(in.Name))
	})
}

// schemaResponse documents an answer that is itself a JSON Schema.
func schemaResponse() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "A JSON Schema (draft 2020-12)",
		Content: map[string]*huma.MediaType{"application/json": {
			Schema:  &huma.Schema{Type: huma.TypeObject, AdditionalProperties: true},
			Example: json.RawMessage(`{"type":"object","properties":{"limit":{"type":"string"}},"required":["limit"]}`),
		}},
	}}
}

// storeRunning is the state of the store that is part of the program.
const storeRunning = "running"

// provisioner is what the provisioner routes know: the store is part of the
// program, so that there is nothing to start or stop.
type provisioner struct {
	DType   string `json:"dtype" doc:"Type of the datasets that it keeps" example:"local_file"`
	Status  string `json:"status" enum:"running" doc:"Whether it runs" example:"running"`
	Message string `json:"message" doc:"A sentence about it" example:"The store is part of the program and always running"`
}

// provisioner returns the store of a type's datasets. A type whose documents
// another server keeps has none here.
func (s *server) provisioner(dtype string) (provisioner, error) {
	kind, err := s.Datasets.Kinds.Get(dtype)
	if err == nil && kind.Info.External {
		err = space.Errorf(space.KindNotFound, "Datasets of the type '%s' are kept by a server of their own; there is nothing to start or stop here", dtype)
	}
	return provisioner{kind.Info.Name, storeRunning, "The store is part of the program and always running"}, err
}

func (s *server) provisionerRoutes() {
	const tag, base = "Datasets", Prefix + "/datasets/provisioners"
	register(s, operation{method: http.MethodGet, path: base, id: "list-provisioners", tag: tag, summary: "List the stores of datasets",
		description: "One for each type of dataset that is kept here; each is part of the program and always running."},
		func(context.Context, *none) (*body[[]provisioner], error) {
			list := []provisioner{}
			for _, k := range s.Datasets.Kinds.All() {
				if p, err := s.provisioner(k.Info.Name); err == nil {
					list = append(list, p)
				}
			}
			return ok(list), nil
		})
	for _, o := range []struct {
		method, path, verb, summary string
		refused                     bool
	}{
		{http.MethodGet, "/{dtype}/status", "status", "Get the state of a store", false},
		{http.MethodPost, "/{dtype}/start", "start", "Start a store", false},
		{http.MethodPost, "/{dtype}/stop", "stop", "Stop a store", true},
		{http.MethodDelete, "/{dtype}", "delete", "Delete a store", true},
	} {
		errs := []int{404}
		if o.refused {
			errs = append(errs, 409)
		}
		register(s, operation{
			method: o.method, path: base + o.path, id: o.verb + "-provisioner", tag: tag, errors: errs,
			summary: o.summary, description: "The embedded store is always running: it cannot be stopped or deleted.",
		}, func(_ context.Context, in *TypePath) (*body[provisioner], error) {
			p, err := s.provisioner(in.Name)
			if err == nil && o.refused {
				err = space.Errorf(space.KindConflict, "The store is part of the program: it can be neither stopped nor deleted")
			}
			return wrap(func(p provisioner) provisioner { return p })(p, err)
		})
	}
}
