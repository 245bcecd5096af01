package parse

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"
)

// legacyCharset is a charset that detection tries, with what marks good text
// in it.
type legacyCharset struct {
	name  string
	enc   encoding.Encoding
	score func(r, before rune) int // of a character beyond ASCII after another
}

// legacyCharsets lists them; of equal scores the first wins.
func legacyCharsets() []legacyCharset {
	return []legacyCharset{
		{"shift_jis", japanese.ShiftJIS, scoreJapanese},
		{"euc-jp", japanese.EUCJP, scoreJapanese},
		{"euc-kr", korean.EUCKR, scoreKorean},
		{"gb18030", simplifiedchinese.GB18030, scoreChinese(commonSimplified)},
		{"big5", traditionalchinese.Big5, scoreChinese(commonTraditional)},
		{"windows-1251", charmap.Windows1251, scoreSmallLetters(unicode.Cyrillic, 0x451)},
		{"koi8-r", charmap.KOI8R, scoreSmallLetters(unicode.Cyrillic, 0x451)},
		{"iso-8859-5", charmap.ISO8859_5, scoreSmallLetters(unicode.Cyrillic, 0x451)},
		{"windows-1253", charmap.Windows1253, scoreSmallLetters(unicode.Greek, 0x3cd)},
	}
}

// The commonest characters of each way of writing Chinese that the other does
// not use, and some that both do.
const (
	commonSimplified  = "\u7684\u4e00\u662f\u4e86\u5728\u4e0d\u4eba\u6709\u4ed6\u8fd9\u4e2d\u5927\u6765\u4e0a\u4e2a\u56fd\u5230\u8bf4\u4eec\u4e3a\u5b50\u548c\u4f60\u5730\u65f6\u4f1a\u4f7f\u7528\u6587\u4ef6"
	commonTraditional = "\u7684\u4e00\u662f\u4e86\u5728\u4e0d\u4eba\u6709\u4ed6\u9019\u4e2d\u5927\u4f86\u4e0a\u500b\u570b\u5230\u8aaa\u5011\u70ba\u5b50\u548c\u4f60\u5730\u6642\u6703\u4f7f\u7528\u6587\u4ef6"
)

// detectCharset returns the legacy charset that data is most like, nil when
// none fits. It decodes the first 64 KiB in each and counts the characters
// that belong against those that do not.
func detectCharset(data []byte) (string, encoding.Encoding) {
	head := data[:min(len(data), 64<<10)]
	wide := 0
	for _, c := range head {
		if c >= utf8.RuneSelf {
			wide++
		}
	}
	bestName, best, bestScore := "", encoding.Encoding(nil), 0.5
	for _, c := range legacyCharsets() {
		if score := likeness(c, head, wide); score > bestScore {
			bestName, best, bestScore = c.name, c.enc, score
		}
	}
	return bestName, best
}

// likeness returns the mean score of the bytes of head beyond ASCII when they
// are read in c, at most 1; 0 when many do not decode.
func likeness(c legacyCharset, head []byte, wide int) float64 {
	decoded, err := c.enc.NewDecoder().Bytes(head)
	if err != nil {
		return 0
	}
	total, n, broken := 0, 0, 0
	before := ' '
	for _, r := range string(decoded) {
		if r >= utf8.RuneSelf {
			n++
			total += c.score(r, before)
			if r == utf8.RuneError {
				broken++
			}
		}
		before = r
	}
	if n == 0 || broken*50 > n || n*4 < wide {
		return 0
	}
	return float64(total) / float64(2*n)
}

// The scores of one character: 2 for what is common, 1 for what is possible,
// negative for what text of that language has not.

func scoreJapanese(r, _ rune) int {
	switch {
	case unicode.In(r, unicode.Hiragana), r >= 0x30a1 && r <= 0x30fe, r == 0x3001, r == 0x3002:
		return 2
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xff01 && r <= 0xff5e, r >= 0x3000 && r <= 0x303f:
		return 1
	}
	return -2 // half-width kana too: single bytes that anything can be read as
}

func scoreKorean(r, _ rune) int {
	switch {
	case unicode.In(r, unicode.Hangul):
		return 2
	case r >= 0x4e00 && r <= 0x9fff, r >= 0x3000 && r <= 0x303f:
		return 0
	}
	return -2
}

func scoreChinese(common string) func(r, _ rune) int {
	known := map[rune]bool{0xff0c: true, 0x3002: true, 0x3001: true, 0xff1a: true}
	for _, r := range common {
		known[r] = true
	}
	return func(r, _ rune) int {
		switch {
		case known[r]:
			return 4 // a tenth of all Chinese text, so that it outweighs the rest
		case r >= 0x4e00 && r <= 0x9fff, r >= 0xff01 && r <= 0xff5e, r >= 0x3000 && r <= 0x303f:
			return 1
		}
		return -2
	}
}

// scoreSmallLetters is for alphabets with one byte a letter: in the right
// charset most letters are small, and a capital does not follow a small one.
// last is the last small letter of the main alphabet.
func scoreSmallLetters(script *unicode.RangeTable, last rune) func(r, before rune) int {
	return func(r, before rune) int {
		switch {
		case before < utf8.RuneSelf && unicode.IsLetter(before):
			return -3 // an accented letter in a Latin word
		case !unicode.Is(script, r):
			if unicode.IsPunct(r) || unicode.IsSpace(r) {
				return 0
			}
			return -3
		case unicode.IsUpper(r) && unicode.IsLower(before):
			return -3
		case unicode.IsLower(r) && r <= last:
			return 2
		}
		return 1
	}
}
