// Package vectorstore defines the types of datasets: where documents come from
// and how they are searched. Each type is one file with its configuration, and
// one line in All.
package vectorstore

import (
	"context"

	"syft-space/app/space"
	"syft-space/vectorstore/weaviate"
)

// Type is a type of dataset.
type Type interface {
	Info() space.TypeInfo
	// NewConfig returns a pointer to a new configuration struct; its tags say
	// defaults and bounds, see app/schema.
	NewConfig() any
	// Search answers a question from the dataset; config is such a pointer.
	Search(ctx context.Context, tenant space.TenantID, dataset space.Dataset, config any, req space.SearchRequest) (space.SearchResult, error)
}

// Planner is the optional ability of a Type whose documents ingestion reads.
type Planner interface {
	Plan(config any) space.IngestPlan
}

// Checker is the optional ability of a Type to look at what validation cannot,
// such as whether a path is there.
type Checker interface {
	Check(ctx context.Context, config any) error
}

// Prober is the optional ability of a Type to say whether it can be searched.
type Prober interface {
	Health(ctx context.Context, config any) (string, error)
}

// Fetcher is the optional ability of a Type whose passages are not kept here to
// fetch one by its public id.
type Fetcher interface {
	Passage(ctx context.Context, config any, id string) (space.Hit, error)
}

// Deps are what the types work with.
type Deps struct {
	// Index searches documents that were ingested here.
	Index func(ctx context.Context, tenant space.TenantID, dataset space.Dataset, req space.SearchRequest) (space.SearchResult, error)
	// Resolve checks a path that the owner picked and returns it absolute and
	// cleaned, where it can also with an error.
	Resolve func(path string) (string, error)
	Clock   space.Clock
}

// All returns every type, in the order of the dashboard.
func All(d Deps) []Type {
	return []Type{
		localFileType{d},
		weaviate.New(d.Clock),
	}
}
