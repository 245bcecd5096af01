package space

import (
	"context"
	"iter"

	"github.com/google/uuid"
)

// ChangeKind says what happened to a row.
type ChangeKind int

// The kinds of change that an index follows.
const (
	// PassageAdded sets DocumentID, Index, TextHash and Terms. A row is added
	// again when its passage moved within the document or its terms were made
	// anew: it keeps its vector, which may therefore come before it.
	PassageAdded ChangeKind = iota
	// VectorAdded sets Vector, and Code where there is one. A row's vector is
	// added again when it got its code.
	VectorAdded
	// PassageGone takes the row's vectors along.
	PassageGone
)

// Change is one step of a dataset's history as its indexes see it. Row numbers
// are never reused. A slice is only valid until the next step.
type Change struct {
	Seq        int64
	Kind       ChangeKind
	Row        int64
	DocumentID uuid.UUID
	Index      int
	TextHash   uint64 // equal for equal texts; for showing a text once
	Terms      []byte
	Vector     []float32
	Code       []byte
}

// Source is the durable truth from which indexes are filled. Storage
// implements it; loading, adding, deleting and catching up are this one path.
type Source interface {
	// Since yields what changed in the dataset after seq, in order of Seq,
	// deletions included (from seq 0 on, deleted rows may be left out).
	// Vectors are those of binding; "" yields none.
	Since(ctx context.Context, tenant TenantID, dataset uuid.UUID, binding string, seq int64) iter.Seq2[Change, error]
	// ActiveBinding returns the dataset's binding that queries use;
	// KindNotFound while there is none.
	ActiveBinding(ctx context.Context, tenant TenantID, dataset uuid.UUID) (Binding, error)
	// Passages returns the hits' passages with their documents, in the order
	// of rows; rows that are gone are left out.
	Passages(ctx context.Context, tenant TenantID, dataset uuid.UUID, rows []int64) ([]FoundPassage, error)
	// Matching returns the rows of passages whose document matches all filters,
	// ascending.
	Matching(ctx context.Context, tenant TenantID, dataset uuid.UUID, filters []Filter) ([]int64, error)
	// DatabaseID names this database for files derived from it; restore
	// changes it.
	DatabaseID() string
}

// FoundPassage is a passage with its document and the ids of its neighbours.
type FoundPassage struct {
	Passage
	Document Document
	Passages int // number of passages in the document
}

// PassageInContext is a passage with its neighbours in the document, nil at
// either end.
type PassageInContext struct {
	FoundPassage
	Previous, Next *Passage
}
