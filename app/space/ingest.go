package space

// Pick is a file or a folder that the owner picked for a dataset.
type Pick struct {
	Path        string // absolute, cleaned
	Description string
	Refused     string // why it may not be read at the moment, a sentence; "" where it may, or is not there
}

// Chunking says how documents are cut into passages. Sizes are in the
// embedder's tokens.
type Chunking struct {
	Strategy string // structure, lines or whole
	Size     int    // aimed at
	Max      int    // never exceeded
	Overlap  int    // repeated between neighbours of one section
	Limit    int    // what a passage and its heading path may have together; 0 where that fits anyway
}

// EmbedderChoice names the embedder of a dataset.
type EmbedderChoice struct {
	Type    string // builtin, ollama, openai
	Model   string
	BaseURL string
	APIKey  Secret
}

// Same reports whether two choices mean the same embedder, whatever key opens it.
func (c EmbedderChoice) Same(o EmbedderChoice) bool {
	c.APIKey, o.APIKey = "", ""
	return c == o
}

// IngestPlan is what a dataset's configuration asks of ingestion.
type IngestPlan struct {
	Picks      []Pick
	Extensions []string // admitted in folders, lower-case with their dots; empty admits all that can be read
	Include    []string // globs on the path relative to the pick; empty includes all
	Exclude    []string
	Chunking   Chunking
	Embedder   EmbedderChoice
	Watch      bool
}
