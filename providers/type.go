package providers

import (
	"context"
	"encoding/json"

	"syft-space/app/space"
)

// Type is one kind of model that an owner can connect.
type Type interface {
	Info() space.TypeInfo
	// NewConfig returns a pointer to the type's configuration struct; its tags
	// describe the form, see app/schema.
	NewConfig() any
	// Open makes the model that config, a pointer as from NewConfig, describes.
	// It asks no server, so that it is cheap and works while the server is
	// away; it refuses with KindInvalid what cannot work at all.
	Open(config any) (Model, error)
}

// Model is a connected language model. Its methods may be called by several
// goroutines at once.
type Model interface {
	// Chat hands an answer to emit as it comes in and returns it whole. An
	// error of emit stops the model and is returned as it is. A server that
	// cannot be reached or has too much to do is KindUnavailable, one that is
	// too slow KindTimeout, any other failure KindUpstream.
	Chat(ctx context.Context, req space.ChatRequest, emit space.Emit) (space.ChatResult, error)
	// ContextWindow returns how many tokens prompt and answer may have together,
	// beside what the model's own configuration puts before every conversation.
	ContextWindow(ctx context.Context) int
}

// Checker is the optional ability of a Model to say whether it would answer.
type Checker interface {
	// Check asks the server without making the model work, and returns a
	// sentence on what it found.
	Check(ctx context.Context) (message string, err error)
}

// Grounded is the optional ability of a Model to answer from documents instead
// of a prompt.
type Grounded interface {
	Answer(ctx context.Context, req space.GroundedRequest, emit space.Emit) (space.ChatResult, error)
}

// Actor is the optional ability of a Type to do things with a configuration
// that need not be stored yet.
type Actor interface {
	// Actions returns the actions by the name that they have in a request.
	Actions() map[string]Action
}

// Action does one thing with config, a pointer as from NewConfig, and returns
// what is rendered as JSON. arguments is the request's own JSON object, which
// may be empty; progress, which may be nil, is handed a Progress now and then.
type Action = func(ctx context.Context, config any, arguments json.RawMessage, progress func(any)) (any, error)

// All returns the types of models in the order of the dashboard.
func All(deps Deps) []Type {
	deps = deps.filled()
	return []Type{
		newExtractiveType(deps),
		newOllamaType(deps),
		openAIType{deps},
	}
}
