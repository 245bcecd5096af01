package providers

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"

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

// embeddings is the server's answer.
type embeddings struct {
	Data []struct {
		Index     *int       `json:"index"`
		Embedding components `json:"embedding"`
	} `json:"data"`
}

// components are the numbers of a vector.
type components []float32

// UnmarshalJSON implements json.Unmarshaler. A number that is null, as some
// servers write a NaN, is an error; encoding/json would read a 0.
func (c *components) UnmarshalJSON(b []byte) error {
	inner, ok := bytes.CutPrefix(b, []byte("["))
	inner = bytes.TrimSpace(bytes.TrimSuffix(inner, []byte("]")))
	if !ok {
		return errVector
	}
	*c = make(components, 0, bytes.Count(inner, []byte(","))+1)
	if len(inner) == 0 {
		return nil
	}
	for number := range bytes.SplitSeq(inner, []byte(",")) {
		x, err := strconv.ParseFloat(string(bytes.TrimSpace(number)), 32)
		if err != nil {
			return errVector
		}
		*c = append(*c, float32(x))
	}
	return nil
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
	errOrder  = errors.New("the vectors do not belong to the texts one to one")
	errVector = errors.New("a vector is no list of numbers")
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
		if d.Embedding == nil {
			return nil, errVector
		}
		out[at] = d.Embedding
	}
	return out, nil
}
