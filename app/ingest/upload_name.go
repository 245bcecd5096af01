package ingest

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// longestName is how many bytes of a name a file system takes, with room for
// the number that tells it from another of the same name.
const longestName = 240

// device names mean something else than a file on Windows, whatever their
// extension.
var device = regexp.MustCompile(`(?i)^(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])$`)

// uploadName reduces the name that a caller sent to one that can lie in any
// file system, and is not passed over as hidden or temporary. problem is a
// sentence where nothing sensible is left.
func uploadName(sent string) (name, problem string) {
	if !utf8.ValidString(sent) {
		return "", "the name of a file must be UTF-8"
	}
	name = sent[strings.LastIndexAny(sent, `/\`)+1:]
	if strings.ContainsFunc(name, unicode.IsControl) {
		return "", "the name of a file must not contain control characters"
	}
	name = strings.Map(func(r rune) rune {
		switch {
		case unicode.Is(unicode.Bidi_Control, r): // they only disguise an extension
			return -1
		case strings.ContainsRune(`<>:"|?*`, r): // not allowed on Windows
			return '_'
		}
		return r
	}, name)
	name = strings.TrimLeft(strings.TrimRight(name, ". "), ".~ ")
	stem, _, _ := strings.Cut(name, ".")
	switch {
	case name == "":
		return "", "a file needs a name"
	case len(name) > longestName:
		return "", "the name of a file must not be longer than 240 bytes"
	case device.MatchString(strings.TrimSpace(stem)):
		name = "_" + name
	}
	return name, ""
}
