package catalog

import (
	"context"
	"encoding/json"
	"sync"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// DatasetStore keeps datasets.
type DatasetStore interface {
	CreateDataset(context.Context, space.TenantID, space.Dataset) error
	Dataset(ctx context.Context, tenant space.TenantID, ref string) (space.Dataset, error)
	DatasetByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Dataset, error)
	Datasets(context.Context, space.TenantID, space.Page) (space.List[space.Dataset], error)
	UpdateDataset(context.Context, space.TenantID, uuid.UUID, space.DatasetPatch) (space.Dataset, error)
	DeleteDataset(context.Context, space.TenantID, uuid.UUID) error
	DatasetStats(context.Context, space.TenantID, ...uuid.UUID) (map[uuid.UUID]space.DatasetStats, error)
	EndpointsOf(context.Context, space.TenantID, space.EndpointFilter) ([]space.EndpointRef, error)
}

// Ingestion is told what becomes of datasets; it works behind.
type Ingestion interface {
	Added(space.Dataset)
	Changed(space.Dataset)
	// Removing stops the dataset's work and returns when it stands still. Then
	// comes Removed, or Kept where the dataset was not deleted after all.
	Removing(context.Context, space.Dataset) error
	Removed(space.Dataset)
	Kept(space.Dataset)
	// Loading reports whether what was ingested before is still being loaded.
	Loading(space.Dataset) bool
}

// Datasets are the use cases on datasets.
type Datasets struct {
	store  DatasetStore
	ingest Ingestion
	Kinds  Kinds
	clock  space.Clock
	ids    space.IDs
	health *verdicts
	edit   sync.Mutex // a configuration is read, laid over and written by one at a time
}

// NewDatasets makes the use cases on datasets.
func NewDatasets(store DatasetStore, ingest Ingestion, kinds Kinds, clock space.Clock, ids space.IDs) *Datasets {
	return &Datasets{store: store, ingest: ingest, Kinds: kinds, clock: clock, ids: ids, health: newVerdicts(clock)}
}

// Draft is a dataset or a model that is to be made.
type Draft struct {
	Name, Type, Summary, Tags string
	Configuration             json.RawMessage
}

// DatasetView is a dataset with what an owner wants to know about it.
type DatasetView struct {
	space.Dataset
	Masked    json.RawMessage // the configuration without its secrets
	Stats     space.DatasetStats
	Endpoints []space.EndpointRef
	External  bool // another server keeps its documents
}

// Create makes a dataset and begins to ingest what it picks.
func (d *Datasets) Create(ctx context.Context, tenant space.TenantID, draft Draft) (DatasetView, error) {
	config, err := d.Kinds.seal(ctx, draft.Type, draft.Configuration)
	if err != nil {
		return DatasetView{}, err
	}
	now := d.clock()
	dataset := space.Dataset{
		ID: d.ids(), Tenant: tenant, Name: draft.Name, Type: d.Kinds.named(draft.Type), Configuration: config,
		Summary: draft.Summary, Tags: draft.Tags, CreatedAt: now, UpdatedAt: now,
	}
	if err := d.store.CreateDataset(ctx, tenant, dataset); err != nil {
		return DatasetView{}, err
	}
	d.ingest.Added(dataset)
	return d.view(ctx, dataset)
}

// Get returns the dataset with the name or id ref.
func (d *Datasets) Get(ctx context.Context, tenant space.TenantID, ref string) (DatasetView, error) {
	dataset, err := d.store.Dataset(ctx, tenant, ref)
	if err != nil {
		return DatasetView{}, err
	}
	return d.view(ctx, dataset)
}

// List returns a page of datasets.
func (d *Datasets) List(ctx context.Context, tenant space.TenantID, page space.Page) (space.List[DatasetView], error) {
	list, err := d.store.Datasets(ctx, tenant, page)
	if err != nil {
		return space.List[DatasetView]{}, err
	}
	views := make([]DatasetView, len(list.Items))
	for i, dataset := range list.Items {
		if views[i], err = d.view(ctx, dataset); err != nil {
			return space.List[DatasetView]{}, err
		}
	}
	return space.List[DatasetView]{Items: views, Total: list.Total}, nil
}

// Update changes a dataset. The configuration is laid over the stored one;
// what it no longer picks goes, and what it newly picks is ingested.
func (d *Datasets) Update(ctx context.Context, tenant space.TenantID, ref string, patch space.DatasetPatch) (DatasetView, error) {
	d.edit.Lock()
	defer d.edit.Unlock()
	dataset, err := d.store.Dataset(ctx, tenant, ref)
	if err != nil {
		return DatasetView{}, err
	}
	reconfigured := patch.Configuration != nil
	if reconfigured {
		if patch.Configuration, err = d.Kinds.merge(ctx, dataset.Type, dataset.Configuration, patch.Configuration); err != nil {
			return DatasetView{}, err
		}
	}
	if dataset, err = d.store.UpdateDataset(ctx, tenant, dataset.ID, patch); err != nil {
		return DatasetView{}, err
	}
	if reconfigured {
		d.ingest.Changed(dataset)
	}
	return d.view(ctx, dataset)
}

// Delete removes a dataset and everything it held. It is refused while an
// endpoint uses the dataset.
func (d *Datasets) Delete(ctx context.Context, tenant space.TenantID, ref string) (space.Dataset, error) {
	dataset, err := d.store.Dataset(ctx, tenant, ref)
	if err != nil {
		return dataset, err
	}
	used, err := d.store.EndpointsOf(ctx, tenant, space.EndpointFilter{DatasetID: &dataset.ID})
	if err != nil {
		return dataset, err
	}
	if len(used) > 0 {
		return dataset, inUse("Dataset", dataset.Name, used)
	}
	if err := d.ingest.Removing(ctx, dataset); err != nil {
		return dataset, err
	}
	if err := d.store.DeleteDataset(ctx, tenant, dataset.ID); err != nil {
		d.ingest.Kept(dataset) // an endpoint was made meanwhile: work goes on
		return dataset, err
	}
	d.ingest.Removed(dataset)
	return dataset, nil
}

// Health reports whether the dataset can be searched, without paths or counts;
// a server that keeps it is asked once in a few seconds.
func (d *Datasets) Health(ctx context.Context, tenant space.TenantID, ref string) (string, error) {
	dataset, err := d.store.Dataset(ctx, tenant, ref)
	if err != nil {
		return "", err
	}
	if d.ingest.Loading(dataset) {
		return "", space.Errorf(space.KindUnavailable, "The dataset is still being loaded")
	}
	return d.health.of(ctx, dataset.ID, dataset.Configuration, func(ctx context.Context) (string, error) {
		return d.Kinds.Health(ctx, dataset.Type, dataset.Configuration)
	})
}

func (d *Datasets) view(ctx context.Context, dataset space.Dataset) (DatasetView, error) {
	stats, err := d.store.DatasetStats(ctx, dataset.Tenant, dataset.ID)
	if err != nil {
		return DatasetView{}, err
	}
	used, err := d.store.EndpointsOf(ctx, dataset.Tenant, space.EndpointFilter{DatasetID: &dataset.ID})
	if err != nil {
		return DatasetView{}, err
	}
	kind, _ := d.Kinds.Get(dataset.Type) // the zero value for a type that this version no longer has
	return DatasetView{
		External: kind.Info.External, Dataset: dataset, Masked: d.Kinds.Mask(dataset.Type, dataset.Configuration),
		Stats: stats[dataset.ID], Endpoints: used,
	}, nil
}
