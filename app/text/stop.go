package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Stopper cuts a text that comes in pieces at the first of its stop sequences.
// Where there are any, white space at the beginning of the text is dropped
// before one may match: models like to begin with a line break, and the default
// sequence is one. Sequences are found across pieces, what comes out is the same
// however the text is divided, and no piece of it ends within a character.
type Stopper struct {
	stops   []string
	held    string // a beginning of a sequence or of a character, perhaps
	begun   bool
	stopped bool
}

// NewStopper makes a Stopper; empty sequences are none.
func NewStopper(stops []string) *Stopper {
	s := &Stopper{}
	for _, stop := range stops {
		if stop != "" {
			s.stops = append(s.stops, stop)
		}
	}
	return s
}

// Begun reports whether something came that was not dropped.
func (s *Stopper) Begun() bool { return s.begun }

// Stopped reports whether a stop sequence was found.
func (s *Stopper) Stopped() bool { return s.stopped }

// Push takes the next piece and returns what of the text is certain now. What
// follows a stop sequence is ignored.
func (s *Stopper) Push(piece string) string {
	if s.stopped || piece == "" {
		return ""
	}
	text := s.held + piece
	if len(s.stops) > 0 && !s.begun {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	if s.begun = s.begun || text != "" && utf8.FullRuneInString(text); !s.begun {
		s.held = text
		return ""
	}
	if at := s.find(text); at >= 0 {
		s.stopped, s.held = true, ""
		return text[:at]
	}
	keep := max(s.open(text), incomplete(text))
	s.held = text[len(text)-keep:]
	return text[:len(text)-keep]
}

// Rest ends the text and returns what was held back: it is no stop sequence.
func (s *Stopper) Rest() string {
	rest := s.held
	s.held = ""
	return rest
}

// find returns where the stop sequence begins that is complete first, or -1.
// Which one begins first would depend on how the text came in pieces.
func (s *Stopper) find(text string) int {
	at, end := -1, 0
	for _, stop := range s.stops {
		i := strings.Index(text, stop)
		if e := i + len(stop); i >= 0 && (at < 0 || e < end || e == end && i < at) {
			at, end = i, e
		}
	}
	return at
}

// open returns the length of the longest end of text that begins a stop sequence.
func (s *Stopper) open(text string) int {
	longest := 0
	for _, stop := range s.stops {
		for n := min(len(stop)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, stop[:n]) {
				longest = n
				break
			}
		}
	}
	return longest
}

// incomplete returns how many bytes at the end of text begin a character that
// the next piece may complete.
func incomplete(text string) int {
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if tail := text[len(text)-n:]; utf8.RuneStart(tail[0]) {
			if utf8.FullRuneInString(tail) {
				return 0
			}
			return n
		}
	}
	return 0
}
