package catalog

import (
	"context"

	"github.com/google/uuid"

	"syft-space/app/space"
)

// FeedbackStore keeps what people report.
type FeedbackStore interface {
	SaveFeedback(context.Context, space.TenantID, space.Feedback) error
}

// Feedback is the use case of leaving a report.
type Feedback struct {
	store FeedbackStore
	clock space.Clock
	ids   space.IDs
}

// NewFeedback makes the use case of leaving a report.
func NewFeedback(store FeedbackStore, clock space.Clock, ids space.IDs) *Feedback {
	return &Feedback{store: store, clock: clock, ids: ids}
}

// Leave keeps a report and returns the id by which it is found again.
func (f *Feedback) Leave(ctx context.Context, tenant space.TenantID, report space.Feedback) (uuid.UUID, error) {
	report.ID, report.Tenant, report.CreatedAt = f.ids(), tenant, f.clock()
	return report.ID, f.store.SaveFeedback(ctx, tenant, report)
}
