package apptest_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
)

// fault is what a provider does wrong, and what a caller is told.
type fault struct {
	name   string
	says   http.HandlerFunc
	config body // of the model
	status int
	detail string // behind "Model chat failed: "
	ollama string // the same of an Ollama, where it differs
	begun  bool   // words left before it went wrong
}

const secretBody = "RAW-BODY of the provider with " + providerKey

// faults are those that show at once.
func faults(elsewhere string) []fault {
	quote := func(status int) http.HandlerFunc {
		return replies(status, "application/json", `{"error":{"message":"`+secretBody+`","type":"x","code":"y"}}`)
	}
	return []fault{
		{name: "its key is refused", says: quote(401), status: 500, detail: "API key was refused", ollama: "wants an API key or a sign-in"},
		{name: "too many requests", says: replies(429, "application/json", `{"error":"`+secretBody+`"}`, "Retry-After: 17"), status: 503, detail: "allows no more requests"},
		{name: "500", says: quote(500), status: 500, detail: "failed (status 500)"},
		{name: "503", says: quote(503), status: 503, detail: "overloaded or not ready"},
		{name: "500 in HTML", says: replies(500, "text/html", "<html>"+secretBody), status: 500, detail: "failed (status 500)"},
		{name: "200 with an error", says: quote(200), status: 500, detail: "reported an error"},
		{name: "200 in HTML", says: replies(200, "text/html", "<html>"+secretBody), status: 500, detail: "not with the API of OpenAI", ollama: "reported an error"},
		{name: "invalid JSON", says: func(w http.ResponseWriter, r *http.Request) {
			talk(w, r)
			line(w, "data: {\"choices\":"+secretBody+"\n\n")
		}, status: 500, detail: "sent something that is not an answer", ollama: "reported an error"},
		{name: "a wrong content type", says: replies(200, "image/png", secretBody), status: 500, detail: "not with the API of OpenAI", ollama: "reported an error"},
		{name: "nothing at all", says: replies(200, "text/event-stream", ""), status: 500, detail: "broke off"},
		{name: "cut off in the middle", begun: true, status: 500, detail: "broke off", says: func(w http.ResponseWriter, r *http.Request) {
			talk(w, r, "one", " two")
			panic(http.ErrAbortHandler)
		}},
		{name: "an end without a word of it", begun: true, status: 500, detail: "broke off", says: func(w http.ResponseWriter, r *http.Request) {
			talk(w, r, "one", " two")
		}},
		{name: "an error in the middle", begun: true, status: 500, detail: "reported an error", says: func(w http.ResponseWriter, r *http.Request) {
			talk(w, r, "one")
			if r.URL.Path == "/api/chat" {
				line(w, `{"error":"`+secretBody+`"}`+"\n")
				return
			}
			line(w, `data: {"error":{"message":"`+secretBody+`"}}`+"\n\n")
		}},
		{name: "no end", begun: true, status: 500, detail: "does not stop sending", says: func(w http.ResponseWriter, r *http.Request) {
			for r.Context().Err() == nil {
				talk(w, r, strings.Repeat("blah ", 10_000))
			}
		}},
		{name: "one endless line", status: 500, detail: "does not stop sending", ollama: "broke off", says: func(w http.ResponseWriter, r *http.Request) {
			talk(w, r)
			for r.Context().Err() == nil {
				line(w, strings.Repeat("x", 1<<20))
			}
		}},
		{name: "a redirect to another host", status: 500, detail: "sends its callers on to another address", says: func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, elsewhere+r.URL.Path, http.StatusTemporaryRedirect)
		}},
	}
}

// TestProviderFaults has providers do everything wrong, and holds the answer,
// the money, the record and the memory of goroutines against the contract. It
// runs alone: it counts goroutines.
func TestProviderFaults(t *testing.T) {
	s := openShop(t, nil, shelf)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		t.Error("a provider's redirect was followed to another host")
	}))
	defer elsewhere.Close()
	list := append(faults(elsewhere.URL),
		fault{name: "nobody listens", config: body{"base_url": deadURL()}, status: 503, detail: "is not reachable"},
		fault{name: "a host without a name", config: body{"base_url": "http://provider.invalid:1"}, status: 503, detail: "is not known"},
	)
	before := runtime.NumGoroutine()
	s.meetsAll(t, list)
	s.goroutinesReturn(before)
}

// TestProvidersThatFallSilent is TestProviderFaults for what shows by time.
func TestProvidersThatFallSilent(t *testing.T) {
	s := openShop(t, body{"query.chat_timeout": "1s"}, shelf)
	before := runtime.NumGoroutine()
	list := []fault{
		{name: "from the beginning", status: 504, detail: "the model took longer than 1s", says: func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }},
		{name: "in the middle", begun: true, status: 504, detail: "the model took longer than 1s", says: func(w http.ResponseWriter, r *http.Request) {
			talk(w, r, "one", " two")
			<-r.Context().Done()
		}},
	}
	s.meetsAll(t, list)
	s.goroutinesReturn(before)
}

// meetsAll has every provider at fault in both protocols, and then looks at the
// records, which are written behind.
func (s *shop) meetsAll(t *testing.T, list []fault) {
	var mu sync.Mutex
	want := map[string]string{} // what is recorded, by slug
	t.Run("answers", func(t *testing.T) {
		for _, f := range list {
			for _, dtype := range []string{"openai", "ollama"} {
				t.Run(f.name+", "+dtype, func(t *testing.T) {
					t.Parallel()
					slug := s.meets(t, f, dtype)
					mu.Lock()
					defer mu.Unlock()
					want[slug] = fmt.Sprintf("error %d", f.status)
				})
			}
		}
	})
	for slug, want := range want {
		for _, got := range s.events(slug, 2) {
			if got != want {
				t.Errorf("an event of %s is %q, want %q", slug, got, want)
			}
		}
	}
}

// meets asks an endpoint whose provider is at fault, in one piece and as a
// stream, and returns its slug.
func (s *shop) meets(t *testing.T, f fault, dtype string) string {
	p := newProvider(t, f.says)
	config := body{}
	for k, v := range f.config {
		config[k] = v
		if dtype == "openai" {
			config[k] = fmt.Sprint(v) + "/v1"
		}
	}
	slug := s.endpoint(s.model(dtype, p, config), nil, policy{"accounting", body{"price": 0.25}})
	whole := s.ask(f.status, slug, body{})
	want := f.detail
	if dtype == "ollama" && f.ollama != "" {
		want = f.ollama
	}
	check := func(text, detail string) {
		t.Helper()
		if !strings.HasPrefix(detail, "Model chat failed: ") || !strings.Contains(detail, want) {
			t.Errorf("the detail is %q", detail)
		}
		if strings.Contains(text, "RAW-BODY") || strings.Contains(text, providerKey) {
			t.Errorf("the provider's own words left: %s", text)
		}
	}
	check(whole.Body, whole.detail())
	if (f.status == 503) != (whole.Header.Get("Retry-After") != "") {
		t.Errorf("Retry-After is %q", whole.Header.Get("Retry-After"))
	}
	if got := fmt.Sprint(whole.entries()); got != "[accounting refunded 0.25 USD query_failed]" || whole.Policies.Outcome != "success" {
		t.Errorf("the policies say %v", whole.Policies)
	}
	status := f.status
	if f.begun {
		status = http.StatusOK
	}
	stream := s.ask(status, slug, body{"stream": true})
	if f.begun {
		last := frames(t, stream)
		told, _ := last[len(last)-1]["error"].(body)
		check(stream.Body, fmt.Sprint(told["detail"]))
		if told["status"] != float64(f.status) || told["policy_metadata"] == nil || said(t, stream.Body) == "" {
			t.Errorf("the last frame is %v", last[len(last)-1])
		}
	} else {
		check(stream.Body, stream.detail())
	}
	if accounts := balance(t, s.Data, slug); accounts["payer"] != 0 || accounts["held"] != 0 || accounts["owner"] != 0 {
		t.Errorf("the accounts are %v", accounts)
	}
	return slug
}

// goroutinesReturn waits until no more goroutines run than before.
func (s *shop) goroutinesReturn(before int) {
	s.t.Helper()
	s.Eventually(func() string {
		http.DefaultClient.CloseIdleConnections()
		if now := runtime.NumGoroutine(); now > before {
			stacks := make([]byte, 1<<20)
			return fmt.Sprintf("%d goroutines run, %d did before\n%s", now, before, stacks[:runtime.Stack(stacks, true)])
		}
		return ""
	})
}

// deadURL is an address of this computer at which nobody listens.
func deadURL() string {
	server := httptest.NewServer(http.NotFoundHandler())
	server.Close()
	return server.URL
}

// TestCallersWhoLeave has callers go away at every stage, and waits until the
// provider is told, the money is back and the record says so.
func TestCallersWhoLeave(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	for _, stream := range []bool{false, true} {
		for _, dtype := range []string{"openai", "ollama"} {
			t.Run(fmt.Sprintf("%s, stream %v", dtype, stream), func(t *testing.T) {
				t.Parallel()
				p := newStuckProvider(t, "one", " two")
				slug := s.endpoint(s.model(dtype, p), nil, policy{"accounting", body{"price": 0.25}}, policy{"rate_limit", body{"limit": "9/h"}})
				s.leave(t, p, slug, stream)
				s.wasLeft(t, p, slug)
			})
		}
	}
}
