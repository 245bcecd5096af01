package chunk

import (
	"strings"
	"unicode/utf8"
)

const (
	longestContext = 300 // bytes
	longestPart    = 120 // bytes of one heading in it
)

// Context returns what stands before a passage when it is embedded and indexed
// by words: the document's title and the heading path, in one line of at most
// 300 bytes. Of a longer path the outermost and the innermost headings stay.
func Context(title string, headings []string) string {
	var parts []string
	if title = strings.TrimSpace(title); title != "" && (len(headings) == 0 || !strings.EqualFold(title, headings[0])) {
		parts = append(parts, clip(title))
	}
	for _, h := range headings {
		parts = append(parts, clip(h))
	}
	for len(parts) > 2 && joinedLength(parts) > longestContext {
		parts = append(parts[:1], parts[2:]...)
	}
	return strings.Join(parts, " > ")
}

func joinedLength(parts []string) int {
	n := 3 * (len(parts) - 1)
	for _, p := range parts {
		n += len(p)
	}
	return n
}

// clip returns at most longestPart bytes of s, cut between characters.
func clip(s string) string {
	if len(s) <= longestPart {
		return s
	}
	n := longestPart
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return strings.TrimSpace(s[:n])
}
