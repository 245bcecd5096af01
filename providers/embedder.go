package providers

import (
	"strings"

	"syft-space/app/space"
)

// EmbedderConfig names the embedder of a dataset.
type EmbedderConfig struct {
	Type    string       `json:"type,omitempty" default:"builtin" doc:"builtin, ollama or openai"`
	Model   string       `json:"model,omitempty" maxLength:"200" doc:"Name of the model, as the server calls it; the built-in embedder has one only"`
	BaseURL string       `json:"base_url,omitempty" maxLength:"2000" doc:"Address of the server; empty means an Ollama on this computer, or OpenAI itself"`
	APIKey  space.Secret `json:"api_key,omitempty" doc:"API key, where the server wants one"`
}

// EmbedderType is one kind of embedder.
type EmbedderType struct {
	Name string
	// Open makes the embedder that the configuration names. It asks no server.
	Open func(EmbedderConfig) (space.Embedder, error)
}

// Embedders returns the types of remote embedders. The built-in one exists
// once in a process; whoever makes it adds it to the list.
func Embedders(deps Deps) []EmbedderType {
	deps = deps.filled()
	return []EmbedderType{
		{"ollama", func(c EmbedderConfig) (space.Embedder, error) { return openOllamaEmbedder(deps, c) }},
		{"openai", func(c EmbedderConfig) (space.Embedder, error) { return openOpenAIEmbedder(deps, c) }},
	}
}

// OpenEmbedder makes the embedder that c names out of one of the types.
func OpenEmbedder(types []EmbedderType, c EmbedderConfig) (space.Embedder, error) {
	names := make([]string, len(types))
	for i, t := range types {
		if t.Name == c.Type {
			return t.Open(c)
		}
		names[i] = t.Name
	}
	return nil, misconfigured("embedder", "there is no embedder of the type '%s'; the types are %s", c.Type, strings.Join(names, ", "))
}
