package ingest

import (
	"context"
	"math"
	"unicode/utf8"

	"syft-space/app/space"
)

// shortest is the text that no embedder may call too long, in bytes.
const shortest = 16

// embedFitting embeds texts; one that the embedder finds too long is split in
// two, and the mean of the halves stands for it.
func embedFitting(ctx context.Context, e space.Embedder, texts []string) ([][]float32, error) {
	vectors, err := e.Embed(ctx, space.EmbedPassage, texts)
	if space.KindOf(err) != space.KindTooLong || err == nil {
		return vectors, err
	}
	vectors = make([][]float32, len(texts))
	for i, t := range texts {
		if vectors[i], err = embedSplit(ctx, e, t); err != nil {
			return nil, err
		}
	}
	return vectors, nil
}

// embedSplit embeds a text that may be too long, by halves where it is.
func embedSplit(ctx context.Context, e space.Embedder, text string) ([]float32, error) {
	one, err := e.Embed(ctx, space.EmbedPassage, []string{text})
	if err == nil {
		return one[0], nil
	}
	if space.KindOf(err) != space.KindTooLong || len(text) < shortest {
		return nil, err
	}
	half := len(text) / 2
	for half < len(text) && !utf8.RuneStart(text[half]) {
		half++
	}
	left, err := embedSplit(ctx, e, text[:half])
	if err != nil {
		return nil, err
	}
	right, err := embedSplit(ctx, e, text[half:])
	if err != nil {
		return nil, err
	}
	return mean(left, right), nil
}

// mean returns the unit vector between vectors of one length.
func mean(vectors ...[]float32) []float32 {
	out := make([]float32, len(vectors[0]))
	for _, v := range vectors {
		for i, x := range v {
			out[i] += x
		}
	}
	var sum float64
	for _, x := range out {
		sum += float64(x) * float64(x)
	}
	if sum == 0 {
		return vectors[0] // opposite halves: either is as good
	}
	scale := float32(1 / math.Sqrt(sum))
	for i := range out {
		out[i] *= scale
	}
	return out
}
