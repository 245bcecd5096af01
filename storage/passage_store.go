package storage

import (
	"bytes"
	"context"
	"slices"

	"syft-space/app/text"
)

// oldPassage is a passage that a document had.
type oldPassage struct {
	row      int64
	position int
	terms    []byte
	analysis int
	place    string
}

// oldPassages are the passages of a document that found no use yet, by their
// text and headings.
type oldPassages map[string][]oldPassage

const selectOldPassages = `SELECT p.row, p.position, p.terms, p.analysis, t.place, t.headings, t.text
	FROM passages p JOIN passage_texts t ON t.row = p.row WHERE p.document_id = ? AND p.tenant_id = ? ORDER BY p.position`

func (r *replacement) oldPassages(ctx context.Context) (oldPassages, error) {
	old := oldPassages{}
	err := each(ctx, r.conn, selectOldPassages, []any{r.doc.ID[:], r.tenant.UUID[:]}, func(row scanner) error {
		var p oldPassage
		var headings, text string
		if err := row.Scan(&p.row, &p.position, &p.terms, &p.analysis, &p.place, &headings, &text); err != nil {
			return err
		}
		key := headings + text
		old[key] = append(old[key], p)
		return nil
	})
	return old, err
}

// take returns the first old passage with the text and headings.
func (o oldPassages) take(headings, text string) (oldPassage, bool) {
	list := o[headings+text]
	if len(list) == 0 {
		return oldPassage{}, false
	}
	o[headings+text] = list[1:]
	return list[0], true
}

// rows returns what is left, in order.
func (o oldPassages) rows() []int64 {
	var rows []int64
	for _, list := range o {
		for _, p := range list {
			rows = append(rows, p.row)
		}
	}
	slices.Sort(rows)
	return rows
}

const (
	insertPassage = `INSERT INTO passages (tenant_id, dataset_id, document_id, position, seq, text_hash, analysis, terms)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?)`
	insertText       = `INSERT INTO passage_texts (row, tenant_id, headings, place, text) VALUES (?, ?, ?, ?, ?)`
	insertUnembedded = `INSERT INTO unembedded (binding_id, row, tenant_id) VALUES (?, ?, ?)`
)

// storePassage stores the i-th passage, in the row of an old one where its
// text and headings are unchanged.
func (r *replacement) storePassage(ctx context.Context, i int, old oldPassages) error {
	p := &r.passages[i]
	headings, err := toJSON(p.Headings, "[]")
	if err != nil {
		return err
	}
	place, err := toJSON(p.Position, "{}")
	if err != nil {
		return err
	}
	if was, ok := old.take(headings, p.Text); ok {
		return r.keepPassage(ctx, was, i, p.Terms, place)
	}
	row, err := r.insert(ctx, insertPassage, r.tenant.UUID[:], r.doc.DatasetID[:], r.doc.ID[:], i, r.first+int64(i),
		int64(textHash(p.Text)), text.Version, notNull(p.Terms))
	if err != nil {
		return err
	}
	if _, err := r.exec(ctx, insertText, row, r.tenant.UUID[:], headings, place, p.Text); err != nil {
		return err
	}
	for _, binding := range r.bindings {
		if _, err := r.exec(ctx, insertUnembedded, binding, row, r.tenant.UUID[:]); err != nil {
			return err
		}
	}
	return nil
}

const (
	updatePassage = `UPDATE passages SET position = ?, seq = ?, analysis = ?, terms = ? WHERE row = ? AND tenant_id = ?`
	updatePlace   = `UPDATE passage_texts SET place = ? WHERE row = ? AND tenant_id = ?`
)

// keepPassage brings an unchanged passage to its new position. Its terms may
// differ all the same: they hold the document's title. Indexes are told where
// what they hold changed.
func (r *replacement) keepPassage(ctx context.Context, was oldPassage, position int, terms []byte, place string) error {
	if was.place != place {
		if _, err := r.exec(ctx, updatePlace, place, was.row, r.tenant.UUID[:]); err != nil {
			return err
		}
	}
	if was.position == position && was.analysis == text.Version && bytes.Equal(was.terms, terms) {
		return nil
	}
	_, err := r.exec(ctx, updatePassage, position, r.first+int64(position), text.Version, notNull(terms), was.row, r.tenant.UUID[:])
	return err
}

// notNull makes an empty blob of nil.
func notNull(b []byte) []byte {
	if b == nil {
		return []byte{}
	}
	return b
}

// textHash is the 64-bit FNV-1a hash of a text's words, each run of white
// space counting as one blank: equal for texts that a reader takes for equal.
func textHash(s string) uint64 {
	const offset, prime = 14695981039346656037, 1099511628211
	h, blank := uint64(offset), false
	for i := range len(s) {
		switch b := s[i]; b {
		case ' ', '\t', '\n', '\r', '\v', '\f':
			blank = true
		default:
			if blank && h != offset {
				h = (h ^ ' ') * prime
			}
			blank = false
			h = (h ^ uint64(b)) * prime
		}
	}
	return h
}
