package api

import (
	"net/http"
	"reflect"
	"strconv"

	"github.com/danielgtaylor/huma/v2"

	"syft-space/app/schema"
	"syft-space/app/space"
)

// The shapes of errors, as the document shows them; wireError is what is sent.
type (
	problem struct {
		Detail string `json:"detail" doc:"What went wrong, as a sentence" example:"Dataset 'my-docs' not found"`
	}
	validationProblem struct {
		Detail []space.FieldError `json:"detail" doc:"Every problem of the request" example:"[{\"loc\":[\"body\",\"name\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"}]"`
	}
	configurationProblem struct {
		Detail string             `json:"detail" doc:"What went wrong, as a sentence" example:"Invalid configuration: api_key: field required"`
		Errors []space.FieldError `json:"errors,omitempty" doc:"Where a configuration is wrong; only where it was refused" example:"[{\"loc\":[\"body\",\"configuration\",\"api_key\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"}]"`
	}
	policyProblem struct {
		Detail         string                `json:"detail" doc:"What went wrong, as a sentence" example:"Endpoint is not published"`
		PolicyMetadata *space.PolicyMetadata `json:"policy_metadata,omitempty" doc:"What the policies said; only where they were asked"`
	}
)

// The shapes of errors below /v1, which OpenAI's clients read.
type (
	openAIProblem struct {
		Error          openAIError           `json:"error" doc:"The error in OpenAI's form"`
		Detail         string                `json:"detail" doc:"What went wrong, as a sentence" example:"Endpoint 'legal-qa' not found"`
		PolicyMetadata *space.PolicyMetadata `json:"policy_metadata,omitempty" doc:"What the policies said; only where they were asked"`
	}
	openAIValidationProblem struct {
		Error  openAIError        `json:"error" doc:"The error in OpenAI's form"`
		Detail []space.FieldError `json:"detail" doc:"Every problem of the request" example:"[{\"loc\":[\"body\",\"model\"],\"msg\":\"field required\",\"type\":\"value_error.missing\"}]"`
	}
)

// problems say when each status is answered, with an example of its sentence.
var problems = map[int][2]string{
	http.StatusBadRequest:            {"Well-formed, but cannot be carried out as asked, or without a tenant where one must be named", "At least one of dataset_id or model_id must be provided"},
	http.StatusUnauthorized:          {"No credential, or one that is not accepted", "Admin API key required"},
	http.StatusPaymentRequired:       {"The endpoint has a price, and the payment is missing or beyond the budget", "transaction_token required"},
	http.StatusForbidden:             {"The caller, its origin or the host name it used is not allowed to do this", "Admin API key required"},
	http.StatusNotFound:              {"There is no such thing, or no such tenant", "Dataset 'my-docs' not found"},
	http.StatusRequestTimeout:        {"The request's body came too slowly", bodyTooSlow},
	http.StatusConflict:              {"It contradicts what is there already", "Endpoint slug 'legal-qa' already exists"},
	http.StatusGone:                  {"The endpoint was archived", "Endpoint is archived"},
	http.StatusRequestEntityTooLarge: {"The request's body is too large", bodyTooLarge},
	http.StatusUnsupportedMediaType:  {"The request's body is of another type than documented", notJSON},
	http.StatusUnprocessableEntity:   {"The request is not valid; every problem is listed", ""},
	http.StatusFailedDependency:      {"The Space's own credential at a marketplace is missing or was refused", "This Space is not connected to a marketplace, so it cannot verify satellite tokens"},
	http.StatusTooManyRequests:       {"Too many calls, or too many wrong keys from this address", "Rate limit exceeded. Retry after 60 seconds."},
	http.StatusInternalServerError:   {"Something failed on this side; the log has more under the request's id", "Internal Server Error"},
	http.StatusServiceUnavailable:    {"Something is loading, overloaded or cannot be reached at the moment", "The dataset is still loading"},
	http.StatusGatewayTimeout:        {"The model's server took too long", "Model chat failed: the server took too long"},
}

// errorShapes are the components of error answers.
type errorShapes struct {
	plain, validation, configuration, policy, openAI, openAIValidation *huma.Schema
	responses                                                          map[string]*huma.Response
}

func newErrorShapes(r huma.Registry) errorShapes {
	return errorShapes{
		plain:            r.Schema(reflect.TypeFor[problem](), true, ""),
		validation:       r.Schema(reflect.TypeFor[validationProblem](), true, ""),
		configuration:    r.Schema(reflect.TypeFor[configurationProblem](), true, ""),
		policy:           r.Schema(reflect.TypeFor[policyProblem](), true, ""),
		openAI:           r.Schema(reflect.TypeFor[openAIProblem](), true, ""),
		openAIValidation: r.Schema(reflect.TypeFor[openAIValidationProblem](), true, ""),
		responses:        map[string]*huma.Response{},
	}
}

// response refers to what an operation answers with an error status. Most
// operations answer alike, so that each answer is described once.
func (e errorShapes) response(status int, o operation) *huma.Response {
	name := "Error" + strconv.Itoa(status)
	switch {
	case isOpenAIPath(o.path):
		name = "OpenAI" + name
	case o.policies:
		name = "Query" + name
	case o.who == public:
		name = "Public" + name
	}
	if e.responses[name] == nil {
		r := &huma.Response{Description: problems[status][0], Content: map[string]*huma.MediaType{"application/json": e.media(status, o)}}
		describeHeaders(r, strconv.Itoa(status), o)
		e.responses[name] = r
	}
	return &huma.Response{Ref: "#/components/responses/" + name}
}

func (e errorShapes) media(status int, o operation) *huma.MediaType {
	const invalid = http.StatusUnprocessableEntity
	m := &huma.MediaType{Schema: e.plain, Example: map[string]any{"detail": problems[status][1]}}
	switch openAI := isOpenAIPath(o.path); {
	case openAI && status == invalid:
		m.Schema = e.openAIValidation
	case openAI:
		m.Schema = e.openAI
	case status == invalid:
		m.Schema = e.validation
	case o.policies && status != http.StatusUnauthorized:
		m.Schema = e.policy
	case status == http.StatusBadRequest:
		m.Schema = e.configuration
	}
	if status == invalid {
		m.Example = map[string]any{"detail": []any{map[string]any{"loc": []string{"body", "name"}, "msg": "field required", "type": "value_error.missing"}}}
	}
	if isOpenAIPath(o.path) {
		m.Example = openAIExample(status)
	}
	return m
}

// openAIExample is an error below /v1, in both of its forms.
func openAIExample(status int) map[string]any {
	said := problems[status][1]
	if status == http.StatusNotFound {
		said = "Endpoint 'legal-qa' not found"
	}
	w := &wireError{status: status, Detail: said}
	if status == http.StatusUnprocessableEntity {
		w.Detail = []space.FieldError{schema.Missing("body", "model")}
	}
	return map[string]any{"error": w.openAI(), "detail": w.Detail}
}
