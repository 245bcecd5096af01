package text

import "unicode"

// Script is a writing system, as far as the analysis tells them apart.
type Script uint8

// The scripts. Those without spaces between words are Han to Myanmar.
const (
	ScriptNone Script = iota // no letters
	ScriptLatin
	ScriptGreek
	ScriptCyrillic
	ScriptHebrew
	ScriptArabic
	ScriptDevanagari
	ScriptHangul
	ScriptHan
	ScriptKana
	ScriptThai
	ScriptLao
	ScriptKhmer
	ScriptMyanmar
	ScriptOther
)

const scriptCount = int(ScriptOther) + 1

// ScriptOf returns the script of the letter r, and ScriptNone for what is not
// a letter.
func ScriptOf(r rune) Script {
	switch {
	case r < 0x80:
		if c := r | 0x20; 'a' <= c && c <= 'z' {
			return ScriptLatin
		}
		return ScriptNone
	case !unicode.IsLetter(r):
		return ScriptNone
	case r <= 0x024F, r >= 0x1E00 && r <= 0x1EFF:
		return ScriptLatin
	case r >= 0x0370 && r <= 0x03FF, r >= 0x1F00 && r <= 0x1FFF:
		return ScriptGreek
	case r >= 0x0400 && r <= 0x052F:
		return ScriptCyrillic
	case r >= 0x0590 && r <= 0x05FF:
		return ScriptHebrew
	case r >= 0x0600 && r <= 0x077F, r >= 0xFB50 && r <= 0xFDFF, r >= 0xFE70 && r <= 0xFEFF:
		return ScriptArabic
	case r >= 0x0900 && r <= 0x097F:
		return ScriptDevanagari
	}
	return asianScript(r)
}

// asianScript knows scripts by their blocks, marks and digits included.
func asianScript(r rune) Script {
	switch {
	case r >= 0x0E00 && r <= 0x0E7F:
		return ScriptThai
	case r >= 0x0E80 && r <= 0x0EFF:
		return ScriptLao
	case r >= 0x1000 && r <= 0x109F:
		return ScriptMyanmar
	case r >= 0x1780 && r <= 0x17FF:
		return ScriptKhmer
	case r >= 0x3040 && r <= 0x30FF, r >= 0x31F0 && r <= 0x31FF, r >= 0xFF66 && r <= 0xFF9F:
		return ScriptKana
	case r >= 0x1100 && r <= 0x11FF, r >= 0x3130 && r <= 0x318F, r >= 0xAC00 && r <= 0xD7FF:
		return ScriptHangul
	case r >= 0x3005 && r <= 0x3007, r >= 0x3400 && r <= 0x9FFF, r >= 0xF900 && r <= 0xFAFF, r >= 0x20000 && r <= 0x3FFFF:
		return ScriptHan
	}
	return ScriptOther
}

// MajorityScript returns the script that most letters of s belong to, Kana for
// Japanese text that mixes kana with Han, and ScriptNone without letters.
func MajorityScript(s string) Script {
	var count [scriptCount]int
	for _, r := range s {
		count[ScriptOf(r)]++
	}
	count[ScriptNone] = 0
	if kana := count[ScriptKana]; kana > 0 && kana*4 >= count[ScriptHan] {
		count[ScriptKana] += count[ScriptHan]
		count[ScriptHan] = 0
	}
	best := ScriptNone
	for s, n := range count {
		if n > count[best] {
			best = Script(s)
		}
	}
	return best
}

// Spaceless reports whether the script puts no spaces between words.
func (s Script) Spaceless() bool { return s >= ScriptHan && s <= ScriptMyanmar }

// HasCJK reports whether s holds a character of U+3040 to U+9FFF, kana and the
// common ideographs.
func HasCJK(s string) bool {
	for _, r := range s {
		if r >= 0x3040 && r <= 0x9FFF {
			return true
		}
	}
	return false
}

// WordCount returns the number of pieces of s between white space.
func WordCount(s string) int {
	n, inside := 0, false
	for _, r := range s {
		space := unicode.IsSpace(r)
		if !space && !inside {
			n++
		}
		inside = !space
	}
	return n
}

// paired reports whether runs of r are indexed as overlapping pairs: Chinese,
// Japanese and Korean, and the other scripts without spaces.
func paired(s Script) bool { return s.Spaceless() || s == ScriptHangul }
