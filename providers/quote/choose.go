package quote

import (
	"cmp"
	"slices"
)

const (
	asMuchMet  = 0.5  // share of the question's words in the best sentence that a further one needs
	strongLead = 0.85 // share that a lead needs for its list to be quoted
	longestRun = 8    // sentences quoted after a lead
	twinShare  = 0.75 // share of a sentence's terms that make it a repetition
)

// caution says how many sentences an answer has, without what a lead
// announces, and which share of the best one's score a further one needs. An
// answer in other words than the question's keeps to one passage.
func caution(best candidate) (most int, share float64, elsewhere bool) {
	if best.met >= 0.5 {
		return 5, 0.72, true
	}
	return 3, 0.85, false
}

// choose takes the best sentences, without repetitions, and puts them into the
// order in which they read best.
func choose(all []candidate, words int) []Quote {
	order := make([]int, len(all))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(i, j int) int { return cmp.Compare(all[j].score, all[i].score) })
	picked := selection{all: all, left: words}
	best := all[order[0]]
	most, share, elsewhere := caution(best)
	for _, i := range order {
		c := all[i]
		if c.score < best.score*share || c.score <= 0 || len(picked.taken) >= most {
			break
		}
		if c.met < best.met*asMuchMet || !elsewhere && c.passage != best.passage {
			continue
		}
		if c.kind == lead {
			if c.score >= best.score*strongLead {
				picked.takeRun(i)
			}
			continue
		}
		if picked.take(i) {
			picked.takeNeighbours(i, i == order[0])
		}
	}
	if len(picked.taken) == 0 { // the best is a lead whose list is elsewhere
		picked.take(firstOf(all, order))
	}
	return picked.arranged()
}

// firstOf returns the best candidate that is no lead, or the best of all.
func firstOf(all []candidate, order []int) int {
	for _, i := range order {
		if all[i].kind != lead && all[i].score > 0 {
			return i
		}
	}
	return order[0]
}

// takeNeighbours adds the sentence that i refers to, and to the best sentence
// also the one that goes on about it.
func (s *selection) takeNeighbours(i int, best bool) {
	if i > 0 && refersBack(s.all[i].text) && s.all[i-1].passage == s.all[i].passage && s.all[i-1].kind == prose {
		s.take(i - 1)
	}
	if n := i + 1; best && n < len(s.all) && s.all[n].passage == s.all[i].passage && s.all[n].kind == prose && refersBack(s.all[n].text) {
		s.take(n)
	}
}

// selection collects sentences while there is room.
type selection struct {
	all   []candidate
	taken []int
	left  int // words
}

// take adds a sentence that fits and says something new. The first one always
// fits.
func (s *selection) take(i int) bool {
	c := s.all[i]
	if len(s.taken) > 0 && c.sentence.words > s.left {
		return false
	}
	for _, j := range s.taken {
		if i == j || c.bag.shared(s.all[j].bag) >= twinShare {
			return false
		}
	}
	s.taken = append(s.taken, i)
	s.left -= c.sentence.words
	return true
}

// takeRun adds a lead with what it announces, or nothing where not even the
// first of that fits.
func (s *selection) takeRun(i int) {
	end := i + 1
	for end < len(s.all) && end <= i+longestRun && s.all[end].passage == s.all[i].passage && s.all[end].kind.quotable() &&
		s.all[end].kind != lead && (end == i+1 || s.all[end].listed == s.all[i+1].listed) {
		end++
	}
	if end == i+1 || len(s.taken) > 0 && s.all[i].sentence.words+s.all[i+1].sentence.words > s.left || !s.take(i) {
		return
	}
	for j := i + 1; j < end; j++ {
		s.take(j)
	}
}

// arranged puts passages into the order of their best sentence, and the
// sentences of one passage into its own.
func (s *selection) arranged() []Quote {
	best := map[int]float64{}
	for _, i := range s.taken {
		best[s.all[i].passage] = max(best[s.all[i].passage], s.all[i].score)
	}
	slices.SortFunc(s.taken, func(i, j int) int {
		x, y := s.all[i], s.all[j]
		return cmp.Or(cmp.Compare(best[y.passage], best[x.passage]), cmp.Compare(x.passage, y.passage), cmp.Compare(x.index, y.index))
	})
	out := make([]Quote, len(s.taken))
	for n, i := range s.taken {
		out[n] = Quote{Passage: s.all[i].passage, Text: upper(s.all[i].text)}
	}
	return out
}
