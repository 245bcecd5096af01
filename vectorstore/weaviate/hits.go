package weaviate

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"syft-space/app/space"
)

// part finds the scores of the two searches in what the server says of a
// hybrid score: "Hybrid (Result Set vector,hybridVector) Document <id>:
// original score 0.19750798, normalized score: 0.75".
var part = regexp.MustCompile(`Result Set (vector|keyword),[^)]*\) Document [^:]*: original score ([-+.0-9eE]+)`)

// hits renders what was found, best first.
func (q *question) hits(rows []map[string]any) []space.Hit {
	hits := make([]space.Hit, 0, len(rows))
	best := 0.0
	for _, row := range rows {
		best = max(best, number(additional(row)["score"]))
	}
	for _, row := range rows {
		more := additional(row)
		id, _ := more["id"].(string)
		h := q.hit(id, row)
		h.Scores = q.scores(more)
		h.Similarity = q.similarity(h.Scores, best)
		if q.req.Threshold > 0 && h.Similarity <= q.req.Threshold {
			continue
		}
		if h.Scores.Vector == nil {
			h.Metadata["similarity"] = "words"
		}
		h.Metadata["rank"], h.Metadata["scores"] = len(hits)+1, h.Scores
		hits = append(hits, h)
	}
	return hits
}

// hit is an object as a passage. Its properties are metadata; what we say of
// it ourselves wins.
func (c collection) hit(id string, properties map[string]any) space.Hit {
	h := space.Hit{ID: id + "_0", Content: text(properties[c.content]), Metadata: map[string]any{}}
	for _, name := range c.metadata {
		if v := properties[name]; v != nil {
			h.Metadata[name] = v
		}
	}
	h.Metadata["doc_id"] = id
	return h
}

func text(v any) string {
	switch v := v.(type) {
	case string:
		return v
	case nil:
		return ""
	}
	return fmt.Sprint(v)
}

// scores reads the parts of a hit's rank.
func (q *question) scores(more map[string]any) (s space.Scores) {
	switch q.mode {
	case space.SearchVector:
		cosine := 1 - number(more["distance"])
		s.Vector, s.Fused = &cosine, cosine
	case space.SearchLexical:
		score := number(more["score"])
		s.Lexical, s.Fused = &score, score
	default:
		s.Fused = number(more["score"])
		said, _ := more["explainScore"].(string)
		for _, found := range part.FindAllStringSubmatch(said, -1) {
			score, err := strconv.ParseFloat(found[2], 64)
			switch {
			case err != nil:
			case found[1] == "vector":
				s.Vector = &score
			default:
				s.Lexical = &score
			}
		}
	}
	return s
}

// similarity maps a hit's score into [0,1]: that of its vector, which can be
// compared between questions, else its share of the best score by words.
func (q *question) similarity(s space.Scores, best float64) float64 {
	var of float64
	switch {
	case s.Vector == nil:
		of = 0.5 + 0.5*s.Fused/max(best, 1e-9)
	case q.distance == "dot":
		of = 1 / (1 + math.Exp(1-*s.Vector)) // the distance is the negative product
	case q.distance == "" || strings.HasPrefix(q.distance, "cosine"):
		of = (1 + *s.Vector) / 2
	default:
		of = 1 / (1 + max(0, 1-*s.Vector))
	}
	return min(1, max(0, of))
}

func additional(row map[string]any) map[string]any {
	more, _ := row["_additional"].(map[string]any)
	return more
}

// number reads a number, which the server also writes as text.
func number(v any) float64 {
	switch v := v.(type) {
	case float64:
		return v
	case string:
		f, err := strconv.ParseFloat(v, 64)
		if err == nil && !math.IsNaN(f) && !math.IsInf(f, 0) {
			return f
		}
	}
	return 0
}
