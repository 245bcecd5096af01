package providers

import (
	"context"
	"strings"
	"time"

	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/providers/quote"
)

// ExtractiveConfig is empty: there is nothing to set.
type ExtractiveConfig struct{}

const (
	nothingAnswers = "Nothing in the documents answers this question."
	noDocuments    = "No documents were found that could answer this question."
	needsDocuments = "This model answers only from documents, and none were given to it."
	extractiveName = "extractive"

	// defaultWords is the length of an answer where the caller sets none.
	defaultWords = 150
	// compareFor bounds the time that comparing sentences by meaning may take;
	// on a slow machine words alone decide.
	compareFor = 3 * time.Second
	// unbounded is the context window of a model that reads all it is given.
	unbounded = 1 << 20
)

// extractiveType quotes the documents. It needs no language model, so that a
// fresh machine answers at once.
type extractiveType struct{ model *extractive }

func newExtractiveType(deps Deps) extractiveType {
	return extractiveType{&extractive{picker: quote.NewPicker(), embedder: deps.Embedder}}
}

// Info implements Type.
func (extractiveType) Info() space.TypeInfo {
	return space.TypeInfo{
		Name:        extractiveName,
		Description: "Answers by quoting the sentences of your documents that fit the question; needs no language model",
		Icon:        "quote",
		Enabled:     true,
	}
}

// NewConfig implements Type.
func (extractiveType) NewConfig() any { return &ExtractiveConfig{} }

// Open implements Type.
func (t extractiveType) Open(config any) (Model, error) {
	if _, err := configOf[ExtractiveConfig](config); err != nil {
		return nil, err
	}
	return t.model, nil
}

type extractive struct {
	picker   *quote.Picker
	embedder space.Embedder
}

// ContextWindow implements Model.
func (*extractive) ContextWindow(context.Context) int { return unbounded }

// Check implements Checker.
func (*extractive) Check(context.Context) (string, error) {
	return "the extractive model is always ready", nil
}

// Chat implements Model: without documents there is nothing to quote.
func (m *extractive) Chat(_ context.Context, req space.ChatRequest, emit space.Emit) (space.ChatResult, error) {
	words := 0
	for _, msg := range req.Messages {
		words += text.WordCount(msg.Content)
	}
	return noAnswer(needsDocuments, words, emit)
}

// Answer implements Grounded. Each quoted sentence is followed by the number
// of its document, counted from 1 in the order of the hits. Usage counts words.
func (m *extractive) Answer(ctx context.Context, req space.GroundedRequest, emit space.Emit) (space.ChatResult, error) {
	read := text.WordCount(req.Question)
	passages := make([]quote.Passage, len(req.Documents))
	byMeaning := false
	for i, hit := range req.Documents {
		passages[i] = passageOf(hit)
		byMeaning = byMeaning || !passages[i].ByWords
		read += text.WordCount(hit.Content)
	}
	if len(passages) == 0 {
		return noAnswer(noDocuments, read, emit)
	}
	limit := req.MaxTokens
	if limit <= 0 {
		limit = defaultWords
	}
	var similar quote.Similar
	if m.embedder != nil && byMeaning { // a search by words alone was promised to embed nothing
		similar = func(question string, sentences []string) []float64 {
			return m.similarities(ctx, question, sentences)
		}
	}
	quotes := m.picker.Pick(ctx, req.Question, passages, limit, similar)
	if err := ctx.Err(); err != nil {
		return space.ChatResult{}, callerGone(ctx)
	}
	if len(quotes) == 0 {
		return noAnswer(nothingAnswers, read, emit)
	}
	var answer strings.Builder
	for i, q := range quotes {
		piece := citation(q)
		if i > 0 {
			piece = " " + piece
		}
		answer.WriteString(piece)
		if err := emit(piece); err != nil {
			return space.ChatResult{}, err
		}
	}
	return extracted(answer.String(), space.FinishStop, read), nil
}
