package api

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"syft-space/app/space"
)

// access says who may call an operation.
type access int

const (
	owner  access = iota // who may manage; reading with GET also for keys that may read
	sender               // whoever may query
	public               // anyone; a credential is not looked at
)

// operation is what an entry of the route table says beyond its handler.
type operation struct {
	method, path string
	id           string // operationId, unique
	summary      string
	description  string
	tag          string
	who          access
	status       int   // of success; 0 is 200
	errors       []int // statuses beyond those that statuses adds for every operation
	noTenant     bool  // works across tenants, so that none need be named
	tenants      bool  // is about tenants themselves; refused while tenancy is off
	maxBody      int64 // 0 is maxJSON
	slow         bool  // a body may take its time
	example      any   // of a request, where the fields' own do not fit together
	policies     bool  // errors may carry what the policies said
	responses    map[string]*huma.Response
}

// metaOperation is where huma keeps an operation for describe.
const metaOperation = "operation"

// none is the input of operations without parameters.
type none struct{ Caller }

// body is an answer with a JSON body.
type body[T any] struct{ Body T }

func ok[T any](v T) *body[T] { return &body[T]{v} }

// message is the answer of a deletion.
type message struct {
	Message string `json:"message" doc:"What was done" example:"Deleted"`
}

// register adds an operation. Its order of checks is the contract's:
// credentials, tenant, JSON syntax, fields, handler.
func register[I, O any](s *server, o operation, handle func(context.Context, *I) (*O, error)) {
	status := o.status
	if status == 0 {
		status = http.StatusOK
	}
	op := huma.Operation{
		OperationID: o.id, Method: o.method, Path: o.path, Summary: o.summary, Description: o.description,
		Tags: []string{o.tag}, DefaultStatus: status, Responses: o.responses, Metadata: map[string]any{metaOperation: o},
		MaxBodyBytes: maxJSON + 1, BodyReadTimeout: 15 * time.Second,
		Middlewares: huma.Middlewares{s.authorise(o)},
	}
	if o.maxBody > 0 {
		op.MaxBodyBytes = o.maxBody + 1
	}
	if o.slow {
		op.BodyReadTimeout = -1
	}
	if o.who != public {
		op.Security = []map[string][]string{{"bearer": {}}, {"session": {}}}
	}
	huma.Register(s.huma, op, func(ctx context.Context, in *I) (*O, error) {
		out, err := handle(ctx, in)
		if err != nil {
			return nil, s.toWire(ctx, err)
		}
		return out, nil
	})
}

// set overwrites a value where another was sent.
func set[T any](v *T, sent *T) {
	if sent != nil {
		*v = *sent
	}
}

// callerKey is where the identity waits in gin's context for the resolver.
const callerKey = "identity"

// Caller brings the identity to handlers: embed it in an operation's input.
// Like all that inputs and outputs embed it is exported, because huma passes
// over embedded fields that are not.
type Caller struct {
	who space.Identity
}

// Resolve implements huma.Resolver.
func (c *Caller) Resolve(ctx huma.Context) []error {
	if id, ok := humagin.Unwrap(ctx).Get(callerKey); ok {
		c.who, _ = id.(space.Identity)
	}
	return nil
}

// tenant is the tenant that the call is for.
func (c *Caller) tenant() space.TenantID { return c.who.Tenant }

// authorise is the middleware that checks credentials, tenant and the API's
// own rate limit before a body is read.
func (s *server) authorise(o operation) func(huma.Context, func(huma.Context)) {
	return func(ctx huma.Context, next func(huma.Context)) {
		c := humagin.Unwrap(ctx)
		identity, err := s.identify(c, o)
		if err == nil {
			err = s.limits.count(c, identity)
		}
		if err == nil && o.maxBody > 0 { // of its own: huma does not bound forms
			err = boundBody(c, o.maxBody)
		}
		if coding := c.GetHeader("Content-Encoding"); err == nil && coding != "" && coding != "identity" {
			err = space.Errorf(space.KindUnsupported, "Send the body as it is, without Content-Encoding: %s", coding)
		}
		if err != nil {
			s.abort(c, err)
			return
		}
		c.Set(callerKey, identity)
		next(ctx)
	}
}
