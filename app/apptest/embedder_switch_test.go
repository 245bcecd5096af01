package apptest_test

import (
	"fmt"
	"net/http"
	"os"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

const switchFiles = 150

// switchStatus is what tests read of a dataset that changes its embedder.
type switchStatus struct {
	status
	Done         bool
	Embedder     *string
	NextEmbedder *string `json:"next_embedder"`
	Message      *string
}

// writeNotes writes files of one passage each.
func writeNotes(write func(name, content string) string) {
	for i := range switchFiles {
		write(fmt.Sprintf("note%03d.txt", i), fmt.Sprintf("This is passage %d, about lamp number %d of the workshop.\n", i, i*7))
	}
}

// notes is a running Space whose dataset has vectors of the bag.
type notes struct {
	*apptest.Space
	t   *testing.T
	id  string
	bag *bag
}

func newNotes(t *testing.T) *notes {
	t.Helper()
	n := &notes{t: t, bag: &bag{}}
	n.Space = apptest.New(t, apptest.Options{Embedder: n.bag})
	writeNotes(n.Write)
	n.id = makeEndpoint(t, n.Space).ID
	n.wait("vectors of the bag", func(st switchStatus) bool { return st.Done && st.Embedded == switchFiles })
	return n
}

func (n *notes) choose(embedder map[string]any) {
	n.t.Helper()
	n.Must(http.StatusOK, "PATCH", "/api/v1/datasets/docs", map[string]any{"configuration": map[string]any{"embedder": embedder}}, nil)
}

// wait waits for a status, and looks each time whether questions are answered
// by meaning.
func (n *notes) wait(what string, is func(switchStatus) bool) (st switchStatus) {
	n.t.Helper()
	n.Eventually(func() string {
		st = switchStatus{}
		a := n.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+n.id+"/status", nil, &st)
		if st.Embedder != nil {
			n.answers()
		}
		if !is(st) {
			return "no " + what + ": " + a.Body
		}
		return ""
	})
	return st
}

// answers asks by vectors alone, which fails where none can be used.
func (n *notes) answers() {
	n.t.Helper()
	var found struct {
		Results []struct{ Content string }
		Notes   []string
	}
	a := n.Send("POST", "/api/v1/datasets/docs/search", map[string]any{"query": "lamp number 7 of the workshop", "mode": "vector"})
	if a.Status == http.StatusServiceUnavailable && strings.Contains(a.Body, "no passage has a vector yet") {
		return // the first vectors are on their way to the index
	}
	if a.Status != http.StatusOK {
		n.t.Fatalf("a question is not answered: %d %s", a.Status, a.Body)
	}
	a.JSON(n.t, &found)
	if len(found.Results) == 0 {
		n.t.Fatalf("a question finds nothing: %s", a.Body)
	}
}

func TestTheEmbedderChangesWithoutAnOutage(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	server := newVectorServer(t, 64)
	n.choose(server.pick("vec"))
	st := n.wait("half-way", func(st switchStatus) bool { return st.Embedded == 64 })
	if st.Done || *st.Embedder != "builtin/bag" || st.NextEmbedder == nil || *st.NextEmbedder != "openai/vec" || st.Message != nil {
		t.Errorf("half-way the status is %+v", st)
	}
	if _, _, questions := server.counts(); questions > 0 {
		t.Error("the new embedder was asked for questions before its vectors were complete")
	}
	n.Stop()
	n.Space = apptest.New(t, apptest.Options{Embedder: n.bag, Data: n.Data, Docs: n.Docs})
	n.wait("what was half-way", func(st switchStatus) bool { return st.Scanned && st.NextEmbedder != nil && st.Embedded == 64 })
	server.allow(switchFiles)
	st = n.wait("switch", func(st switchStatus) bool { return st.Done && *st.Embedder == "openai/vec" })
	if st.NextEmbedder != nil || st.Embedded != switchFiles {
		t.Errorf("after the switch the status is %+v", st)
	}
	if passages, repeated, _ := server.counts(); passages != switchFiles || repeated > 0 {
		t.Errorf("%d passages were embedded, %d of them more than once", passages, repeated)
	}
	n.Eventually(func() string {
		n.answers()
		if _, _, questions := server.counts(); questions == 0 {
			return "the new embedder is not asked for questions"
		}
		return ""
	})
	before := n.bag.questions.Load()
	n.answers()
	if n.bag.questions.Load() != before {
		t.Error("the old embedder is still asked")
	}
}

func TestAnEmbedderThatFailsForEverLeavesTheOldOneAnswering(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		refuse http.HandlerFunc
		says   string
	}{
		"a chat model": {replies(400, "application/json", `{"error":{"message":"This model does not support embeddings"}}`), "is not one that embeds"},
		"a wrong key":  {replies(401, "application/json", `{"error":{"message":"Incorrect API key sk-vectors-0123456789"}}`), "API key was refused"},
		"no model":     {replies(404, "application/json", `{"error":{"code":"model_not_found","message":"The model does not exist"}}`), "vec"},
		"overloaded":   {replies(503, "application/json", `{}`), "overloaded"},
		"not vectors":  {replies(200, "application/json", `{"data":[]}`), "not an answer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNotes(t)
			server := newVectorServer(t, 0)
			server.change(func() { server.refuse = c.refuse })
			n.choose(server.pick("vec"))
			st := n.wait("sentence", func(st switchStatus) bool { return st.Message != nil })
			for _, want := range []string{c.says, "builtin/bag goes on answering", "new embedder"} {
				if !strings.Contains(*st.Message, want) {
					t.Errorf("the status says %q, without %q", *st.Message, want)
				}
			}
			if strings.Contains(*st.Message, "sk-vectors") {
				t.Errorf("the status gives the key away: %s", *st.Message)
			}
			if st.Done || *st.Embedder != "builtin/bag" || *st.NextEmbedder != "openai/vec" || st.Embedded != 0 {
				t.Errorf("the status is %+v", st)
			}
			n.choose(map[string]any{"type": "builtin"})
			st = n.wait("way back", func(st switchStatus) bool { return st.Done })
			if st.NextEmbedder != nil || st.Message != nil || st.Embedded != switchFiles {
				t.Errorf("back at the old embedder the status is %+v", st)
			}
		})
	}
}

func TestAnEmbedderThatGoesAwayInTheMiddleIsWaitedFor(t *testing.T) {
	t.Parallel()
	for name, away := range map[string]func(*vectorServer){
		"silent": func(f *vectorServer) {
			f.refuse = func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }
		},
		"of another dimension": func(f *vectorServer) {
			f.refuse = replies(200, "application/json", `{"data":[`+strings.Repeat(`{"embedding":[1,2,3]},`, 31)+`{"embedding":[1,2,3]}]}`)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := newNotes(t)
			server := newVectorServer(t, 64)
			n.choose(server.pick("vec"))
			n.wait("half-way", func(st switchStatus) bool { return st.Embedded == 64 })
			server.change(func() { away(server) })
			st := n.wait("sentence", func(st switchStatus) bool { return st.Message != nil })
			if st.Embedded != 64 || *st.Embedder != "builtin/bag" || st.Done {
				t.Errorf("while the server is away the status is %+v", st)
			}
			server.change(func() { server.refuse, server.left = nil, switchFiles })
			st = n.wait("switch", func(st switchStatus) bool { return st.Done && *st.Embedder == "openai/vec" })
			if st.Message != nil || st.Embedded != switchFiles {
				t.Errorf("in the end the status is %+v", st)
			}
			if passages, repeated, _ := server.counts(); passages != switchFiles || repeated > 0 {
				t.Errorf("%d passages were embedded, %d of them more than once", passages, repeated)
			}
		})
	}
}

func TestTurningBackInTheMiddleOfASwitchIsSafe(t *testing.T) {
	t.Parallel()
	n := newNotes(t)
	first, second := newVectorServer(t, 64), newVectorServer(t, switchFiles)
	n.choose(first.pick("one"))
	n.wait("half-way", func(st switchStatus) bool { return st.Embedded == 64 })
	n.choose(map[string]any{"type": "builtin"})
	n.wait("way back", func(st switchStatus) bool { return st.Done && *st.Embedder == "builtin/bag" })
	n.choose(first.pick("one"))
	n.wait("second beginning", func(st switchStatus) bool { return st.NextEmbedder != nil && *st.NextEmbedder == "openai/one" })
	n.choose(second.pick("two"))
	n.wait("other switch", func(st switchStatus) bool { return st.Done && *st.Embedder == "openai/two" })
	if passages, repeated, _ := second.counts(); passages != switchFiles || repeated > 0 {
		t.Errorf("%d passages were embedded, %d of them more than once", passages, repeated)
	}
	var d struct {
		Embedder      string
		Configuration struct {
			Embedder struct {
				Model  string
				APIKey string `json:"api_key"`
			}
		}
	}
	n.Must(http.StatusOK, "GET", "/api/v1/datasets/docs", nil, &d)
	if d.Embedder != "openai/two" || d.Configuration.Embedder.Model != "two" || d.Configuration.Embedder.APIKey != "********6789" {
		t.Errorf("the dataset is %+v", d)
	}
}

// TestASwitchOutlivesAKill ends the program with SIGKILL while the new
// embedder works, between two servers, so that the old one must be reached
// with the key and address that the dataset no longer names.
func TestASwitchOutlivesAKill(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	data := home + "/data"
	before, after := newVectorServer(t, switchFiles), newVectorServer(t, 64)
	if err := os.MkdirAll(home+"/docs", 0o700); err != nil {
		t.Fatal(err)
	}
	writeNotes(func(name, content string) string {
		if err := os.WriteFile(home+"/docs/"+name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return name
	})
	p := start(t, data, home, "serve", "--port", "0")
	var made thing
	call(t, p.url(data), data, "POST", "/api/v1/datasets/", map[string]any{
		"name": "docs", "dtype": "local_file", "configuration": map[string]any{"filePaths": []string{home + "/docs"}, "embedder": before.pick("old")},
	}, &made)
	waitForVectors(t, p.url(data), data)
	call(t, p.url(data), data, "PATCH", "/api/v1/datasets/docs", map[string]any{"configuration": map[string]any{"embedder": after.pick("new")}}, &made)
	state := func() (st switchStatus) {
		call(t, p.url(data), data, "GET", "/api/v1/ingestion/datasets/"+made.ID+"/status", nil, &st)
		return st
	}
	until := func(what string, is func(switchStatus) bool) {
		t.Helper()
		var st switchStatus
		for range 2400 {
			if st = state(); is(st) {
				return
			}
			sleep()
		}
		t.Fatalf("no %s: %+v", what, st)
	}
	until("half-way", func(st switchStatus) bool { return st.Embedded == 64 })
	p.kill()
	p = start(t, data, home, "serve", "--port", "0")
	until("half-way again", func(st switchStatus) bool { return st.Embedded == 64 && *st.Embedder == "openai/old" })
	var found struct{ Results []struct{ Content string } }
	call(t, p.url(data), data, "POST", "/api/v1/datasets/docs/search", map[string]any{"query": "lamp number 7", "mode": "vector"}, &found)
	if _, _, questions := before.counts(); questions != 1 || len(found.Results) == 0 {
		t.Errorf("the old embedder was asked %d questions, %d passages were found", questions, len(found.Results))
	}
	after.allow(switchFiles)
	until("switch", func(st switchStatus) bool { return st.Done && *st.Embedder == "openai/new" })
	p.stop()
	if passages, repeated, _ := after.counts(); passages != switchFiles || repeated > 0 {
		t.Errorf("%d passages were embedded, %d of them more than once", passages, repeated)
	}
}
