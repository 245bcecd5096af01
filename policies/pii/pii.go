// Package pii finds personal data in text without a model and without a
// network: e-mail addresses, telephone numbers, payment cards, bank accounts,
// IP addresses and the names of a list. It works in time linear in the text.
package pii

import (
	"cmp"
	"slices"
)

// Kind is a kind of personal data.
type Kind string

// The kinds.
const (
	Email Kind = "email"
	Phone Kind = "phone"
	Card  Kind = "card" // ISO/IEC 7812, with its check digit
	IBAN  Kind = "iban" // ISO 13616, with its check digits
	IP    Kind = "ip"   // versions 4 and 6
	Name  Kind = "name" // one of a list
)

// Match is the part [Start, End) of a text, in bytes.
type Match struct {
	Kind       Kind
	Start, End int
}

// Finder finds some kinds of personal data. It is safe for concurrent use.
type Finder struct {
	detectors []func(string) []Match
	names     *nameList
}

// NewFinder makes a finder of the kinds. names are the names to find where Name
// is among them: whole words, whatever their case.
func NewFinder(kinds []Kind, names []string) *Finder {
	f := &Finder{names: newNameList(nil)}
	for _, kind := range kinds {
		switch kind {
		case Email:
			f.detectors = append(f.detectors, emails)
		case Phone:
			f.detectors = append(f.detectors, phones)
		case Card:
			f.detectors = append(f.detectors, cards)
		case IBAN:
			f.detectors = append(f.detectors, ibans)
		case IP:
			f.detectors = append(f.detectors, addresses)
		case Name:
			f.names = newNameList(names)
			f.detectors = append(f.detectors, f.names.find)
		}
	}
	return f
}

// precedence decides between matches of the same extent, surest first.
var precedence = []Kind{Email, IBAN, Card, IP, Phone, Name}

// Find returns what it finds in text, in order and without overlap. Where two
// matches overlap, the one that begins first stands, then the longer one.
func (f *Finder) Find(text string) []Match {
	all := f.candidates(text)
	slices.SortFunc(all, func(a, b Match) int {
		return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(b.End, a.End),
			cmp.Compare(slices.Index(precedence, a.Kind), slices.Index(precedence, b.Kind)))
	})
	kept, end := all[:0], 0
	for _, m := range all {
		if m.Start >= end {
			kept, end = append(kept, m), m.End
		}
	}
	return kept
}

// candidates returns what each detector finds, which may overlap.
func (f *Finder) candidates(text string) []Match {
	var all []Match
	for _, detect := range f.detectors {
		all = append(all, detect(text)...)
	}
	return all
}
