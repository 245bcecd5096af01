package providers

import (
	"net/http"

	"syft-space/app/space"
)

// refused words what a server said no to. The status decides, and the server's
// own words where several failures share one.
func (p peer) refused(r *refusal) *space.Error {
	if e := p.refusedFor(r); e != nil {
		return e
	}
	switch s := r.status; {
	case s == http.StatusTooManyRequests:
		return p.overloaded(r, "%s allows no more requests for now", p)
	case s == http.StatusBadGateway, s == http.StatusServiceUnavailable, s == http.StatusGatewayTimeout, s == 529:
		return p.overloaded(r, "%s is overloaded or not ready (status %d)", p, s)
	case s == http.StatusRequestTimeout:
		return p.overloaded(r, "%s gave up on the request", p)
	case s >= 500:
		return space.Errorf(space.KindUpstream, "%s failed (status %d)", p, s)
	case s == 0:
		return space.Errorf(space.KindUpstream, "%s reported an error", p)
	}
	return space.Errorf(space.KindUpstream, "%s did not accept the request (status %d)", p, r.status)
}

// refusedFor words the refusals that an owner can do something about; nil
// where r is none of them.
func (p peer) refusedFor(r *refusal) *space.Error {
	switch s := r.status; {
	case s == http.StatusUnauthorized && p.key == "":
		return space.Errorf(space.KindUpstream, "%s wants an API key or a sign-in", p)
	case s == http.StatusUnauthorized:
		return space.Errorf(space.KindUpstream, "the API key was refused by %s", p)
	case r.says("insufficient_quota", "insufficient balance", "billing_hard_limit"), s == http.StatusPaymentRequired:
		return space.Errorf(space.KindUpstream, "the account at %s has no credit left", p)
	case tooLong(r):
		return space.Errorf(space.KindUpstream, "the conversation with its documents is longer than the model '%s' can read", p.model)
	case r.says("content_filter", "content_policy", "content management policy"):
		return space.Errorf(space.KindUpstream, "the content filter of %s refused the conversation", p)
	case r.says("does not support chat"):
		return space.Errorf(space.KindUpstream, "the model '%s' cannot chat; choose another", p.model)
	case modelMissing(r):
		return space.Errorf(space.KindUpstream, "%s", p.absent)
	case s == http.StatusNotFound:
		return space.Errorf(space.KindUpstream, "%s has no such interface; the address of an OpenAI-compatible server usually ends in /v1", p)
	case s == http.StatusForbidden:
		return space.Errorf(space.KindUpstream, "%s does not let us use the model '%s'", p, p.model)
	}
	return nil
}

func (p peer) overloaded(r *refusal, format string, args ...any) *space.Error {
	e := p.unavailable(format, args...)
	if r.retryAfter > 0 {
		e.RetryAfter = r.retryAfter
	}
	return e
}

// modelMissing recognises the answers of OpenAI, vLLM, llama.cpp, LM Studio
// and Ollama to the name of a model that they do not have.
func modelMissing(r *refusal) bool {
	if r.says("model_not_found", "model_not_available", "unknown model", "invalid model", "no such model") {
		return true
	}
	return r.says("model") && r.says("not found", "does not exist", "not exist", "not loaded") &&
		(r.status == http.StatusNotFound || r.status == http.StatusBadRequest)
}

// tooLong recognises the answers to a text that is longer than the model can
// read: of OpenAI, llama.cpp, Ollama, vLLM and TEI, in this order.
func tooLong(r *refusal) bool {
	if r.status >= 500 || r.status == http.StatusTooManyRequests {
		return false
	}
	return r.says("context_length_exceeded", "exceed_context_size", "maximum context length", "reduce the length",
		"input length exceeds", "exceeds the context length", "exceeds maximum context",
		"longer than the maximum", "must have less than", "too many tokens", "input is too large", "input is too long")
}
