package app

import (
	"bytes"
	"context"
	"path/filepath"
	"sync"

	"github.com/google/uuid"

	"syft-space/app/api"
	"syft-space/app/auth"
	"syft-space/app/catalog"
	"syft-space/app/config"
	"syft-space/app/ingest"
	"syft-space/app/ingest/parse"
	"syft-space/app/metrics"
	"syft-space/app/query"
	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/policies"
	"syft-space/policies/accountant"
	"syft-space/providers"
	"syft-space/providers/e5"
	"syft-space/providers/e5/weights"
	"syft-space/storage"
	"syft-space/vectorstore"
	"syft-space/vectorstore/codes"
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
		Datasets:  catalog.NewDatasets(b.db, removal{b.ingest, b.index}, catalog.DatasetKinds(catalogKinds(b.datasets, datasetKind)...), b.Clock, b.IDs),
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

// removal drops a dataset's indexes when the work on it has ended.
type removal struct {
	*ingest.Service
	index *local.Index
}

// Removing implements catalog.Ingestion.
func (r removal) Removing(ctx context.Context, d space.Dataset) error {
	err := r.Service.Removing(ctx, d)
	r.index.Forget(d.ID)
	return err
}

// buildEmbedder makes the built-in embedder, unless a test brings its own.
// Nothing is loaded before it is first used.
func (b *builder) buildEmbedder() {
	b.kernel = func() string { return "" }
	if b.Embedder != nil {
		return
	}
	builtin := e5.New(weights.Data(), e5.Options{Threads: b.cfg.Embedder.Threads, Kernel: b.Kernel})
	b.onClose(builtin.Close)
	b.Embedder, b.kernel = builtin, builtin.Kernel
}

// openEmbedder opens the embedder that a dataset chose.
func (b *builder) openEmbedder(choice space.EmbedderChoice) (space.Embedder, error) {
	if choice.Type == "builtin" {
		return b.Embedder, nil
	}
	return providers.OpenEmbedder(b.embedders, providers.EmbedderConfig(choice))
}

// makerOf opens the embedder that made a dataset's vectors: the one that it has
// chosen now, or the one that chosen names while it is on its way from that.
func (b *builder) makerOf(d space.Dataset, chosen space.Config) (space.Embedder, error) {
	now, planned, err := b.plan(d)
	if err != nil {
		return nil, err
	}
	if !planned {
		return nil, space.Errorf(space.KindInvalid, "A dataset of the type '%s' has no embedder in this Space", d.Type)
	}
	if len(chosen) > 0 && !bytes.Equal(chosen, d.Configuration) {
		d.Configuration = chosen
		if before, _, err := b.plan(d); err == nil && !before.Embedder.Same(now.Embedder) {
			return b.openEmbedder(before.Embedder)
		}
	}
	return b.openEmbedder(now.Embedder)
}

// embedderOf opens the embedder that a dataset has chosen.
func (b *builder) embedderOf(d space.Dataset) (space.Embedder, error) { return b.makerOf(d, nil) }

// plan reads what a dataset's configuration asks of ingestion.
func (b *builder) plan(d space.Dataset) (space.IngestPlan, bool, error) {
	typ, config, err := b.datasets.open(d.Type, d.Configuration)
	if err != nil {
		return space.IngestPlan{}, false, err
	}
	planner, ok := typ.(vectorstore.Planner)
	if !ok {
		return space.IngestPlan{}, false, nil
	}
	return planner.Plan(config), true, nil
}

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

func (b *builder) buildIngest() {
	pool := parse.NewPDFPool(parse.PDFConfig{
		Command: []string{b.Executable, parse.PDFWorker}, CacheDir: filepath.Join(b.cfg.DataDir, "cache", "wasm"), Workers: b.cfg.Ingest.Workers,
	})
	b.onClose(func() error { pool.Close(); return nil })
	b.ingest = ingest.New(ingest.Deps{
		Store: b.db, Plan: b.plan, Embedder: b.openEmbedder, CountTokens: b.Embedder.CountTokens, Analyse: analyse(), Analysis: text.Version,
		Coder: coder, Changed: b.index.Changed, Parser: parse.New(parse.Deps{Limits: limits(b.cfg.Ingest), PDF: pool}),
		Clock: b.Clock, IDs: b.IDs, Logger: b.Logger, Workers: b.cfg.Ingest.Workers, Rescan: b.cfg.Ingest.RescanInterval,
		Uploads: filepath.Join(b.cfg.DataDir, "uploads"),
	})
	b.background = append(b.background, b.ingest.Run)
}

// noMarketplace answers satellite tokens while no marketplace can vouch for
// their bearers.
func noMarketplace(context.Context, space.TenantID, string) (space.Identity, error) {
	return space.Identity{}, space.Errorf(space.KindDependency,
		"This Space is not connected to a marketplace, so it cannot verify satellite tokens")
}

// analyse returns the encoded terms of a passage: its title and heading path
// count with its text.
func analyse() func(title string, headings []string, passage string) []byte {
	pool := sync.Pool{New: func() any { return new(text.Analyzer) }}
	return func(title string, headings []string, passage string) []byte {
		a := pool.Get().(*text.Analyzer)
		defer pool.Put(a)
		return a.Encode(nil, append([]string{title, passage}, headings...)...)
	}
}

// coder returns the function that makes one-bit codes around a centre.
func coder(centre []float32) (func([]float32) []byte, error) {
	encoder, err := codes.NewEncoder(centre)
	if err != nil {
		return nil, err
	}
	return func(v []float32) []byte { return encoder.Encode(make([]byte, 0, encoder.Size()), v) }, nil
}

// limits are the bounds of a file, as configured.
func limits(c config.Ingest) parse.Limits {
	l := parse.DefaultLimits()
	l.FileBytes, l.TextBytes, l.Pages = c.MaxFileBytes, c.MaxTextBytes, c.MaxPages
	l.ArchiveEntries, l.ArchiveBytes, l.ArchiveRatio = c.MaxArchiveEntries, c.MaxArchiveBytes, int64(c.MaxArchiveRatio)
	l.Depth = c.MaxXMLDepth
	return l
}
