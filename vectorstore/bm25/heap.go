package bm25

import (
	"cmp"
	"slices"
)

// candidate is a passage among the best so far.
type candidate struct {
	score float32
	doc   uint16
	shard int
	row   int64
}

// before reports whether a ranks before b.
func (a candidate) before(b candidate) bool {
	return a.score > b.score || a.score == b.score && a.row < b.row
}

// heap keeps the best k candidates, the worst of them on top.
type heap struct {
	k     int
	items []candidate
}

func (h *heap) reset(k int) {
	h.k, h.items = k, h.items[:0]
}

// least returns the score below which a candidate cannot be among the best.
// One that equals it may be, by its row.
func (h *heap) least() float32 {
	if len(h.items) < h.k {
		return 0
	}
	return h.items[0].score
}

// offer adds c if it is among the best.
func (h *heap) offer(c candidate) {
	if len(h.items) < h.k {
		h.items = append(h.items, c)
		for i := len(h.items) - 1; i > 0; {
			up := (i - 1) / 2
			if !h.items[up].before(h.items[i]) {
				break
			}
			h.items[up], h.items[i] = h.items[i], h.items[up]
			i = up
		}
		return
	}
	if !c.before(h.items[0]) {
		return
	}
	h.items[0] = c
	for i := 0; ; {
		down := 2*i + 1
		if down >= len(h.items) {
			return
		}
		if r := down + 1; r < len(h.items) && h.items[down].before(h.items[r]) {
			down = r
		}
		if !h.items[i].before(h.items[down]) {
			return
		}
		h.items[i], h.items[down] = h.items[down], h.items[i]
		i = down
	}
}

// sorted returns the candidates, best first, and leaves the heap unusable
// until the next reset.
func (h *heap) sorted() []candidate {
	slices.SortFunc(h.items, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.score, a.score), cmp.Compare(a.row, b.row))
	})
	return h.items
}
