// Package schema is the engine for the configuration of dataset, model and
// policy types. A type hands out a pointer to its own struct; from the
// struct's tags the engine fills defaults, validates with the position of each
// problem, seals and masks secrets at any depth, and renders the JSON Schema
// from which the dashboard draws a form. It also rewrites huma's validation
// messages into the contract's, for configurations and requests alike.
package schema

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/space"
)

// Vault seals secrets for storage and opens them again.
type Vault interface {
	Seal(plain string) (string, error)
	Open(sealed string) (string, error)
}

// Preparer is an optional ability of a configuration: Prepare rewrites older
// accepted forms in place, before defaults and validation.
type Preparer interface{ Prepare(raw map[string]any) }

// Validator is an optional ability of a configuration: Validate reports what
// tags cannot say, with positions relative to the configuration.
type Validator interface{ Validate() []space.FieldError }

// Completer is an optional ability of a configuration: Complete sets what a
// caller left out and a tag cannot give, such as a generated name.
type Completer interface{ Complete(raw map[string]any) }

// Form handles the configurations of one type.
type Form struct {
	make     func() any // a new pointer to the type's struct
	typ      reflect.Type
	schema   *huma.Schema
	registry huma.Registry
	vault    Vault
}

// inline is a registry without references: a configuration's schema is one
// self-contained document.
type inline struct{ huma.Registry }

func (r inline) Schema(t reflect.Type, _ bool, _ string) *huma.Schema {
	return huma.SchemaFromType(r, t)
}

// NewForm makes the form of the type whose configuration newConfig hands out.
// Optional fields carry `omitempty` in their json tag.
func NewForm(newConfig func() any, vault Vault) *Form {
	UseMessages()
	r := inline{huma.NewMapRegistry("#/", huma.DefaultSchemaNamer)}
	t := reflect.TypeOf(newConfig()).Elem()
	f := &Form{make: newConfig, typ: t, registry: r, schema: huma.SchemaFromType(r, t), vault: vault}
	tolerate(f.schema)
	markSecrets(f.schema, t)
	return f
}

// JSONSchema renders the configuration's JSON Schema.
func (f *Form) JSONSchema() json.RawMessage {
	b, err := json.Marshal(f.schema)
	if err != nil { // the schema was made by huma from a Go type
		return json.RawMessage("{}")
	}
	return b
}

// Seal checks a configuration that a caller sent and returns it as it is
// stored: defaults filled in, unknown keys dropped, secrets sealed. A masked
// secret stands for the one at the same place in old, as long as the address of
// the server that it is for is the same. The returned problems are positioned
// relative to the configuration.
func (f *Form) Seal(sent json.RawMessage, old space.Config) (space.Config, []space.FieldError, error) {
	raw, ok := object(sent)
	if !ok {
		return nil, []space.FieldError{{Loc: []any{}, Msg: "value is not a valid dict", Type: "type_error.dict"}}, nil
	}
	return f.seal(raw, old)
}

// Merge lays the keys of patch over old (shallow) and checks and seals the
// whole. A null removes the key, so that its default applies again.
func (f *Form) Merge(old space.Config, patch json.RawMessage) (space.Config, []space.FieldError, error) {
	raw, ok := object(patch)
	if !ok {
		return nil, []space.FieldError{{Loc: []any{}, Msg: "value is not a valid dict", Type: "type_error.dict"}}, nil
	}
	if p, ok := f.make().(Preparer); ok {
		p.Prepare(raw)
	}
	merged, _ := object(f.Mask(old))
	for k, v := range raw {
		merged[k] = v
	}
	return f.seal(merged, old)
}

func (f *Form) seal(raw map[string]any, old space.Config) (space.Config, []space.FieldError, error) {
	if p, ok := f.make().(Preparer); ok {
		p.Prepare(raw)
	}
	fillDefaults(f.schema, raw)
	if c, ok := f.make().(Completer); ok {
		c.Complete(raw)
	}
	if problems := f.validate(raw); len(problems) > 0 {
		return nil, problems, nil
	}
	oldRaw, _ := object(old)
	s := sealer{vault: f.vault}
	s.walk(f.typ, raw, oldRaw, nil)
	if s.err != nil || len(s.problems) > 0 {
		return nil, s.problems, s.err
	}
	sealed, err := json.Marshal(known(f.schema, raw))
	if err != nil {
		return nil, nil, fmt.Errorf("encode a configuration: %w", err)
	}
	config, err := f.Open(sealed)
	if err != nil {
		return nil, nil, err
	}
	if v, ok := config.(Validator); ok {
		if problems := v.Validate(); len(problems) > 0 {
			return nil, problems, nil
		}
	}
	return sealed, nil, nil
}

func (f *Form) validate(raw map[string]any) []space.FieldError {
	res := &huma.ValidateResult{}
	huma.Validate(f.registry, f.schema, huma.NewPathBuffer(nil, 0), huma.ModeWriteToServer, raw, res)
	return Problems(res.Errors)
}

// Open decodes a stored configuration into a new struct of the type, with its
// secrets in clear inside space.Secret.
func (f *Form) Open(stored space.Config) (any, error) {
	raw, ok := object(stored)
	if !ok {
		return nil, fmt.Errorf("a stored configuration is not a JSON object")
	}
	o := opener{vault: f.vault}
	o.walk(f.typ, raw)
	if o.err != nil {
		return nil, o.err
	}
	clear, err := json.Marshal(raw)
	if err != nil {
		return nil, fmt.Errorf("encode a configuration: %w", err)
	}
	config := f.make()
	if err := json.Unmarshal(clear, config); err != nil {
		return nil, fmt.Errorf("decode a configuration: %w", err)
	}
	return config, nil
}

// Mask renders a stored configuration for an answer: secrets are masked.
func (f *Form) Mask(stored space.Config) json.RawMessage {
	raw, ok := object(stored)
	if !ok {
		return json.RawMessage("{}")
	}
	m := masker{vault: f.vault}
	m.walk(f.typ, raw)
	b, err := json.Marshal(raw)
	if err != nil { // raw came from JSON
		return json.RawMessage("{}")
	}
	return b
}

// object decodes a JSON object; null and nothing are the empty one.
func object(raw json.RawMessage) (map[string]any, bool) {
	if len(bytes.TrimSpace(raw)) == 0 {
		return map[string]any{}, true
	}
	var v any
	if err := json.Unmarshal(raw, &v); err != nil {
		return nil, false
	}
	if v == nil {
		return map[string]any{}, true
	}
	m, ok := v.(map[string]any)
	return m, ok
}
