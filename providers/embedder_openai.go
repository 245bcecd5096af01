package providers

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"

	"github.com/openai/openai-go/v3"

	"syft-space/app/space"
)

type openAIEmbedder struct{ *openAIServer }

func openOpenAIEmbedder(deps Deps, c EmbedderConfig) (space.Embedder, error) {
	if c.Model == "" {
		return nil, misconfigured("embedder", "the name of an embedding model is needed, such as text-embedding-3-small")
	}
	server, err := newOpenAIServer(deps, "embedding server", c.BaseURL, c.APIKey, c.Model)
	if err != nil {
		return nil, err
	}
	return newRemoteEmbedder(deps, c.Model, openAIEmbedder{server}), nil
}

// defaultInput is the longest input of a model that we do not know: what most
// encoders take.
const defaultInput = 512

// facts implements embeddingServer. The API has no way to ask for them.
func (e openAIEmbedder) facts(context.Context) (space.EmbedderInfo, error) {
	known := embedModelOf(e.peer.model)
	or(&known.tokens, defaultInput)
	return space.EmbedderInfo{
		ID: "openai/" + e.peer.model, Server: e.peer.base,
		MaxTokens:   known.tokens,
		QueryPrefix: known.query, PassagePrefix: known.passage,
	}, nil
}

// embeddings is the server's answer. A number that is null, as some servers
// write a NaN, stays nil.
type embeddings struct {
	Data []struct {
		Index     *int       `json:"index"`
		Embedding []*float32 `json:"embedding"`
	} `json:"data"`
}

// vectors implements embeddingServer.
func (e openAIEmbedder) vectors(ctx context.Context, _ space.EmbedderInfo, texts []string) ([][]float32, error) {
	inner, cancel := within(ctx, e.deps.Limits.Embed)
	defer cancel()
	var raw *http.Response
	err := e.client.Post(inner, "embeddings", openai.EmbeddingNewParams{
		Model:          e.peer.model,
		Input:          openai.EmbeddingNewParamsInputUnion{OfArrayOfStrings: texts},
		EncodingFormat: openai.EmbeddingNewParamsEncodingFormatFloat,
	}, &raw)
	if err != nil {
		return nil, e.peer.embedFault(ctx, inner, err)
	}
	defer raw.Body.Close()
	body, err := io.ReadAll(raw.Body)
	if err != nil {
		return nil, e.peer.embedFault(ctx, inner, err)
	}
	if r, failed := errorIn(body); failed {
		return nil, e.peer.embedFault(ctx, inner, r)
	}
	var got embeddings
	if err := json.Unmarshal(body, &got); err != nil {
		return nil, e.peer.embedFault(ctx, inner, err)
	}
	out, err := got.inOrder(len(texts))
	if err != nil {
		return nil, e.peer.embedFault(ctx, inner, err)
	}
	return out, nil
}

var (
	errOrder = errors.New("the vectors do not belong to the texts one to one")
	errNull  = errors.New("a vector has a component that is null")
)

// inOrder returns the vectors in the order of the texts, which is that of
// their indexes, not that of the answer.
func (e embeddings) inOrder(texts int) ([][]float32, error) {
	out := make([][]float32, texts)
	if len(e.Data) != texts {
		return nil, errOrder
	}
	for i, d := range e.Data {
		at := i
		if d.Index != nil {
			at = *d.Index
		}
		if at < 0 || at >= texts || out[at] != nil {
			return nil, errOrder
		}
		v := make([]float32, len(d.Embedding))
		for j, x := range d.Embedding {
			if x == nil {
				return nil, errNull
			}
			v[j] = *x
		}
		out[at] = v
	}
	return out, nil
}
