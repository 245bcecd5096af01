package policies

import (
	"regexp"
	"strings"
	"testing"
)

func TestMatchGlob(t *testing.T) {
	t.Parallel()
	tests := []struct {
		pattern, s string
		want       bool
	}{
		{"*", "", true},
		{"", "", true},
		{"", "a", false},
		{"*@example.org", "a@example.org", true},
		{"*@example.org", "a@example.org.evil", false},
		{"*@example.org", "a@examplexorg", false},
		{"*/x", "a/b/x", true},
		{"a*b*c", "axxbxxc", true},
		{"a*b*c", "axxcxxb", false},
		{"**", "abc", true},
		{"?@b", "\u00e9@b", true},
		{"?", "", false},
		{"??", "a", false},
		{"[abc]x", "bx", true},
		{"[abc]x", "dx", false},
		{"[!abc]x", "dx", true},
		{"[!abc]x", "ax", false},
		{"[a-c]", "b", true},
		{"[a-c]", "-", false},
		{"[a-]", "-", true},
		{"[]a]", "]", true},
		{"[!]]", "]", false},
		{"[abc", "[abc", true},
		{"[", "[", true},
		{"a[b", "ab", false},
		{"\\*", "\\abc", true},
		{"^a$", "a", false},
		{".", "a", false},
		{strings.Repeat("a*", 30) + "b", strings.Repeat("a", 2000), false},
	}
	for _, tt := range tests {
		if got := matchGlob(tt.pattern, tt.s); got != tt.want {
			t.Errorf("matchGlob(%.40q, %.40q) = %v", tt.pattern, tt.s, got)
		}
	}
}

// FuzzMatchGlob compares with a regular expression that says the same.
func FuzzMatchGlob(f *testing.F) {
	for _, seed := range [][2]string{{"*@example.org", "a@example.org"}, {"[!a-c]?*", "xyz"}, {"[]", "[]"}, {"a**b", "ab"}, {"[a-", "[a-"}} {
		f.Add(seed[0], seed[1])
	}
	f.Fuzz(func(t *testing.T, pattern, s string) {
		pattern, s = strings.ToValidUTF8(pattern, ""), strings.ToValidUTF8(s, "")
		re, ok := translate(pattern)
		if !ok {
			matchGlob(pattern, s)
			return
		}
		if got, want := matchGlob(pattern, s), re.MatchString(s); got != want {
			t.Errorf("matchGlob(%q, %q) = %v, %s says %v", pattern, s, got, re, want)
		}
	})
}

// translate writes a pattern without ranges as a regular expression.
func translate(pattern string) (*regexp.Regexp, bool) {
	var b strings.Builder
	b.WriteString(`(?s)\A`)
	runes := []rune(pattern)
	for i := 0; i < len(runes); i++ {
		switch runes[i] {
		case '*':
			b.WriteString(`.*`)
		case '?':
			b.WriteString(`.`)
		case '[':
			set, next, ok := translateSet(runes, i)
			if strings.Contains(set, "-") {
				return nil, false
			}
			if !ok {
				b.WriteString(`\[`)
				continue
			}
			b.WriteString(set)
			i = next
		default:
			b.WriteString(regexp.QuoteMeta(string(runes[i])))
		}
	}
	b.WriteString(`\z`)
	re, err := regexp.Compile(b.String())
	return re, err == nil
}

func translateSet(runes []rune, i int) (set string, last int, ok bool) {
	j := i + 1
	if j < len(runes) && runes[j] == '!' {
		j++
	}
	first := j
	for j++; j < len(runes) && runes[j] != ']'; j++ {
	}
	if j >= len(runes) {
		return string(runes[i:]), i, false
	}
	negated := ""
	if first > i+1 {
		negated = "^"
	}
	var members strings.Builder
	for _, r := range runes[first:j] {
		if r == '-' {
			return "-", j, true
		}
		members.WriteString(`\x{` + hex(r) + `}`)
	}
	return "[" + negated + members.String() + "]", j, true
}

func hex(r rune) string {
	const digits = "0123456789abcdef"
	out := ""
	for ; r > 0 || out == ""; r /= 16 {
		out = string(digits[r%16]) + out
	}
	return out
}
