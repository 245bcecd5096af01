package pii

import "regexp"

// The digits of a telephone number: at most 15 (ITU-T E.164); a shorter one
// than 7 is as likely anything else.
const (
	fewestDigits = 7
	mostDigits   = 15
	// fewestNational is for numbers without a country code, which look more
	// like other numbers.
	fewestNational = 8
)

// Forms of telephone numbers. Plain runs of digits that begin with neither +
// nor 0 are left alone: they are amounts, years and article numbers.
var (
	// +49 (0)30 1234-567, 0049 30 1234567
	international = regexp.MustCompile(`(?:\+|\b00)[1-9](?:[ .\-/\x{00A0}\x{2011}\x{2013}]?\(?[0-9]{1,5}\)?){1,8}`)
	// (030) 1234567, 030/123 45 67, 07911 123456, 06 12 34 56 78
	national = regexp.MustCompile(`\(?\b0[1-9][0-9]{0,4}\)?(?:[ .\-/\x{00A0}\x{2011}\x{2013}]?[0-9]{2,8}){1,5}`)
	// (555) 123-4567, 555.123.4567
	american = regexp.MustCompile(`(?:\([2-9][0-9]{2}\) ?|\b[2-9][0-9]{2}[ .\-\x{00A0}\x{2011}])[2-9][0-9]{2}[ .\-\x{00A0}\x{2011}][0-9]{4}`)
)

// phones finds telephone numbers.
func phones(text string) []Match {
	var out []Match
	for _, form := range []struct {
		pattern *regexp.Regexp
		fewest  int
	}{{international, fewestDigits}, {american, fewestNational}, {national, fewestNational}} {
		for _, at := range form.pattern.FindAllStringIndex(text, -1) {
			if end := numberEnd(text, at[0], at[1], form.fewest); end > 0 {
				out = append(out, Match{Phone, at[0], end})
			}
		}
	}
	return out
}

// numberEnd returns where the number that begins at start ends, end at the
// latest: groups that do not belong to it are given up. 0 where there is none.
func numberEnd(text string, start, end, fewest int) int {
	if date.MatchString(text[start:end]) {
		return 0
	}
	for end > start {
		digits := len(compact(text[start:end]))
		if digits < fewest {
			return 0
		}
		if digits <= mostDigits && apart(text, start, end) {
			return end
		}
		for end > start && isDigit(text[end-1]) { // the last group
			end--
		}
		for end > start && !isDigit(text[end-1]) { // and what stands before it
			end--
		}
	}
	return 0
}

// date is the beginning of a day written in figures, which national numbers resemble.
var date = regexp.MustCompile(`^[0-9]{1,2}[./-][0-9]{1,2}[./-](?:[0-9]{4}|[0-9]{2}(?: |$))`)
