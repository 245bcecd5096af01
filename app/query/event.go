package query

import (
	"context"

	"syft-space/app/space"
)

// fail closes a query that went wrong: nothing stays reserved.
func (q *query) fail(ctx context.Context, err error) error {
	if ctx.Err() != nil && space.KindOf(err) == space.KindInternal {
		err = callerError(ctx)
	}
	q.refund(ctx)
	if q.report.outcome == "" {
		return err
	}
	return &Failure{Err: err, Metadata: q.report.metadata()}
}

// close runs whatever happened. After a panic it does what fail would have
// done; the panic itself goes on to the edge.
func (q *query) close(ctx context.Context) {
	if !q.finished {
		q.err = q.fail(ctx, space.Errorf(space.KindInternal, "The query panicked"))
	}
	if !q.preview {
		q.p.Record(q.event())
	}
}

// event describes the query for analytics.
func (q *query) event() space.QueryEvent {
	e := space.QueryEvent{
		ID: q.id, Tenant: q.tenant, EndpointID: q.endpoint.ID, EndpointSlug: q.slug,
		DatasetID: q.endpoint.DatasetID, ModelID: q.endpoint.ModelID,
		UserEmail: space.NormalEmail(q.sender.Email), Outcome: q.outcome(), Status: 200,
		Documents: len(q.answer.Documents), Usage: q.answer.Usage, Search: q.timings.Search,
		FirstToken: q.timings.FirstToken, Total: q.p.Clock().Sub(q.started), CreatedAt: q.started,
	}
	if q.err != nil {
		e.Status = q.p.StatusOf(q.err)
	}
	if q.p.Settings().StoreQueryText {
		e.Text = q.req.question()
	}
	return e
}

// outcome sums the query up: success, error, canceled, or how it was refused.
func (q *query) outcome() string {
	switch {
	case q.err == nil:
		return string(space.OutcomeSuccess)
	case space.KindOf(q.err) == space.KindCanceled:
		return "canceled"
	case q.report.outcome != "" && q.report.outcome != space.OutcomeSuccess:
		return string(q.report.outcome)
	}
	return "error"
}
