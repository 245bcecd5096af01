package parse

import (
	"bytes"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// text returns the whole file as UTF-8. Its charset is told by a byte order
// mark, by being valid UTF-8, or by detection; else it is taken for
// windows-1252, with a warning.
func (s *source) text(b *builder) (string, error) {
	data, err := s.bytes()
	if err != nil {
		return "", err
	}
	return decodeText(data, b)
}

// decodeText is source.text for bytes in hand.
func decodeText(data []byte, b *builder) (string, error) {
	if enc, n := byteOrderMark(data); n > 0 {
		return decodeAs(enc, data[n:]), nil
	}
	if enc := wideASCII(data); enc != nil {
		return decodeAs(enc, data), nil
	}
	if looksBinary(data) {
		return "", fail(Damaged, "The file looks like a binary file, not text.")
	}
	if utf8.Valid(data) {
		return string(data), nil
	}
	if mostlyUTF8(data) {
		b.warn("Some bytes are not valid UTF-8 and were left out.")
		return string(bytes.ToValidUTF8(data, nil)), nil
	}
	if name, enc := detectCharset(data); enc != nil {
		b.meta("charset", name)
		return decodeAs(enc, data), nil
	}
	b.warn("The character set is not known; windows-1252 was assumed, so some letters may be wrong.")
	return decodeAs(charmap.Windows1252, data), nil
}

// byteOrderMark returns the encoding that a mark at the start of data names,
// nil for UTF-8, and the length of the mark, 0 without one.
func byteOrderMark(data []byte) (encoding.Encoding, int) {
	switch {
	case bytes.HasPrefix(data, []byte{0xef, 0xbb, 0xbf}):
		return nil, 3
	case bytes.HasPrefix(data, []byte{0xff, 0xfe}):
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM), 2
	case bytes.HasPrefix(data, []byte{0xfe, 0xff}):
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM), 2
	}
	return nil, 0
}

// wideASCII recognises UTF-16 without a mark by the zero in every other byte
// of its first ASCII characters; nil if it is not that.
func wideASCII(data []byte) encoding.Encoding {
	head := data[:min(len(data)&^1, 4096)]
	if len(head) < 4 {
		return nil
	}
	var zeros [2]int
	for i, c := range head {
		if c == 0 {
			zeros[i&1]++
		}
	}
	half := len(head) / 2
	switch {
	case zeros[1]*2 > half && zeros[0]*20 < half:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM)
	case zeros[0]*2 > half && zeros[1]*20 < half:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM)
	}
	return nil
}

// looksBinary reports whether the first 64 KiB of data hold what text has not:
// zero bytes, or control characters in number.
func looksBinary(data []byte) bool {
	head := data[:min(len(data), 64<<10)]
	control := 0
	for _, c := range head {
		switch {
		case c == 0:
			return true
		case c < ' ' && (c < '\a' || c > '\r') && c != 0x1a && c != 0x1b:
			control++
		}
	}
	return control*50 > len(head)
}

// mostlyUTF8 reports whether data is UTF-8 with a few broken bytes: at least
// ten characters beyond ASCII to each of them.
func mostlyUTF8(data []byte) bool {
	wide, broken := 0, 0
	for i := 0; i < len(data); {
		if data[i] < utf8.RuneSelf {
			i++
			continue
		}
		r, n := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && n == 1 {
			broken++
		} else {
			wide++
		}
		i += n
	}
	return wide >= 10*broken
}

// decodeAs returns data decoded by enc, and as UTF-8 where enc is nil. What
// does not decode becomes U+FFFD, which the builder drops.
func decodeAs(enc encoding.Encoding, data []byte) string {
	if enc == nil {
		return string(bytes.ToValidUTF8(data, nil))
	}
	out, err := enc.NewDecoder().Bytes(data)
	if err != nil { // the decoders of x/text replace instead of failing
		return string(bytes.ToValidUTF8(data, nil))
	}
	return string(out)
}
