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

// longestPhone bounds a number with its separators, in bytes.
const longestPhone = 64

// Forms of telephone numbers, at the start of a text. Plain runs of digits that
// begin with neither + nor 0 are left alone, but for those of Chinese mobiles:
// they are amounts, years and article numbers.
var (
	// +49 (0)30 1234-567, 0049 30 1234567
	international = regexp.MustCompile(`^(?:\+|00)[1-9](?:[ .\-/\x{00A0}\x{2011}\x{2013}]?\(?[0-9]{1,5}\)?){1,8}`)
	// (030) 1234567, 030/123 45 67, 07911 123456, 06 12 34 56 78
	national = regexp.MustCompile(`^\(?0[1-9][0-9]{0,4}\)?(?:[ .\-/\x{00A0}\x{2011}\x{2013}]?[0-9]{2,8}){1,5}`)
	// (555) 223-4567, 555.223.4567, 1-800-555-0199
	american = regexp.MustCompile(`^(?:1[ .\-\x{00A0}\x{2011}])?(?:\([2-9][0-9]{2}\) ?|[2-9][0-9]{2}[ .\-\x{00A0}\x{2011}])[2-9][0-9]{2}[ .\-\x{00A0}\x{2011}][0-9]{4}`)
	// 8 (495) 123-45-67, 8-800-555-35-35
	russian = regexp.MustCompile(`^8[ \-\x{00A0}\x{2011}]?\(?[0-9]{3}\)?[ \-\x{00A0}\x{2011}]?[0-9]{3}(?:[ \-\x{00A0}\x{2011}][0-9]{2}){2}`)
	// 138 0013 8000, 13800138000
	chinese = regexp.MustCompile(`^1[3-9][0-9][ \-]?[0-9]{4}[ \-]?[0-9]{4}`)
	// 98765 43210
	indian = regexp.MustCompile(`^[6-9][0-9]{4}[ \-][0-9]{5}`)
	// (11) 91234-5678
	brazilian = regexp.MustCompile(`^\([1-9][1-9]\) ?[0-9]{4,5}[ \-][0-9]{4}`)
)

// phones finds telephone numbers.
func phones(text string) []Match {
	var out []Match
	for i := 0; i < len(text); {
		if end := phoneAt(text, i); end > 0 {
			out = append(out, Match{Phone, i, end})
			i = end
			continue
		}
		i++
	}
	return out
}

// form is a form of telephone numbers and the fewest digits of one.
type form struct {
	pattern *regexp.Regexp
	fewest  int
}

// formsAt returns the forms that may begin at i.
func formsAt(text string, i int) []form {
	c := text[i]
	if isDigit(c) && inNumber(text[:i]) {
		return nil
	}
	next := i+1 < len(text) && isDigit(text[i+1])
	switch {
	case c == '+' && next:
		return []form{{international, fewestDigits}}
	case c == '(' && next:
		return []form{{american, fewestNational}, {national, fewestNational}, {brazilian, fewestNational}}
	case c == '0' && next:
		return []form{{international, fewestDigits}, {national, fewestNational}}
	case c == '1':
		return []form{{chinese, fewestNational}, {american, fewestNational}}
	case c == '8':
		return []form{{russian, fewestNational}, {indian, fewestNational}, {american, fewestNational}}
	case c >= '2' && c <= '9' && next:
		return []form{{indian, fewestNational}, {american, fewestNational}}
	}
	return nil
}

// phoneAt returns where the number ends that begins at i, 0 where none does.
func phoneAt(text string, i int) int {
	for _, f := range formsAt(text, i) {
		at := f.pattern.FindStringIndex(text[i:min(len(text), i+longestPhone)])
		if at == nil {
			continue
		}
		if end := numberEnd(text, i, i+at[1], f.fewest); end > 0 {
			return end
		}
	}
	return 0
}

// inNumber reports whether a digit behind before goes on with something: a
// word, a date, a decimal, a version.
func inNumber(before string) bool {
	n := len(before)
	if n == 0 {
		return false
	}
	switch before[n-1] {
	case '.', '/', '-', ',':
		return n > 1 && isDigit(before[n-2])
	}
	return isAlnum(before[n-1])
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
