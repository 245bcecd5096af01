package app

import (
	"context"
	"path/filepath"

	"syft-space/app/api"
	"syft-space/app/auth"
	"syft-space/app/catalog"
	"syft-space/app/ingest"
	"syft-space/app/metrics"
	"syft-space/app/query"
	"syft-space/app/space"
	"syft-space/policies"
	"syft-space/providers"
	"syft-space/storage"
	"syft-space/vectorstore"
	"syft-space/vectorstore/local"
)

// builder holds the parts that others are built from.
type builder struct {
	*App
	Deps
	db        *storage.DB
	vault     *storage.Vault
	settings  *catalog.Settings
	browser   *catalog.Browser
	kernel    func() string            // the embedder's code path
	embedders []providers.EmbedderType // remote ones
	datasets  kinds[vectorstore.Type]
	models    kinds[providers.Type]
	policies  kinds[policies.Type]
	decoded   ruleCache
	index     *local.Index
	pipeline  *query.Pipeline
	ingest    *ingest.Service
	metrics   *metrics.Metrics
	live      *api.Live
}

func (b *builder) build(ctx context.Context) error {
	b.buildEmbedder()
	b.index = local.New(local.Deps{
		Source: b.db, Lookup: b.db, Datasets: b.db.AllDatasets, Embedder: b.makerOf, Dir: filepath.Join(b.cfg.DataDir, "index"), Logger: b.Logger,
	})
	b.onClose(b.index.Close)
	b.background = append(b.background, b.index.Run)
	b.datasets = newKinds(vectorstore.All(vectorstore.Deps{Index: b.index.Search, Resolve: b.browser.Resolve, Clock: b.Clock}), b.vault)
	remote := providers.Deps{Clock: b.Clock, CountTokens: b.Embedder.CountTokens, Embedder: b.Embedder}
	b.models = newKinds(providers.All(remote), b.vault)
	b.embedders = providers.Embedders(remote)
	if err := b.buildPipeline(ctx); err != nil {
		return err
	}
	b.buildIngest()
	b.buildObservers()
	b.deps = b.edge()
	return nil
}

// edge are the use cases that the API serves.
func (b *builder) edge() api.Deps {
	return api.Deps{
		Auth: auth.New(auth.Options{
			AdminKey: string(b.cfg.Auth.AdminKey), RunToken: b.runToken, OwnerEmail: b.cfg.Auth.OwnerEmail,
			Tenancy: b.cfg.Tenancy.Enabled, DefaultTenant: b.cfg.Tenancy.DefaultTenant,
			Keys: b.db, Tenants: b.db, Sessions: b.db, Satellites: noMarketplace, Clock: b.Clock,
		}),
		Datasets:  catalog.NewDatasets(b.db, localWork{b.ingest, b.index}, catalog.DatasetKinds(catalogKinds(b.datasets, datasetKind)...), b.Clock, b.IDs),
		Models:    catalog.NewModels(b.db, catalog.ModelKinds(catalogKinds(b.models, modelKind)...), b.Clock, b.IDs),
		Endpoints: catalog.NewEndpoints(b.db, b.db, b.db, b.Clock, b.IDs),
		Policies:  catalog.NewPolicies(b.db, catalog.PolicyKinds(catalogKinds(b.policies, policyKind)...), b.Clock, b.IDs),
		Analytics: catalog.NewAnalytics(b.db, b.settings, b.Clock),
		Ledger:    catalog.NewLedger(b.db), Feedback: catalog.NewFeedback(b.db, b.Clock, b.IDs), Metrics: b.metrics, Live: b.live,
		Settings: b.settings, Browser: b.browser, Queries: b.pipeline, Ingestion: b.ingest, Searcher: b,
		Keys:      catalog.NewKeys(b.db, auth.NewKey, b.Clock, b.IDs),
		Tenants:   catalog.NewTenants(b.db, b.Clock, b.IDs),
		Readiness: b.readiness, Logger: b.Logger, Clock: b.Clock, IDs: b.IDs,
		Options: api.Options{
			Version: Version, Host: b.cfg.Server.Host, AllowedHosts: b.cfg.Server.AllowedHosts,
			TrustedProxies: b.cfg.Server.TrustedProxies, BasePath: b.cfg.Server.BasePath,
			UploadBytes: b.cfg.Limits.UploadBytes, RateLimitStatus: b.cfg.Compat.RateLimitStatus, MaxTokens: b.cfg.Query.DefaultMaxTokens,
			Stop: b.cfg.Query.DefaultStopSequences, Tenancy: b.cfg.Tenancy.Enabled,
		},
	}
}

// readiness says whether every dataset can be searched.
func (b *builder) readiness() api.Readiness {
	loading := b.index.Loading()
	return api.Readiness{Ready: loading == 0, Loading: loading, Embedder: b.kernel()}
}

// localWork is what happens to datasets on this computer: documents are ingested,
// and indexes follow.
type localWork struct {
	*ingest.Service
	index *local.Index
}

// Removing implements catalog.Ingestion: when the work has ended, the indexes go.
func (w localWork) Removing(ctx context.Context, d space.Dataset) error {
	err := w.Service.Removing(ctx, d)
	w.index.Forget(d.ID)
	return err
}

// Loading implements catalog.Ingestion.
func (w localWork) Loading(d space.Dataset) bool { return w.index.LoadingOf(d.ID) }
