package text_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/text"
)

func TestTermsFollowTheAnalysis(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, in, want string }{
		{"words are stemmed and folded", "The Connections were CONNECTED", "the connect were connect"},
		{"accents go", "Crème brûlée über Łódź straße", "creme brule uber lodz strass"},
		{"compatibility forms are one", "\uFF26\uFF55\uFF4C\uFF4C \uFB01ne \u2460", "full fine 1"},
		{"an identifier is whole and split", "max_open_files", "max_open_files max open file"},
		{"every joiner splits", "a-b a.b a/b a::b", "a-b a b a.b a b a/b a b a::b a b"},
		{"doubled underscores join", "owner__name", "owner__name owner name"},
		{"only inner joiners join", "--no-verify end. _private a--b x:y", "no-verify no verifi end privat a b x y"},
		{"humps split, whole is not stemmed", "getUserNames", "getusernames get user name"},
		{"capitals before a word are one hump", "HTTPServer parseURL", "httpserver http server parseurl pars url"},
		{"humps split inside parts", "net/http.ListenAndServe", "net/http.listenandserve net http listenandserve listen and serv"},
		{"numbers and versions", "v1.25.0 2024-01-02 sha256", "v1.25.0 v1 25 0 2024-01-02 2024 01 02 sha256"},
		{"apostrophes end a word", "don't l'homme", "don t l homm"},
		{"chinese in pairs", "向量数据库", "向量 量数 数据 据库"},
		{"a single character alone", "猫 and 犬", "猫 and 犬"},
		{"kana and han in one run", "東京タワー", "東京 京タ タワ ワー"},
		{"half-width kana with its mark", "ｶﾞｽ", "ガス"},
		{"latin inside chinese", "用Go写code", "用 go 写 code"},
		{"korean in pairs", "데이터베이스", "데이 이터 터베 베이 이스"},
		{"thai keeps its marks", "น้ำ", "น้ํา"},
		{"kana marks are letters", "がか", "がか"},
		{"arabic without vowel signs", "كِتَابٌ", "كتاب"},
		{"cyrillic", "Ёлки ПАЛКИ", "елки палки"},
		{"devanagari keeps its signs", "हिन्दी", "हिन्दी"},
		{"invisible characters do not split", "soft\u00ADhyphen zero\u200Dwidth\uFEFF", "softhyphen zerowidth"},
		{"capital i with a dot", "İstanbul ışık", "istanbul isik"},
		{"nothing but punctuation", "?!... -- :: 🙂 …", ""},
		{"broken bytes separate", "ab\xffcd", "ab cd"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tt.want, strings.Join(text.Terms(tt.in), " ")); diff != "" {
				t.Errorf("Terms(%q) (-want +got):\n%s", tt.in, diff)
			}
		})
	}
}

func TestAnalyzerGivesTheSameTermsWhenUsedAgain(t *testing.T) {
	t.Parallel()
	var a text.Analyzer
	for range 3 {
		for _, s := range []string{"Crème getUserNames 東京タワー", "max_open_files", "", "Ünïted", "naïve café"} {
			var got []string
			a.Each(s, func(term []byte) { got = append(got, string(term)) })
			if diff := cmp.Diff(text.Terms(s), got); diff != "" {
				t.Errorf("a used Analyzer differs on %q (-fresh +used):\n%s", s, diff)
			}
		}
	}
}

func TestHugeWordsCostNoMoreThanTheirLength(t *testing.T) {
	t.Parallel()
	for _, unit := range []string{"aB", "a-", "_", "漢", "e\u0301", "\u0301", "a/b", ".", "é"} {
		s := strings.Repeat(unit, 100_000)
		if n := len(text.Terms(s)); n > 2*len(s)/len(unit)+2 {
			t.Errorf("%q repeated: %d terms", unit, n)
		}
	}
}

func TestNormaliseIsIdempotent(t *testing.T) {
	t.Parallel()
	for _, s := range []string{"Straße ǅ ŉ", "Ὀδυσσεύς", "ﷺ", "ｶﾞ", "İ", "Å", "한국어", "\xff"} {
		once := text.Normalise(s)
		if twice := text.Normalise(once); twice != once {
			t.Errorf("Normalise(%q) = %q, and again %q", s, once, twice)
		}
	}
	if got := text.Normalise("Ὀδυσσεύς"); got != "οδυσσευσ" {
		t.Errorf("Normalise of Greek = %q", got)
	}
}

func FuzzTerms(f *testing.F) {
	for _, s := range []string{"a::b", "getUserName", "漢字かな", "İ", "x__y-z", "e\u0301\u200d", "\xf0\x9f"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, term := range text.Terms(s) {
			if term == "" {
				t.Fatalf("Terms(%q) holds an empty term", s)
			}
			if utf8.ValidString(s) && !utf8.ValidString(term) {
				t.Fatalf("Terms(%q) holds broken %q", s, term)
			}
		}
		text.Normalise(s)
	})
}

func BenchmarkAnalyse(b *testing.B) {
	for _, bm := range []struct{ name, text string }{
		{"english", strings.Repeat("The maximum number of open files is limited by max_open_files; see getrlimit(2) for details. ", 200)},
		{"german", strings.Repeat("Die größte Zahl geöffneter Dateien hängt von der Einstellung ab, die übrigens jeder ändern kann. ", 200)},
		{"russian", strings.Repeat("Наибольшее число открытых файлов задаётся в настройках системы. ", 200)},
		{"chinese", strings.Repeat("系统允许同时打开的文件数量由配置决定。", 400)},
	} {
		b.Run(bm.name, func(b *testing.B) {
			var a text.Analyzer
			var blob []byte
			b.SetBytes(int64(len(bm.text)))
			b.ReportAllocs()
			for b.Loop() {
				blob = a.Encode(blob[:0], bm.text)
			}
		})
	}
}
