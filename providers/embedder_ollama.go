package providers

import (
	"context"
	"errors"

	"github.com/ollama/ollama/api"

	"syft-space/app/space"
)

// longestInput bounds what we let an Ollama read at once: it reserves memory
// for num_ctx tokens, and passages are far shorter.
const longestInput = 2048

type ollamaEmbedder struct{ *ollamaServer }

func openOllamaEmbedder(deps Deps, c EmbedderConfig) (space.Embedder, error) {
	if c.Model == "" {
		return nil, misconfigured("embedder", "the name of an embedding model is needed, such as nomic-embed-text")
	}
	server, err := newOllamaServer(deps, "embedding server", c.BaseURL, c.Model)
	if err != nil {
		return nil, err
	}
	return newRemoteEmbedder(deps, c.Model, ollamaEmbedder{server}), nil
}

// facts implements embeddingServer.
func (e ollamaEmbedder) facts(ctx context.Context) (space.EmbedderInfo, error) {
	f, err := e.show(ctx)
	if err != nil {
		return space.EmbedderInfo{}, err
	}
	if f.told && !f.embeds { // it would embed all the same, and badly
		return space.EmbedderInfo{}, cannotEmbed(e.peer)
	}
	// Without its digest the model would pass for another one.
	digest, err := e.digest(ctx)
	if err != nil {
		return space.EmbedderInfo{}, err
	}
	known := embedModelOf(e.peer.model)
	info := space.EmbedderInfo{
		ID: "ollama/" + e.peer.model, Server: e.peer.base, Revision: digest,
		MaxTokens: longestInput, Pooling: f.pooling,
		QueryPrefix: known.query, PassagePrefix: known.passage,
	}
	if known.tokens > 0 {
		info.MaxTokens = min(info.MaxTokens, known.tokens)
	}
	if f.window > 0 {
		info.MaxTokens = min(info.MaxTokens, f.window)
	}
	return info, nil
}

// vectors implements embeddingServer.
func (e ollamaEmbedder) vectors(ctx context.Context, info space.EmbedderInfo, texts []string) ([][]float32, error) {
	inner, cancel := within(ctx, e.deps.Limits.Embed)
	defer cancel()
	no := false
	res, err := e.client.Embed(inner, &api.EmbedRequest{
		Model: e.peer.model, Input: texts, Truncate: &no,
		Options: map[string]any{"num_ctx": info.MaxTokens},
	})
	if err != nil {
		return nil, e.peer.embedFault(ctx, inner, err)
	}
	return res.Embeddings, nil
}

func cannotEmbed(p peer) error {
	return p.public(space.Errorf(space.KindInvalid, "the model '%s' at %s is not one that embeds; choose an embedding model such as nomic-embed-text", p.model, p))
}

// embedFault is fault for a request for vectors.
func (p peer) embedFault(outer, inner context.Context, err error) error {
	var r *refusal
	if errors.As(err, &r) && r.status != 401 && r.status != 429 {
		switch {
		case tooLong(r):
			return space.Errorf(space.KindTooLong, "a text is longer than the model '%s' can read", p.model).WithCause(p.scrubbed(err))
		case r.says("embed") && r.says("does not support", "not support", "cannot be used", "not an embedding", "not allowed to generate"):
			return cannotEmbed(p)
		}
	}
	return p.fault(outer, inner, err)
}
