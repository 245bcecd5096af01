package api

import (
	"context"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"math"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/query"
	"syft-space/app/space"
)

// maxTexts is the most texts of one call for embeddings. Together they may be
// as long as a conversation.
const maxTexts = 256

// embeddingsBody is a request of OpenAI's embeddings API.
type embeddingsBody struct {
	Model            string     `json:"model" minLength:"1" maxLength:"200" doc:"Slug of an endpoint with a dataset" example:"legal-qa"`
	Input            inputTexts `json:"input" doc:"A text, or a list of texts"`
	InputType        *string    `json:"input_type,omitempty" nullable:"true" doc:"query for questions; anything else is for passages" example:"query"`
	EncodingFormat   *string    `json:"encoding_format,omitempty" nullable:"true" enum:"float,base64" doc:"How vectors are written; base64 is of 32-bit little-endian floats" example:"float"`
	Dimensions       *int       `json:"dimensions,omitempty" nullable:"true" minimum:"1" doc:"Refused unless it is what the embedder makes" example:"384"`
	TransactionToken *string    `json:"transaction_token,omitempty" nullable:"true" maxLength:"8192" doc:"Pays for the call where the endpoint has a price" example:"tok-1"`
}

// embeddingsInput is a call for embeddings with who sends it.
type embeddingsInput struct {
	Caller
	Body embeddingsBody
}

// Resolve implements huma.Resolver.
func (in *embeddingsInput) Resolve(ctx huma.Context) []error {
	return append(in.Caller.Resolve(ctx), in.Body.Input.read("body.input")...)
}

// embeddingList is OpenAI's answer, with what made the vectors and what the
// policies did.
type embeddingList struct {
	Object         string               `json:"object" enum:"list" doc:"Always list" example:"list"`
	Data           []embedding          `json:"data" doc:"One vector per text, in order"`
	Model          string               `json:"model" doc:"Slug of the endpoint" example:"legal-qa"`
	Embedder       string               `json:"embedder" doc:"What made the vectors; those of different embedders cannot be compared" example:"builtin/multilingual-e5-small"`
	Usage          embeddingUsage       `json:"usage" doc:"Counts of tokens"`
	Cost           *float64             `json:"cost,omitempty" doc:"What was charged" example:"0.01"`
	Currency       *string              `json:"currency,omitempty" doc:"Currency of the cost" example:"USD"`
	PolicyMetadata space.PolicyMetadata `json:"policy_metadata" doc:"What the endpoint's policies did"`
}

type embedding struct {
	Object    string `json:"object" enum:"embedding" doc:"Always embedding" example:"embedding"`
	Index     int    `json:"index" doc:"Which text it is of, from 0" example:"0"`
	Embedding vector `json:"embedding" doc:"A unit vector: numbers, or their base64"`
}

type embeddingUsage struct {
	PromptTokens int `json:"prompt_tokens" doc:"Of the texts, in the embedder's tokens" example:"7"`
	TotalTokens  int `json:"total_tokens" doc:"The same" example:"7"`
}

// vector is written as numbers or as base64.
type vector struct {
	numbers []float32
	base64  bool
}

// Schema implements huma.SchemaProvider.
func (vector) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{
		OneOf:    []*huma.Schema{{Type: huma.TypeArray, Items: &huma.Schema{Type: huma.TypeNumber}}, {Type: huma.TypeString}},
		Examples: []any{[]float32{0.0125, -0.0381}},
	}
}

// MarshalJSON implements json.Marshaler.
func (v vector) MarshalJSON() ([]byte, error) {
	if !v.base64 {
		return json.Marshal(v.numbers)
	}
	raw := make([]byte, 0, 4*len(v.numbers))
	for _, n := range v.numbers {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(n))
	}
	return json.Marshal(base64.StdEncoding.EncodeToString(raw))
}

func (s *server) embeddings(ctx context.Context, in *embeddingsInput) (*body[embeddingList], error) {
	b := in.Body
	request := query.EmbedRequest{Texts: b.Input.list}
	set(&request.Dimension, b.Dimensions)
	if b.TransactionToken != nil {
		request.TransactionToken = space.Secret(*b.TransactionToken)
	}
	if b.InputType != nil && *b.InputType == "query" {
		request.Purpose = space.EmbedQuery
	}
	made, err := s.Queries.Embed(ctx, in.tenant(), in.who, b.Model, request)
	if err != nil {
		return nil, err
	}
	out := embeddingList{
		Object: "list", Model: b.Model, Embedder: made.Model, Usage: embeddingUsage{made.Tokens, made.Tokens},
		Cost: made.Cost, Currency: made.Currency, PolicyMetadata: wireMetadata(made.Policies), Data: make([]embedding, len(made.Vectors)),
	}
	for i, v := range made.Vectors {
		out.Data[i] = embedding{Object: "embedding", Index: i, Embedding: vector{v, b.EncodingFormat != nil && *b.EncodingFormat == "base64"}}
	}
	return ok(out), nil
}
