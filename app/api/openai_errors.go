package api

import (
	"fmt"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/space"
)

// openAIPrefix begins the paths of the doors for OpenAI's clients.
const openAIPrefix = "/v1"

// openAIError is an error as OpenAI's clients read it.
type openAIError struct {
	Message string  `json:"message" doc:"What went wrong, for people" example:"Endpoint 'legal-qa' not found"`
	Type    string  `json:"type" doc:"What sort of error it is" example:"invalid_request_error"`
	Param   *string `json:"param" nullable:"true" doc:"The field that is wrong" example:"messages.0.role"`
	Code    string  `json:"code" doc:"What went wrong, for programs" example:"model_not_found"`
}

func isOpenAIPath(path string) bool {
	return path == openAIPrefix || strings.HasPrefix(path, openAIPrefix+"/")
}

// at returns the error in the words of the API that the path belongs to.
func (e *wireError) at(path string) *wireError {
	if !isOpenAIPath(path) || e.OpenAI != nil {
		return e
	}
	out := *e // some are shared
	out.OpenAI = e.openAI()
	return &out
}

// inOpenAIWords is the huma.Transformer that does so for what huma writes.
func inOpenAIWords(ctx huma.Context, _ string, v any) (any, error) {
	if e, ok := v.(*wireError); ok {
		url := ctx.URL()
		return e.at(url.Path), nil
	}
	return v, nil
}

func (e *wireError) openAI() *openAIError {
	typ, code := openAICode(e.status)
	if e.Detail == errRouteNotFound.Detail {
		code = "not_found"
	}
	if m := e.PolicyMetadata; m != nil && m.Outcome != space.OutcomeSuccess {
		code = string(m.Outcome)
	}
	out := &openAIError{Message: detailText(e.Detail), Type: typ, Code: code}
	if fields, ok := e.Detail.([]space.FieldError); ok && len(fields) > 0 {
		param := place(fields[0].Loc)
		out.Param = &param
	}
	return out
}

// openAICode returns type and code of an error by its status. Where OpenAI has
// a word for it, it is theirs.
func openAICode(status int) (typ, code string) {
	switch status {
	case http.StatusUnauthorized:
		return "authentication_error", "invalid_api_key"
	case http.StatusPaymentRequired:
		return "insufficient_quota", "payment_required"
	case http.StatusForbidden:
		return "permission_error", "permission_denied"
	case http.StatusNotFound:
		return "invalid_request_error", "model_not_found"
	case http.StatusGone:
		return "invalid_request_error", "model_archived"
	case http.StatusTooManyRequests:
		return "rate_limit_error", "rate_limit_exceeded"
	case http.StatusServiceUnavailable:
		return "server_error", "service_unavailable"
	case http.StatusGatewayTimeout:
		return "server_error", "timeout"
	}
	if status >= http.StatusInternalServerError {
		return "server_error", "server_error"
	}
	return "invalid_request_error", "invalid_request"
}

// detailText is an error's detail as one sentence.
func detailText(detail any) string {
	fields, ok := detail.([]space.FieldError)
	if !ok {
		return fmt.Sprint(detail)
	}
	said := make([]string, len(fields))
	for i, f := range fields {
		said[i] = strings.TrimPrefix(place(f.Loc)+": "+f.Msg, ": ")
	}
	return strings.Join(said, "; ")
}

// place names a field, without the "body" that every place begins with.
func place(loc []any) string {
	var parts []string
	for i, l := range loc {
		if i > 0 || l != "body" {
			parts = append(parts, fmt.Sprint(l))
		}
	}
	return strings.Join(parts, ".")
}
