package api

import "github.com/danielgtaylor/huma/v2"

// openAPIConfig describes the API. The document itself is served by hand,
// below one path, and the pages that show it come from embedded files.
func openAPIConfig(o Options) huma.Config {
	c := huma.DefaultConfig("Syft Space", o.Version)
	c.OpenAPIPath, c.DocsPath, c.SchemasPath = "", "", ""
	c.CreateHooks = nil // no $schema links in answers
	c.Transformers = append(c.Transformers, inOpenAIWords)
	c.Formats = map[string]huma.Format{"application/json": jsonFormat, "json": jsonFormat}
	c.NoFormatFallback = false
	c.Info.Description = "Make documents queryable without giving them away. " +
		"Endpoints join a dataset, a model and policies; callers query endpoints.\n\n" +
		"Errors are `{\"detail\": …}`: a sentence, or for 422 a list of `{loc, msg, type}`."
	c.Info.License = &huma.License{Name: "Apache-2.0", Identifier: "Apache-2.0"}
	c.Servers = []*huma.Server{{URL: orRoot(o.BasePath), Description: "This Space"}}
	c.Components.SecuritySchemes = map[string]*huma.SecurityScheme{
		"bearer": {
			Type: "http", Scheme: "bearer",
			Description: "The owner's admin key, an API key (`sk-…`), or a marketplace's satellite token. " +
				"Not needed on this computer while no admin key is set.",
		},
		"session": {
			Type: "apiKey", In: "cookie", Name: sessionCookie,
			Description: "The dashboard's sign-in, from `POST /api/v1/auth/session`. " +
				"Writes need the `csrf_token` of its answer in the header `X-CSRF-Token` too.",
		},
	}
	c.Tags = []*huma.Tag{
		{Name: "Query", Description: "Ask endpoints"},
		{Name: "Endpoints", Description: "What callers query"},
		{Name: "Datasets", Description: "Documents that can be searched"},
		{Name: "Ingestion", Description: "How far the documents of a dataset are"},
		{Name: "Models", Description: "Language models"},
		{Name: "Policies", Description: "Who may query, how often, at what price"},
		{Name: "Analytics", Description: "What was asked, and what it cost"},
		{Name: "Keys", Description: "Credentials for other people and programs"},
		{Name: "Tenants", Description: "Isolated sets of everything, while tenancy is switched on"},
		{Name: "Settings", Description: "Settings of this Space"},
		{Name: "OpenAI", Description: "Endpoints as models, for clients of OpenAI's API"},
		{Name: "MCP", Description: "Endpoints as tools, for clients of the Model Context Protocol"},
		{Name: "System", Description: "Health and sign-in"},
	}
	return c
}

func orRoot(path string) string {
	if path == "" {
		return "/"
	}
	return path
}
