package e5

import (
	"bytes"
	"unicode/utf8"
)

const (
	wordMark    = "\u2581" // stands for the space before a word in the vocabulary
	replacement = "\uFFFD" // stands for a byte that is not UTF-8
)

// fill appends normalised text to the word in hand until the word is complete,
// or has doubled by at least window bytes, or the text has ended. It reports whether
// the word is complete. A word that is only its mark is no word.
func (l *lattice) fill() (complete bool) {
	full := len(l.word) + max(window, len(l.word))
	for len(l.word) < full {
		space := false
		switch {
		case len(l.spelled) > 0:
			space = l.spell()
		case l.rest == "":
			return true
		case l.rest[0] == ' ':
			l.rest, space = l.rest[1:], true
		default:
			l.normalise()
		}
		if space && !l.bare() {
			return true
		}
	}
	return false
}

// spell moves what is spelled into the word, up to the first space, and reports
// whether it met one.
func (l *lattice) spell() (space bool) {
	before, after, space := bytes.Cut(l.spelled, []byte{' '})
	l.word = append(l.word, before...)
	l.spelled = after
	return space
}

// normalise takes the longest run with a rule, or else one character, off the
// text that is left. A character without a rule goes straight into the word;
// the replacement of a rule, which may hold spaces, into spelled.
func (l *lattice) normalise() {
	if n := plain(l.rest); n > 0 {
		l.word = append(l.word, l.rest[:n]...)
		l.rest = l.rest[n:]
		return
	}
	if text, n := l.tables.rule(l.rest); n > 0 {
		l.spelled, l.rest = text, l.rest[n:]
		return
	}
	r, n := utf8.DecodeRuneInString(l.rest)
	if r == utf8.RuneError && n == 1 {
		l.word = append(l.word, replacement...)
	} else {
		l.word = append(l.word, l.rest[:n]...)
	}
	l.rest = l.rest[n:]
}

// plain returns the length of the run of printable ASCII that text begins with
// and that no rule can touch: rules that begin with such a character go on with
// a character outside ASCII. It stops after window bytes.
func plain(text string) int {
	n := 0
	for n < len(text) && n < window && text[n] > ' ' && text[n] < 0x7f {
		n++
	}
	if n > 0 && n < len(text) && text[n] >= utf8.RuneSelf {
		n--
	}
	return n
}

// rule returns the replacement, which may be empty, for the longest prefix of
// text that has one, and the length of that prefix, 0 if there is none.
func (t tokenTables) rule(text string) (spelled []byte, n int) {
	at, found := int32(0), 0
	node := t.normal.at(0)
	for i := 0; i < len(text); i++ {
		var ok bool
		if node, ok = t.normal.child(node, text[i]); !ok {
			break
		}
		if value, ends := t.normal.value(node); ends {
			at, found = value, i+1
		}
	}
	if found == 0 {
		return nil, 0
	}
	spelled = t.normalText[at:]
	return spelled[:bytes.IndexByte(spelled, 0)], found
}
