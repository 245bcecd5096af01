package apptest_test

import (
	"net/http"
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
