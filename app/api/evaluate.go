package api

import (
	"context"
	"math"
	"net/http"
	"time"

	"syft-space/app/query"
	"syft-space/app/space"
)

// evaluation says what the policies of an endpoint would do with a query.
type evaluation struct {
	Allowed        bool                 `json:"allowed" doc:"Whether the query would be answered" example:"false"`
	Detail         *string              `json:"detail" nullable:"true" doc:"What the refusal would say" example:"Rate limit exceeded. Retry after 60 seconds."`
	RetryAfter     *int                 `json:"retry_after" nullable:"true" doc:"Seconds after which the refusal would end" example:"60"`
	PolicyMetadata space.PolicyMetadata `json:"policy_metadata" doc:"What each policy would say, and why"`
}

func wireEvaluation(e query.Evaluation) evaluation {
	out := evaluation{Allowed: e.Allowed, Detail: orNull(e.Detail), PolicyMetadata: wireMetadata(e.Policies)}
	if e.RetryAfter > 0 {
		seconds := int(math.Ceil(e.RetryAfter.Seconds()))
		out.RetryAfter = &seconds
	}
	return out
}

func (s *server) evaluateRoute() {
	register(s, operation{
		method: http.MethodPost, path: Prefix + "/policies/evaluate", id: "evaluate-policies", tag: "Policies",
		summary: "Ask what the policies would say", errors: []int{404, 409}, description: "Nothing is counted or charged.",
	}, func(ctx context.Context, in *struct {
		Caller
		Body struct {
			Endpoint string     `json:"endpoint" minLength:"1" maxLength:"64" doc:"Slug of the endpoint" example:"legal-qa"`
			Email    string     `json:"email" minLength:"1" maxLength:"320" doc:"Who would query" example:"alice@example.org"`
			Time     *time.Time `json:"time,omitempty" nullable:"true" doc:"When; now where missing"`
		}
	}) (*body[evaluation], error) {
		at := s.Clock()
		if in.Body.Time != nil {
			at = in.Body.Time.UTC()
		}
		return wrap(wireEvaluation)(s.Queries.Evaluate(ctx, in.tenant(), in.Body.Endpoint, in.Body.Email, at))
	})
}
