package apptest_test

import (
	"strings"
	"testing"

	"syft-space/app/apptest"
)

type object = map[string]any

// TestValidationErrors is the contract's table of validation errors, each row
// with its exact answer.
func TestValidationErrors(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	const (
		query    = "POST /api/v1/endpoints/legal-qa/query"
		datasets = "POST /api/v1/datasets"
		create   = "POST /api/v1/endpoints"
		anyID    = "550e8400-e29b-41d4-a716-446655440000"
	)
	long := strings.Repeat("é", 201)
	play(t, s, []scenario{
		{name: "missing", do: datasets, body: object{}, status: 422,
			is: invalid(`["body","dtype"]|field required|value_error.missing`, `["body","name"]|field required|value_error.missing`)},
		{name: "no body at all", do: datasets, body: "", status: 422, is: invalid(`["body"]|field required|value_error.missing`)},
		{name: "pattern", do: create, body: object{"name": "x", "slug": "My-Endpoint"}, status: 422,
			is: invalid(`["body","slug"]|string does not match regex "^[a-z0-9]+(-[a-z0-9]+)*$"|value_error.str.regex`)},
		{name: "integer", do: query, body: object{"messages": "x", "limit": "five"}, status: 422,
			is: invalid(`["body","limit"]|value is not a valid integer|type_error.integer`)},
		{name: "an integer with a fraction", do: query, body: object{"messages": "x", "limit": 1.5}, status: 422,
			is: invalid(`["body","limit"]|value is not a valid integer|type_error.integer`)},
		{name: "float", do: query, body: object{"messages": "x", "temperature": "hot"}, status: 422,
			is: invalid(`["body","temperature"]|value is not a valid float|type_error.float`)},
		{name: "string", do: datasets, body: object{"name": 1, "dtype": "local_file"}, status: 422,
			is: invalid(`["body","name"]|value is not a valid string|type_error.str`)},
		{name: "boolean", do: query, body: object{"messages": "x", "stream": "yes"}, status: 422,
			is: invalid(`["body","stream"]|value is not a valid boolean|type_error.bool`)},
		{name: "list", do: query, body: object{"messages": "x", "stop_sequences": "x"}, status: 422,
			is: invalid(`["body","stop_sequences"]|value is not a valid list|type_error.list`)},
		{name: "an item of a list", do: query, body: object{"messages": "x", "stop_sequences": []any{"x", 1}}, status: 422,
			is: invalid(`["body","stop_sequences",1]|value is not a valid string|type_error.str`)},
		{name: "dict", do: query, body: object{"messages": "x", "extras": []int{1}}, status: 422,
			is: invalid(`["body","extras"]|value is not a valid dict|type_error.dict`)},
		{name: "a configuration that is none", do: datasets, body: object{"name": "x", "dtype": "local_file", "configuration": "x"}, status: 422,
			is: invalid(`["body","configuration"]|value is not a valid dict|type_error.dict`)},
		{name: "a body that is a list", do: datasets, body: []int{1}, status: 422, is: invalid(`["body"]|value is not a valid dict|type_error.dict`)},
		{name: "uuid", do: create, body: object{"name": "x", "slug": "abc", "dataset_id": "x"}, status: 422,
			is: invalid(`["body","dataset_id"]|value is not a valid uuid|type_error.uuid`)},
		{name: "uuid in a list", do: "POST /api/v1/endpoints/validate-slug", body: object{"slug": "abc", "marketplace_ids": []string{anyID, "x"}}, status: 422,
			is: invalid(`["body","marketplace_ids",1]|value is not a valid uuid|type_error.uuid`)},
		{name: "null", do: datasets, body: object{"name": nil, "dtype": "local_file"}, status: 422,
			is: invalid(`["body","name"]|none is not an allowed value|type_error.none.not_allowed`)},
		{name: "greater or equal", do: query, body: object{"messages": "x", "limit": 0}, status: 422,
			is: invalid(`["body","limit"]|ensure this value is greater than or equal to 1|value_error.number.not_ge`)},
		{name: "less or equal", do: query, body: object{"messages": "x", "limit": 101}, status: 422,
			is: invalid(`["body","limit"]|ensure this value is less than or equal to 100|value_error.number.not_le`)},
		{name: "bounds of a page", do: "GET /api/v1/datasets?limit=1001&skip=-1", status: 422,
			is: invalid(`["query","skip"]|ensure this value is greater than or equal to 0|value_error.number.not_ge`,
				`["query","limit"]|ensure this value is less than or equal to 1000|value_error.number.not_le`)},
		{name: "a page of nothing", do: "GET /api/v1/datasets?limit=0", status: 422,
			is: invalid(`["query","limit"]|ensure this value is greater than or equal to 1|value_error.number.not_ge`)},
		{name: "a page that is no number", do: "GET /api/v1/datasets?limit=x", status: 422,
			is: invalid(`["query","limit"]|value is not a valid integer|type_error.integer`)},
		{name: "too short", do: datasets, body: object{"name": "", "dtype": "local_file"}, status: 422,
			is: invalid(`["body","name"]|ensure this value has at least 1 characters|value_error.any_str.min_length`)},
		{name: "too long, in characters and not in bytes", do: create, body: object{"name": long, "slug": "abc"}, status: 422,
			is: invalid(`["body","name"]|ensure this value has at most 200 characters|value_error.any_str.max_length`)},
		{name: "too few items", do: query, body: object{"messages": []any{}}, status: 422,
			is: invalid(`["body","messages"]|ensure this value has at least 1 items|value_error.list.min_items`)},
		{name: "too many items", do: query, body: object{"messages": "x", "stop_sequences": make([]string, 17)}, status: 422,
			is: invalid(`["body","stop_sequences"]|ensure this value has at most 16 items|value_error.list.max_items`)},
		{name: "too many messages", do: query, body: object{"messages": turns(1001)}, status: 422,
			is: invalid(`["body","messages"]|ensure this value has at most 1000 items|value_error.list.max_items`)},
		{name: "a stop sequence that is too long", do: query, body: object{"messages": "x", "stop_sequences": []string{"x", strings.Repeat("é", 501)}}, status: 422,
			is: invalid(`["body","stop_sequences",1]|ensure this value has at most 500 characters|value_error.any_str.max_length`)},
		{name: "as many and as long as may be", do: query, body: object{"messages": turns(1000), "stop_sequences": []string{strings.Repeat("é", 500)}}, status: 404},
		{name: "choice", do: create, body: object{"name": "x", "slug": "abc", "response_type": "all"}, status: 422,
			is: invalid(`["body","response_type"]|value is not a valid enumeration member; permitted: 'raw', 'summary', 'both'|type_error.enum`)},
		{name: "a choice in the query string", do: "GET /api/v1/ingestion/datasets/" + anyID + "/jobs?status=x", status: 422,
			is: invalid(`["query","status"]|value is not a valid enumeration member; permitted: 'pending', 'in_progress', 'completed', 'failed', 'cancelled'|type_error.enum`)},
		{name: "fields that contradict each other", do: create, status: 422,
			body: object{"name": "x", "slug": "abc", "response_type": "raw", "model_id": anyID},
			is:   invalid(`["body"]|response_type 'raw' needs a dataset_id|value_error`)},
		{name: "uuid in the path", do: "GET /api/v1/policies/x", status: 422,
			is: invalid(`["path","id"]|value is not a valid uuid|type_error.uuid`)},
		{name: "uuid in the query string", do: "GET /api/v1/policies?endpoint_id=x", status: 422,
			is: invalid(`["query","endpoint_id"]|value is not a valid uuid|type_error.uuid`)},
		{name: "JSON syntax", do: datasets, body: `{"name": }`, status: 422,
			is: invalid(`["body",10]|invalid character '}' looking for beginning of value|value_error.jsondecode`)},
		{name: "JSON that ends early", do: datasets, body: `{"name": "x"`, status: 422,
			is: invalid(`["body",12]|unexpected end of JSON input|value_error.jsondecode`)},
		{name: "all problems at once", do: query, status: 422,
			body: object{"messages": []any{}, "limit": 0, "temperature": 3, "similarity_threshold": -1, "max_tokens": 0, "presence_penalty": -3, "frequency_penalty": "x"},
			has:  []string{`"messages"`, `"limit"`, `"temperature"`, `"similarity_threshold"`, `"max_tokens"`, `"presence_penalty"`, `"frequency_penalty"`}},
		{name: "problems of the path and of the body at once", do: "PATCH /api/v1/policies/x", body: object{"enabled": "x"}, status: 422,
			has: []string{`["path","id"]`, `["body","enabled"]`}},
	})
}

// turns is a conversation of n messages.
func turns(n int) []object {
	list := make([]object, n)
	for i := range list {
		list[i] = object{"role": "user", "content": "x"}
	}
	return list
}
