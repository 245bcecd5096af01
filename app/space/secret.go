package space

import (
	"log/slog"
	"strings"
	"unicode/utf8"
)

// Secret is a value that hides itself: from logs, from fmt and from JSON.
// Only Reveal gives it away.
type Secret string

// SecretMask stands in answers for a secret that is set.
const SecretMask = "********"

// Reveal returns the value, for the one call that needs it.
func (s Secret) Reveal() string { return string(s) }

// String returns the masked form.
func (s Secret) String() string { return s.Masked() }

// GoString returns the masked form, for %#v.
func (s Secret) GoString() string { return s.Masked() }

// LogValue returns the masked form.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.Masked()) }

// MarshalText returns the masked form, so that JSON never holds the value.
func (s Secret) MarshalText() ([]byte, error) { return []byte(s.Masked()), nil }

// Masked returns "" for an empty secret, else the mask, followed by the last
// four characters where the secret is long enough not to suffer from it.
func (s Secret) Masked() string {
	switch n := utf8.RuneCountInString(string(s)); {
	case n == 0:
		return ""
	case n < 16:
		return SecretMask
	default:
		r := []rune(string(s))
		return SecretMask + string(r[n-4:])
	}
}

// TypeMasked is the type of the problem that a masked secret came back where
// none is stored. It is a mistake of the request, whatever the type of thing.
const TypeMasked = "value_error.masked"

// IsMasked reports whether s is a masked secret that came back from a caller.
func IsMasked(s string) bool { return strings.HasPrefix(s, SecretMask) }
