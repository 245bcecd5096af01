package policies

import "syft-space/app/space"

// pricingMode says what a price is for.
type pricingMode string

const (
	perCall     pricingMode = "per_call"
	perDocument pricingMode = "per_document"
	perToken    pricingMode = "per_token"
)

const (
	// tokensPerDocument is what one passage of context is taken for before it
	// is known.
	tokensPerDocument = 300
	// mostTokens bounds what is reserved for an answer: no model writes more.
	mostTokens = 1_000_000
)

// highest returns the most that the answer to a call can cost.
func (c *accountingConfig) highest(call space.PolicyCall) space.Micros {
	price := micros(c.Price)
	switch c.PricingMode {
	case perDocument:
		return price * space.Micros(call.Limit)
	case perToken:
		return price * space.Micros(highestTokens(call))
	}
	return price
}

// highestTokens estimates what the prompt, the context and the answer come to:
// the prompt and the context together no more than the window, and nothing
// where no model is asked.
func highestTokens(call space.PolicyCall) int {
	if call.ContextWindow == 0 {
		return 0
	}
	context := 0
	if call.Endpoint.ResponseType.Searches() && call.Endpoint.DatasetID != nil {
		context = min(call.Limit*tokensPerDocument, max(0, call.ContextWindow-call.PromptTokens))
	}
	answer := call.MaxTokens
	if answer == 0 { // the model's own limit
		answer = call.ContextWindow
	}
	return min(call.PromptTokens+context, mostTokens) + min(answer, mostTokens)
}

// due returns what an answer costs: no more than was reserved, and nothing
// where it is empty.
func (c *accountingConfig) due(reserved space.Micros, answer space.Answer) space.Micros {
	if answer.Empty() {
		return 0
	}
	price := micros(c.Price)
	switch c.PricingMode {
	case perDocument:
		return min(reserved, price*space.Micros(len(answer.Documents)))
	case perToken:
		return min(reserved, price*space.Micros(min(answer.Usage.TotalTokens, 2*mostTokens)))
	}
	return reserved
}
