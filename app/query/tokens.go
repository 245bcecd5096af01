package query

import "unicode"

// EstimateTokens estimates how many tokens a language model makes of text,
// rather too many than too few: three and a half characters of ASCII, two of
// another alphabet, one ideograph, syllable block or symbol per token.
func EstimateTokens(text string) int {
	var ascii, alphabetic, other int
	for _, r := range text {
		switch {
		case r < 0x80:
			ascii++
		case r < 0x2E80 && unicode.IsLetter(r):
			alphabetic++
		default:
			other++
		}
	}
	return (2*ascii+6)/7 + (alphabetic+1)/2 + other
}
