package local

// Size is what the indexes of all datasets hold together.
type Size struct {
	Passages, Vectors int
	Bytes             int // of the word indexes, in memory
}

// Size returns how much is loaded.
func (x *Index) Size() (total Size) {
	x.mu.Lock()
	defer x.mu.Unlock()
	for _, s := range x.sets {
		words := s.words.Stats()
		total.Passages += words.Passages
		total.Bytes += words.Bytes
		if v := s.vectors.Load(); v != nil {
			total.Vectors += v.store.len()
		}
	}
	return total
}
