package api

import (
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/query"
	"syft-space/app/space"
)

// queryAnswer is the answer to a query in one piece.
type queryAnswer struct {
	Summary        *summary             `json:"summary"`
	References     *references          `json:"references"`
	Cost           *float64             `json:"cost"`
	Currency       *string              `json:"currency"`
	PolicyMetadata space.PolicyMetadata `json:"policy_metadata"`
}

type summary struct {
	ID           string       `json:"id"`
	Model        string       `json:"model"`
	Message      chatMessage  `json:"message"`
	FinishReason string       `json:"finish_reason"`
	Usage        space.Usage  `json:"usage"`
	LogProbs     any          `json:"logprobs"`
	Cost         float64      `json:"cost"`
	ProviderInfo providerInfo `json:"provider_info"`
}

type chatMessage struct {
	Role    string `json:"role"`
	Content string `json:"content"`
	Tokens  int    `json:"tokens"`
}

type providerInfo struct {
	APIVersion     *string  `json:"api_version"`
	ResponseTimeMS int64    `json:"response_time_ms"`
	SearchEngine   *string  `json:"search_engine"`
	Notes          []string `json:"notes,omitempty"`
}

type references struct {
	Documents    []document    `json:"documents"`
	ProviderInfo referenceInfo `json:"provider_info"`
	Cost         float64       `json:"cost"`
}

type referenceInfo struct {
	APIVersion     *string  `json:"api_version"`
	ResponseTimeMS int64    `json:"response_time_ms"`
	SearchEngine   *string  `json:"search_engine"`
	Notes          []string `json:"notes"`
}

type document struct {
	DocumentID      string         `json:"document_id"`
	Content         string         `json:"content"`
	Metadata        map[string]any `json:"metadata"`
	SimilarityScore float64        `json:"similarity_score"`
}

func wireAnswer(r query.Response, withMetadata bool) queryAnswer {
	a := queryAnswer{
		References: wireReferences(r.References, withMetadata), Cost: r.Cost, Currency: r.Currency, PolicyMetadata: wireMetadata(r.Policies),
	}
	if m := r.Summary; m != nil {
		a.Summary = &summary{
			ID: m.ID, Model: m.Model, Usage: m.Usage, FinishReason: string(m.FinishReason),
			Message:      chatMessage{Role: "assistant", Content: m.Text, Tokens: m.Usage.CompletionTokens},
			ProviderInfo: providerInfo{APIVersion: orNull(m.APIVersion), ResponseTimeMS: m.Took.Milliseconds(), Notes: m.Notes},
		}
	}
	return a
}

func wireReferences(r *query.References, withMetadata bool) *references {
	if r == nil {
		return nil
	}
	out := &references{
		Documents: make([]document, len(r.Hits)),
		ProviderInfo: referenceInfo{
			ResponseTimeMS: r.Took.Milliseconds(), SearchEngine: orNull(r.Engine), Notes: orEmpty(r.Notes),
		},
	}
	for i, h := range r.Hits {
		out.Documents[i] = document{DocumentID: h.ID, Content: h.Content, SimilarityScore: h.Similarity, Metadata: map[string]any{}}
		if withMetadata {
			out.Documents[i].Metadata = h.Metadata
		}
	}
	return out
}

// wireMetadata makes sure that lists and maps are never null.
func wireMetadata(m space.PolicyMetadata) space.PolicyMetadata {
	m.Entries = orEmpty(m.Entries)
	for i := range m.Entries {
		if m.Entries[i].Details == nil {
			m.Entries[i].Details = map[string]any{}
		}
	}
	return m
}

func orNull(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// queryResponses documents what huma cannot see through a stream.
func queryResponses() map[string]*huma.Response {
	return map[string]*huma.Response{"200": {
		Description: "The answer in one piece, or as a stream of frames `data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"…\"}}]}`, " +
			"then one frame with `done`, `references`, `usage`, `finish_reason` and `policy_metadata`, then `data: [DONE]`",
		Content: map[string]*huma.MediaType{
			"application/json":  {Schema: &huma.Schema{Ref: "#/components/schemas/QueryAnswer"}},
			"text/event-stream": {Schema: &huma.Schema{Type: huma.TypeString}},
		},
	}, "410": {Description: http.StatusText(http.StatusGone)}}
}
