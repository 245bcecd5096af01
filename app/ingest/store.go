package ingest

import (
	"context"
	"iter"
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Store keeps what ingestion makes. Each method is one transaction.
type Store interface {
	DatasetStore
	JobStore
	DocumentStore
	VectorStore
}

// DatasetStore finds datasets and remembers which the owner stopped.
type DatasetStore interface {
	AllDatasets(context.Context) ([]space.Dataset, error)
	DatasetByID(ctx context.Context, tenant space.TenantID, id uuid.UUID) (space.Dataset, error)
	SetDatasetStopped(ctx context.Context, tenant space.TenantID, id uuid.UUID, stopped bool) error
	DatasetStats(context.Context, space.TenantID, ...uuid.UUID) (map[uuid.UUID]space.DatasetStats, error)
}

// JobStore keeps one row per file and how far it is.
type JobStore interface {
	UpsertJobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, jobs []space.Job) (int, error)
	KnownFiles(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) iter.Seq2[space.Job, error]
	Jobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, status space.JobStatus, limit, offset int) (space.List[space.Job], error)
	JobByPath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) (space.Job, error)
	JobCounts(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (space.JobCounts, error)
	// ClaimJob leases the oldest waiting job; KindNotFound where none waits.
	ClaimJob(ctx context.Context, now, leaseUntil time.Time) (space.Job, error)
	RenewLease(ctx context.Context, tenant space.TenantID, job uuid.UUID, until time.Time) error
	CompleteJob(ctx context.Context, tenant space.TenantID, job space.Job) error
	FailJob(ctx context.Context, tenant space.TenantID, job space.Job) error
	DeferJob(ctx context.Context, tenant space.TenantID, job uuid.UUID, message string, notBefore time.Time) error
	// NotePassages makes note part of the message of the completed jobs that
	// hold the passages, and takes it from all others of the dataset.
	NotePassages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, note string, rows []int64) error
	TombstoneJob(ctx context.Context, tenant space.TenantID, job uuid.UUID) error
	ReturnJobs(context.Context) (int, error)
	CancelJobs(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error)
	ResumeCancelled(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error)
	RetryFailed(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) (int, error)
}

// DocumentStore keeps documents with their passages.
type DocumentStore interface {
	ReplaceDocument(ctx context.Context, tenant space.TenantID, write space.DocumentWrite) error
	DocumentByHash(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, hash string) (space.Document, error)
	DocumentByPath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) (space.Document, error)
	AddPath(ctx context.Context, tenant space.TenantID, document uuid.UUID, path space.DocumentPath) error
	MovePath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, from string, to space.DocumentPath) error
	RemovePath(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, path string) error
	// Outdated returns the paths of documents that were cut in another way.
	Outdated(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, chunkVersion string) ([]string, error)
	// PassagesOfOldAnalysis returns passages of all tenants whose terms another
	// version of the analysis made.
	PassagesOfOldAnalysis(ctx context.Context, version, limit int) ([]space.OldPassage, error)
	PutTerms(ctx context.Context, version int, terms []space.TermsWrite) ([]uuid.UUID, error)
	MarkStale(ctx context.Context, tenant space.TenantID, document uuid.UUID, stale bool) error
}

// VectorStore keeps vectors, and is the queue of passages that lack theirs.
type VectorStore interface {
	Bindings(ctx context.Context, tenant space.TenantID, dataset uuid.UUID) ([]space.Binding, error)
	SetBinding(ctx context.Context, tenant space.TenantID, binding space.Binding) error
	ActivateBinding(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string) error
	DropBinding(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string) error
	FreezeCentre(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, centre []float32) error
	PendingPassages(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, limit int) ([]space.PassageRef, error)
	CountPending(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string) (int, error)
	CachedVectors(ctx context.Context, tenant space.TenantID, binding string, keys []string) (map[string][]float32, error)
	PutVectors(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, vectors []space.VectorWrite) error
	VectorsWithoutCode(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, limit int) ([]space.VectorWrite, error)
	PutCodes(ctx context.Context, tenant space.TenantID, dataset uuid.UUID, binding string, codes []space.VectorWrite) error
}
