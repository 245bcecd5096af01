package space

// ChatMessage is one turn of a conversation.
type ChatMessage struct {
	Role    string `json:"role" doc:"Who speaks: system, user or assistant" example:"user"`
	Content string `json:"content" doc:"What was said" example:"How long is the warranty?"`
}

// ChatRequest is what the pipeline asks a model.
type ChatRequest struct {
	Messages         []ChatMessage
	MaxTokens        int // ≥ 1; 0 means the model's own limit
	Temperature      float64
	Stop             []string // none is empty; leading white space of an answer never matches
	PresencePenalty  float64
	FrequencyPenalty float64
}

// GroundedRequest is what the pipeline asks a model that answers from
// documents instead of a prompt.
type GroundedRequest struct {
	Question  string
	Documents []Hit
	MaxTokens int // counts words; whole sentences are dropped, one at least stays
}

// Usage counts the tokens of one answer.
type Usage struct {
	PromptTokens     int `json:"prompt_tokens" doc:"Tokens that the model read" example:"812"`
	CompletionTokens int `json:"completion_tokens" doc:"Tokens that it wrote" example:"11"`
	TotalTokens      int `json:"total_tokens" doc:"Both together" example:"823"`
}

// FinishReason says why an answer ended.
type FinishReason string

// The reasons.
const (
	FinishStop     FinishReason = "stop"
	FinishLength   FinishReason = "length"
	FinishNoAnswer FinishReason = "no_answer" // nothing in the documents answers; counts as no text
)

// ChatResult is a model's whole answer.
type ChatResult struct {
	ID           string
	Model        string
	Text         string
	FinishReason FinishReason
	Usage        Usage
	APIVersion   string   // of the provider, "" where unknown
	Notes        []string // for metadata: a cut, a fallback
}

// Emit receives an answer piece by piece; an error from it stops the model.
type Emit func(delta string) error
