package api

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

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

// provisioner is what the provisioner routes know: the store is part of the
// program, so that there is nothing to start or stop.
type provisioner struct {
	DType   string `json:"dtype" doc:"Name of the type of dataset" example:"local_file"`
	Status  string `json:"status" enum:"running" doc:"Always running"`
	Message string `json:"message" doc:"A sentence for people" example:"The store is part of the program and always running"`
}

func (s *server) provisionerRoutes() {
	const tag, base = "Datasets", Prefix + "/datasets/provisioners"
	find := func(dtype string) (provisioner, error) {
		_, err := s.Datasets.Kinds.Get(dtype)
		return provisioner{dtype, "running", "The store is part of the program and always running"}, err
	}
	register(s, operation{method: http.MethodGet, path: base, id: "list-provisioners", tag: tag, summary: "List the stores of datasets",
		description: "One for each type of dataset; each is part of the program and always running."},
		func(context.Context, *none) (*body[[]provisioner], error) {
			list := []provisioner{}
			for _, k := range s.Datasets.Kinds.All() {
				p, _ := find(k.Info.Name)
				list = append(list, p)
			}
			return ok(list), nil
		})
	for _, o := range []struct {
		method, path, verb string
		refused            bool
	}{
		{http.MethodGet, "/{dtype}/status", "status", false},
		{http.MethodPost, "/{dtype}/start", "start", false},
		{http.MethodPost, "/{dtype}/stop", "stop", true},
		{http.MethodDelete, "/{dtype}", "delete", true},
	} {
		register(s, operation{
			method: o.method, path: base + o.path, id: o.verb + "-provisioner", tag: tag, errors: []int{404, 409},
			summary: strings.ToUpper(o.verb[:1]) + o.verb[1:] + " of a store", description: "The embedded store is always running: it cannot be stopped or deleted.",
		}, func(_ context.Context, in *TypePath) (*body[provisioner], error) {
			p, err := find(in.Name)
			if err == nil && o.refused {
				err = space.Errorf(space.KindConflict, "The store is part of the program: it can be neither stopped nor deleted")
			}
			if err != nil {
				return nil, err
			}
			return ok(p), nil
		})
	}
}
