package query

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// stopFilter cuts a text that comes in pieces at the first of its stop
// sequences. White space at the beginning of the text is dropped before a
// sequence may match: models like to begin with a line break, and the default
// sequence is one. Sequences are found across pieces.
type stopFilter struct {
	stops   []string
	emit    func(string) error
	held    string // a beginning of a sequence, perhaps
	begun   bool   // something other than white space came
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
	if len(f.stops) == 0 {
		f.begun = true
		return f.emit(piece)
	}
	text := f.held + piece
	if !f.begun {
		text = strings.TrimLeftFunc(text, unicode.IsSpace)
		f.begun = text != ""
	}
	if at := f.find(text); at >= 0 {
		f.stopped, f.held = true, ""
		return f.pass(text[:at])
	}
	keep := f.open(text)
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

// maxNativeStops is how many stop sequences OpenAI's API takes.
const maxNativeStops = 4

// nativeStops returns the sequences that the provider may look for too, which
// saves tokens. One that begins with white space stays with us: a provider
// would let it empty an answer that begins with white space.
func nativeStops(stops []string) []string {
	var native []string
	for _, s := range stops {
		r, _ := utf8.DecodeRuneInString(s)
		if s != "" && !unicode.IsSpace(r) && len(native) < maxNativeStops {
			native = append(native, s)
		}
	}
	return native
}
