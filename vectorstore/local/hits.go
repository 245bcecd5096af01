package local

import (
	"context"
	"strings"

	"syft-space/app/space"
)

// hits fetches the best passages and leaves out what would be shown twice and
// what does not reach the threshold.
func (q *question) hits(ctx context.Context, ranked []candidate) ([]space.Hit, error) {
	best := 0.0
	for _, c := range ranked {
		best = max(best, c.bm25)
	}
	var kept []candidate
	for _, c := range ranked {
		if q.req.Threshold <= 0 || q.similarity(c, best) > q.req.Threshold {
			kept = append(kept, c)
		}
	}
	hits := []space.Hit{}
	var shown []space.FoundPassage
	for len(hits) < q.req.Limit && len(kept) > 0 {
		part := kept[:min(len(kept), q.req.Limit+q.req.Limit/2)]
		kept = kept[len(part):]
		found, err := q.fetch(ctx, part)
		if err != nil {
			return nil, err
		}
		for _, c := range part {
			p, ok := found[c.row]
			if !ok || repeats(shown, p) || len(hits) == q.req.Limit {
				continue
			}
			shown = append(shown, p)
			hits = append(hits, q.hit(c, p, best, len(hits)+1))
		}
	}
	return hits, nil
}

func (q *question) fetch(ctx context.Context, part []candidate) (map[int64]space.FoundPassage, error) {
	rows := make([]int64, len(part))
	for i, c := range part {
		rows[i] = c.row
	}
	list, err := q.x.Source.Passages(ctx, q.tenant, q.dataset, rows)
	if err != nil {
		return nil, err
	}
	found := make(map[int64]space.FoundPassage, len(list))
	for _, p := range list {
		found[p.Row] = p
	}
	return found, nil
}

func (q *question) similarity(c candidate, best float64) float64 {
	if c.hasVector {
		return similarity(c.cosine, float64(q.vectors.info.Floor))
	}
	return wordSimilarity(c.share, c.bm25/max(best, tiny))
}

func (q *question) hit(c candidate, p space.FoundPassage, best float64, rank int) space.Hit {
	h := hitOf(p)
	h.Similarity = q.similarity(c, best)
	h.Scores.Fused = c.fused
	if c.hasVector {
		h.Scores.Vector = &c.cosine
	} else {
		h.Metadata["similarity"] = "words"
	}
	if c.bm25 > 0 {
		h.Scores.Lexical = &c.bm25
	}
	h.Metadata["rank"] = rank
	h.Metadata["scores"] = h.Scores
	return h
}

// hitOf renders a passage with where it comes from.
func hitOf(p space.FoundPassage) space.Hit {
	doc, at := p.Document, p.Position
	meta := map[string]any{
		"doc_id": doc.ID.String(), "file_path": doc.Paths[0].Rel, "file_name": baseName(doc.Paths[0].Rel),
		"file_type": doc.FileType, "chunk_index": p.Index, "chunk_count": p.Passages,
		"ingested_at": doc.IngestedAt.UTC().Format("2006-01-02T15:04:05.999999Z"),
	}
	set := func(name string, value any, is bool) {
		if is {
			meta[name] = value
		}
	}
	set("title", doc.Title, doc.Title != "")
	set("headings", p.Headings, len(p.Headings) > 0)
	set("page_numbers", at.Pages, len(at.Pages) > 0)
	set("line_start", at.LineStart, at.LineStart > 0)
	set("line_end", at.LineEnd, at.LineEnd > 0)
	set("sheet", at.Sheet, at.Sheet != "")
	set("row_start", at.RowStart, at.RowStart > 0)
	set("row_end", at.RowEnd, at.RowEnd > 0)
	set("part", at.Part, at.Part != "")
	set("stale", true, doc.Stale)
	set("previous_chunk_id", space.PassageID(doc.ID, p.Index-1), p.Index > 0)
	set("next_chunk_id", space.PassageID(doc.ID, p.Index+1), p.Index+1 < p.Passages)
	set("properties", doc.Metadata, len(doc.Metadata) > 0)
	return space.Hit{ID: space.PassageID(doc.ID, p.Index), Content: p.Text, Metadata: meta}
}

func baseName(rel string) string { return rel[strings.LastIndex(rel, "/")+1:] }

// repeats reports whether a passage says what one of the better ones said: the
// same text, or more than half of a neighbour's.
func repeats(shown []space.FoundPassage, p space.FoundPassage) bool {
	for _, s := range shown {
		if s.Text == p.Text {
			return true
		}
		if s.DocumentID != p.DocumentID {
			continue
		}
		shorter := min(len(s.Text), len(p.Text))
		if s.Index+1 == p.Index && 2*overlap(s.Text, p.Text) > shorter || p.Index+1 == s.Index && 2*overlap(p.Text, s.Text) > shorter {
			return true
		}
	}
	return false
}

// overlap is the length of the longest end of a that begins b, where it is at
// least as long as probe; shorter ones never count as half.
func overlap(a, b string) int {
	const probe = 16
	if len(b) < probe {
		return 0
	}
	start := max(0, len(a)-len(b))
	for {
		i := strings.Index(a[start:], b[:probe])
		if i < 0 {
			return 0
		}
		start += i
		if strings.HasPrefix(b, a[start:]) {
			return len(a) - start
		}
		start++
	}
}
