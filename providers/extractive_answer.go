package providers

import (
	"context"
	"strconv"
	"strings"

	"syft-space/app/space"
	"syft-space/app/text"
	"syft-space/providers/quote"
)

// passageOf reads what the quoting needs from a hit.
func passageOf(hit space.Hit) quote.Passage {
	p := quote.Passage{Text: hit.Content, Similarity: hit.Similarity, ByWords: hit.Metadata["similarity"] == "words"}
	switch headings := hit.Metadata["headings"].(type) {
	case []string:
		p.Headings = headings
	case []any:
		for _, h := range headings {
			if s, ok := h.(string); ok {
				p.Headings = append(p.Headings, s)
			}
		}
	}
	return p
}

// citation writes a quote with the number of its document.
func citation(q quote.Quote) string {
	return q.Text + " [" + strconv.Itoa(q.Passage+1) + "]"
}

// similarities compares sentences to the question by meaning; nil where that
// cannot be done now.
func (m *extractive) similarities(ctx context.Context, question string, sentences []string) []float64 {
	ctx, cancel := context.WithTimeout(ctx, compareFor)
	defer cancel()
	info, err := m.embedder.Info(ctx)
	if err != nil {
		return nil
	}
	asked, err := m.embedder.Embed(ctx, space.EmbedQuery, []string{question})
	if err != nil || len(asked) != 1 {
		return nil
	}
	vectors, err := m.embedder.Embed(ctx, space.EmbedPassage, sentences)
	if err != nil {
		return nil
	}
	out := make([]float64, len(vectors))
	for i, v := range vectors {
		if len(v) != len(asked[0]) {
			return nil
		}
		cosine := 0.0
		for j := range v {
			cosine += float64(v[j]) * float64(asked[0][j])
		}
		out[i] = similarity(cosine, float64(info.Floor))
	}
	return out
}

// similarity stretches a cosine to the scale of space.Hit: the floor of the
// embedder, the cosine of unrelated texts, is a half.
func similarity(cosine, floor float64) float64 {
	return max(0, min(1, 0.5+0.5*(cosine-floor)/(1-floor)))
}

// noAnswer says in one sentence that there is none.
func noAnswer(sentence string, read int, emit space.Emit) (space.ChatResult, error) {
	if err := emit(sentence); err != nil {
		return space.ChatResult{}, err
	}
	return extracted(sentence, space.FinishNoAnswer, read), nil
}

func extracted(answer string, finish space.FinishReason, read int) space.ChatResult {
	written := text.WordCount(strings.TrimSpace(answer))
	return space.ChatResult{
		Model: extractiveName, Text: answer, FinishReason: finish,
		Usage: space.Usage{PromptTokens: read, CompletionTokens: written, TotalTokens: read + written},
	}
}
