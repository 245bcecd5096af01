package pii

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestFind(t *testing.T) {
	t.Parallel()
	everything := []Kind{Email, Phone, Card, IBAN, IP, Name}
	names := []string{"Ada Lovelace", "Ada", "J. R. Smith", "\u5c71\u7530\u592a\u90ce", "\u00c5sa", "O'Brien"}
	tests := []struct {
		name, text string
		want       []string // kind:text
	}{
		{"an address in a sentence", "Write to ada.l+x@mail.example.org.", []string{"email:ada.l+x@mail.example.org"}},
		{"an address in quotes and brackets", "'bob@example.com' <eve@example.com>,", []string{"email:bob@example.com", "email:eve@example.com"}},
		{"an address with letters outside ASCII", "j\u00f6rg@b\u00fccher.example", []string{"email:j\u00f6rg@b\u00fccher.example"}},
		{"no address without a domain of two labels", "root@localhost @mention a@ @b.c", nil},
		{"an address before a hyphen", "a@b.example- x", []string{"email:a@b.example"}},
		{"an international number", "Call +49 (0)30 1234-567 now", []string{"phone:+49 (0)30 1234-567"}},
		{"an international number with 00", "0041 44 668 18 00", []string{"phone:0041 44 668 18 00"}},
		{"national numbers", "(030) 1234567, 07911 123456, 06 12 34 56 78", []string{"phone:(030) 1234567", "phone:07911 123456", "phone:06 12 34 56 78"}},
		{"numbers of North America", "1-800-555-0199, +1 (415) 555-2671, 415-555-2671", []string{"phone:1-800-555-0199", "phone:+1 (415) 555-2671", "phone:415-555-2671"}},
		{"numbers of Russia", "8 (495) 123-45-67, 8-800-555-35-35, +7 495 123-45-67", []string{"phone:8 (495) 123-45-67", "phone:8-800-555-35-35", "phone:+7 495 123-45-67"}},
		{"numbers of China", "13800138000, 138 0013 8000, 010-62782051", []string{"phone:13800138000", "phone:138 0013 8000", "phone:010-62782051"}},
		{"numbers of Brazil and India", "(11) 91234-5678, (11) 3234-5678, 98765 43210", []string{"phone:(11) 91234-5678", "phone:(11) 3234-5678", "phone:98765 43210"}},
		{"numbers of Japan, France and Italy", "03-1234-5678, 01.42.68.53.00, 06 6982 1234", []string{"phone:03-1234-5678", "phone:01.42.68.53.00", "phone:06 6982 1234"}},
		{"no number of a book, an order, a place, an instant", "ISBN 978-3-16-148410-0, 12345678, 94107-1234, 1700000000, 1700000000000, 1,800,555,0199", nil},
		{"account numbers of several countries", "FR14 2004 1010 0505 0001 3M02 606, NL91ABNA0417164300, NO93 8601 1117 947, MT84MALT011000012345MTLCAST001S",
			[]string{"iban:FR14 2004 1010 0505 0001 3M02 606", "iban:NL91ABNA0417164300", "iban:NO93 8601 1117 947", "iban:MT84MALT011000012345MTLCAST001S"}},
		{"cards of several issuers", "5105 1051 0510 5100, 30569309025904, 6011111111111117, 3530111333300000, 6759649826438453",
			[]string{"card:5105 1051 0510 5100", "card:30569309025904", "card:6011111111111117", "card:3530111333300000", "card:6759649826438453"}},
		{"a name whose accents are characters of their own", "A\u030asa, J.\nR. Smith", []string{"name:A\u030asa", "name:J.\nR. Smith"}},
		{"a name with another apostrophe", "O\u2019Brien's", []string{"name:O\u2019Brien"}},
		{"no exchange begins with 1", "(555) 123-4567", nil},
		{"American numbers as assigned", "(555) 223-4567 or 555.987.6543", []string{"phone:(555) 223-4567", "phone:555.987.6543"}},
		{"a number and what is not part of it", "030 1234567 20th floor", []string{"phone:030 1234567"}},
		{"days, versions, amounts and years", "01.02.2024 10:30, 2024-01-15, v1.2.3, 1,234,567.89, 1999 2000 2001", nil},
		{"a card in groups", "4111 1111 1111 1111", []string{"card:4111 1111 1111 1111"}},
		{"a card behind another number", "in 2024 5500-0000-0000-0004.", []string{"card:5500-0000-0000-0004"}},
		{"a card with no-break spaces", "3782\u00a0822463\u00a010005", []string{"card:3782\u00a0822463\u00a010005"}},
		{"no card with a wrong check digit", "4111 1111 1111 1112", nil},
		{"no card inside a longer number", "94111111111111111", nil},
		{"an account number in groups", "IBAN DE89 3704 0044 0532 0130 00 and", []string{"iban:DE89 3704 0044 0532 0130 00"}},
		{"an account number in small letters", "gb82west12345698765432", []string{"iban:gb82west12345698765432"}},
		{"no account number with wrong check digits", "GB83 WEST 1234 5698 7654 32", nil},
		{"addresses of hosts", "10.1.2.3, fe80::1%eth0, [2001:db8::7]:80 and 10.0.0.9:8080.",
			[]string{"ip:10.1.2.3", "ip:fe80::1", "ip:2001:db8::7", "ip:10.0.0.9"}},
		{"a host's address behind a colon", "address:10.0.0.1", []string{"ip:10.0.0.1"}},
		{"no host's address", "256.1.1.1 1.2.3 0.0.0.0 :: std::fab cafe::bed 12:30:45 1.2.3.4x", nil},
		{"names by list, whatever their case, the longest first", "ADA LOVELACE met Ada and adam",
			[]string{"name:ADA LOVELACE", "name:Ada"}},
		{"the shorter name where the longer goes on", "Ada Lovelaces Ada", []string{"name:Ada", "name:Ada"}},
		{"a name across a line break", "Ada\n  Lovelace", []string{"name:Ada\n  Lovelace"}},
		{"no name across a blank line", "J. R.\n\nSmith", nil},
		{"a name in a script without spaces", "\u79c1\u306f\u5c71\u7530\u592a\u90ce\u3067\u3059", []string{"name:\u5c71\u7530\u592a\u90ce"}},
		{"a name with letters outside ASCII", "\u00e5sa, \u00c5SAs", []string{"name:\u00e5sa"}},
		{"invalid text", "\xff\xfe a@b.example \xc3", []string{"email:a@b.example"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, m := range NewFinder(everything, names).Find(tt.text) {
				got = append(got, string(m.Kind)+":"+tt.text[m.Start:m.End])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("in %q (-want +got)\n%s", tt.text, diff)
			}
		})
	}
}

func TestFindsOnlyTheKindsAskedFor(t *testing.T) {
	t.Parallel()
	text := "a@b.example 4111111111111111 Ada"
	if got := NewFinder([]Kind{Card}, []string{"Ada"}).Find(text); len(got) != 1 || got[0].Kind != Card {
		t.Errorf("got %v, want the card alone", got)
	}
}

func TestReplace(t *testing.T) {
	t.Parallel()
	const text = "Ada Lovelace, ada@mail.example, 4111 1111 1111 1111, DE89370400440532013000, +49 30 1234567, 10.0.0.1"
	f := NewFinder([]Kind{Email, Phone, Card, IBAN, IP, Name}, []string{"Ada Lovelace"})
	tests := []struct {
		mode Mode
		want string
	}{
		{Redact, "[NAME], [EMAIL], [CARD], [IBAN], [PHONE], [IP]"},
		{Mask, "A*** L***, a***@***, ***1111, ***3000, ***67, ***"},
	}
	for _, tt := range tests {
		t.Run(string(tt.mode), func(t *testing.T) {
			t.Parallel()
			if got := (Replacer{Mode: tt.mode}).Replace(text, f.Find(text)); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestHashMarksTheSameValueAlikeHoweverItIsWritten(t *testing.T) {
	t.Parallel()
	f := NewFinder([]Kind{Card, Email}, nil)
	hash := func(key, text string) string {
		return Replacer{Mode: Hash, Key: []byte(key)}.Replace(text, f.Find(text))
	}
	if a, b := hash("k", "4111 1111 1111 1111"), hash("k", "4111-1111-1111-1111"); a != b || !strings.HasPrefix(a, "[card:") {
		t.Errorf("one card became %s and %s", a, b)
	}
	if a, b := hash("k", "A@b.example"), hash("k", "a@b.example"); a != b {
		t.Errorf("one address became %s and %s", a, b)
	}
	if a, b := hash("k", "a@b.example"), hash("other", "a@b.example"); a == b {
		t.Error("the mark does not depend on the key")
	}
	if a, b := hash("k", "a@b.example"), hash("k", "c@b.example"); a == b {
		t.Error("two addresses have one mark")
	}
}

func TestSplitWaitsForWholeSentences(t *testing.T) {
	t.Parallel()
	f := NewFinder([]Kind{Email, Card}, nil)
	tests := []struct{ name, text, want string }{
		{"one sentence", "Write to ada@mail.exam", ""},
		{"the next has begun", "Write to ada@mail.example. Or", "Write to ada@mail.example. "},
		{"a line break", "# Title\n\nText", "# Title\n\n"},
		{"ideographic full stop", "\u7d42\u308f\u308a\u3002\u6b21", "\u7d42\u308f\u308a\u3002"},
		{"a long run without a mark is held back", strings.Repeat("4111 ", 1000), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if got := tt.text[:f.Split(tt.text)]; got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

func TestSplitWaitsForNamesThatMayGoOn(t *testing.T) {
	t.Parallel()
	f := NewFinder([]Kind{Name}, []string{"Prof. Dr. J. Smith"})
	if n := f.Split("Ask the Prof. Dr"); n != 0 {
		t.Errorf("cut a name after %d bytes", n)
	}
}

// A detector whose time grows with the square of the text takes minutes for
// these; on a slow machine and with the race detector they take seconds.
func TestFindIsLinear(t *testing.T) {
	t.Parallel()
	f := NewFinder([]Kind{Email, Phone, Card, IBAN, IP, Name}, []string{"Ann", "Ann Lee"})
	for _, unit := range []string{"a", "a@", "1", "1 ", "DE11", "ab.", "+1", "Ann", "0 1", "1.1", "(", "(0", "a@a.", "8 ", "13", "98765 ", "(11) ", "1-"} {
		text := strings.Repeat(unit, 100_000/len(unit))
		began := time.Now()
		f.Find(text)
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%q repeated took %s", unit, took)
		}
	}
}

func FuzzPiecesAreTheWhole(f *testing.F) {
	f.Add("Ann Lee wrote. Call +49 30 1234567. Card 4111 1111 1111 1111! a@b.example", uint8(3))
	f.Add("J. R. Smith.\nAnn\n- Lee", uint8(1))
	f.Add("10.0.0.1. DE89 3704 0044 0532 0130 00. \u7d42\u308f\u308a\u3002Ann", uint8(2))
	everything := []Kind{Email, Phone, Card, IBAN, IP, Name}
	finders := []*Finder{
		NewFinder(everything, []string{"Ann Lee", "Ann"}),
		NewFinder(everything, []string{"Ann Lee", "Ann", "J. R. Smith", "Ann - Lee"}),
	}
	replacer := Replacer{Mode: Redact}
	f.Fuzz(func(t *testing.T, text string, size uint8) {
		step := 1 + int(size)%100
		text = text[:min(len(text), 400)]
		finder := finders[int(size)%len(finders)]
		var got strings.Builder
		held := ""
		for from := 0; from < len(text); from += step {
			held += text[from:min(from+step, len(text))]
			n := finder.Split(held)
			got.WriteString(replacer.Replace(held[:n], finder.Find(held[:n])))
			held = held[n:]
		}
		got.WriteString(replacer.Replace(held, finder.Find(held)))
		if want := replacer.Replace(text, finder.Find(text)); got.String() != want {
			t.Errorf("in pieces of %d: %q\nwhole: %q", step, got.String(), want)
		}
	})
}
