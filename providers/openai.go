package providers

import (
	"context"
	"encoding/json"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"syft-space/app/space"
)

// openAIBase is the address of OpenAI itself.
const openAIBase = "https://api.openai.com/v1"

// OpenAIConfig connects a model of OpenAI or of any server with its API.
type OpenAIConfig struct {
	APIKey        space.Secret `json:"api_key,omitempty" doc:"API key; may be empty where the server of base_url wants none" example:"sk-example"`
	Model         string       `json:"model,omitempty" maxLength:"200" doc:"Name of the model, as the server calls it" example:"gpt-4o-mini"`
	BaseURL       string       `json:"base_url,omitempty" maxLength:"2000" doc:"Address of a compatible server, usually ending in /v1; empty means OpenAI itself" example:"https://api.openai.com/v1"`
	SystemPrompt  string       `json:"system_prompt,omitempty" maxLength:"20000" doc:"Instructions put before every conversation" example:"Answer in one paragraph."`
	ContextWindow int          `json:"context_window,omitempty" default:"8192" minimum:"256" maximum:"10000000" doc:"How many tokens the model can take, prompt and answer together"`
}

// Validate reports what the tags cannot say.
func (c *OpenAIConfig) Validate() []space.FieldError {
	if c.BaseURL == "" {
		if c.APIKey == "" {
			return []space.FieldError{{Loc: []any{"api_key"}, Msg: "an API key is needed, or the base_url of a server that wants none", Type: "value_error.missing"}}
		}
		return nil
	}
	if _, problem := parseBaseURL(c.BaseURL); problem != "" {
		return []space.FieldError{{Loc: []any{"base_url"}, Msg: problem, Type: "value_error.url"}}
	}
	return nil
}

type openAIType struct{ deps Deps }

// Info implements Type.
func (openAIType) Info() space.TypeInfo {
	return space.TypeInfo{
		Name:        "openai",
		Description: "A model of OpenAI, or of any server with its API: llama.cpp, vLLM, LM Studio, OpenRouter and many others",
		Icon:        "cloud",
		Enabled:     true,
	}
}

// NewConfig implements Type.
func (openAIType) NewConfig() any { return &OpenAIConfig{} }

// Open implements Type.
func (t openAIType) Open(config any) (Model, error) {
	c, err := configOf[OpenAIConfig](config)
	if err != nil {
		return nil, err
	}
	if c.Model == "" {
		return nil, misconfigured("model", "the name of a model is needed")
	}
	server, err := newOpenAIServer(t.deps, "model server", c.BaseURL, c.APIKey, c.Model)
	if err != nil {
		return nil, err
	}
	return &openAIModel{openAIServer: server, config: *c}, nil
}

// Actions implements Actor.
func (t openAIType) Actions() map[string]Action {
	return map[string]Action{
		"fetch_available_models": func(ctx context.Context, config any, _ json.RawMessage, _ func(any)) (any, error) {
			c, err := configOf[OpenAIConfig](config)
			if err != nil {
				return nil, err
			}
			server, err := newOpenAIServer(t.deps, "model server", c.BaseURL, c.APIKey, c.Model)
			if err != nil {
				return nil, err
			}
			return server.models(ctx)
		},
		"test": testAction(t, t.deps.Clock),
	}
}

// openAIServer is one server with OpenAI's API, and one model of it.
type openAIServer struct {
	deps     Deps
	peer     peer
	official bool // OpenAI itself
	client   openai.Client
}

func newOpenAIServer(deps Deps, what, base string, key space.Secret, model string) (*openAIServer, error) {
	official := base == ""
	if official {
		base = openAIBase
		if key == "" {
			return nil, misconfigured("api_key", "an API key is needed, or the base_url of a server that wants none")
		}
	}
	u, problem := parseBaseURL(base)
	if problem != "" {
		return nil, misconfigured("base_url", "%s", problem)
	}
	s := &openAIServer{deps: deps, official: official || u.Hostname() == "api.openai.com"}
	s.peer = peer{
		what: what, base: u.String(), model: model, key: key,
		absent: "the model '" + model + "' does not exist at the " + what + " at " + u.String(),
	}
	options := []option.RequestOption{
		option.WithBaseURL(u.String() + "/"),
		option.WithHTTPClient(deps.client()),
		// The library would try again behind the caller's back, while a person
		// waits; the caller is told when to try again instead.
		option.WithMaxRetries(0),
	}
	if key != "" {
		options = append(options, option.WithAPIKey(key.Reveal()))
	}
	// Not openai.NewClient: it would send OPENAI_API_KEY of the environment to
	// whatever server the owner entered.
	s.client = openai.Client{Options: options}
	return s, nil
}

// configOf returns config as the type's own struct.
func configOf[T any](config any) (*T, error) {
	c, ok := config.(*T)
	if !ok || c == nil {
		var want *T
		return nil, space.Errorf(space.KindInternal, "a configuration is a %T, not a %T", config, want)
	}
	return c, nil
}
