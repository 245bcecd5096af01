package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopFilter cuts a text that comes in pieces at the first of its stop
// sequences. White space at the beginning of the text is dropped before a
// sequence may match: models like to begin with a line break, and the default
// sequence is one. Sequences are found across pieces, and what it passes on
// never ends within a character.
//
// Models are handed the sequences too, and keep the same rule: stopping at the
// source saves tokens and keeps their count. This filter holds for those that
// do not, or that answer from documents.
type stopFilter struct {
	stops   []string
	emit    func(string) error
	held    string // a beginning of a sequence or of a character, perhaps
	begun   bool   // something came that is not dropped
	stopped bool
}

func newStopFilter(stops []string, emit func(string) error) *stopFilter {
	f := &stopFilter{emit: emit}
	for _, s := range stops {
		if s != "" {
			f.stops = append(f.stops, s)
		}
	}
	return f
}

// write takes the next piece; what follows a stop sequence is ignored.
func (f *stopFilter) write(piece string) error {
	if f.stopped || piece == "" {
		return nil
	}
	text := f.held + piece
	if len(f.stops) > 0 && !f.begun {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
	}
	if f.begun = f.begun || text != "" && utf8.FullRuneInString(text); !f.begun {
		f.held = text
		return nil
	}
	if at := f.find(text); at >= 0 {
		f.stopped, f.held = true, ""
		return f.pass(text[:at])
	}
	keep := max(f.open(text), incomplete(text))
	f.held = text[len(text)-keep:]
	return f.pass(text[:len(text)-keep])
}

// flush ends the text: what was held back is no stop sequence.
func (f *stopFilter) flush() error {
	rest := f.held
	f.held = ""
	return f.pass(rest)
}

func (f *stopFilter) pass(text string) error {
	if text == "" {
		return nil
	}
	return f.emit(text)
}

// find returns where the stop sequence begins that is complete first, or -1.
// Which one begins first would depend on how the text came in pieces.
func (f *stopFilter) find(text string) int {
	at, end := -1, 0
	for _, s := range f.stops {
		i := strings.Index(text, s)
		if e := i + len(s); i >= 0 && (at < 0 || e < end || e == end && i < at) {
			at, end = i, e
		}
	}
	return at
}

// open returns the length of the longest end of text that begins a stop sequence.
func (f *stopFilter) open(text string) int {
	longest := 0
	for _, s := range f.stops {
		for n := min(len(s)-1, len(text)); n > longest; n-- {
			if strings.HasSuffix(text, s[:n]) {
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
