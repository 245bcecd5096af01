package space

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
)

// EmbedPurpose says what a text is embedded for; asymmetric models such as E5
// put another prefix before a question than before a passage.
type EmbedPurpose int

// The two purposes.
const (
	EmbedPassage EmbedPurpose = iota
	EmbedQuery
)

// EmbedderInfo holds the facts about an embedder. Those that change the
// vectors make up its Binding.
type EmbedderInfo struct {
	ID            string    // kind and model, "builtin/multilingual-e5-small", "ollama/bge-m3"
	Server        string    // base URL of a remote embedder, "" for the built-in one
	Revision      string    // digest of the weights where known, else ""
	Dimension     int       // components of a vector, 1..65535
	MaxTokens     int       // longest input in the embedder's own tokens, the prefix and the special tokens included
	Pooling       string    // "mean", "mean, centred", "cls", or "" where unknown
	QueryPrefix   string    // put before questions
	PassagePrefix string    // put before passages
	Floor         float32   // cosine of unrelated texts, in [0,1); 0 where unknown
	Centre        []float32 // mean of unrelated texts, Dimension components; nil where unknown
}

// Binding is a stable short name of everything that makes vectors comparable:
// vectors of two bindings must never meet in one index or one cache.
func (i EmbedderInfo) Binding() string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s\x00%s\x00%s\x00%d\x00%s\x00%s\x00%s",
		i.ID, i.Server, i.Revision, i.Dimension, i.Pooling, i.QueryPrefix, i.PassagePrefix))
	return hex.EncodeToString(sum[:16])
}

// Embedder turns texts into unit vectors. It is the one interface that the
// domain declares, because ingestion and query share it. Implementations are
// safe for concurrent use.
type Embedder interface {
	// Info returns the embedder's facts. A remote embedder asks its server
	// the first time and answers KindUnavailable while that is away.
	Info(ctx context.Context) (EmbedderInfo, error)
	// CountTokens returns the length of text in the embedder's own tokens,
	// or an estimate that errs on the high side, without prefix and special tokens.
	CountTokens(text string) int
	// Embed returns one unit vector of Info's dimension per text, in order.
	// Texts longer than MaxTokens are cut by the built-in embedder and refused
	// with KindTooLong by remote ones. Cancelling ctx stops the work soon.
	Embed(ctx context.Context, purpose EmbedPurpose, texts []string) ([][]float32, error)
}
