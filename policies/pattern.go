package policies

import (
	"slices"
	"strings"
	"unicode/utf8"
)

// matching returns the first pattern that matches the whole address, "" and
// false where none does. Case does not count.
func matching(patterns []string, address string) (string, bool) {
	address = strings.ToLower(address)
	i := slices.IndexFunc(patterns, func(p string) bool { return matchGlob(strings.ToLower(p), address) })
	if i < 0 {
		return "", false
	}
	return patterns[i], true
}

// applies reports whether a policy with these patterns in applied_to is meant
// for the address.
func applies(patterns []string, address string) bool {
	_, ok := matching(patterns, address)
	return ok
}

// everyone reports whether patterns are the default, which names nobody.
func everyone(patterns []string) bool { return len(patterns) == 1 && patterns[0] == "*" }

// matchGlob reports whether pattern matches the whole of s: * is any run of
// characters, ? any one, [abc] or [a-c] one of a set, [!abc] one outside it; a
// bracket that is not closed stands for itself. It works like fnmatch(3)
// without flags, in time proportional to the product of the lengths.
func matchGlob(pattern, s string) bool {
	star, retry := -1, 0 // the last * and where in s it was tried
	p, i := 0, 0
	for i < len(s) {
		if p < len(pattern) && pattern[p] == '*' {
			star, retry = p, i
			p++
			continue
		}
		if pn, sn, ok := matchOne(pattern[p:], s[i:]); ok {
			p, i = p+pn, i+sn
			continue
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[retry:])
		retry += n
		p, i = star+1, retry
	}
	return strings.Trim(pattern[p:], "*") == ""
}

// matchOne matches the first character of s against the first element of
// pattern, and returns the lengths of both.
func matchOne(pattern, s string) (patternLen, n int, ok bool) {
	if pattern == "" {
		return 0, 0, false
	}
	r, n := utf8.DecodeRuneInString(s)
	switch pattern[0] {
	case '?':
		return 1, n, true
	case '[':
		if in, length, ok := matchSet(pattern, r); ok {
			return length, n, in
		}
	}
	want, length := utf8.DecodeRuneInString(pattern)
	return length, n, want == r && s[:n] == pattern[:length]
}

// matchSet reads the set at the start of pattern and reports whether r is in
// it; ok is false where the bracket is not closed.
func matchSet(pattern string, r rune) (in bool, length int, ok bool) {
	i := 1
	negated := strings.HasPrefix(pattern[i:], "!")
	if negated {
		i++
	}
	for first := true; i < len(pattern); first = false {
		if pattern[i] == ']' && !first {
			return in != negated, i + 1, true
		}
		low, n := utf8.DecodeRuneInString(pattern[i:])
		i += n
		high := low
		if rest := pattern[i:]; len(rest) > 1 && rest[0] == '-' && rest[1] != ']' {
			high, n = utf8.DecodeRuneInString(rest[1:])
			i += 1 + n
		}
		in = in || low <= r && r <= high
	}
	return false, 0, false
}
