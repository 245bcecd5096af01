package local

import (
	"context"
	"fmt"
	"time"
	"unicode/utf8"

	"syft-space/app/space"
)

// embed makes the question's vector where vectors can be used, and notes why
// where they cannot. Only a search by vectors alone fails for it.
func (q *question) embed(ctx context.Context, dataset space.Dataset) error {
	why := "no passage has a vector yet"
	if v := q.set.vectors.Load(); v != nil && v.store.len() > 0 {
		err := q.ask(ctx, dataset, v)
		if err == nil {
			q.vectors = v
			q.noteMissing(v)
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		q.x.Logger.WarnContext(ctx, "a question could not be embedded", "dataset", dataset.Name, "error", err)
		why = "the embedder cannot be used at the moment"
	}
	if q.req.Mode == space.SearchVector {
		e := space.Errorf(space.KindUnavailable, "a search by meaning is not possible: %s", why)
		e.RetryAfter = loadWait
		return e
	}
	q.notes = append(q.notes, "Only words were searched: "+why+".")
	return nil
}

// questionPatience is how long a question waits for its vector. An embedder that
// accepts and hangs must not hold it up for as long as ingestion waits for one.
// It is more than a busy server takes, because the first question may find an
// Ollama that has to load its model: 50 MB to 1.2 GB, which an ordinary disk
// reads in 1 to 6 s. Ollama abandons a load whose asker leaves, so a shorter
// limit could keep the model from ever being loaded.
const questionPatience = 10 * time.Second

// ask embeds the question for the vectors v, unless that was done before.
func (q *question) ask(ctx context.Context, dataset space.Dataset, v *vectors) error {
	if q.maker == v.name {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, questionPatience)
	defer cancel()
	embedder, err := q.x.Embedder(dataset, *v.chosen.Load())
	if err != nil {
		return err
	}
	info, err := embedder.Info(ctx)
	if err != nil {
		return err
	}
	if info.Binding() != v.name {
		return fmt.Errorf("the dataset's vectors were made by %s and not by %s", v.info.ID, info.ID)
	}
	vector, err := embedQuestion(ctx, embedder, q.req.Query)
	if err == nil {
		err = checkUnit(vector, info.Dimension)
	}
	if err != nil {
		return err
	}
	q.vector, q.maker = vector, v.name
	return nil
}

// Bounds of what is read of a question. No token of a question that makes sense
// has more bytes than questionBytes/questionTokens.
const (
	questionTokens = 512
	questionBytes  = 16 << 10
)

// embedQuestion embeds the beginning of the question.
func embedQuestion(ctx context.Context, e space.Embedder, question string) ([]float32, error) {
	question = prefix(question, questionBytes)
	for len(question) > questionTokens { // a token has at least one byte
		n := e.CountTokens(question)
		if n <= questionTokens {
			break
		}
		question = prefix(question, min(len(question)*questionTokens/n, len(question)-1))
	}
	for {
		made, err := e.Embed(ctx, space.EmbedQuery, []string{question})
		if err == nil && len(made) != 1 {
			err = fmt.Errorf("the embedder answered one question with %d vectors", len(made))
		}
		if err == nil {
			return made[0], nil
		}
		if space.KindOf(err) != space.KindTooLong || len(question) < 16 {
			return nil, err
		}
		question = prefix(question, len(question)/2)
	}
}

// prefix returns at most n bytes of s, cut between characters.
func prefix(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// noteMissing says how many passages still lack a vector.
func (q *question) noteMissing(v *vectors) {
	total := q.words.Stats().Passages
	if missing := total - v.store.len(); missing > 0 {
		how := "they were found by words only"
		if q.req.Mode == space.SearchVector {
			how = "they were left out"
		}
		q.notes = append(q.notes, fmt.Sprintf("%d of %d passages have no vector yet; %s.", missing, total, how))
	}
}
