package app

import (
	"context"

	"syft-space/app/catalog"
	"syft-space/app/schema"
	"syft-space/app/space"
	"syft-space/policies"
	"syft-space/providers"
	"syft-space/vectorstore"
)

// kind is a registered type with the form of its configuration.
type kind[T any] struct {
	typ  T
	info space.TypeInfo
	form *schema.Form
}

// kinds are the registered types of one sort of thing, in the order of the
// dashboard.
type kinds[T any] []kind[T]

// typed is what every registered type has.
type typed interface {
	Info() space.TypeInfo
	NewConfig() any
}

func newKinds[T typed](types []T, vault schema.Vault) kinds[T] {
	out := make(kinds[T], len(types))
	for i, t := range types {
		out[i] = kind[T]{t, t.Info(), schema.NewForm(t.NewConfig, vault)}
	}
	return out
}

// open returns the type named name with a stored configuration of it decoded.
func (k kinds[T]) open(name string, stored space.Config) (T, any, error) {
	for _, each := range k {
		if each.info.Name == name {
			config, err := each.form.Open(stored)
			return each.typ, config, err
		}
	}
	var none T
	return none, nil, space.Errorf(space.KindConflict, "The type '%s' is not known to this version; update the Space", name)
}

// catalogKinds hands the types to the catalog, each completed by what it can do.
func catalogKinds[T any](k kinds[T], complete func(T, *catalog.Kind)) []catalog.Kind {
	out := make([]catalog.Kind, len(k))
	for i, each := range k {
		out[i] = catalog.Kind{Info: each.info, Form: each.form}
		complete(each.typ, &out[i])
	}
	return out
}

func datasetKind(t vectorstore.Type, k *catalog.Kind) {
	if c, ok := t.(vectorstore.Checker); ok {
		k.Check = c.Check
	}
	if p, ok := t.(vectorstore.Prober); ok {
		k.Health = p.Health
	}
}

func modelKind(t providers.Type, k *catalog.Kind) {
	if a, ok := t.(providers.Actor); ok {
		k.Actions = map[string]catalog.Action{}
		for name, act := range a.Actions() {
			k.Actions[name] = act
		}
	}
	k.Check = func(_ context.Context, config any) error {
		_, err := t.Open(config)
		return err
	}
	k.Health = func(ctx context.Context, config any) (string, error) {
		model, err := t.Open(config)
		if err != nil {
			return "", err
		}
		if c, ok := model.(providers.Checker); ok {
			return c.Check(ctx)
		}
		return "ready", nil
	}
}

func policyKind(policies.Type, *catalog.Kind) {}
