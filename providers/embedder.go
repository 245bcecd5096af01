package providers

import (
	"strings"
	"sync"

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
// once in a process; whoever makes it adds it to the list. A list opens the
// same configuration as the same embedder, so that what a server said of its
// model is not asked for again: make it once.
func Embedders(deps Deps) []EmbedderType {
	deps = deps.filled()
	return []EmbedderType{
		{"ollama", remembered(func(c EmbedderConfig) (space.Embedder, error) { return openOllamaEmbedder(deps, c) })},
		{"openai", remembered(func(c EmbedderConfig) (space.Embedder, error) { return openOpenAIEmbedder(deps, c) })},
	}
}

// mostOpen bounds how many embedders are remembered; a Space has a few.
const mostOpen = 64

// remembered returns open with a memory of what it opened.
func remembered(open func(EmbedderConfig) (space.Embedder, error)) func(EmbedderConfig) (space.Embedder, error) {
	var mu sync.Mutex
	opened := map[EmbedderConfig]space.Embedder{}
	return func(c EmbedderConfig) (space.Embedder, error) {
		mu.Lock()
		defer mu.Unlock()
		if e, ok := opened[c]; ok {
			return e, nil
		}
		e, err := open(c)
		if err != nil {
			return nil, err
		}
		if len(opened) >= mostOpen {
			clear(opened)
		}
		opened[c] = e
		return e, nil
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
