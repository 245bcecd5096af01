package pii

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"
)

// Mode says what stands in the place of what was found.
type Mode string

// The modes.
const (
	Redact Mode = "redact" // [EMAIL]
	Mask   Mode = "mask"   // a***@***, ***1111
	Hash   Mode = "hash"   // [email:3f2a9c01]: the same value, the same mark
)

// Replacer puts something else in the place of matches. Key is the secret of
// the marks of Hash: without it nobody can find a value by trying.
type Replacer struct {
	Mode Mode
	Key  []byte
}

// Replace returns text with every match replaced.
func (r Replacer) Replace(text string, matches []Match) string {
	if len(matches) == 0 {
		return text
	}
	var b strings.Builder
	from := 0
	for _, m := range matches {
		b.WriteString(text[from:m.Start])
		b.WriteString(r.mark(m.Kind, text[m.Start:m.End]))
		from = m.End
	}
	b.WriteString(text[from:])
	return b.String()
}

func (r Replacer) mark(kind Kind, value string) string {
	switch r.Mode {
	case Mask:
		return mask(kind, value)
	case Hash:
		return "[" + string(kind) + ":" + r.digest(kind, value) + "]"
	default:
		return "[" + strings.ToUpper(string(kind)) + "]"
	}
}

// digest is a keyed hash of a value in a form that does not depend on how it
// was written: 32 bits, enough to tell the values of one text apart.
func (r Replacer) digest(kind Kind, value string) string {
	switch kind {
	case Email, IP:
		value = strings.ToLower(value)
	case Name:
		value = strings.ToLower(strings.Join(strings.Fields(value), " "))
	default:
		value = strings.ToUpper(compact(value))
	}
	h := hmac.New(sha256.New, r.Key)
	h.Write([]byte(string(kind) + "\x00" + value))
	return hex.EncodeToString(h.Sum(nil)[:4])
}

const stars = "***"

// mask leaves as much as lets a person who knows the value recognise it.
func mask(kind Kind, value string) string {
	switch kind {
	case Email:
		return initial(value) + stars + "@" + stars
	case Card, IBAN:
		return stars + lastOf(value, 4)
	case Phone:
		return stars + lastOf(value, 2)
	case Name:
		words := strings.FieldsFunc(value, unicode.IsSpace)
		for i, w := range words {
			words[i] = initial(w) + stars
		}
		return strings.Join(words, " ")
	}
	return stars
}

func initial(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

func lastOf(value string, n int) string {
	digits := compact(value)
	return digits[max(0, len(digits)-n):]
}
