package pii

import (
	"net/netip"
	"strings"
)

// addresses finds IP addresses. Unspecified ones say nothing about anybody.
func addresses(text string) []Match {
	var out []Match
	for i := 0; i < len(text); {
		if !addressByte(text[i]) {
			i++
			continue
		}
		end := i
		for end < len(text) && addressByte(text[end]) {
			end++
		}
		out = append(out, addressesIn(text, i, end)...)
		i = end
	}
	return out
}

func addressByte(b byte) bool {
	return isDigit(b) || b == '.' || b == ':' || b >= 'a' && b <= 'f' || b >= 'A' && b <= 'F'
}

// addressesIn looks at a whole run of the characters of addresses: one of
// version 6, or else those of version 4 between colons, which may lead to them
// and to a port.
func addressesIn(text string, start, end int) []Match {
	if m, ok := addressAt(text, start, end, netip.Addr.Is6); ok {
		return []Match{m}
	}
	var out []Match
	for start < end {
		stop := end
		if i := strings.IndexByte(text[start:end], ':'); i >= 0 {
			stop = start + i
		}
		if m, ok := addressAt(text, start, stop, netip.Addr.Is4); ok {
			out = append(out, m)
		}
		start = stop + 1
	}
	return out
}

// addressAt looks at [start, end) of text, without the full stop or the colon
// of the sentence around it.
func addressAt(text string, start, end int, version func(netip.Addr) bool) (Match, bool) {
	s := strings.TrimRight(text[start:end], ".")
	if !strings.HasSuffix(s, "::") {
		s = strings.TrimSuffix(s, ":")
	}
	// Addresses have a digit at the least; cafe::bed is a name in a program.
	if !strings.ContainsAny(s, "0123456789") {
		return Match{}, false
	}
	ip, err := netip.ParseAddr(s)
	if err != nil || !version(ip) || ip.IsUnspecified() || !apart(text, start, start+len(s)) {
		return Match{}, false
	}
	return Match{IP, start, start + len(s)}, true
}
