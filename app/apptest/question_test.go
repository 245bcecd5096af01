package apptest_test

import (
	"net/http"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// TestAnyTextIsAQuestion asks what nobody should ask, with the built-in
// embedder: each gets an answer or is refused plainly, and the next sensible
// question is answered.
func TestAnyTextIsAQuestion(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	s.Write("warranty.md", warranty)
	s.Write("long.txt", "A word of ten thousand letters: "+strings.Repeat("abcdefghij", 1000)+" and then the codeword marmalade.\n")
	s.Write("emoji.txt", "The party begins at nine \U0001F389\U0001F389 and ends at dawn.\n")
	dataset := makeEndpoint(t, s)
	s.Eventually(func() string {
		var st switchStatus
		if a := s.Must(http.StatusOK, "GET", "/api/v1/ingestion/datasets/"+dataset.ID+"/status", nil, &st); !st.Done {
			return "no vectors: " + a.Body
		}
		return ""
	})
	for name, question := range map[string]string{
		"one emoji":                "\U0001F389",
		"a family":                 "\U0001F468\u200D\U0001F469\u200D\U0001F467",
		"only stop words":          "the of and to a in is it",
		"a script nobody has":      "\U00013000\U00013001\U00013002 \U00013003",
		"another":                  "\uA9B2\uA9A4\uA9AB\uA9A6\uA9AB",
		"only punctuation":         "?!?! … --- ***",
		"invisible":                "\u200B\u200D\u2060\uFEFF",
		"combining marks alone":    "\u0301\u0302\u0303",
		"zalgo":                    "w" + strings.Repeat("\u0301\u0316", 500) + "arranty",
		"NUL":                      "war\u0000ranty",
		"a word of 10,000 letters": strings.Repeat("abcdefghij", 1000),
		"100,000 characters":       strings.Repeat("warranty lamp ", 7200),
		"100,000 Chinese":          strings.Repeat("\u4FDD\u4FEE\u671F\u9650", 25_000),
		"100,000 different words":  differentWords(100_000),
		"a half of a character":    "warranty \xF0\x9F",
		"regular expression":       `(.*)+$[^a`,
		"SQL":                      `'; DROP TABLE datasets; --`,
		"200,000 characters":       strings.Repeat("a", 200_000),
	} {
		t.Run(name, func(t *testing.T) {
			for _, mode := range []string{"hybrid", "vector", "lexical"} {
				a := s.Send("POST", "/api/v1/endpoints/docs/query", map[string]any{
					"messages": question, "stop_sequences": []string{}, "max_tokens": 100, "similarity_threshold": 0, "extras": map[string]any{"search": mode},
				})
				if a.Status != http.StatusOK || strings.Contains(a.Body, "Only words were searched") {
					t.Errorf("%s: status %d: %.300s", mode, a.Status, a.Body)
				}
			}
		})
	}
	for name, body := range map[string]any{
		"too long": map[string]any{"messages": strings.Repeat("a", 200_001)}, "empty": map[string]any{"messages": ""},
		"white space": map[string]any{"messages": " \t\n \u3000\u00A0"},
	} {
		if a := s.Send("POST", "/api/v1/endpoints/docs/query", body); a.Status != http.StatusUnprocessableEntity || !strings.Contains(a.Body, `"messages"`) {
			t.Errorf("%s: status %d: %.300s", name, a.Status, a.Body)
		}
	}
	for question, want := range map[string]string{"How long is the warranty?": "36 months", "marmalade codeword": "marmalade", "\U0001F389": "\U0001F389"} {
		a := s.Must(http.StatusOK, "POST", "/api/v1/endpoints/docs/query", map[string]any{"messages": question, "stop_sequences": []string{}}, nil)
		if !strings.Contains(a.Body, want) {
			t.Errorf("%q finds no %q: %.500s", question, want, a.Body)
		}
	}
}

// differentWords is about n characters of words that differ.
func differentWords(n int) string {
	var b strings.Builder
	for i := 0; b.Len() < n; i++ {
		for k := i + 26*26*26; k > 0; k /= 26 {
			b.WriteByte(byte('a' + k%26))
		}
		b.WriteByte(' ')
	}
	return b.String()
}
