package space

import (
	"time"

	"github.com/google/uuid"
)

// JobStatus is the state of one file of a dataset.
type JobStatus string

// The states of a job; JobDeleted is a tombstone that counts nowhere.
const (
	JobPending    JobStatus = "pending"
	JobInProgress JobStatus = "in_progress"
	JobCompleted  JobStatus = "completed"
	JobFailed     JobStatus = "failed"
	JobCancelled  JobStatus = "cancelled"
	JobDeleted    JobStatus = "deleted"
)

// MaxTries is how often a file with the same fingerprint may fail before it
// rests as failed until it changes or someone retries.
const MaxTries = 3

// Fingerprint tells cheaply whether a file changed, and surely by Hash.
type Fingerprint struct {
	Size    int64
	ModTime time.Time
	Hash    string // hex SHA-256 of the bytes; "" while not yet read
}

// Job is one file of a dataset and how far its ingestion has come.
type Job struct {
	ID          uuid.UUID
	Tenant      TenantID
	DatasetID   uuid.UUID
	Path        string // absolute, cleaned
	Pick        string // the picked file or folder under which Path was found
	Fingerprint Fingerprint
	Status      JobStatus
	Message     string // for people: why it failed, waits, or was a duplicate; "" when all is well
	Tries       int
	DocumentID  uuid.UUID // zero until the words are committed
	Chunks      int
	NotBefore   time.Time // back-off: no claim before it
	LeaseUntil  time.Time // in_progress: the worker is taken for dead after it
	CreatedAt   time.Time
	StartedAt   *time.Time
	CompletedAt *time.Time
}

// JobCounts counts a dataset's jobs by state, tombstones left out.
type JobCounts struct {
	Total, Pending, InProgress, Completed, Failed, Cancelled int
}

// Document is what a file's bytes became. Several paths of one dataset with
// the same bytes are one document.
type Document struct {
	ID           uuid.UUID
	Tenant       TenantID
	DatasetID    uuid.UUID
	Hash         string // hex SHA-256 of the bytes
	Title        string
	FileType     string         // lower-case extension with its dot
	Metadata     map[string]any // the file's own scalar metadata
	Paths        []DocumentPath // oldest first; never empty
	ChunkVersion string         // version and settings of the chunking
	Stale        bool           // the file changed since, and the new bytes could not be read
	IngestedAt   time.Time
}

// DocumentPath is one place where a document's bytes lie.
type DocumentPath struct {
	Path string // absolute
	Rel  string // relative to the pick, with slashes; what callers see
}

// Position says where in its file a passage stands. Zero values mean that the
// format has no such position.
type Position struct {
	Pages     []int  `json:"pages,omitempty"`      // 1-based pages or slides
	LineStart int    `json:"line_start,omitempty"` // 1-based, inclusive
	LineEnd   int    `json:"line_end,omitempty"`
	Sheet     string `json:"sheet,omitempty"`
	RowStart  int    `json:"row_start,omitempty"` // 1-based, inclusive
	RowEnd    int    `json:"row_end,omitempty"`
	Part      string `json:"part,omitempty"` // JSON pointer, chapter, message or part
}

// Passage is one chunk of a document: what is searched and cited. Row is its
// number in storage, never reused.
type Passage struct {
	Row        int64
	DocumentID uuid.UUID
	Index      int // 0-based within the document
	Text       string
	Headings   []string // heading path, outermost first; not part of Text
	Position   Position
	Terms      []byte // the analysed terms as text.Encode wrote them
}

// DocumentWrite is everything that one ingestion of a file stores in one
// transaction: the document, its passages in place of the old ones, and the
// job's new state.
type DocumentWrite struct {
	Document Document
	Passages []Passage // Row is assigned by storage; unchanged text keeps its row and vectors
	Job      Job       // becomes completed
}

// PassageRef names a passage and carries what embedding it needs.
type PassageRef struct {
	Row      int64
	Title    string
	Headings []string
	Text     string
}

// VectorWrite is the vector of one passage. Code is its one-bit code, nil
// while the binding has no centre yet.
type VectorWrite struct {
	Row    int64
	Key    string // hex SHA-256 of the exact text that was embedded; the cache key
	Vector []float32
	Code   []byte
}

// Binding is one embedder that a dataset has, or is getting, vectors of.
type Binding struct {
	DatasetID uuid.UUID
	Info      EmbedderInfo
	Active    bool      // queries use it; exactly one is, once any is complete
	Centre    []float32 // frozen centre of the one-bit codes; nil until known
	// Configuration is the dataset's as it chose this embedder: with it the
	// embedder is reached while the dataset is on its way to another one.
	Configuration Config
}

// OldPassage is a passage whose terms an earlier version of the analysis made,
// with what making them anew needs.
type OldPassage struct {
	PassageRef
	Tenant    TenantID
	DatasetID uuid.UUID
	Rel       string // oldest path of the document, whose name stands in for a missing title
}

// TermsWrite is the terms of one passage, made anew.
type TermsWrite struct {
	Row   int64
	Terms []byte
}
