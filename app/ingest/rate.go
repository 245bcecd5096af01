package ingest

// Rate is how many passages of all datasets were embedded per second, lately.
func (s *Service) Rate() (total float64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, r := range s.runs {
		r.mu.Lock()
		total += r.embedded.rate(s.Clock())
		r.mu.Unlock()
	}
	return total
}
