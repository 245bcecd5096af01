package providers

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopper cuts an answer at the first of its stop sequences, however the
// answer is divided into pieces. White space that leads the answer is dropped
// before a sequence may match, so that a sequence of line breaks cannot empty
// an answer.
type stopper struct {
	stops   []string
	begun   bool
	held    string // the end of the answer so far, which may be the beginning of a stop
	stopped bool
}

func newStopper(stops []string) *stopper {
	s := &stopper{}
	for _, stop := range stops {
		if stop != "" {
			s.stops = append(s.stops, stop)
		}
	}
	return s
}

// push adds a piece and returns what of the answer is certain now.
func (s *stopper) push(piece string) string {
	if s.stopped {
		return ""
	}
	if !s.begun {
		piece = strings.TrimLeftFunc(piece, unicode.IsSpace)
		s.begun = piece != ""
	}
	text := s.held + piece
	if i := s.first(text); i >= 0 {
		s.stopped, s.held = true, ""
		return text[:i]
	}
	keep := s.undecided(text)
	s.held = text[len(text)-keep:]
	return text[:len(text)-keep]
}

// rest returns what was held back, once the answer is over.
func (s *stopper) rest() string {
	held := s.held
	s.held = ""
	return held
}

// first returns where the first stop in text begins, or -1.
func (s *stopper) first(text string) int {
	at := -1
	for _, stop := range s.stops {
		if i := strings.Index(text, stop); i >= 0 && (at < 0 || i < at) {
			at = i
		}
	}
	return at
}

// undecided returns the length of the longest end of text that begins a stop.
func (s *stopper) undecided(text string) int {
	longest := 0
	for _, stop := range s.stops {
		for n := min(len(stop)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, stop[:n]) {
				longest = n
			}
		}
	}
	return longest
}

// leadsWithSpace reports whether a server that knows nothing of the rule about
// leading white space might empty an answer at the stop.
func leadsWithSpace(stop string) bool {
	r, _ := utf8.DecodeRuneInString(stop)
	return unicode.IsSpace(r)
}
