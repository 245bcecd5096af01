package text_test

import (
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/text"
)

func TestSentencesEndWhereAReaderEndsThem(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, in string
		want     []string
	}{
		{"plain", "One. Two! Three? Four", []string{"One.", "Two!", "Three?", "Four"}},
		{"closing quotes and brackets", `He said "Stop." (Twice.) Then left.`, []string{`He said "Stop."`, "(Twice.)", "Then left."}},
		{"titles and latin", "Dr. Smith, e.g. Mrs. Jones vs. Mr. X. Done.", []string{"Dr. Smith, e.g. Mrs. Jones vs. Mr. X. Done."}},
		{"initials", "J. R. Tolkien of the U.S. Army. Next.", []string{"J. R. Tolkien of the U.S. Army.", "Next."}},
		{"numbered things", "See Fig. 3 and No. 5. No. Never.", []string{"See Fig. 3 and No. 5.", "No.", "Never."}},
		{"lower case goes on", "approx. ten, etc. and so on. End.", []string{"approx. ten, etc. and so on.", "End."}},
		{"inner full stops", "Version 1.25.0 of example.com works. Yes.", []string{"Version 1.25.0 of example.com works.", "Yes."}},
		{"german", "Am 3. Mai kam z.B. Herr Dr. Meier, Abs. 2. Er ging.", []string{"Am 3. Mai kam z.B. Herr Dr. Meier, Abs. 2.", "Er ging."}},
		{"a year ends", "It was in 1999. Then more.", []string{"It was in 1999.", "Then more."}},
		{"list items", "Do:\n1. First\n2. Second\n- third\nwrapped line", []string{"Do:", "1. First", "2. Second", "- third\nwrapped line"}},
		{"blank lines", "Heading\n\nBody goes\non here.", []string{"Heading", "Body goes\non here."}},
		{"chinese", "今天下雨。「走吧！」好？是", []string{"今天下雨。", "「走吧！」", "好？", "是"}},
		{"hindi", "यह एक है। वह दो है।", []string{"यह एक है।", "वह दो है।"}},
		{"arabic", "كيف حالك؟ أنا بخير.", []string{"كيف حالك؟", "أنا بخير."}},
		{"dots", "Wait... What?! No.", []string{"Wait...", "What?!", "No."}},
		{"white space only", " \n\t ", nil},
		{"empty", "", nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got []string
			for _, s := range text.Sentences(tt.in) {
				got = append(got, tt.in[s.Start:s.End])
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestSentencesCutTextWithoutMarks(t *testing.T) {
	t.Parallel()
	thai := strings.Repeat("ภาษาไทยไม่มีเครื่องหมายจบประโยค ", 30)
	if n := len(text.Sentences(thai)); n < 10 {
		t.Errorf("Thai clauses: %d spans of %d bytes", n, len(thai))
	}
	for _, s := range []string{strings.Repeat("word ", 2000), strings.Repeat("x", 9000), strings.Repeat("漢", 5000), strings.Repeat("e\u0301", 4000)} {
		checkSpans(t, s)
	}
}

func checkSpans(t *testing.T, s string) {
	t.Helper()
	at := 0
	for _, span := range text.Sentences(s) {
		if span.Start < at || span.End <= span.Start || span.End > len(s) {
			t.Fatalf("span %v after %d of %d bytes", span, at, len(s))
		}
		if span.End-span.Start > text.LongestSentence {
			t.Fatalf("span of %d bytes", span.End-span.Start)
		}
		if strings.TrimSpace(s[at:span.Start]) != "" {
			t.Fatalf("left out %q", s[at:span.Start])
		}
		part := s[span.Start:span.End]
		if strings.TrimFunc(part, unicode.IsSpace) != part {
			t.Fatalf("span %q has white space around it", part)
		}
		if utf8.ValidString(s) && !utf8.ValidString(part) {
			t.Fatalf("span %q cuts a character", part)
		}
		at = span.End
	}
	if strings.TrimSpace(s[at:]) != "" {
		t.Fatalf("left out %q at the end", s[at:])
	}
}

func FuzzSentences(f *testing.F) {
	for _, s := range []string{"A. B", "1. x\n2. y", "。」。", "\n\n- a", "Dr. ", "3. Mai", "\xff. A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) { checkSpans(t, s) })
}

func TestScriptsAreTold(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]text.Script{
		"": text.ScriptNone, "123 !?": text.ScriptNone, "Hello мир": text.ScriptLatin, "привет ok": text.ScriptCyrillic,
		"東京タワーの高さ": text.ScriptKana, "向量数据库": text.ScriptHan, "데이터": text.ScriptHangul, "ภาษาไทย": text.ScriptThai,
		"שלום": text.ScriptHebrew, "Größe": text.ScriptLatin, "γειά": text.ScriptGreek, "ქართული": text.ScriptOther,
	} {
		if got := text.MajorityScript(s); got != want {
			t.Errorf("MajorityScript(%q) = %d, want %d", s, got, want)
		}
	}
	for s, want := range map[string]bool{"abc": false, "데이터": false, "a の": true, "中": true, "": false} {
		if got := text.HasCJK(s); got != want {
			t.Errorf("HasCJK(%q) = %t", s, got)
		}
	}
}

func TestWordCountCountsPiecesBetweenSpace(t *testing.T) {
	t.Parallel()
	for s, want := range map[string]int{"": 0, "  ": 0, "one": 1, " a  b\n c ": 3, "x\u00a0y": 2, "-- !": 2} {
		if got := text.WordCount(s); got != want || got != len(strings.Fields(s)) {
			t.Errorf("WordCount(%q) = %d, want %d", s, got, want)
		}
	}
}
