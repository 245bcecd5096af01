// Package catalog holds the use cases on stored things: datasets, models,
// endpoints, policies, settings, keys, analytics and feedback.
package catalog

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"syft-space/app/space"
)

// Form is what catalog needs of the engine for configurations; see app/schema.
type Form interface {
	JSONSchema() json.RawMessage
	Seal(sent json.RawMessage, old space.Config) (space.Config, []space.FieldError, error)
	Merge(old space.Config, patch json.RawMessage) (space.Config, []space.FieldError, error)
	Open(stored space.Config) (any, error)
	Mask(stored space.Config) json.RawMessage
}

// Kind is one registered type of dataset, model or policy.
type Kind struct {
	Info space.TypeInfo
	Form Form
	// Check looks at what validation cannot, such as whether a path exists;
	// nil where there is nothing to look at.
	Check func(ctx context.Context, config any) error
	// Health asks whether a thing of this type works, and returns a sentence;
	// nil where it always does.
	Health func(ctx context.Context, config any) (string, error)
	// Actions are what the owner may try before anything is stored, by name.
	Actions map[string]Action
}

// Action does one thing with a configuration that is not stored yet, such as
// listing the models of a server. progress may be called often; the result is
// rendered as JSON.
type Action func(ctx context.Context, config any, arguments json.RawMessage, progress func(any)) (any, error)

// Kinds are the registered types of one sort of thing, in the order of the
// dashboard.
type Kinds struct {
	what string // "Dataset", "Model", "Policy"
	list []Kind
	// refusal words a configuration's refusal; the type's name comes in.
	refusal func(typ string) string
}

// DatasetKinds registers the types of datasets.
func DatasetKinds(list ...Kind) Kinds { return Kinds{"Dataset", list, invalidConfiguration} }

// ModelKinds registers the types of models.
func ModelKinds(list ...Kind) Kinds { return Kinds{"Model", list, invalidConfiguration} }

// PolicyKinds registers the types of policies.
func PolicyKinds(list ...Kind) Kinds {
	return Kinds{"Policy", list, func(typ string) string { return "Invalid " + typ + " config" }}
}

func invalidConfiguration(string) string { return "Invalid configuration" }

// All returns the types in order.
func (k Kinds) All() []Kind { return k.list }

// Get returns the type named name, or a 404.
func (k Kinds) Get(name string) (Kind, error) {
	for _, kind := range k.list {
		if kind.Info.Name == name || slices.Contains(kind.Info.Aliases, name) {
			return kind, nil
		}
	}
	return Kind{}, space.NotFound(k.what+" type", name)
}

// named returns the name of the type that name, which may be an alias, names.
func (k Kinds) named(name string) string {
	if kind, err := k.Get(name); err == nil {
		return kind.Info.Name
	}
	return name
}

// pick is Get for a request that names a type in its body: a 400.
func (k Kinds) pick(name string) (Kind, error) {
	kind, err := k.Get(name)
	if err != nil {
		return Kind{}, space.Errorf(space.KindInvalid, "%s type '%s' not found", k.what, name)
	}
	return kind, nil
}

// seal checks and seals a new configuration of the type.
func (k Kinds) seal(ctx context.Context, name string, sent json.RawMessage) (space.Config, error) {
	kind, err := k.pick(name)
	if err != nil {
		return nil, err
	}
	config, problems, err := kind.Form.Seal(sent, nil)
	return k.checked(ctx, kind, config, problems, err)
}

// merge lays a patch over a stored configuration of the type.
func (k Kinds) merge(ctx context.Context, name string, old space.Config, patch json.RawMessage) (space.Config, error) {
	kind, err := k.pick(name)
	if err != nil {
		return nil, err
	}
	config, problems, err := kind.Form.Merge(old, patch)
	return k.checked(ctx, kind, config, problems, err)
}

func (k Kinds) checked(ctx context.Context, kind Kind, config space.Config, problems []space.FieldError, err error) (space.Config, error) {
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, k.refuse(kind, problems)
	}
	if kind.Check == nil {
		return config, nil
	}
	opened, err := kind.Form.Open(config)
	if err != nil {
		return nil, err
	}
	if err := kind.Check(ctx, opened); err != nil {
		return nil, err
	}
	return config, nil
}

// refuse words the problems of a configuration as one sentence, with the
// position of each beside it.
func (k Kinds) refuse(kind Kind, problems []space.FieldError) error {
	said := make([]string, len(problems))
	fields := make([]space.FieldError, len(problems))
	for i, p := range problems {
		at := make([]string, len(p.Loc))
		for j, key := range p.Loc {
			at[j] = fmt.Sprint(key)
		}
		said[i] = strings.TrimPrefix(strings.Join(at, ".")+": "+p.Msg, ": ")
		fields[i] = p
		fields[i].Loc = append([]any{"body", "configuration"}, p.Loc...)
	}
	if slices.ContainsFunc(problems, func(p space.FieldError) bool { return p.Type == space.TypeMasked }) {
		return space.Invalid(fields...)
	}
	err := space.Errorf(space.KindInvalid, "%s: %s", k.refusal(kind.Info.Name), strings.Join(said, "; "))
	err.Fields = fields
	return err
}

// Mask renders a stored configuration of the type for an answer.
func (k Kinds) Mask(name string, stored space.Config) json.RawMessage {
	kind, err := k.Get(name)
	if err != nil { // a type that this version no longer has
		return json.RawMessage("{}")
	}
	return kind.Form.Mask(stored)
}

// Open decodes a stored configuration of the type.
func (k Kinds) Open(name string, stored space.Config) (any, error) {
	kind, err := k.Get(name)
	if err != nil {
		return nil, err
	}
	return kind.Form.Open(stored)
}

// Health asks whether a stored thing of the type works, and returns a sentence,
// or "" where there is no more to say.
func (k Kinds) Health(ctx context.Context, name string, stored space.Config) (string, error) {
	kind, err := k.Get(name)
	if err != nil {
		return "", err
	}
	if kind.Health == nil {
		return "", nil
	}
	config, err := kind.Form.Open(stored)
	if err != nil {
		return "", err
	}
	return kind.Health(ctx, config)
}

// Act runs an action of the type on a configuration that a caller sent. name
// is of a stored thing whose secrets a masked value stands for, with its
// configuration in old, or nil.
func (k Kinds) Act(ctx context.Context, typ, action string, sent json.RawMessage, old space.Config, arguments json.RawMessage, progress func(any)) (any, error) {
	kind, err := k.Get(typ)
	if err != nil {
		return nil, err
	}
	run, ok := kind.Actions[action]
	if !ok {
		return nil, space.Errorf(space.KindNotFound, "%s type '%s' has no action '%s'", k.what, typ, action)
	}
	sealed, problems, err := kind.Form.Seal(sent, old)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, k.refuse(kind, problems)
	}
	config, err := kind.Form.Open(sealed)
	if err != nil {
		return nil, err
	}
	return run(ctx, config, arguments, progress)
}
