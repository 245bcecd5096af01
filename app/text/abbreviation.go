package text

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// goesOn reports whether the mark r at i does not end the sentence that began
// at start, although white space follows at after: what comes next is in lower
// case, or the full stop belongs to an abbreviation, an initial or an ordinal.
func goesOn(s string, start, i int, r rune, after int) bool {
	following := strings.TrimLeftFunc(s[after:], unicode.IsSpace)
	first, _ := utf8.DecodeRuneInString(strings.TrimLeft(following, "\"'([{"))
	if unicode.IsLower(first) {
		return true
	}
	if r != '.' || after != i+1 {
		return false
	}
	word := s[start:i]
	if k := strings.LastIndexFunc(word, unicode.IsSpace); k >= 0 {
		_, n := utf8.DecodeRuneInString(word[k:])
		word = word[k+n:]
	}
	word = strings.TrimLeft(word, "\"'([{")
	return isAbbreviation(word, following) || isInitial(word) || isOrdinal(s[start:i], word, following)
}

// isAbbreviation reports whether a full stop after word, before following, is
// usually part of it. Abbreviations that as often end a sentence (etc., Inc.,
// usw.) are left out: before lower case they do not end one anyway.
func isAbbreviation(word, following string) bool {
	switch strings.ToLower(word) {
	case "mr", "mrs", "ms", "dr", "prof", "rev", "hon", "gen", "col", "capt", "lt", "sgt", "st",
		"vs", "cf", "e.g", "i.e", "eg", "ie", "viz", "approx", "ca", "figs", "eqs", "nos", "eds",
		"hr", "bzw", "vgl", "z.b", "d.h", "u.a", "o.g", "s.o", "s.u", "i.d.r", "z.t", "v.a", "evtl", "ggf",
		"inkl", "exkl", "zzgl", "sog", "hrsg", "dipl", "mme", "mlle", "sra", "srta", "uds", "p.ej":
		return true
	case "fig", "eq", "sec", "ch", "vol", "no", "pp", "p", "art", "tab", "chap", "par",
		"nr", "abs", "abb", "bd", "kap", "tel", "s", "ziff", "n", "num", "cap",
		"jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep", "sept", "oct", "nov", "dec":
		return following != "" && '0' <= following[0] && following[0] <= '9'
	}
	return false
}

// isInitial reports whether word is one capital letter, or several with full
// stops between them as in "U.S".
func isInitial(word string) bool {
	if word == "" {
		return false
	}
	want := true // a letter, else a full stop
	for _, r := range word {
		if want != unicode.IsUpper(r) || !want && r != '.' {
			return false
		}
		want = !want
	}
	return !want
}

// isOrdinal reports whether word is a number whose full stop does not end the
// sentence: the number of a list item that opens it, or a German ordinal
// before a month or a counted noun.
func isOrdinal(sentence, word, following string) bool {
	if word == "" || len(word) > 3 || strings.Trim(word, "0123456789") != "" {
		return false
	}
	if strings.TrimSpace(sentence) == word {
		return true
	}
	next, _, _ := strings.Cut(following, " ")
	switch strings.Trim(next, ".,;:!?)\n") {
	case "Januar", "Februar", "M\u00e4rz", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober",
		"November", "Dezember", "Jahrhundert", "Jahrhunderts", "Klasse", "Kapitel", "Auflage", "Quartal", "Stock",
		"Geburtstag", "Platz", "Mal", "Tag", "Woche", "Monat", "Jahr":
		return true
	}
	return false
}
