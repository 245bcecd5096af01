package chunk

import (
	"unicode"

	"syft-space/app/text"
)

// EstimateTokens returns about how many tokens a multilingual subword tokenizer
// makes of s, from its characters alone. It errs on the high side, for prose by
// about a half; only text without words, such as base64, may have more. Use it
// where the embedder's own count cannot be had.
func EstimateTokens(s string) int {
	eighths := 0 // of tokens
	nth := 0     // letter of the word in hand
	lower := false
	for _, r := range s {
		if unicode.IsSpace(r) {
			nth = 0
			continue
		}
		letter := unicode.IsLetter(r) || unicode.IsMark(r)
		switch {
		case !letter, lower && unicode.IsUpper(r): // a hump of camelCase
			nth = 0
		}
		if letter {
			nth++
		}
		lower = unicode.IsLower(r)
		eighths += tokenEighths(r, letter, nth)
	}
	return (eighths + 7) / 8
}

// tokenEighths returns the share of a token, in eighths, of a character that is
// the nth letter of its word.
func tokenEighths(r rune, letter bool, nth int) int {
	switch {
	case letter && r < 0x250:
		if nth == 1 {
			return 7
		}
		return 2
	case r >= '0' && r <= '9':
		return 6
	case !letter && r < 0x80:
		return 8
	case !letter:
		return 14 // symbols and emoji fall apart into several
	}
	switch text.ScriptOf(r) {
	case text.ScriptHan:
		return 7
	case text.ScriptKana, text.ScriptHangul:
		return 6
	case text.ScriptThai, text.ScriptLao, text.ScriptKhmer, text.ScriptMyanmar, text.ScriptOther:
		return 5
	}
	if nth == 1 {
		return 8
	}
	return 3 // Cyrillic, Greek, Arabic, Hebrew, Devanagari
}
