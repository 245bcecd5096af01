package apptest_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/apptest"
)

func TestRefusalsBelowV1(t *testing.T) {
	t.Parallel()
	s := openShop(t, map[string]any{"auth.owner_email": "ann@example.org"}, shelf)
	p := newProvider(t, speaks("never"))
	model := s.model("openai", p)
	open, unpublished := s.endpoint("", nil), s.endpoint("", body{"published": false})
	archived := s.endpoint("", nil)
	s.Must(http.StatusOK, "POST", "/api/v1/endpoints/"+archived+"/archive", nil, nil)
	denied := s.endpoint(model, nil, policy{"access", body{"denied_users": []string{"ann@*"}}})
	used := s.endpoint("", nil, policy{"rate_limit", body{"limit": "1/d"}})
	s.chat(used, nil)
	poor := s.endpoint(model, nil, policy{"accounting", body{"price": 2, "budget": body{"amount": 1, "period": "day"}}})
	noDataset := s.endpoint(model, body{"dataset_id": nil})
	tool := []body{{"role": "tool", "content": "x", "tool_call_id": "1"}}
	for name, c := range map[string]struct {
		method, path string
		sent         any
		status       int
		typ, code    string
		has          string
	}{
		"no such endpoint":         {"POST", chatPath, chatBody("nothing", nil), 404, "invalid_request_error", "model_not_found", "Endpoint 'nothing' not found"},
		"no such route":            {"GET", "/v1/assistants", nil, 404, "invalid_request_error", "not_found", "Not Found"},
		"a wrong method":           {"PUT", "/v1/models", nil, 405, "invalid_request_error", "invalid_request", "Method Not Allowed"},
		"an unpublished endpoint":  {"POST", chatPath, chatBody(unpublished, nil), 403, "permission_error", "permission_denied", "Endpoint is not published"},
		"an archived endpoint":     {"POST", chatPath, chatBody(archived, nil), 410, "invalid_request_error", "model_archived", "Endpoint is archived"},
		"access":                   {"POST", chatPath, chatBody(denied, nil), 403, "permission_error", "access_denied", "Policy 'access' blocked request: User matches denied pattern"},
		"access, streamed":         {"POST", chatPath, chatBody(denied, body{"stream": true}), 403, "permission_error", "access_denied", "Policy 'access' blocked request"},
		"access, embeddings":       {"POST", embeddingsPath, body{"model": denied, "input": "x"}, 403, "permission_error", "access_denied", "Policy 'access' blocked request"},
		"rate limit":               {"POST", chatPath, chatBody(used, nil), 429, "rate_limit_error", "rate_limited", "Rate limit exceeded. Retry after "},
		"rate limit, embeddings":   {"POST", embeddingsPath, body{"model": used, "input": "x"}, 429, "rate_limit_error", "rate_limited", "Rate limit exceeded. Retry after "},
		"budget":                   {"POST", chatPath, chatBody(poor, nil), 402, "insufficient_quota", "payment_required", "Budget exceeded"},
		"budget, embeddings":       {"POST", embeddingsPath, body{"model": poor, "input": "x"}, 402, "insufficient_quota", "payment_required", "Budget exceeded"},
		"nothing to embed with":    {"POST", embeddingsPath, body{"model": noDataset, "input": "x"}, 400, "invalid_request_error", "invalid_request", "has no dataset"},
		"other dimensions":         {"POST", embeddingsPath, body{"model": open, "input": "x", "dimensions": 256}, 400, "invalid_request_error", "invalid_request", "384 dimensions"},
		"a tool's message":         {"POST", chatPath, chatBody(open, body{"messages": tool}), 400, "invalid_request_error", "invalid_request", "messages.0: an endpoint does not take messages of tools"},
		"calls of tools":           {"POST", chatPath, chatBody(open, body{"messages": []body{{"role": "assistant", "content": nil, "tool_calls": []any{1}}}}), 400, "invalid_request_error", "invalid_request", "calls of tools"},
		"a picture":                {"POST", chatPath, chatBody(open, body{"messages": []body{{"role": "user", "content": []body{{"type": "image_url"}}}}}), 400, "invalid_request_error", "invalid_request", "parts of type 'image_url'"},
		"no question":              {"POST", chatPath, chatBody(open, body{"messages": []body{{"role": "assistant", "content": "x"}}}), 422, "invalid_request_error", "invalid_request", "messages: none of the messages is a user's"},
		"filters that are none":    {"POST", chatPath, chatBody(open, body{"extras": body{"filters": body{"file_type": body{"$ne": 1}}}}), 422, "invalid_request_error", "invalid_request", "extras.filters.file_type: "},
		"broken JSON":              {"POST", chatPath, `{"model": }`, 422, "invalid_request_error", "invalid_request", "invalid character"},
		"no body":                  {"POST", embeddingsPath, "", 422, "invalid_request_error", "invalid_request", "field required"},
		"a body that is too large": {"POST", chatPath, `{"model":"` + strings.Repeat("x", 11<<20) + `"}`, 413, "invalid_request_error", "invalid_request", "too large"},
		"with a slash":             {"POST", "/v1/chat/completions/", chatBody("nothing", nil), 404, "invalid_request_error", "model_not_found", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r refused
			r.Answer = s.Must(c.status, c.method, c.path, c.sent, &r)
			if r.Error.Type != c.typ || r.Error.Code != c.code || !strings.Contains(r.Error.Message, c.has) {
				t.Errorf("the error is %+v", r.Error)
			}
			if text, ok := r.Detail.(string); ok && text != r.Error.Message {
				t.Errorf("detail is %q, the message %q", text, r.Error.Message)
			}
			if byPolicy := slices.Contains([]string{"access_denied", "rate_limited", "payment_required"}, c.code); byPolicy && (r.Policies == nil || string(r.Policies.Outcome) != c.code) {
				t.Errorf("the policies say %+v", r.Policies)
			}
			if c.status == http.StatusTooManyRequests && r.Header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
		})
	}
	t.Cleanup(func() {
		if p.times() > 0 {
			t.Error("a model was asked")
		}
	})
}

func TestFieldsBelowV1ThatAreWrong(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	type field = map[string]string // loc of a problem → its type
	turn := func(v any) body { return chatBody("x", body{"messages": []any{v}}) }
	for name, c := range map[string]struct {
		path string
		sent body
		want field
	}{
		"nothing":                   {chatPath, body{}, field{"body model": "value_error.missing", "body messages": "value_error.missing"}},
		"no messages":               {chatPath, chatBody("x", body{"messages": []any{}}), field{"body messages": "value_error.list.min_items"}},
		"a question that is a text": {chatPath, chatBody("x", body{"messages": "x"}), field{"body messages": "type_error.list"}},
		"an unknown role":           {chatPath, turn(body{"role": "boss", "content": "x"}), field{"body messages 0 role": "type_error.enum"}},
		"no role":                   {chatPath, turn(body{"content": "x"}), field{"body messages 0 role": "value_error.missing"}},
		"no content":                {chatPath, turn(body{"role": "user"}), field{"body messages 0 content": "value_error.missing"}},
		"content is a number":       {chatPath, turn(body{"role": "user", "content": 5}), field{"body messages 0 content": "type_error.str"}},
		"a part is a text":          {chatPath, turn(body{"role": "user", "content": []any{"x"}}), field{"body messages 0 content 0": "type_error.dict"}},
		"a part without text":       {chatPath, turn(body{"role": "user", "content": []any{body{"type": "text", "text": 1}}}), field{"body messages 0 content 0 text": "type_error.str"}},
		"too long":                  {chatPath, turn(body{"role": "user", "content": strings.Repeat("é", 200_001)}), field{"body messages": "value_error.any_str.max_length"}},
		"bounds": {chatPath, chatBody("x", body{"max_tokens": 0, "max_completion_tokens": 0, "temperature": 2.1, "n": 0, "presence_penalty": 3, "frequency_penalty": -3, "limit": 101, "similarity_threshold": 2}),
			field{"body max_tokens": "value_error.number.not_ge", "body max_completion_tokens": "value_error.number.not_ge", "body temperature": "value_error.number.not_le",
				"body n": "value_error.number.not_ge", "body presence_penalty": "value_error.number.not_le", "body frequency_penalty": "value_error.number.not_ge",
				"body limit": "value_error.number.not_le", "body similarity_threshold": "value_error.number.not_le"}},
		"types": {chatPath, chatBody("x", body{"stop": 5, "stream": "yes", "stream_options": []any{}, "max_tokens": "9"}),
			field{"body stop": "type_error.list", "body stream": "type_error.bool", "body stream_options": "type_error.dict", "body max_tokens": "type_error.integer"}},
		"two answers":         {chatPath, chatBody("x", body{"n": 2}), field{"body n": "value_error.number.not_le"}},
		"a stop that is none": {chatPath, chatBody("x", body{"stop": []any{"a", 5}}), field{"body stop 1": "type_error.str"}},
		"too many stops":      {chatPath, chatBody("x", body{"stop": strings.Split(strings.Repeat("a", 17), "")}), field{"body stop": "value_error.list.max_items"}},
		"too many messages":   {chatPath, chatBody("x", body{"messages": turns(1001)}), field{"body messages": "value_error.list.max_items"}},
		"stops too long":      {chatPath, chatBody("x", body{"stop": []any{"a", strings.Repeat("a", 501)}}), field{"body stop 1": "value_error.any_str.max_length"}},
		"one stop too long":   {chatPath, chatBody("x", body{"stop": strings.Repeat("a", 501)}), field{"body stop 0": "value_error.any_str.max_length"}},
		"no input":            {embeddingsPath, body{"model": "x"}, field{"body input": "value_error.missing"}},
		"an empty list":       {embeddingsPath, body{"model": "x", "input": []any{}}, field{"body input": "value_error.list.min_items"}},
		"an empty text":       {embeddingsPath, body{"model": "x", "input": []any{"a", ""}}, field{"body input 1": "value_error.any_str.min_length"}},
		"tokens":              {embeddingsPath, body{"model": "x", "input": []any{1, 2}}, field{"body input 0": "type_error.str", "body input 1": "type_error.str"}},
		"null":                {embeddingsPath, body{"model": "x", "input": nil}, field{"body input": "type_error.none.not_allowed"}},
		"too many texts":      {embeddingsPath, body{"model": "x", "input": strings.Split(strings.Repeat("a", 257), "")}, field{"body input": "value_error.list.max_items"}},
		"too much text":       {embeddingsPath, body{"model": "x", "input": strings.Repeat("a", 200_001)}, field{"body input": "value_error.any_str.max_length"}},
		"an unknown encoding": {embeddingsPath, body{"model": "x", "input": "a", "encoding_format": "int8", "dimensions": 0}, field{"body encoding_format": "type_error.enum", "body dimensions": "value_error.number.not_ge"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a struct {
				Error  struct{ Message string }
				Detail []struct {
					Loc       []any
					Msg, Type string
				}
			}
			s.Must(http.StatusUnprocessableEntity, "POST", c.path, c.sent, &a)
			got := field{}
			for _, d := range a.Detail {
				got[strings.Trim(fmt.Sprint(d.Loc), "[]")] = d.Type
				if !strings.Contains(a.Error.Message, d.Msg) {
					t.Errorf("the message %q is without %q", a.Error.Message, d.Msg)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got)\n%s", diff)
			}
		})
	}
}

func TestDoorsNeedACredential(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789"}})
	for _, c := range [][2]string{{"GET", "/v1/models"}, {"GET", "/v1/models/x"}, {"POST", chatPath}, {"POST", embeddingsPath}, {"POST", "/mcp"}} {
		for header, want := range map[string]string{"Authorization: ": "Bearer token required", "Authorization: Bearer wrong": "Invalid admin API key"} {
			var r refused
			a := s.Must(http.StatusUnauthorized, c[0], c[1], nil, &r, header)
			if r.Detail != want || a.Header.Get("WWW-Authenticate") != "Bearer" {
				t.Errorf("%v with %q: %s", c, header, a.Body)
			}
			if inOpenAIsWords := c[1] != "/mcp"; inOpenAIsWords != (r.Error.Code == "invalid_api_key" && r.Error.Message == want) {
				t.Errorf("%v with %q: %s", c, header, a.Body)
			}
		}
	}
}

func TestTheAPILimitHoldsAtTheDoors(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789", "limits.api_per_minute": 2}})
	for _, path := range []string{"/v1/models", "/v1/models/"} {
		if a := s.Must(http.StatusOK, "GET", path, nil, nil); a.Header.Get("RateLimit-Limit") == "" {
			t.Error("no RateLimit headers")
		}
	}
	var r refused
	a := s.Must(http.StatusTooManyRequests, "POST", chatPath, chatBody("x", nil), &r)
	if r.Error.Type != "rate_limit_error" || r.Error.Code != "rate_limit_exceeded" || r.Error.Message != r.Detail || a.Header.Get("Retry-After") == "" {
		t.Errorf("the answer is %s", a.Body)
	}
	s.Must(http.StatusTooManyRequests, "POST", "/mcp", body{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, nil, acceptBoth)
}
