package api

import (
	"time"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/query"
	"syft-space/app/space"
)

// queryAnswer is the answer to a query in one piece.
type queryAnswer struct {
	Summary        *summary             `json:"summary" doc:"The model's answer; null where none was asked"`
	References     *references          `json:"references" doc:"The passages; null where none were searched"`
	Cost           *float64             `json:"cost" doc:"Price that was charged; null without one" example:"0.01"`
	Currency       *string              `json:"currency" doc:"Currency of the cost; null without one" example:"USD"`
	PolicyMetadata space.PolicyMetadata `json:"policy_metadata" doc:"What the endpoint's policies did"`
}

type summary struct {
	ID           string       `json:"id" doc:"Id of the answer" example:"chat-7f3a"`
	Model        string       `json:"model" doc:"The model, as its server names it" example:"llama3.2"`
	Message      chatMessage  `json:"message" doc:"The answer"`
	FinishReason string       `json:"finish_reason" doc:"Why the answer ended: stop, length, no_answer" example:"stop"`
	Usage        space.Usage  `json:"usage" doc:"Tokens that were used"`
	LogProbs     null         `json:"logprobs" doc:"Always null"`
	Cost         float64      `json:"cost" doc:"Always 0; the price stands above" example:"0"`
	ProviderInfo providerInfo `json:"provider_info" doc:"How the answer came about"`
}

type chatMessage struct {
	Role    string `json:"role" doc:"Always assistant" example:"assistant"`
	Content string `json:"content" doc:"The answer's text" example:"36 months from the day of delivery [1]."`
	Tokens  int    `json:"tokens" doc:"Its length in tokens" example:"11"`
}

// null is a field that upstream's clients look for and that is never filled.
type null struct{}

// MarshalJSON implements json.Marshaler.
func (null) MarshalJSON() ([]byte, error) { return []byte("null"), nil }

// Schema implements huma.SchemaProvider.
func (null) Schema(huma.Registry) *huma.Schema {
	return &huma.Schema{Type: "null", Examples: []any{nil}}
}

type providerInfo struct {
	APIVersion     *string  `json:"api_version" doc:"Version of the server's API; null where not known" example:"v1"`
	ResponseTimeMS int64    `json:"response_time_ms" doc:"How long it took, in milliseconds" example:"840"`
	SearchEngine   null     `json:"search_engine" doc:"Always null"`
	Notes          []string `json:"notes,omitempty" doc:"What to know about the answer, such as what did not fit" example:"[\"1 document did not fit\"]"`
}

type references struct {
	Documents    []Document    `json:"documents" doc:"The passages, best first"`
	ProviderInfo referenceInfo `json:"provider_info" doc:"How they were found"`
	Cost         float64       `json:"cost" doc:"Always 0; the price stands above" example:"0"`
}

type referenceInfo struct {
	APIVersion     null     `json:"api_version" doc:"Always null"`
	ResponseTimeMS int64    `json:"response_time_ms" doc:"How long the search took, in milliseconds" example:"12"`
	SearchEngine   *string  `json:"search_engine" doc:"The dataset's store; null without passages" example:"chromem"`
	Notes          []string `json:"notes" doc:"What to know about the search" example:"[\"Some passages are found by their words only so far\"]"`
}

// Document is a passage as answers show it.
type Document struct {
	DocumentID      string         `json:"document_id" doc:"Id of the passage" example:"550e8400-e29b-41d4-a716-446655440000_3"`
	Content         string         `json:"content" doc:"Its text" example:"Every lamp has a warranty of 36 months."`
	Metadata        map[string]any `json:"metadata" doc:"Where it stands, and the parts of its rank; empty where include_metadata is false" example:"{\"file_name\":\"handbook.md\",\"file_path\":\"handbook.md\",\"rank\":1}"`
	SimilarityScore float64        `json:"similarity_score" doc:"0 to 1, higher is better" example:"0.92"`
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
		Documents: make([]Document, len(r.Hits)),
		ProviderInfo: referenceInfo{
			ResponseTimeMS: r.Took.Milliseconds(), SearchEngine: orNull(r.Engine), Notes: orEmpty(r.Notes),
		},
	}
	for i, h := range r.Hits {
		out.Documents[i] = Document{DocumentID: h.ID, Content: h.Content, SimilarityScore: h.Similarity, Metadata: map[string]any{}}
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
			"application/json": {Schema: &huma.Schema{Ref: "#/components/schemas/QueryAnswer"}},
			"text/event-stream": streamed("data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"36 months\"}}]}\n\n" +
				"data: {\"done\":true,\"references\":null,\"usage\":null,\"finish_reason\":\"stop\",\"policy_metadata\":{\"outcome\":\"success\",\"entries\":[]}}\n\n" +
				endOfStream),
		},
	}}
}
