package pii

// The lengths of a card number, ISO/IEC 7812.
const (
	shortestCard = 13
	longestCard  = 19
)

// cards finds payment card numbers, in groups or not.
func cards(text string) []Match {
	var out []Match
	for i := 0; i < len(text); {
		if !isDigit(text[i]) {
			i++
			continue
		}
		run := groups(text, i, longestCard, isDigit)
		m, ok := cardIn(text, run)
		if ok {
			out = append(out, m)
			i = m.End
		} else {
			i = run[0].end
		}
	}
	return out
}

// cardIn finds the longest card number that begins with the first group.
func cardIn(text string, run []group) (Match, bool) {
	start := run[0].start
	if !issued(text[start]) {
		return Match{}, false
	}
	for len(run) > 0 {
		end := run[len(run)-1].end
		digits := compact(text[start:end])
		if len(digits) < shortestCard {
			break
		}
		if len(digits) <= longestCard && luhn(digits) && apart(text, start, end) {
			return Match{Card, start, end}, true
		}
		run = run[:len(run)-1]
	}
	return Match{}, false
}

// issued reports whether card numbers begin with d: 2 to 6 are banks, travel
// and trade; the rest is airlines, health and national numbering.
func issued(d byte) bool { return d >= '2' && d <= '6' }

// luhn checks the last digit, ISO/IEC 7812-1, annex B.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			if d *= 2; d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}
