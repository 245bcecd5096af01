package pii

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// The longest parts of an address, in bytes: RFC 5321, 4.5.3.1.
const (
	longestLocal  = 64
	longestDomain = 255
)

// emails finds addresses as people write them: RFC 5322's dot-atom, also with
// letters outside ASCII (RFC 6531), at a domain of two labels or more.
func emails(text string) []Match {
	var out []Match
	for from := 0; ; {
		i := strings.IndexByte(text[from:], '@')
		if i < 0 {
			return out
		}
		at := from + i
		from = at + 1
		start, end := localStart(text, at), domainEnd(text, at+1)
		if start < at && end > at+1 {
			out = append(out, Match{Email, start, end})
			from = end
		}
	}
}

func localStart(text string, at int) int {
	start := at
	for start > 0 && at-start < longestLocal {
		r, n := utf8.DecodeLastRuneInString(text[:start])
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune(".!#$%&'*+/=?^_`{|}~-", r) {
			break
		}
		start -= n
	}
	for start < at && strings.IndexByte(".'*/|`", text[start]) >= 0 { // quotes and lists around the address
		start++
	}
	return start
}

// domainEnd returns where the domain that begins at start ends, start where
// there is none.
func domainEnd(text string, start int) int {
	end := start
	for i := start; i < len(text) && i-start < longestDomain; {
		labelEnd := i
		for labelEnd < len(text) {
			r, n := utf8.DecodeRuneInString(text[labelEnd:])
			if !unicode.IsLetter(r) && !unicode.IsDigit(r) && r != '-' {
				break
			}
			labelEnd += n
		}
		label := strings.TrimRight(text[i:labelEnd], "-")
		if label == "" || label[0] == '-' {
			break
		}
		end = i + len(label)
		if end < labelEnd || labelEnd >= len(text) || text[labelEnd] != '.' {
			break
		}
		i = labelEnd + 1
	}
	if !strings.Contains(text[start:end], ".") {
		return start
	}
	return end
}
