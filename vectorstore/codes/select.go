package codes

import "math"

// candidate is a vector with its score.
type candidate struct {
	score     float32
	part, pos int32
}

// selection keeps the candidates with the highest scores. It gathers four
// times as many as it keeps and then drops the lower ones together, which
// costs less than a heap.
type selection struct {
	keep  int
	floor float32 // scores up to it are of no interest
	items []candidate
}

func (s *selection) reset(keep int) {
	s.keep, s.floor, s.items = keep, float32(math.Inf(-1)), s.items[:0]
}

// offer takes c if its score is above the floor.
func (s *selection) offer(c candidate) {
	if !(c.score > s.floor) {
		return
	}
	s.items = append(s.items, c)
	if len(s.items) >= 4*s.keep {
		s.shrink()
	}
}

// done returns the candidates that are left, in no order.
func (s *selection) done() []candidate {
	s.shrink()
	return s.items
}

// shrink drops all but the best.
func (s *selection) shrink() {
	if len(s.items) <= s.keep {
		return
	}
	partition(s.items, s.keep)
	s.items = s.items[:s.keep]
	s.floor = s.items[0].score
	for _, c := range s.items {
		s.floor = min(s.floor, c.score)
	}
}

// partition moves the k highest scores to the front (Hoare's selection).
func partition(items []candidate, k int) {
	low, high := 0, len(items)-1
	for low < high {
		a, b, c := items[low].score, items[(low+high)/2].score, items[high].score
		pivot := max(min(a, b), min(max(a, b), c))
		i, j := low, high
		for i <= j {
			for items[i].score > pivot {
				i++
			}
			for items[j].score < pivot {
				j--
			}
			if i <= j {
				items[i], items[j] = items[j], items[i]
				i++
				j--
			}
		}
		switch {
		case k-1 <= j:
			high = j
		case k-1 >= i:
			low = i
		default:
			return
		}
	}
}
