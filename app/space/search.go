package space

import (
	"strconv"
	"strings"

	"github.com/google/uuid"
)

// SearchMode says by what passages are found.
type SearchMode string

// The modes of search.
const (
	SearchHybrid  SearchMode = "hybrid"
	SearchVector  SearchMode = "vector"
	SearchLexical SearchMode = "lexical"
)

// Filter is one condition on a document's metadata: exactly one of its
// operators is set.
type Filter struct {
	Key    string // file_name, file_path, file_type, ingested_at, doc_id, or the file's own metadata
	Equal  any    // string, float64 or bool
	Prefix string
	GTE    any // string or float64; a range may have both ends
	GT     any
	LTE    any
	LT     any
}

// SearchRequest is a question to a dataset.
type SearchRequest struct {
	Query     string
	Mode      SearchMode
	Limit     int     // 1..100 passages
	Threshold float64 // a hit's Similarity must be greater; 0 means no filter
	Filters   []Filter
}

// Scores are the parts of a hit's rank. A nil part did not take part.
type Scores struct {
	Vector  *float64 `json:"vector" doc:"Cosine; null where vectors took no part" example:"0.83"`
	Lexical *float64 `json:"lexical" doc:"BM25; null where words took no part" example:"7.1"`
	Fused   float64  `json:"fused" doc:"What the order follows" example:"0.91"`
}

// Hit is one passage that answers a question.
type Hit struct {
	ID         string // PassageID
	Content    string
	Similarity float64 // 0..1, higher is better, comparable within one embedder
	Scores     Scores
	Metadata   map[string]any // never nil
}

// SearchResult is what a dataset found, best first.
type SearchResult struct {
	Hits   []Hit
	Engine string   // "chromem", "weaviate"
	Notes  []string // sentences for the caller; never nil
}

// PassageID is the public id of a passage, "<document>_<index>".
func PassageID(document uuid.UUID, index int) string {
	return document.String() + "_" + strconv.Itoa(index)
}

// ParsePassageID takes a PassageID apart.
func ParsePassageID(id string) (document uuid.UUID, index int, err error) {
	doc, number, _ := strings.Cut(id, "_")
	if document, err = uuid.Parse(doc); err == nil {
		index, err = strconv.Atoi(number)
	}
	if err != nil || index < 0 {
		return uuid.Nil, 0, Errorf(KindNotFound, "Chunk '%s' not found", id)
	}
	return document, index, nil
}
