package app

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/api"
	"syft-space/app/query"
	"syft-space/app/space"
	"syft-space/policies"
	"syft-space/policies/accountant"
	"syft-space/vectorstore"
)

// Search implements query.Searcher over all types of datasets.
func (b *builder) Search(ctx context.Context, tenant space.TenantID, d space.Dataset, req space.SearchRequest) (space.SearchResult, error) {
	typ, config, err := b.datasets.open(d.Type, d.Configuration)
	if err != nil {
		return space.SearchResult{}, err
	}
	return typ.Search(ctx, tenant, d, config, req)
}

// Passage implements api.Searcher.
func (b *builder) Passage(ctx context.Context, tenant space.TenantID, d space.Dataset, id string) (passage, previous, next *space.Hit, err error) {
	typ, config, err := b.datasets.open(d.Type, d.Configuration)
	if err != nil {
		return nil, nil, nil, err
	}
	if f, ok := typ.(vectorstore.Fetcher); ok {
		hit, err := f.Passage(ctx, config, id)
		return &hit, nil, nil, err
	}
	return b.index.Passage(ctx, tenant, d, id)
}

func (b *builder) buildPipeline(ctx context.Context) error {
	hashKey, err := b.vault.Derive("marks that stand for hidden personal data")
	if err != nil {
		return err
	}
	types := policies.All(policies.Deps{
		Rates: b.db, Ledger: b.db, Accountant: b.accountant(), Ask: b.ask, HashKey: hashKey,
		Clock: b.Clock, IDs: b.IDs, Log: b.Logger,
	})
	b.policies = newKinds(types, b.vault)
	hooks := make([]query.PolicyType, len(types))
	for i, t := range types {
		hooks[i] = t
		if s, ok := t.(policies.Starter); ok {
			if err := s.Start(ctx); err != nil {
				return err
			}
		}
		if r, ok := t.(policies.Runner); ok {
			b.behind = append(b.behind, r.Run)
		}
	}
	recorder := newRecorder(b.db, b.Logger)
	b.behind = append(b.behind, recorder.run)
	b.pipeline = query.New(query.Deps{
		Catalog: b.db, Searcher: b, OpenModel: b.openModel, OpenEmbedder: b.embedderOf, Rules: b.rules,
		Policies: hooks, Record: b.recorded(recorder),
		Settings: func() query.Settings {
			return query.Settings{ChatTimeout: b.cfg.Query.ChatTimeout, StoreQueryText: b.settings.Values().StoreQueryText}
		},
		StatusOf: b.statusOf, CountTokens: query.EstimateTokens, Clock: b.Clock, IDs: b.IDs, Log: b.Logger,
	})
	return nil
}

// statusOf is the status that the failure of a query is answered with.
func (b *builder) statusOf(err error) int {
	if space.KindOf(err) == space.KindRateLimited {
		return b.cfg.Compat.RateLimitStatus
	}
	return api.StatusOf(err)
}

// openModel connects to a stored model.
func (b *builder) openModel(_ context.Context, m space.Model) (query.Model, error) {
	typ, config, err := b.models.open(m.Type, m.Configuration)
	if err != nil {
		return nil, err
	}
	return typ.Open(config)
}

// ask puts a question to a stored model, for policies that read with one.
func (b *builder) ask(ctx context.Context, tenant space.TenantID, id uuid.UUID, req space.ChatRequest) (string, error) {
	stored, err := b.db.ModelByID(ctx, tenant, id)
	if err != nil {
		return "", err
	}
	model, err := b.openModel(ctx, stored)
	if err != nil {
		return "", err
	}
	result, err := model.Chat(ctx, req, func(string) error { return nil })
	return result.Text, err
}

// accountant is the account at an accounting service; nil without one.
func (b *builder) accountant() *accountant.Client {
	c := b.cfg.Accounting
	if c.URL == "" || c.Email == "" || c.Password == "" {
		return nil
	}
	return accountant.New(c.URL, c.Email, space.Secret(c.Password))
}

// noMarketplace answers satellite tokens while no marketplace can vouch for
// their bearers.
func noMarketplace(context.Context, space.TenantID, string) (space.Identity, error) {
	return space.Identity{}, space.Errorf(space.KindDependency,
		"This Space is not connected to a marketplace, so it cannot verify satellite tokens")
}
