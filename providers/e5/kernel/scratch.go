package kernel

// scoreScale is 1/sqrt(HeadWidth).
const scoreScale = 0.17677669529663687

// absentScore stands where a vector of scores reaches beyond the text; softmax
// makes nothing of it.
const absentScore = -1e30

// maxLanes is the width of the widest vectors, in float32 numbers.
const maxLanes = 16

// Scratch is the room that attention over one text needs.
type Scratch struct {
	keys   []float32 // [HeadWidth][stride], transposed
	scores []float32 // [Group][stride]
	sums   [Group]float32
}

// NewScratch returns room for texts of up to tokens tokens.
func NewScratch(tokens int) *Scratch {
	s := &Scratch{}
	stride := s.stride(roundUp(tokens, maxLanes))
	s.keys = make([]float32, HeadWidth*stride)
	s.scores = make([]float32, Group*stride)
	return s
}

// stride returns a row length for n scores that is an odd number of cache lines,
// so that a column's numbers do not compete for the same places in a cache.
func (*Scratch) stride(n int) int { return roundUp(n, maxLanes) | maxLanes }
