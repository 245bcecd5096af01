package query

import (
	"time"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// Response is the answer to a query.
type Response struct {
	ID         uuid.UUID   // of the query
	References *References // nil where the endpoint does not search
	Summary    *Summary    // nil where the endpoint does not ask a model
	Cost       *float64    // what was charged, in Currency; nil where nothing has a price
	Currency   *string
	Policies   space.PolicyMetadata
	Prompt     []space.ChatMessage // what the model was sent; nil without a prompt
	Timings    Timings
}

// References are the passages that were found, best first.
type References struct {
	Hits   []space.Hit
	Engine string   // "" without hits
	Notes  []string // sentences for the caller; never nil
	Took   time.Duration
}

// Summary is what the model answered.
type Summary struct {
	ID           string
	Model        string
	Text         string
	FinishReason space.FinishReason
	Usage        space.Usage
	APIVersion   string
	Notes        []string
	Took         time.Duration
}

// Timings says where the time of a query went.
type Timings struct {
	Search     time.Duration
	FirstToken time.Duration // from the start of the query; 0 without an answer in words
	Total      time.Duration
}
