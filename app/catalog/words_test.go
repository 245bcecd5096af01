package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestACloudCountsQuestionsByWord(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		questions []string
		limit     int
		want      []Word
	}{
		"nothing": {nil, 5, []Word{}},
		"forms of a word are one word, shown as most write it": {
			[]string{"Lamps?", "lamps", "LAMP"}, 5, []Word{{"lamps", 3}}},
		"a question counts once": {[]string{"lamp lamp lamp", "bulb", "bulb"}, 5, []Word{{"bulb", 2}, {"lamp", 1}}},
		"words that ask or join are left out": {
			[]string{"What is the warranty?", "Wie lange ist die Garantie?"}, 5, []Word{{"garantie", 1}, {"warranty", 1}}},
		"numbers and single letters are left out": {[]string{"36 x 2026 é"}, 5, []Word{}},
		"accents stay":                        {[]string{"Élève"}, 5, []Word{{"élève", 1}}},
		"scripts without spaces are in pairs": {[]string{"保証期間", "保証"}, 5, []Word{{"保証", 2}, {"期間", 1}, {"証期", 1}}},
		"only so many":                        {[]string{"b a c aa bb cc"}, 2, []Word{{"aa", 1}, {"bb", 1}}},
	} {
		if diff := cmp.Diff(c.want, countWords(c.questions, c.limit)); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
}
