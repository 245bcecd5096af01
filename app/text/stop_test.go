package text_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"syft-space/app/text"
)

func TestStopperCutsAtTheFirstStop(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		stops  []string
		pieces []string
		want   string
	}{
		{"no stops", nil, []string{" a", "b\nc"}, " ab\nc"},
		{"line break", []string{"\n"}, []string{"one\ntwo"}, "one"},
		{"line break that leads", []string{"\n"}, []string{"\n", " \n", "one\ntwo"}, "one"},
		{"only white space", []string{"\n"}, []string{"\n\n  "}, ""},
		{"across pieces", []string{"STOP"}, []string{"a ST", "O", "P b"}, "a "},
		{"held back and let go", []string{"STOP"}, []string{"a ST", "AR"}, "a STAR"},
		{"held back at the end", []string{"STOP"}, []string{"a STO"}, "a STO"},
		{"the earliest of several", []string{"c", "b"}, []string{"abc"}, "a"},
		{"the one that is complete first", []string{"abcd", "bc"}, []string{"xabcd"}, "xa"},
		{"a character in halves", []string{"x"}, []string{"\xc3", "\xa9x"}, "\u00e9"},
		{"overlapping itself", []string{"aab"}, []string{"a", "a", "a", "b"}, "a"},
		{"empty stops do nothing", []string{""}, []string{" a"}, " a"},
		{"not ASCII", []string{"\u3002"}, []string{"\u65e5\u672c", "\u3002\u6771"}, "\u65e5\u672c"},
		{"stop at once", []string{"###"}, []string{"###a"}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := cutAll(tt.stops, tt.pieces); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func cutAll(stops, pieces []string) string {
	s := text.NewStopper(stops)
	var out strings.Builder
	for _, p := range pieces {
		out.WriteString(s.Push(p))
	}
	return out.String() + s.Rest()
}

func TestStopperDoesNotDependOnHowAnAnswerIsDivided(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	stops := []string{"ab", "bba", "abba", "\n\n"}
	for range 2000 {
		letters := make([]byte, r.IntN(12))
		for i := range letters {
			letters[i] = "ab\n "[r.IntN(4)]
		}
		whole := string(letters)
		var pieces []string
		for rest := whole; rest != ""; {
			n := 1 + r.IntN(len(rest))
			pieces, rest = append(pieces, rest[:n]), rest[n:]
		}
		if got, want := cutAll(stops, pieces), cutAll(stops, []string{whole}); got != want {
			t.Fatalf("%q in pieces %q: got %q, want %q", whole, pieces, got, want)
		}
	}
}
