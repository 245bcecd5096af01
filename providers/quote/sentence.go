package quote

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"syft-space/app/text"
)

// kind says what a sentence is good for.
type kind uint8

const (
	prose    kind = iota
	item          // of a list, or a line without a mark at its end
	cells         // a row of a table or a record
	lead          // ends with a colon: what it announces follows
	question      // what it asks is answered after it
	heading       // names what follows
	debris        // not worth quoting: crumbs of navigation, legal lines, code, halves of sentences
)

// worth is the share of a sentence's score that its kind leaves it.
func (k kind) worth() float64 {
	switch k {
	case prose:
		return 1
	case item:
		return 0.9
	case cells:
		return 0.9
	case lead:
		return 0.85
	}
	return 0
}

// quotable reports whether an answer may hold the kind.
func (k kind) quotable() bool { return k.worth() > 0 }

// announces reports whether the kind says what the following sentences are about.
func (k kind) announces() bool { return k == lead || k == question || k == heading }

// sentence is one piece of a passage that can be quoted whole.
type sentence struct {
	passage int // index of its passage
	index   int // within the passage
	text    string
	columns string // of a row: the names of its table's columns
	kind    kind
	listed  bool
	words   int
}

var (
	link     = regexp.MustCompile(`!?\[([^\]]*)\]\([^)]*\)`)
	citation = regexp.MustCompile(`\s*\[\d{1,3}\]`)
	emphasis = regexp.MustCompile("\\*\\*|__|`")
	legal    = regexp.MustCompile(`(?i)\(c\) *(19|20)\d\d|\x{00A9}|all rights reserved|cookie|\bimprint\b`)
	machine  = regexp.MustCompile(`^(?:https?://\S+$|<[/!?a-zA-Z])|</?[a-z]+[^>]*>.*</[a-z]+>|[{};]$`)
	crumbs   = regexp.MustCompile(` (?:[>|\x{00BB}\x{203A}/\x{00B7}]|->) `)
)

// sentences takes a passage apart into what may be quoted.
func sentences(passage int, s string, headings []string) []sentence {
	var out []sentence
	all := blocks(s)
	for g, b := range all {
		spans := []text.Span{{Start: 0, End: len(b.text)}}
		if b.shape == running || b.shape == listed {
			spans = text.Sentences(b.text)
		}
		for i, span := range spans {
			piece := clean(b.text[span.Start:span.End])
			if piece == "" {
				continue
			}
			q := sentence{
				passage: passage, index: len(out), text: piece, words: wordCount(piece),
				columns: strings.Join(b.header, " "), listed: b.shape == listed,
			}
			cutHere := g == 0 && i == 0 || g == len(all)-1 && i == len(spans)-1
			q.kind = kindOf(q, b.shape, cutHere, headings)
			out = append(out, q)
		}
	}
	return out
}

// clean removes marks that only make sense where the sentence stood, and
// numbers in brackets, which would read as citations of ours.
func clean(s string) string {
	s = link.ReplaceAllString(s, "$1")
	s = citation.ReplaceAllString(s, "")
	s = emphasis.ReplaceAllString(s, "")
	s = asking.ReplaceAllString(s, "")
	s = strings.TrimLeft(s, "> ")
	return strings.TrimSpace(noSpace.ReplaceAllString(s, " "))
}

// kindOf classifies a sentence. edge says that it begins or ends its passage,
// where a chunk may have cut it.
func kindOf(s sentence, shape shape, edge bool, headings []string) kind {
	for _, h := range headings {
		if strings.EqualFold(s.text, h) {
			return heading
		}
	}
	switch {
	case shape == title:
		return heading
	case legal.MatchString(s.text), machine.MatchString(s.text), letters(s.text) < 0.5, shouted(s.text), shape != tabular && len(crumbs.FindAllString(s.text, 3)) >= 2:
		return debris
	case shape == tabular:
		return cells
	case strings.HasSuffix(s.text, ":"), strings.HasSuffix(s.text, "\uff1a"):
		return lead
	case strings.HasSuffix(s.text, "?"), strings.HasSuffix(s.text, "\uff1f"):
		return question
	case ends(s.text):
		if edge && s.index == 0 && !beginsAnew(s.text) || s.words < 2 {
			return debris
		}
		return prose
	case s.words < 3:
		return debris
	case shape == listed:
		return item
	case edge && s.words > 8:
		return debris // the beginning of a sentence that was cut
	}
	return item
}

// shouted reports whether a text is a row of names in capitals.
func shouted(s string) bool {
	words := strings.Fields(s)
	n := 0
	for _, w := range words {
		if w == strings.ToUpper(w) && strings.ContainsFunc(w, unicode.IsUpper) {
			n++
		}
	}
	return len(words) > 1 && n*3 > len(words)*2
}

// letters returns the share of letters and digits in what is not white space.
func letters(s string) float64 {
	all, good := 0, 0
	for _, r := range s {
		if unicode.IsSpace(r) {
			continue
		}
		all++
		if unicode.IsLetter(r) || unicode.IsMark(r) || unicode.IsDigit(r) {
			good++
		}
	}
	return float64(good) / float64(max(all, 1))
}

// wordCount counts words between white space; where a script has none, two
// characters count as a word.
func wordCount(s string) int {
	n := 0
	for _, word := range strings.Fields(s) {
		dense := 0
		for _, r := range word {
			if text.ScriptOf(r).Spaceless() {
				dense++
			}
		}
		n += max(1, (dense+1)/2)
	}
	return n
}

// upper makes the first letter of a list item a capital, so that it reads as
// a sentence.
func upper(s string) string {
	r, n := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(r)) + s[n:]
}
