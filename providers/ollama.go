package providers

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/ollama/ollama/api"

	"syft-space/app/space"
)

// ollamaBase is where an Ollama listens unless it is told otherwise.
const ollamaBase = "http://localhost:11434"

// OllamaConfig connects a model of an Ollama server.
type OllamaConfig struct {
	BaseURL      string `json:"base_url,omitempty" default:"http://localhost:11434" maxLength:"2000" doc:"Address of the Ollama server"`
	Model        string `json:"model,omitempty" maxLength:"200" doc:"Name of the model, such as llama3.2" example:"llama3.2"`
	SystemPrompt string `json:"system_prompt,omitempty" maxLength:"20000" doc:"Instructions put before every conversation" example:"Answer in one paragraph."`
	NumCtx       int    `json:"num_ctx,omitempty" default:"8192" minimum:"256" maximum:"10000000" doc:"How many tokens the model takes, prompt and answer together; more needs more memory"`
	KeepAlive    string `json:"keep_alive,omitempty" maxLength:"40" doc:"How long the model stays in memory after an answer, such as 10m; 0 unloads it at once, -1 keeps it; empty leaves it to the server" example:"10m"`
}

// Validate reports what the tags cannot say.
func (c *OllamaConfig) Validate() []space.FieldError {
	var problems []space.FieldError
	if c.BaseURL != "" {
		if _, problem := parseBaseURL(c.BaseURL); problem != "" {
			problems = append(problems, space.FieldError{Loc: []any{"base_url"}, Msg: problem, Type: "value_error.url"})
		}
	}
	if _, err := c.keepAlive(); err != nil {
		problems = append(problems, space.FieldError{Loc: []any{"keep_alive"}, Msg: err.Error(), Type: "value_error"})
	}
	return problems
}

// keepAlive reads KeepAlive: a duration in Go's notation, or a bare number of
// seconds, as Ollama has it. nil leaves it to the server.
func (c *OllamaConfig) keepAlive() (*api.Duration, error) {
	if c.KeepAlive == "" {
		return nil, nil
	}
	if n, err := strconv.Atoi(c.KeepAlive); err == nil {
		return &api.Duration{Duration: time.Duration(n) * time.Second}, nil
	}
	d, err := time.ParseDuration(c.KeepAlive)
	if err != nil {
		return nil, space.Errorf(space.KindInvalid, "a time is written like 10m, 1h30m or 0, not '%s'", c.KeepAlive)
	}
	return &api.Duration{Duration: d}, nil
}

type ollamaType struct {
	deps  Deps
	facts *factCache
}

func newOllamaType(deps Deps) ollamaType { return ollamaType{deps, newFactCache(deps.Clock)} }

// Info implements Type.
func (ollamaType) Info() space.TypeInfo {
	return space.TypeInfo{
		Name:        "ollama",
		Description: "A model that runs on your own computer or server under Ollama",
		Icon:        "bot",
		Enabled:     true,
	}
}

// NewConfig implements Type.
func (ollamaType) NewConfig() any { return &OllamaConfig{} }

// Open implements Type.
func (t ollamaType) Open(config any) (Model, error) {
	c, err := configOf[OllamaConfig](config)
	if err != nil {
		return nil, err
	}
	return t.open(*c)
}

func (t ollamaType) open(c OllamaConfig) (*ollamaModel, error) {
	if c.Model == "" {
		return nil, misconfigured("model", "the name of a model is needed")
	}
	keep, err := c.keepAlive()
	if err != nil {
		return nil, misconfigured("keep_alive", "%s", err)
	}
	server, err := newOllamaServer(t.deps, "model server", c.BaseURL, c.Model)
	if err != nil {
		return nil, err
	}
	or(&c.NumCtx, 8192)
	return &ollamaModel{ollamaServer: server, config: c, keep: keep, known: t.facts}, nil
}

// Actions implements Actor.
func (t ollamaType) Actions() map[string]Action {
	return map[string]Action{
		"fetch_available_models": func(ctx context.Context, config any, _ json.RawMessage, _ func(any)) (any, error) {
			c, err := configOf[OllamaConfig](config)
			if err != nil {
				return nil, err
			}
			server, err := newOllamaServer(t.deps, "model server", c.BaseURL, c.Model)
			if err != nil {
				return nil, err
			}
			return server.models(ctx)
		},
		"test": testAction(t, t.deps.Clock),
		"pull": t.pull,
	}
}

// ollamaServer is one Ollama, and one model of it.
type ollamaServer struct {
	deps   Deps
	peer   peer
	client *api.Client
}

func newOllamaServer(deps Deps, what, base, model string) (*ollamaServer, error) {
	or(&base, ollamaBase)
	u, problem := parseBaseURL(base)
	if problem != "" {
		return nil, misconfigured("base_url", "%s", problem)
	}
	return &ollamaServer{
		deps: deps,
		peer: peer{
			what: what, base: u.String(), model: model,
			absent: "the model '" + model + "' is not pulled; run: ollama pull " + model,
		},
		client: api.NewClient(u, deps.client()),
	}, nil
}
