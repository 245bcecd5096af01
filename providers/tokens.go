package providers

import "unicode/utf8"

// estimateTokens is the token count of a text where no tokenizer is at hand.
// It errs on the high side: three letters of ASCII make a token, and so does
// every other character (English text has about four letters a token).
func estimateTokens(text string) int {
	ascii, others := 0, 0
	for _, r := range text {
		if r < utf8.RuneSelf {
			ascii++
		} else {
			others++
		}
	}
	return (ascii+2)/3 + others
}
