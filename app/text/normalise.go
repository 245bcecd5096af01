package text

import (
	"unicode/utf8"

	"golang.org/x/text/cases"
	"golang.org/x/text/unicode/norm"
)

// Normalise returns s in the form in which texts are compared: NFKC,
// case-folded, without diacritics and without characters that do not show.
// Letters that only look like a letter with a diacritic (o with a stroke, the
// ligature ae) become what people type instead.
func Normalise(s string) string {
	var f folder
	return string(f.appendFold(nil, s))
}

// folder normalises pieces of text and owns the buffers that this takes. The
// zero value is ready.
type folder struct {
	fold       cases.Caser
	ready      bool
	wide, slim []byte
}

// appendFold appends the normal form of s to dst.
func (f *folder) appendFold(dst []byte, s string) []byte {
	if isASCII(s) {
		for i := range len(s) {
			dst = append(dst, lowerASCII(s[i]))
		}
		return dst
	}
	if !f.ready {
		f.fold, f.ready = cases.Fold(), true
	}
	// Folding may undo a decomposition and the other way round; two rounds of
	// decomposing reach every diacritic.
	f.wide = norm.NFKD.AppendString(f.wide[:0], s)
	f.slim = f.appendCaseFold(f.slim[:0], f.wide)
	f.wide = norm.NFKD.Append(f.wide[:0], f.slim...)
	f.slim = f.slim[:0]
	for b := f.wide; len(b) > 0; {
		r, n := utf8.DecodeRune(b)
		if !isDiacritic(r) && !isInvisible(r) {
			f.slim = appendPlain(f.slim, r, b[:n])
		}
		b = b[n:]
	}
	return norm.NFC.Append(dst, f.slim...)
}

// appendCaseFold appends the full case folding of src.
func (f *folder) appendCaseFold(dst, src []byte) []byte {
	// The longest folding of one character is three times its length.
	need := len(dst) + 3*len(src)
	if cap(dst) < need {
		dst = append(make([]byte, 0, need), dst...)
	}
	f.fold.Reset()
	n, _, err := f.fold.Transform(dst[len(dst):need], src, true)
	if err != nil { // cannot happen with that much room; unfolded is the next best
		return append(dst, src...)
	}
	return dst[:len(dst)+n]
}

// appendPlain appends r, whose bytes are raw, without the stroke or bar that
// Unicode does not treat as a diacritic.
func appendPlain(dst []byte, r rune, raw []byte) []byte {
	switch r {
	case 0x00E6: // ae
		return append(dst, "ae"...)
	case 0x0153: // oe
		return append(dst, "oe"...)
	case 0x00F8: // o with stroke
		return append(dst, 'o')
	case 0x0111: // d with stroke
		return append(dst, 'd')
	case 0x0127: // h with stroke
		return append(dst, 'h')
	case 0x0131: // dotless i
		return append(dst, 'i')
	case 0x0142: // l with stroke
		return append(dst, 'l')
	}
	return append(dst, raw...)
}

// isDiacritic reports whether r is a combining mark that searchers leave out:
// accents, Hebrew points, Arabic vowel signs. The marks of Indic scripts, of
// Thai and of kana are letters to their readers and stay.
func isDiacritic(r rune) bool {
	switch {
	case r < 0x0300:
		return false
	case r <= 0x036F, r >= 0x0483 && r <= 0x0487:
		return true
	case r >= 0x0591 && r <= 0x05C7:
		return r != 0x05BE && r != 0x05C0 && r != 0x05C3 && r != 0x05C6
	case r >= 0x0610 && r <= 0x061A, r == 0x0640, r >= 0x064B && r <= 0x065F, r == 0x0670:
		return true
	case r >= 0x06D6 && r <= 0x06ED:
		return r != 0x06DD && r != 0x06DE && r != 0x06E9
	case r >= 0x1AB0 && r <= 0x1AFF, r >= 0x1DC0 && r <= 0x1DFF, r >= 0x20D0 && r <= 0x20FF, r >= 0xFE20 && r <= 0xFE2F:
		return true
	}
	return false
}

// isInvisible reports whether r only steers the display: soft hyphens, joiners,
// direction marks, variation selectors. It neither ends a word nor is part of it.
func isInvisible(r rune) bool {
	switch {
	case r == 0x00AD, r == 0x200C, r == 0x200D, r == 0x200E, r == 0x200F, r == 0x2060, r == 0xFEFF:
		return true
	}
	return r >= 0xFE00 && r <= 0xFE0F
}

func isASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

func lowerASCII(c byte) byte {
	if 'A' <= c && c <= 'Z' {
		return c + 'a' - 'A'
	}
	return c
}
