package chunk

import (
	"unicode"

	"syft-space/app/text"
)

// EstimateTokens returns about how many tokens a multilingual subword tokenizer
// makes of s, from its characters alone. It errs on the high side: for prose by
// about a third. Use it only where the embedder's own count cannot be had.
func EstimateTokens(s string) int {
	quarters := 0 // of tokens
	inWord := 0   // letters of the word in hand
	for _, r := range s {
		if unicode.IsSpace(r) {
			inWord = 0
			continue
		}
		letter := unicode.IsLetter(r) || unicode.IsMark(r)
		if letter {
			inWord++
		} else {
			inWord = 0
		}
		quarters += tokenQuarters(r, letter, inWord)
	}
	return (quarters + 3) / 4
}

// tokenQuarters returns the share of a token, in quarters, of a character that
// is the nth letter of its word.
func tokenQuarters(r rune, letter bool, nth int) int {
	switch {
	case letter && r < 0x250:
		if nth == 1 {
			return 4
		}
		return 1
	case r >= '0' && r <= '9':
		return 3
	case !letter && r < 0x80:
		return 4
	case !letter:
		return 8 // symbols and emoji fall apart into several
	}
	switch script := text.ScriptOf(r); {
	case script == text.ScriptHan || script == text.ScriptKana || script == text.ScriptHangul:
		return 4
	case script == text.ScriptThai || script == text.ScriptLao || script == text.ScriptKhmer || script == text.ScriptMyanmar:
		return 3
	case nth == 1:
		return 4
	case script == text.ScriptOther:
		return 3
	}
	return 2 // Cyrillic, Greek, Arabic, Hebrew, Devanagari
}
