package apptest_test

import (
	"net/http"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/modelcontextprotocol/go-sdk/mcp"

	"syft-space/app/apptest"
)

const acceptBoth = "Accept: application/json, text/event-stream"

// toolResult is what tests read of a tool's answer.
type toolResult struct {
	apptest.Answer
	Content []struct{ Type, Text string }
	IsError bool
	Struct  struct {
		Answer     string
		References []body
	} `json:"structuredContent"`
}

func (r toolResult) text() string {
	var texts []string
	for _, c := range r.Content {
		texts = append(texts, c.Text)
	}
	return strings.Join(texts, "\n")
}

// callOf is a call of a tool as a message. version is of the protocol, "" for
// one that comes without.
func callOf(version, name string, arguments any) body {
	params := body{"name": name, "arguments": arguments}
	if version != "" {
		params["_meta"] = body{"io.modelcontextprotocol/protocolVersion": version, "io.modelcontextprotocol/clientCapabilities": body{}}
	}
	return body{"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": params}
}

// tool calls a tool by its message alone, without a handshake.
func (s *shop) tool(name string, arguments any) (r toolResult) {
	s.t.Helper()
	var answer struct{ Result *toolResult }
	a := s.Must(http.StatusOK, "POST", "/mcp", callOf("", name, arguments), &answer, acceptBoth)
	if answer.Result == nil {
		s.t.Fatalf("the call of %s is answered with %s", name, a.Body)
	}
	answer.Result.Answer = a
	return *answer.Result
}

func TestToolsAnswerFromDocuments(t *testing.T) {
	t.Parallel()
	s := openShop(t, map[string]any{"auth.owner_email": "ann@example.org"}, shelf)
	both := s.endpoint(s.model("openai", newProvider(t, speaks("36 months", " [1]."))), body{"name": "Lamps", "summary": "About lamps."})
	raw := s.endpoint("", body{"response_type": "raw"})
	summary := s.endpoint(s.model("openai", newProvider(t, speaks("Hello."))), body{"response_type": "summary"})
	s.endpoint("", body{"published": false})
	s.endpoint("", nil, policy{"access", body{"denied_users": []string{"ann@*"}}})

	for name, transport := range map[string]func() mcp.Transport{
		"http": func() mcp.Transport { return &mcp.StreamableClientTransport{Endpoint: s.URL + "/mcp/"} },
		"stdio": func() mcp.Transport {
			path, err := binary()
			if err != nil {
				t.Fatal(err)
			}
			return &mcp.CommandTransport{Command: exec.Command(path, "mcp", "--data-dir", s.Data)}
		},
	} {
		t.Run(name, func(t *testing.T) {
			session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(), transport(), nil)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			list, err := session.ListTools(t.Context(), nil)
			if err != nil {
				t.Fatal(err)
			}
			about := map[string]string{}
			for _, tool := range list.Tools {
				about[tool.Name] = tool.Description
			}
			want := map[string]string{
				both:    "Lamps: About lamps. Answers a question from documents and cites its sources as [1], [2].",
				raw:     raw + ". Finds the passages of documents that answer a question, numbered [1], [2].",
				summary: summary + ". Answers a question.",
			}
			if diff := cmp.Diff(want, about); diff != "" {
				t.Errorf("tools (-want +got)\n%s", diff)
			}
			question := body{"question": "How long is the warranty of a lamp?", "limit": 1, "filters": body{"file_type": ".md"}}
			if text, refs := callBy(t, session, both, question); text != "36 months [1].\n\nSources:\n[1] handbook/lamps.md, line 3, Lumen lamps" || refs != 1 {
				t.Errorf("with a model the answer is %q with %d references", text, refs)
			}
			if text, refs := callBy(t, session, raw, question); !strings.HasPrefix(text, "[1] handbook/lamps.md, line 3") || !strings.Contains(text, "36 months") || refs != 1 {
				t.Errorf("the passages are %q with %d references", text, refs)
			}
			if text, refs := callBy(t, session, summary, body{"question": "Hello?"}); text != "Hello." || refs != 0 {
				t.Errorf("without documents the answer is %q with %d references", text, refs)
			}
			if _, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: "nothing", Arguments: question}); err == nil || !strings.Contains(err.Error(), `unknown tool "nothing"`) {
				t.Errorf("an unknown tool: %v", err)
			}
		})
	}
}

func callBy(t *testing.T, session *mcp.ClientSession, name string, arguments any) (text string, references int) {
	t.Helper()
	result, err := session.CallTool(t.Context(), &mcp.CallToolParams{Name: name, Arguments: arguments})
	if err != nil {
		t.Fatal(err)
	}
	list, _ := result.StructuredContent.(body)["references"].([]any)
	return result.Content[0].(*mcp.TextContent).Text, len(list)
}

func TestRefusalsAreErrorsOfTheTool(t *testing.T) {
	t.Parallel()
	s := openShop(t, map[string]any{"auth.owner_email": "ann@example.org"}, shelf)
	p := newProvider(t, replies(http.StatusUnauthorized, "application/json", `{"error":{"message":"wrong key `+providerKey+`"}}`))
	model := s.model("openai", p)
	open := s.endpoint("", nil)
	poor := s.endpoint("", nil, policy{"accounting", body{"price": 2, "budget": body{"amount": 1, "period": "day"}}})
	broken := s.endpoint(model, nil)
	asked := body{"question": "How long is the warranty?"}
	for name, c := range map[string]struct {
		slug      string
		arguments any
		want      string
	}{
		"budget":                {poor, asked, "Budget exceeded"},
		"a provider that fails": {broken, asked, "Model chat failed: "},
		"no arguments":          {open, nil, "question: a question is required"},
		"no question":           {open, body{"question": " "}, "question: a question is required"},
		"a question too long":   {open, body{"question": strings.Repeat("x", 200_001)}, "question: at most 200000 characters are taken"},
		"a wrong type":          {open, body{"question": "x", "limit": "5"}, "limit: the value has a wrong type"},
		"a list":                {open, []any{}, "the arguments are not a JSON object"},
		"a limit out of bounds": {open, body{"question": "x", "limit": 101}, "limit: it must be from 1 to 100"},
		"an unknown operator":   {open, body{"question": "x", "filters": body{"file_type": body{"$ne": "x"}}}, "filters.file_type: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got := s.tool(c.slug, c.arguments)
			if !got.IsError || !strings.HasPrefix(got.text(), c.want) || strings.Contains(got.Body, providerKey) {
				t.Errorf("the tool says %s", got.Body)
			}
		})
	}
}

func TestTheDoorForToolsIsGuarded(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	list := body{"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
	listen := body{"jsonrpc": "2.0", "id": 1, "method": "subscriptions/listen", "params": body{
		"notifications": body{"toolsListChanged": true},
		"_meta":         body{"io.modelcontextprotocol/protocolVersion": "2026-07-28", "io.modelcontextprotocol/clientCapabilities": body{}},
	}}
	for name, c := range map[string]struct {
		method string
		sent   any
		header []string
		status int
		has    string
	}{
		"a name that points here": {"POST", list, []string{acceptBoth, "Host: evil.example"}, 403, `"detail":"This Space does not answer to the host name`},
		"a page of another site":  {"POST", list, []string{acceptBoth, "Origin: https://evil.example"}, 403, `"detail":"Requests from the web origin`},
		"a page of our own":       {"POST", list, []string{acceptBoth, "Origin: " + s.URL}, 200, `"tools":[]`},
		"a proxy in open mode":    {"POST", list, []string{acceptBoth, "X-Forwarded-For: 192.0.2.1"}, 401, "Bearer token required"},
		"the tools are private":   {"POST", list, []string{acceptBoth}, 200, `"cacheScope":"private"`},
		"a reader of pages":       {"POST", list, []string{"Accept: text/html"}, 400, `{"detail":"Accept must contain`},
		"another type":            {"POST", list, []string{acceptBoth, "Content-Type: text/plain"}, 415, `"detail"`},
		"an old protocol":         {"POST", list, []string{acceptBoth, "Mcp-Protocol-Version: 1999-01-01"}, 400, `{"detail":"Bad Request: Unsupported protocol version`},
		"broken JSON":             {"POST", "{", []string{acceptBoth}, 422, "value_error.jsondecode"},
		"no message":              {"POST", body{"a": 1}, []string{acceptBoth}, 400, `"detail"`},
		"a stream of its own":     {"GET", nil, []string{acceptBoth}, 405, `{"detail":"Method Not Allowed"}`},
		"the end of a session":    {"DELETE", nil, nil, 405, `{"detail":"Method Not Allowed"}`},
		"a notification":          {"POST", body{"jsonrpc": "2.0", "method": "notifications/initialized"}, []string{acceptBoth}, 202, ""},
		"an unknown method":       {"POST", body{"jsonrpc": "2.0", "id": 1, "method": "nothing"}, []string{acceptBoth}, 400, `{"detail":"JSON RPC not handled`},
		"a list of messages":      {"POST", []any{list, list}, []string{acceptBoth}, 400, `{"detail":"A list of messages is not taken; send each message on its own"}`},
		"a list of one":           {"POST", " [ " + `{"jsonrpc":"2.0","id":1,"method":"tools/list"}` + " ]", []string{acceptBoth}, 400, `{"detail":"A list of messages`},
		"a subscription":          {"POST", listen, []string{acceptBoth}, 400, `{"detail":"There is nothing to subscribe to`},
		"one of the new protocol": {"POST", listen, []string{acceptBoth, "Mcp-Protocol-Version: 2026-07-28", "Mcp-Method: subscriptions/listen"}, 400, `{"detail":"There is nothing to subscribe to`},
		"one that is disguised":   {"POST", `{"jsonrpc":"2.0","id":1,"method":"subscriptions\u002flisten","Method":"ping"}`, []string{acceptBoth}, 400, `{"detail":"There is nothing to subscribe to`},
		"how to sign in":          {"GET", nil, []string{"path: /.well-known/oauth-protected-resource"}, 404, `{"detail":"Not Found"}`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			path := "/mcp"
			if len(c.header) > 0 {
				if other, ok := strings.CutPrefix(c.header[0], "path: "); ok {
					path = other
				}
			}
			a := s.Must(c.status, c.method, path, c.sent, nil, c.header...)
			if !strings.Contains(a.Body, c.has) {
				t.Errorf("the answer is %q", a.Body)
			}
		})
	}
}

func TestStdioSaysWhyThereAreNoTools(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{Settings: map[string]any{"auth.admin_key": "geheim-0123456789"}})
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args []string
		want string
	}{
		"no Space":     {[]string{"--data-dir", t.TempDir()}, "no Space is running; start one with: syft-space"},
		"a wrong key":  {[]string{"--url", s.URL}, "Invalid admin API key"},
		"out of reach": {[]string{"--url", deadURL()}, "cannot be reached"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			command := exec.Command(path, append([]string{"mcp"}, c.args...)...)
			command.Env = append(os.Environ(), "SYFT_ADMIN_API_KEY=wrong")
			session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(), &mcp.CommandTransport{Command: command}, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer session.Close()
			if _, err := session.ListTools(t.Context(), nil); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("the client is told: %v", err)
			}
		})
	}
}

// TestACallThatIsGivenUpEndsTheModelsWork takes a call back over standard
// input, and waits until the provider is told.
func TestACallThatIsGivenUpEndsTheModelsWork(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	p := newStuckProvider(t)
	slug := s.endpoint(s.model("openai", p), nil, policy{"accounting", body{"price": 0.25}})
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	session, err := mcp.NewClient(&mcp.Implementation{Name: "test"}, nil).Connect(t.Context(),
		&mcp.CommandTransport{Command: exec.Command(path, "mcp", "--data-dir", s.Data)}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	if _, err := session.CallTool(p.untilAsked(t), &mcp.CallToolParams{Name: slug, Arguments: body{"question": "How long is the warranty?"}}); err == nil {
		t.Error("the call was answered")
	}
	s.wasLeft(t, p, slug)
}
