package space

import (
	"encoding/json"
	"time"

	"github.com/google/uuid"
)

// Config is the configuration of a dataset, a model or a policy as stored: a
// JSON object with its defaults filled in and its secrets sealed. app/schema
// turns it into a type's own struct and into the masked form for answers.
type Config = json.RawMessage

// TypeInfo describes a type of dataset, model or policy to the owner.
type TypeInfo struct {
	Name        string
	Description string
	Icon        string // name of a lucide icon
	Enabled     bool
	Aliases     []string // names under which it is accepted too
	External    bool     // what it names is kept by another server
}

// Dataset is a set of documents that can be searched.
type Dataset struct {
	ID            uuid.UUID
	Tenant        TenantID
	Name          string
	Type          string
	Configuration Config
	Summary       string
	Tags          string // comma-separated
	Stopped       bool   // the owner stopped ingestion; survives a restart
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// DatasetPatch changes the fields that are not nil.
type DatasetPatch struct {
	Name, Summary, Tags *string
	Configuration       Config
}

// DatasetStats counts what a dataset holds.
type DatasetStats struct {
	Documents int
	Passages  int
	Embedded  int // passages that have a vector of the dataset's active binding
	Embedder  string
}

// Model is a connected language model.
type Model struct {
	ID            uuid.UUID
	Tenant        TenantID
	Name          string
	Type          string
	Configuration Config
	Summary       string
	Tags          string
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// ModelPatch changes the fields that are not nil.
type ModelPatch struct {
	Name, Summary, Tags *string
	Configuration       Config
}

// EndpointRef names an endpoint that uses a dataset or a model.
type EndpointRef struct {
	ID   uuid.UUID
	Name string
	Slug string
}

// ResponseType says what an endpoint answers with.
type ResponseType string

// The response types.
const (
	ResponseRaw     ResponseType = "raw"     // passages
	ResponseSummary ResponseType = "summary" // a model's answer, without search
	ResponseBoth    ResponseType = "both"    // an answer grounded in passages
)

// Searches reports whether the type searches the dataset.
func (r ResponseType) Searches() bool { return r == ResponseRaw || r == ResponseBoth }

// Chats reports whether the type asks the model.
func (r ResponseType) Chats() bool { return r == ResponseSummary || r == ResponseBoth }

// Endpoint joins a dataset, a model and policies under one slug.
type Endpoint struct {
	ID           uuid.UUID
	Tenant       TenantID
	Name         string
	Slug         string // unique per tenant, see ValidSlug
	Description  string // Markdown
	Summary      string
	DatasetID    *uuid.UUID
	ModelID      *uuid.UUID
	ResponseType ResponseType
	Published    bool
	Archived     bool
	Tags         string
	SystemPrompt *string
	PublishedTo  []uuid.UUID
	CreatedAt    time.Time
	UpdatedAt    time.Time
}

// EndpointPatch changes the fields that are not nil. SystemPrompt "" clears.
type EndpointPatch struct {
	Name, Summary, Description, Tags, SystemPrompt *string
	Published, Archived                            *bool
}

// EndpointFilter selects endpoints; nil fields select all.
type EndpointFilter struct {
	DatasetID, ModelID *uuid.UUID
}

// Policy is a rule attached to an endpoint.
type Policy struct {
	ID            uuid.UUID
	Tenant        TenantID
	EndpointID    uuid.UUID
	Name          string
	Type          string
	Configuration Config
	Enabled       bool
	CreatedAt     time.Time
	UpdatedAt     time.Time
}

// PolicyPatch changes the fields that are not nil.
type PolicyPatch struct {
	Name          *string
	Configuration Config
	Enabled       *bool
}

// APIKey is a credential that the owner issued. Hash is the SHA-256 of the
// key, which itself is shown once and never stored.
type APIKey struct {
	ID         uuid.UUID
	Tenant     TenantID
	Hash       []byte
	Prefix     string // the first characters, to tell keys apart
	Name       string
	Email      string
	Scopes     []Scope
	Endpoints  []string
	ExpiresAt  *time.Time
	LastUsedAt *time.Time
	RevokedAt  *time.Time
	CreatedAt  time.Time
}

// APIKeyPatch changes the fields that are not nil. An empty list of Endpoints
// means all of them, the zero ExpiresAt means never.
type APIKeyPatch struct {
	Name      *string
	Scopes    []Scope
	Endpoints *[]string
	ExpiresAt *time.Time
}
