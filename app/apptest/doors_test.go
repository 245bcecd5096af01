package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTheDoorsShareOneLedger pays for the same endpoint at every door, and
// looks at the accounts and the record afterwards.
func TestTheDoorsShareOneLedger(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	for name, c := range map[string]struct {
		price body
		use   func(slug string)
		owner int64 // in millionths
	}{
		"a chat":               {body{"price": 0.25}, func(slug string) { s.chat(slug, nil) }, 250_000},
		"a streamed chat":      {body{"price": 0.25}, func(slug string) { s.stream(slug, nil) }, 250_000},
		"a tool":               {body{"price": 0.25}, func(slug string) { s.tool(slug, body{"question": "How long is the warranty of a lamp?"}) }, 250_000},
		"a chat by the token":  {body{"price": 0.001, "pricing_mode": "per_token"}, func(slug string) { s.chat(slug, nil) }, 16_000},
		"embeddings":           {body{"price": 0.25}, func(slug string) { s.embed(slug, "a", "b") }, 250_000},
		"embeddings by piece":  {body{"price": 0.25, "pricing_mode": "per_document"}, func(slug string) { s.embed(slug, "a", "b") }, 500_000},
		"embeddings by tokens": {body{"price": 0.001, "pricing_mode": "per_token"}, func(slug string) { s.embed(slug, "lamp", "lamp") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			slug := s.endpoint(s.model("openai", newProvider(t, speaks("36", " months"))), nil, policy{"accounting", c.price})
			c.use(slug)
			want := c.owner
			if name == "embeddings by tokens" {
				want = int64(s.embed(slug, "lamp", "lamp").Usage.Total) * 1000 * 2 // twice
			}
			accounts := balance(t, s.Data, slug)
			if accounts["owner"] != want || accounts["held"] != 0 || accounts["payer"] != -want || want == 0 {
				t.Errorf("the accounts are %v, want %d for the owner", accounts, want)
			}
			for _, event := range s.events(slug, 1) {
				if event != "success 200" {
					t.Errorf("the event is %q", event)
				}
			}
		})
	}
}

// embed asks for the vectors of texts.
func (s *shop) embed(slug string, texts ...string) (e embeddings) {
	s.t.Helper()
	s.Must(http.StatusOK, "POST", embeddingsPath, body{"model": slug, "input": texts}, &e)
	return e
}

func TestOneRateLimitCountsAllDoors(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint("", nil, policy{"rate_limit", body{"limit": "4/d"}})
	s.chat(slug, nil)
	s.stream(slug, nil)
	s.embed(slug, "a")
	var r refused
	s.Must(http.StatusBadRequest, "POST", embeddingsPath, body{"model": slug, "input": "x", "dimensions": 2}, &r) // is not counted
	if got := s.tool(slug, body{"question": "How long is the warranty?"}); got.IsError {
		t.Errorf("the fourth call is refused: %+v", got)
	}
	s.Must(http.StatusTooManyRequests, "POST", chatPath, chatBody(slug, nil), nil)
	s.ask(http.StatusTooManyRequests, slug, body{})
	if got := s.tool(slug, body{"question": "How long is the warranty?"}); !got.IsError || !strings.HasPrefix(got.text(), "Rate limit exceeded. Retry after ") {
		t.Errorf("the tool says %+v", got)
	}
	want := []string{"success 200", "success 200", "success 200", "error 400", "success 200", "rate_limited 429", "rate_limited 429", "rate_limited 429"}
	if diff := cmp.Diff(want, s.events(slug, len(want))); diff != "" {
		t.Errorf("the record (-want +got)\n%s", diff)
	}
}

func TestNoDoorLetsPersonalDataOut(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, map[string]string{"contact.md": "# Contact\n\nThe warranty desk is reached at desk@lumen.example.\n"})
	p := newProvider(t, speaks("Write to ", "desk@lumen", ".example. ", "They answer."))
	slug := s.endpoint(s.model("openai", p), nil, policy{"pii_filter", body{"detectors": []string{"email"}}})
	raw := s.endpoint("", body{"response_type": "raw"}, policy{"pii_filter", body{"detectors": []string{"email"}}})
	question := body{"messages": []body{{"role": "user", "content": "Who is the warranty desk?"}}}
	stream := s.stream(slug, question)
	if text := said(t, stream.Body); !strings.HasPrefix(text, "Write to ") || !strings.HasSuffix(text, "They answer.") {
		t.Errorf("the stream says %q", text)
	}
	for door, answer := range map[string]string{
		"chat": s.chat(slug, question).Body, "stream": stream.Body, "raw": s.chat(raw, question).Body, "raw stream": s.stream(raw, question).Body,
		"tool": s.tool(slug, body{"question": "Who is the warranty desk?"}).Body, "raw tool": s.tool(raw, body{"question": "Who is the warranty desk?"}).Body,
	} {
		if strings.Contains(answer, "desk@") || !strings.Contains(answer, "warranty desk") {
			t.Errorf("%s: %s", door, answer)
		}
	}
}

// TestCallersWhoLeaveADoor closes the connection in the middle of an answer,
// and waits until the provider is told, the money is back and the record says so.
func TestCallersWhoLeaveADoor(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	question := body{"question": "How long is the warranty of a lamp?"}
	for name, c := range map[string]struct {
		path string
		sent func(slug string) any
	}{
		"chat":          {chatPath, func(slug string) any { return chatBody(slug, nil) }},
		"streamed chat": {chatPath, func(slug string) any { return chatBody(slug, body{"stream": true}) }},
		"tool":          {"/mcp", func(slug string) any { return callOf("", slug, question) }},
		"tool, 2026":    {"/mcp", func(slug string) any { return callOf("2026-07-28", slug, question) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newStuckProvider(t, "one", " two")
			slug := s.endpoint(s.model("openai", p), nil, policy{"accounting", body{"price": 0.25}})
			req, err := http.NewRequestWithContext(p.untilAsked(t), "POST", s.URL+c.path, bodyOf(c.sent(slug)))
			if err != nil {
				t.Fatal(err)
			}
			req.Header.Set("Content-Type", "application/json")
			req.Header.Set("Accept", "application/json, text/event-stream")
			if strings.HasSuffix(name, "2026") {
				for k, v := range map[string]string{"Mcp-Protocol-Version": "2026-07-28", "Mcp-Method": "tools/call", "Mcp-Name": slug} {
					req.Header.Set(k, v)
				}
			}
			if res, err := http.DefaultClient.Do(req); err == nil {
				res.Body.Close()
			}
			s.wasLeft(t, p, slug)
		})
	}
}
