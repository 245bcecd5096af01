package providers

import (
	"cmp"
	"os"
	"strings"
	"testing"
	"time"

	"syft-space/app/space"
)

// The tests of this file talk to a real model, if one is there: set
// SYFT_REAL_LLM_URL to the address of a server with OpenAI's API and
// SYFT_REAL_OLLAMA_URL to that of an Ollama. The model is SYFT_REAL_LLM_MODEL
// and SYFT_REAL_OLLAMA_MODEL, SmolLM2 unless set. .ci/lanes/real-llm.sh and
// .ci/lanes/ollama.sh serve them and run the tests.

// fact is something that only the context holds.
const fact = "The field lamp L2 has a warranty of 24 months."

func factRequest() space.ChatRequest {
	return space.ChatRequest{
		Messages: []space.ChatMessage{
			{Role: "system", Content: "Answer from this text in one sentence: " + fact},
			{Role: "user", Content: "How many months is the warranty of the field lamp L2?"},
		},
		MaxTokens: 40,
	}
}

// checkFact asks a real model twice, streamed and in one piece.
func checkFact(t *testing.T, m Model) {
	t.Helper()
	var pieces []string
	began := time.Now()
	got, err := m.Chat(background(t), factRequest(), collect(&pieces))
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%q in %d pieces, %+v, %s, %s", got.Text, len(pieces), got.Usage, got.FinishReason, time.Since(began).Round(time.Millisecond))
	if !strings.Contains(got.Text, "24") {
		t.Errorf("the answer %q does not hold the fact", got.Text)
	}
	if len(pieces) < 3 || strings.Join(pieces, "") != got.Text {
		t.Errorf("not streamed: %q", pieces)
	}
	if got.Usage.PromptTokens < 20 || got.Usage.CompletionTokens < 3 || got.Usage.TotalTokens != got.Usage.PromptTokens+got.Usage.CompletionTokens {
		t.Errorf("usage %+v", got.Usage)
	}
	cut := factRequest()
	cut.MaxTokens = 2
	if got, err := m.Chat(background(t), cut, discard); err != nil || got.FinishReason != space.FinishLength {
		t.Errorf("two tokens: %+v, %v", got, err)
	}
	stop := factRequest()
	stop.Stop = []string{"24"}
	if got, err := m.Chat(background(t), stop, discard); err != nil || strings.Contains(got.Text, "24") || got.FinishReason != space.FinishStop {
		t.Errorf("with a stop: %+v, %v", got, err)
	}
}

// checkLong wants a prompt that does not fit to be refused, not cut.
func checkLong(t *testing.T, m Model) {
	t.Helper()
	long := factRequest()
	long.Messages[0].Content += strings.Repeat(" The sky is blue over the hills.", 3000)
	_, err := m.Chat(background(t), long, discard)
	wantFault(t, err, space.KindUpstream, "longer than the model")
}

func TestRealLLM(t *testing.T) {
	base := os.Getenv("SYFT_REAL_LLM_URL")
	if base == "" {
		t.Skip("SYFT_REAL_LLM_URL is not set")
	}
	base = strings.TrimSuffix(strings.TrimRight(base, "/"), "/v1") + "/v1"
	config := &OpenAIConfig{BaseURL: base, Model: cmp.Or(os.Getenv("SYFT_REAL_LLM_MODEL"), "smollm2-135m-instruct"), ContextWindow: 4096}
	typ := openAIType{Deps{}.filled()}
	m, err := typ.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	message, err := m.(Checker).Check(background(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(message)
	checkFact(t, m)
	checkLong(t, m)
	checkActions(t, typ, config)
	if e, err := OpenEmbedder(Embedders(Deps{}), EmbedderConfig{Type: "openai", BaseURL: base, Model: config.Model}); err != nil {
		t.Error(err)
	} else if _, err := e.Info(background(t)); space.KindOf(err) != space.KindInvalid {
		t.Errorf("a chat model as embedder: %v", err)
	}
}

func TestRealOllama(t *testing.T) {
	base := os.Getenv("SYFT_REAL_OLLAMA_URL")
	if base == "" {
		t.Skip("SYFT_REAL_OLLAMA_URL is not set")
	}
	config := &OllamaConfig{BaseURL: base, Model: cmp.Or(os.Getenv("SYFT_REAL_OLLAMA_MODEL"), "smollm2"), NumCtx: 2048}
	typ := newOllamaType(Deps{}.filled())
	model, err := typ.Open(config)
	if err != nil {
		t.Fatal(err)
	}
	message, err := model.(Checker).Check(background(t))
	if err != nil {
		t.Fatal(err)
	}
	t.Log(message)
	if got := model.ContextWindow(background(t)); got != 2048 {
		t.Errorf("context window %d", got)
	}
	checkFact(t, model)
	checkLong(t, model)
	checkActions(t, typ, config)
	missing, err := typ.Open(&OllamaConfig{BaseURL: base, Model: "no-such-model"})
	if err != nil {
		t.Fatal(err)
	}
	_, err = missing.Chat(background(t), factRequest(), discard)
	wantFault(t, err, space.KindUpstream, "the model 'no-such-model' is not pulled; run: ollama pull no-such-model")
	_, err = missing.(Checker).Check(background(t))
	wantFault(t, err, space.KindUpstream, "is not pulled")
	_, err = typ.Actions()["pull"](background(t), &OllamaConfig{BaseURL: base, Model: "no-such-model"}, nil, nil)
	if k := space.KindOf(err); k != space.KindUnavailable && k != space.KindUpstream {
		t.Errorf("pulling what does not exist: %v", err)
	}
	e, err := OpenEmbedder(Embedders(Deps{}), EmbedderConfig{Type: "ollama", BaseURL: base, Model: config.Model})
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Info(background(t))
	wantFault(t, err, space.KindInvalid, "is not one that embeds")
}

// checkActions lists the models and sends a line.
func checkActions(t *testing.T, typ Type, config any) {
	t.Helper()
	actions := typ.(Actor).Actions()
	list, err := actions["fetch_available_models"](background(t), config, nil, nil)
	if err != nil || len(list.(AvailableModels).Models) == 0 || list.(AvailableModels).Models[0].Kind != "chat" {
		t.Errorf("models: %+v, %v", list, err)
	}
	tested, err := actions["test"](background(t), config, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if r := tested.(TestResult); r.Answer == "" || r.Usage.CompletionTokens == 0 || r.ResponseTimeMS <= 0 {
		t.Errorf("test: %+v", r)
	}
	t.Logf("%+v %+v", list, tested)
}
