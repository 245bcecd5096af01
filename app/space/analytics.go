package space

import (
	"time"

	"github.com/google/uuid"
)

// QueryEvent records one query for analytics. It is written in every case and
// can never fail a request.
type QueryEvent struct {
	ID           uuid.UUID // the query's id
	Tenant       TenantID
	EndpointID   uuid.UUID // zero where the endpoint does not exist
	EndpointSlug string
	DatasetID    *uuid.UUID
	ModelID      *uuid.UUID
	UserEmail    string
	Text         string // "" unless storing query text is switched on
	Outcome      string // success, error, canceled, or a refusal's Outcome
	Status       int    // HTTP status answered
	Documents    int
	Usage        Usage
	Search       time.Duration
	FirstToken   time.Duration // 0 without a model
	Total        time.Duration
	CreatedAt    time.Time
}

// Feedback is a report that a person left for the owner.
type Feedback struct {
	ID          uuid.UUID
	Tenant      TenantID
	Category    string
	Description string
	PageURL     string
	Screenshot  []byte
	CreatedAt   time.Time
}

// AnalyticsQuery selects events.
type AnalyticsQuery struct {
	Since, Until time.Time
	EndpointID   *uuid.UUID
	DatasetID    *uuid.UUID
}
