package apptest_test

import (
	"encoding/base64"
	endian "encoding/binary"
	"encoding/json"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/apptest"
	"syft-space/app/space"
)

const chatPath, embeddingsPath = "/v1/chat/completions", "/v1/embeddings"

// completion is what tests read of an answer of /v1/chat/completions.
type completion struct {
	apptest.Answer
	ID, Object, Model string
	Created           int64
	Choices           []struct {
		Message      struct{ Role, Content string }
		FinishReason string `json:"finish_reason"`
	}
	Usage      space.Usage
	References *struct{ Documents []body }
	Policies   *space.PolicyMetadata `json:"policy_metadata"`
}

// refused is what tests read of an error below /v1.
type refused struct {
	apptest.Answer
	Error struct {
		Message, Type, Code string
		Param               *string
	}
	Detail   any
	Policies *space.PolicyMetadata `json:"policy_metadata"`
}

// chat sends a question as OpenAI's clients do; fields lie over what is sent.
func (s *shop) chat(slug string, fields body) (c completion) {
	s.t.Helper()
	c.Answer = s.Must(http.StatusOK, "POST", chatPath, chatBody(slug, fields), &c)
	return c
}

func chatBody(slug string, fields body) body {
	sent := body{"model": slug, "messages": []body{{"role": "user", "content": "How long is the warranty of a lamp?"}}}
	for k, v := range fields {
		sent[k] = v
	}
	return sent
}

func TestModelsAreTheEndpointsOfTheCaller(t *testing.T) {
	t.Parallel()
	s := openShop(t, map[string]any{"auth.owner_email": "ann@example.org"}, shelf)
	open := s.endpoint("", body{"name": "Lamps", "summary": "About lamps."})
	unpublished, archived := s.endpoint("", body{"published": false}), s.endpoint("", nil)
	s.Must(http.StatusOK, "POST", "/api/v1/endpoints/"+archived+"/archive", nil, nil)
	denied := s.endpoint("", nil, policy{"access", body{"denied_users": []string{"ann@*"}}})
	allowed := s.endpoint("", nil, policy{"access", body{"allowed_users": []string{"*@example.org"}}})
	busy := s.endpoint("", nil, policy{"rate_limit", body{"limit": "1/d"}}, policy{"accounting", body{"price": 5, "budget": body{"amount": 1, "period": "day"}}})

	type model struct{ ID, Object, Name, Description string }
	var list struct {
		Object string
		Data   []model
	}
	s.Must(http.StatusOK, "GET", "/v1/models/", nil, &list)
	want := []model{{open, "model", "Lamps", "About lamps."}, {allowed, "model", allowed, ""}, {busy, "model", busy, ""}}
	if diff := cmp.Diff(want, list.Data); diff != "" || list.Object != "list" {
		t.Errorf("models of %s (-want +got)\n%s", list.Object, diff)
	}
	var one model
	s.Must(http.StatusOK, "GET", "/v1/models/"+open, nil, &one)
	if diff := cmp.Diff(want[0], one); diff != "" {
		t.Errorf("the model (-want +got)\n%s", diff)
	}
	for _, slug := range []string{unpublished, archived, denied, "nothing"} {
		var r refused
		s.Must(http.StatusNotFound, "GET", "/v1/models/"+slug+"/", nil, &r)
		if r.Error.Code != "model_not_found" || r.Detail != "Endpoint '"+slug+"' not found" {
			t.Errorf("%s: %+v", slug, r)
		}
	}
}

func TestAChatIsAQuery(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	for name, c := range map[string]struct {
		sent body
		want body // of what the provider is sent
		none []string
	}{
		"nothing cuts the answer unless it is sent": {body{}, body{"temperature": 0.7}, []string{"max_tokens", "stop"}},
		"a limit and a stop":                        {body{"max_tokens": 9, "stop": "##", "temperature": 0}, body{"max_tokens": 9.0, "stop": []any{"##"}, "temperature": 0.0}, nil},
		"the newer limit wins":                      {body{"max_tokens": 9, "max_completion_tokens": 8, "stop": []string{"a", "b"}}, body{"max_tokens": 8.0, "stop": []any{"a", "b"}}, nil},
		"penalties":                                 {body{"presence_penalty": 1, "frequency_penalty": -1.5}, body{"presence_penalty": 1.0, "frequency_penalty": -1.5}, nil},
		"null is nothing": {body{"max_tokens": nil, "max_completion_tokens": nil, "stop": nil, "temperature": nil, "n": nil, "stream": nil, "stream_options": nil,
			"presence_penalty": nil, "frequency_penalty": nil, "limit": nil, "similarity_threshold": nil, "include_metadata": nil, "extras": nil, "transaction_token": nil},
			body{"temperature": 0.7}, []string{"max_tokens", "stop"}},
		"unknown fields are ignored": {body{"user": "x", "seed": 1, "top_p": 0.1, "tools": []any{body{"type": "function"}}, "response_format": body{"type": "text"}}, body{"temperature": 0.7}, []string{"tools", "seed"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newProvider(t, speaks("36 months", " [1]."))
			slug := s.endpoint(s.model("openai", p), nil)
			got := s.chat(slug, c.sent)
			asked := p.only(t)
			for k, v := range c.want {
				if diff := cmp.Diff(v, asked.Body[k]); diff != "" {
					t.Errorf("%s (-want +got)\n%s", k, diff)
				}
			}
			for _, k := range c.none {
				if asked.Body[k] != nil {
					t.Errorf("%s is %v", k, asked.Body[k])
				}
			}
			choice := got.Choices[0]
			if choice.Message.Role != "assistant" || choice.Message.Content != "36 months [1]." || choice.FinishReason != "stop" {
				t.Errorf("the answer is %+v", choice)
			}
			if got.Object != "chat.completion" || !strings.HasPrefix(got.ID, "chatcmpl-") || got.Model != slug || got.Created == 0 || got.Usage.TotalTokens != 16 {
				t.Errorf("the answer is %s", got.Body)
			}
			if len(got.References.Documents) == 0 || got.Policies.Outcome != "success" {
				t.Errorf("beside the answer stands %s", got.Body)
			}
		})
	}
}

func TestTheMessagesOfAChat(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	p := newProvider(t, speaks("fine"))
	slug := s.endpoint(s.model("openai", p), body{"response_type": "summary"})
	s.chat(slug, body{"messages": []body{
		{"role": "developer", "content": "Be short."},
		{"role": "user", "content": []body{{"type": "text", "text": "one"}, {"type": "text", "text": "two"}}, "name": "ann"},
		{"role": "assistant", "content": "three"},
		{"role": "user", "content": "four"},
	}})
	want := []struct{ Role, Content string }{{"system", "Be short."}, {"user", "one\ntwo"}, {"assistant", "three"}, {"user", "four"}}
	if diff := cmp.Diff(want, p.only(t).Messages); diff != "" {
		t.Errorf("the model is sent (-want +got)\n%s", diff)
	}
}

func TestFinishReasonsAreOpenAIs(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	long := newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, "36")
		line(w, `data: {"id":"chat-1","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{},"finish_reason":"length"}]}`+"\n\ndata: [DONE]\n\n")
	})
	var quotes thing
	s.Must(http.StatusCreated, "POST", "/api/v1/models", body{"name": "quotes", "dtype": "extractive"}, &quotes)
	if got := s.chat(s.endpoint(s.model("openai", long), nil), nil).Choices[0].FinishReason; got != "length" {
		t.Errorf("a cut answer ends by %q", got)
	}
	none := s.chat(s.endpoint(quotes.ID, nil), body{"messages": []body{{"role": "user", "content": "Which encryption does the payment terminal use?"}}, "similarity_threshold": 1})
	if c := none.Choices[0]; c.FinishReason != "stop" || c.Message.Content == "" {
		t.Errorf("an answer that is none is %+v", c)
	}
}

func TestAnEndpointWithoutAModelAnswersWithPassages(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint("", body{"response_type": "raw"})
	got := s.chat(slug, body{"limit": 1, "extras": body{"filters": body{"file_type": ".md"}}})
	text := got.Choices[0].Message.Content
	if !strings.HasPrefix(text, "[1] handbook/lamps.md, line ") || !strings.Contains(text, "36 months") {
		t.Errorf("the answer is %q", text)
	}
	if len(got.References.Documents) != 1 {
		t.Errorf("%d references", len(got.References.Documents))
	}
	stream := s.stream(slug, body{"limit": 1, "extras": body{"filters": body{"file_type": ".md"}}})
	if said(t, stream.Body) != text {
		t.Errorf("the stream says %q", said(t, stream.Body))
	}
	if text := s.chat(slug, body{"similarity_threshold": 1}).Choices[0].Message.Content; text != "No passage was found that fits the question." {
		t.Errorf("without passages the answer is %q", text)
	}
	if text := s.chat(slug, body{"limit": 1, "include_metadata": false}).Choices[0].Message.Content; !strings.HasPrefix(text, "[1]\n") {
		t.Errorf("without metadata the answer is %q", text)
	}
}

// stream asks for a stream, and expects one.
func (s *shop) stream(slug string, fields body) reply {
	s.t.Helper()
	sent := chatBody(slug, fields)
	sent["stream"] = true
	return reply{Answer: s.Must(http.StatusOK, "POST", chatPath, sent, nil)}
}

func TestAStreamedChat(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	for _, usage := range []bool{false, true} {
		t.Run(fmt.Sprintf("usage %v", usage), func(t *testing.T) {
			t.Parallel()
			slug := s.endpoint(s.model("openai", newProvider(t, speaks("36", " months"))), nil)
			list := frames(t, s.stream(slug, body{"stream_options": body{"include_usage": usage}}))
			var shape []string
			for _, f := range list {
				if f["object"] != "chat.completion.chunk" || f["model"] != slug || f["id"] != list[0]["id"] || f["created"] != list[0]["created"] {
					t.Errorf("a chunk is %v", f)
				}
				said, _ := json.Marshal(f["choices"])
				sum := string(said)
				if u, there := f["usage"]; there && u == nil {
					sum += " usage null"
				} else if there {
					sum += " usage"
				}
				if f["references"] != nil && f["policy_metadata"] != nil {
					sum += " references"
				}
				shape = append(shape, sum)
			}
			chunk := func(delta, reason string) string {
				return `[{"delta":{` + delta + `},"finish_reason":` + reason + `,"index":0,"logprobs":null}]`
			}
			want := []string{
				chunk(`"content":"","role":"assistant"`, "null"), chunk(`"content":"36"`, "null"), chunk(`"content":" months"`, "null"), chunk("", `"stop"`),
			}
			if usage {
				for i := range want {
					want[i] += " usage null"
				}
				want = append(want, "[] usage")
			}
			want[len(want)-1] += " references"
			if diff := cmp.Diff(want, shape); diff != "" {
				t.Errorf("chunks (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAStreamThatBreaksSaysSoInOpenAIsWords(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint(s.model("openai", newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, "36")
		panic(http.ErrAbortHandler) // the connection breaks
	})), nil, policy{"accounting", body{"price": 1}})
	list := frames(t, s.stream(slug, nil))
	last, _ := json.Marshal(list[len(list)-1])
	var r refused
	if err := json.Unmarshal(last, &r); err != nil {
		t.Fatal(err)
	}
	if r.Error.Message == "" || r.Error.Message != r.Detail || r.Error.Type != "server_error" || r.Policies == nil {
		t.Errorf("the last frame is %s", last)
	}
	if accounts := balance(t, s.Data, slug); accounts["held"] != 0 || accounts["owner"] != 0 {
		t.Errorf("the accounts are %v", accounts)
	}
}

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
		"two answers":              {"POST", chatPath, chatBody(open, body{"n": 2}), 400, "invalid_request_error", "invalid_request", "n: "},
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
		"a stop that is none": {chatPath, chatBody("x", body{"stop": []any{"a", 5}}), field{"body stop 1": "type_error.str"}},
		"too many stops":      {chatPath, chatBody("x", body{"stop": strings.Split(strings.Repeat("a", 17), "")}), field{"body stop": "value_error.list.max_items"}},
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

// embeddings is what tests read of an answer of /v1/embeddings.
type embeddings struct {
	Object, Model, Embedder string
	Data                    []struct {
		Index     int
		Embedding json.RawMessage
	}
	Usage struct {
		Prompt int `json:"prompt_tokens"`
		Total  int `json:"total_tokens"`
	}
	Policies space.PolicyMetadata `json:"policy_metadata"`
}

func TestEmbeddingsAreTheDatasets(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint("", nil)
	embed := func(fields body) (e embeddings, vectors [][]float32) {
		sent := body{"model": slug, "input": []string{"Every lamp has a warranty.", "six"}}
		for k, v := range fields {
			sent[k] = v
		}
		s.Must(http.StatusOK, "POST", embeddingsPath+"/", sent, &e)
		for _, d := range e.Data {
			vectors = append(vectors, decode(t, d.Embedding))
		}
		return e, vectors
	}
	e, floats := embed(nil)
	if e.Object != "list" || e.Model != slug || e.Embedder != "builtin/multilingual-e5-small" || e.Usage.Prompt == 0 || e.Usage.Prompt != e.Usage.Total || e.Data[1].Index != 1 {
		t.Errorf("the answer is %+v", e)
	}
	for _, v := range floats {
		if len(v) != 384 || math.Abs(dot(v, v)-1) > 1e-3 {
			t.Errorf("a vector has %d dimensions and the square %v", len(v), dot(v, v))
		}
	}
	_, packed := embed(body{"encoding_format": "base64", "dimensions": 384})
	if diff := cmp.Diff(floats, packed); diff != "" {
		t.Errorf("base64 differs\n%s", diff)
	}
	_, passages := embed(body{"input_type": "document"})
	_, questions := embed(body{"input_type": "query"})
	if !cmp.Equal(floats, passages) || cmp.Equal(floats, questions) {
		t.Error("texts are not embedded as passages unless they are queries")
	}
	_, one := embed(body{"input": "six"})
	if len(one) != 1 || dot(one[0], floats[1]) < 0.999 {
		t.Errorf("one text has %d vectors", len(one))
	}
}

func decode(t *testing.T, raw json.RawMessage) (v []float32) {
	t.Helper()
	if raw[0] != '"' {
		if err := json.Unmarshal(raw, &v); err != nil {
			t.Fatal(err)
		}
		return v
	}
	var text string
	_ = json.Unmarshal(raw, &text)
	packed, err := base64.StdEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(packed); i += 4 {
		v = append(v, math.Float32frombits(endian.LittleEndian.Uint32(packed[i:])))
	}
	return v
}

func dot(a, b []float32) (sum float64) {
	for i := range a {
		sum += float64(a[i]) * float64(b[i])
	}
	return sum
}
