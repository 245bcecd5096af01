package query

import (
	"context"

	"syft-space/app/space"
)

// EmbedRequest asks for the vectors of texts.
type EmbedRequest struct {
	Texts            []string // never empty
	Purpose          space.EmbedPurpose
	Dimension        int // what the caller expects; 0 takes any
	TransactionToken space.Secret
}

// Embedding is the answer to an EmbedRequest.
type Embedding struct {
	Vectors  [][]float32 // one unit vector per text, in order
	Model    string      // the embedder
	Tokens   int         // of all texts
	Cost     *float64
	Currency *string
	Policies space.PolicyMetadata
}

const embedFailed = "Embedding failed"

// Embed returns the vectors that the embedder of the endpoint's dataset makes
// of texts. It costs the owner work as a query does, so the same policies
// decide who may have it, how often and at what price; a text counts as a
// document there. Policies that filter answers do not run: nothing that an
// owner's document says leaves. As with Run nothing stays reserved after an
// error, and an event is recorded in every case.
func (p *Pipeline) Embed(ctx context.Context, tenant space.TenantID, sender space.Identity, slug string, req EmbedRequest) (Embedding, error) {
	q := &query{
		p: p, id: p.IDs(), started: p.Clock(), tenant: tenant, sender: sender, slug: slug,
		req: Request{Limit: len(req.Texts), TransactionToken: req.TransactionToken},
	}
	defer q.close(ctx)
	out, err := q.embed(ctx, req)
	if err != nil {
		err = q.fail(ctx, err)
	}
	q.finished, q.err = true, err
	return out, err
}

func (q *query) embed(ctx context.Context, req EmbedRequest) (Embedding, error) {
	if err := q.authorise(ctx); err != nil {
		return Embedding{}, err
	}
	var info space.EmbedderInfo
	err := q.admit(ctx, func(ctx context.Context) (err error) {
		info, err = q.resolveEmbedder(ctx, req)
		return err
	})
	if err != nil {
		return Embedding{}, err
	}
	vectors, err := q.embedder.Embed(ctx, req.Purpose, req.Texts)
	if err != nil {
		return Embedding{}, embedderFailed(ctx, err)
	}
	tokens := q.call.PromptTokens
	usage := space.Usage{PromptTokens: tokens, TotalTokens: tokens}
	q.answer = space.Answer{Documents: make([]space.Hit, len(req.Texts)), Usage: usage} // what has a price
	err = q.settle(ctx)
	q.answer = space.Answer{Usage: usage} // what is counted: no passage was returned
	if err != nil {
		return Embedding{}, err
	}
	out := Embedding{Vectors: vectors, Model: info.ID, Tokens: tokens, Policies: q.report.metadata()}
	out.Cost, out.Currency = cost(out.Policies.Entries)
	return out, nil
}

// resolveEmbedder opens the embedder, before anybody is charged for one that
// cannot answer.
func (q *query) resolveEmbedder(ctx context.Context, req EmbedRequest) (space.EmbedderInfo, error) {
	if q.endpoint.DatasetID == nil {
		return space.EmbedderInfo{}, space.Errorf(space.KindInvalid,
			"Endpoint '%s' has no dataset, so it has no embedder", q.slug)
	}
	dataset, err := q.p.Catalog.DatasetByID(ctx, q.tenant, *q.endpoint.DatasetID)
	if err != nil {
		return space.EmbedderInfo{}, goneRow("Dataset", err)
	}
	embedder, err := q.p.OpenEmbedder(dataset)
	if err != nil {
		return space.EmbedderInfo{}, dependencyFailed(ctx, embedFailed, err)
	}
	info, err := embedder.Info(ctx)
	if err != nil {
		return info, embedderFailed(ctx, err)
	}
	if req.Dimension != 0 && req.Dimension != info.Dimension {
		return info, space.Errorf(space.KindInvalid,
			"Vectors of this endpoint have %d dimensions; they cannot be made with %d", info.Dimension, req.Dimension)
	}
	tokens := 0
	for _, text := range req.Texts {
		tokens += embedder.CountTokens(text)
	}
	q.embedder = embedder
	q.call.PromptTokens = tokens
	q.call.MaxTokens = 1 // no word is answered, and 0 would stand for a model's own limit
	return info, nil
}

// embedderFailed is dependencyFailed with the one fault of an embedder that is
// the caller's.
func embedderFailed(ctx context.Context, err error) error {
	if space.KindOf(err) == space.KindTooLong {
		return space.Errorf(space.KindInvalid, "A text is longer than the embedder of this endpoint takes").WithCause(err)
	}
	return dependencyFailed(ctx, embedFailed, err)
}
