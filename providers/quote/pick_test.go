package quote

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"syft-space/app/text"
)

// library are the documents of testdata as passages, each as one.
func library(t testing.TB, names ...string) []Passage {
	t.Helper()
	var out []Passage
	for _, name := range names {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, Passage{Text: string(b), Similarity: 0.68})
	}
	return out
}

func texts(quotes []Quote) []string {
	out := []string{}
	for _, q := range quotes {
		out = append(out, q.Text)
	}
	return out
}

// TestQuestionsAreAnsweredByWords asks without an embedder: each answer is the
// expected sentences and nothing else.
func TestQuestionsAreAnsweredByWords(t *testing.T) {
	t.Parallel()
	files := []string{"warranty.md", "office.md", "stock.csv", "garantie.md", "ja.md", "prose.txt"}
	for question, want := range map[string][]string{
		"How long is the warranty of the lamp?": {
			"The lamp comes with a warranty.",
			"It lasts 24 months from the date of purchase and covers defects in material and workmanship.",
		},
		"Can the lamp be used under water?":                                        {"Yes, down to one metre for half an hour.", "Rinse it with fresh water afterwards."},
		"How do I reset the lamp?":                                                 {"Hold the button for ten seconds until the light blinks three times."},
		"When does the office in Lyon open?":                                       {"The office in Lyon opens at 08:30 and closes at 18:00 from Monday to Thursday."},
		"What is the daily allowance in Europe?":                                   {"The daily allowance is 45 euros in Europe and 60 euros elsewhere."},
		"price of wood glue":                                                       {"Item: wood glue; supplier: Leim AG; price: 4.50 EUR; stock: 33; shelf: C-05"},
		"On which shelf are the M6 screws?":                                        {"Item: M6 screw; supplier: Braun & Sons; price: 0.07 EUR; stock: 8000; shelf: A-18"},
		"Burn time of the lamp":                                                    {"Burn time: 6 h at full power"},
		"Wie lange ist die Garantie der Kaffeemaschine?":                           {"Auf die Maschine geben wir drei Jahre Garantie ab Kaufdatum."},
		"\u56f3\u66f8\u9928\u306f\u4f55\u6642\u306b\u958b\u304d\u307e\u3059\u304b": {"\u56f3\u66f8\u9928\u306f\u5348\u524d\u4e5d\u6642\u306b\u958b\u9928\u3057\u3001\u5348\u5f8c\u516b\u6642\u306b\u9589\u9928\u3057\u307e\u3059\u3002"},
		"Where do the buses of line 12 stop?":                                      {"During that time, buses of line 12 stop at the market instead of the town hall."},
		"When does Dr. Weber answer questions?":                                    {"Dr. Weber of the planning office answers questions every Monday from 9 to 11 a.m. in room 204."},
		"How do I send in a lamp for repair?": {
			"To send in a lamp for repair:", "Remove the battery.", "Pack the lamp in its original box.",
			"Send it to the service centre in Lyon with a copy of the receipt.",
		},
	} {
		t.Run(question, func(t *testing.T) {
			t.Parallel()
			passages := library(t, files...)
			got := texts(NewPicker().Pick(t.Context(), question, passages, 100, nil))
			if !startsWith(got, want) {
				t.Errorf("got  %q\nwant %q", got, want)
			}
		})
	}
}

// startsWith allows an answer one sentence more than it needs.
func startsWith(got, want []string) bool {
	for _, w := range want {
		if !slices.Contains(got, w) {
			return false
		}
	}
	return len(got) <= len(want)+1
}

func TestWhatTheDocumentsDoNotSayIsNotAnswered(t *testing.T) {
	t.Parallel()
	for _, question := range []string{
		"What is the capital of France?", "Who won the world cup in 2018?", "How do I bake sourdough bread?",
		"Wie wird das Wetter morgen?", "Which vaccines are needed for Kenya?", "", "???", "...",
	} {
		passages := library(t, "warranty.md", "office.md", "stock.csv", "garantie.md", "ja.md", "prose.txt")
		for i := range passages {
			passages[i].Similarity = 0.55
		}
		if got := NewPicker().Pick(t.Context(), question, passages, 100, nil); got != nil {
			t.Errorf("%q: got %q", question, texts(got))
		}
		for i := range passages {
			passages[i].Similarity, passages[i].ByWords = 0.7, true
		}
		if got := NewPicker().Pick(t.Context(), question, passages, 100, nil); got != nil {
			t.Errorf("%q by words: got %q", question, texts(got))
		}
	}
	if got := NewPicker().Pick(t.Context(), "What is the capital of France?", nil, 100, nil); got != nil {
		t.Errorf("without passages: %q", texts(got))
	}
}

func TestSimilarPassagesAnswerInOtherWords(t *testing.T) {
	t.Parallel()
	p := NewPicker()
	similar := []Passage{{Text: "Everyone has 28 days of holiday a year. Five can be carried over. They expire in March.", Similarity: 0.85}}
	if got := texts(p.Pick(t.Context(), "Wie lange darf ich Urlaub machen?", similar, 100, nil)); len(got) == 0 || got[0] != "Everyone has 28 days of holiday a year." {
		t.Errorf("a very similar passage in another language: %q", got)
	}
	similar[0].Similarity = 0.53
	if got := p.Pick(t.Context(), "Wie lange darf ich Urlaub machen?", similar, 100, nil); got != nil {
		t.Errorf("a passage that is not similar: %q", texts(got))
	}
	meaning := func(_ string, sentences []string) []float64 {
		out := make([]float64, len(sentences))
		for i, s := range sentences {
			out[i] = 0.6
			if strings.Contains(s, "expire") {
				out[i] = 0.8
			}
		}
		return out
	}
	similar[0].Similarity = 0.7
	if got := texts(p.Pick(t.Context(), "Wann verf\u00e4llt mein Urlaub?", similar, 100, meaning)); !slices.Contains(got, "They expire in March.") {
		t.Errorf("the sentence that means the same is missing: %q", got)
	}
	broken := func(string, []string) []float64 { return nil }
	if got := texts(p.Pick(t.Context(), "How many days of holiday?", similar, 100, broken)); len(got) == 0 {
		t.Error("no answer by words where nobody can compare by meaning")
	}
}

func TestTheLimitDropsWholeSentencesAndKeepsOne(t *testing.T) {
	t.Parallel()
	passages := library(t, "warranty.md")
	question := "How do I send in a lamp for repair?"
	whole := texts(NewPicker().Pick(t.Context(), question, passages, 1000, nil))
	for limit := 1; limit < 60; limit++ {
		got := texts(NewPicker().Pick(t.Context(), question, passages, limit, nil))
		if len(got) == 0 {
			t.Fatalf("limit %d: no answer", limit)
		}
		words := 0
		for _, s := range got {
			words += wordCount(s)
			if !slices.Contains(whole, s) && !strings.Contains(passages[0].Text, s) {
				t.Errorf("limit %d: %q is not a whole sentence", limit, s)
			}
		}
		if len(got) > 1 && words > limit {
			t.Errorf("limit %d: %d words in %q", limit, words, got)
		}
	}
}

func TestALeadWithoutItsListStillLeavesAnAnswer(t *testing.T) {
	t.Parallel()
	for _, s := range []string{
		"To reset the lamp, do the following:",
		"To reset the lamp, do the following:\n\n# Other things\n\nHold the lamp by its button.",
	} {
		got := texts(NewPicker().Pick(t.Context(), "How do I reset the lamp?", []Passage{{Text: s, Similarity: 0.8}}, 100, nil))
		if len(got) == 0 {
			t.Errorf("no answer from %q", s)
		}
	}
}

func TestRepetitionsAreQuotedOnce(t *testing.T) {
	t.Parallel()
	p := Passage{Text: "The office in Lyon opens at 08:30 on weekdays. The office in Porto opens at nine.", Similarity: 0.7}
	twin := Passage{Text: "Opening: the office in Lyon opens at 08:30, on weekdays!", Similarity: 0.7}
	got := NewPicker().Pick(t.Context(), "When does the office in Lyon open?", []Passage{p, p, twin}, 100, nil)
	lyon := 0
	for _, q := range got {
		if strings.Contains(q.Text, "Lyon") {
			lyon++
		}
	}
	if lyon != 1 || got[0].Passage != 0 {
		t.Errorf("got %+v", got)
	}
}

func TestPassagesComeInOrderOfTheirBestSentence(t *testing.T) {
	t.Parallel()
	passages := []Passage{
		{Text: "Some lamps have a dimmer. Batteries are sold apart.", Similarity: 0.7},
		{Text: "The battery of the lamp lasts six hours. It is charged in two hours. The battery of the lamp is under the lid.", Similarity: 0.7},
	}
	got := NewPicker().Pick(t.Context(), "How long does the battery of the lamp last?", passages, 100, nil)
	if len(got) < 2 || got[0].Passage != 1 || got[0].Text != "The battery of the lamp lasts six hours." || got[1].Text != "It is charged in two hours." {
		t.Errorf("got %+v", got)
	}
	if !slices.IsSortedFunc(got, func(a, b Quote) int { return b.Passage - a.Passage }) {
		t.Errorf("the passages are mixed: %+v", got)
	}
}

func TestDebrisIsNotQuoted(t *testing.T) {
	t.Parallel()
	passage := Passage{Similarity: 0.8, Text: strings.Join([]string{
		"Home > Lamps > Warranty > Lamp L2", "# Warranty of the lamp", "(c) 2025 Lamp warranty Ltd. All rights reserved.",
		"warranty | lamp | L2", "https://example.org/lamp-warranty", "<a href=\"/lamp\">lamp warranty</a>",
		"lamp := warranty(lamp[2]);", "LAMP_WARRANTY LAMP_L2 LAMP_MAX WARRANTY_MIN", "", "The warranty of the lamp lasts two years [12] and **covers** the [housing](http://x/y).",
	}, "\n")}
	got := NewPicker().Pick(t.Context(), "warranty of the lamp", []Passage{passage}, 200, nil)
	want := "The warranty of the lamp lasts two years and covers the housing."
	if len(got) == 0 || !slices.Contains(texts(got), want) {
		t.Fatalf("got %q, want %q", texts(got), want)
	}
	for _, s := range texts(got) {
		for _, bad := range []string{"Home >", "All rights", "https://", "<a", ":=", "LAMP_", "[12]", "**"} {
			if strings.Contains(s, bad) {
				t.Errorf("quoted debris: %q", s)
			}
		}
	}
}

func TestPickIsDeterministic(t *testing.T) {
	t.Parallel()
	passages := library(t, "warranty.md", "office.md", "stock.csv", "garantie.md", "prose.txt")
	first := NewPicker().Pick(t.Context(), "What does the office in Lyon repair?", passages, 100, nil)
	for range 20 {
		if got := NewPicker().Pick(t.Context(), "What does the office in Lyon repair?", passages, 100, nil); !reflect.DeepEqual(got, first) {
			t.Fatalf("got %+v, then %+v", first, got)
		}
	}
}

func TestLanguageOfAQuestion(t *testing.T) {
	t.Parallel()
	v := newVocabulary()
	for question, want := range map[string]string{
		"How do I reset the lamp?":               "en",
		"Wie lange dauert die Elternzeit?":       "de",
		"Combien de jours de vacances ai-je ?":   "fr",
		"A que hora cierra la oficina el lunes?": "es",
		"Quanto dura la garanzia della lampada?": "it",
		"lamp":                                   "",
		"":                                       "",
	} {
		if got := v.language(text.Terms(question)); got != want {
			t.Errorf("%q: got %q, want %q", question, got, want)
		}
	}
}

// FuzzPick wants every quote to be of a passage that is there, and never more
// words than asked for but in the first.
func TestALongQuestionIsReadAsFarAsItsFirstTerms(t *testing.T) {
	t.Parallel()
	var long strings.Builder
	for i := range 30_000 {
		fmt.Fprintf(&long, "w%d ", i)
	}
	p, passages := NewPicker(), []Passage{{Text: "The office opens at 08:30.", Similarity: 0.8}}
	var a text.Analyzer
	if q := p.ask(t.Context(), long.String(), candidates(t.Context(), passages, &a), &a); len(q.terms) != mostTerms || q.words != 30_000 {
		t.Errorf("%d terms of %d words", len(q.terms), q.words)
	}
	question := "When does the office open? "
	if got := texts(p.Pick(t.Context(), question+question, passages, 100, nil)); len(got) != 1 {
		t.Errorf("got %q", got)
	}
}

func TestPickStopsWithItsCaller(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got := NewPicker().Pick(ctx, "When does the office open?", []Passage{{Text: "The office opens at 08:30.", Similarity: 0.8}}, 100,
		func(string, []string) []float64 {
			t.Error("sentences were compared for nobody")
			return nil
		})
	if got != nil {
		t.Errorf("got %v", got)
	}
}

func FuzzPick(f *testing.F) {
	for _, name := range []string{"warranty.md", "stock.csv", "ja.md"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("How long is the warranty?", string(b), 20)
	}
	f.Add("a: b", "a | b\n|---|\nc\t\td\n###\n- \n1. \nQ: \nx: y\nx: y; z: \xff\n\u3002\u3002", 1)
	p := NewPicker()
	f.Fuzz(func(t *testing.T, question, passage string, words int) {
		passages := []Passage{{Text: passage, Similarity: 0.8}, {Text: passage, Headings: []string{question}, Similarity: 0.9}}
		total := 0
		for i, q := range p.Pick(t.Context(), question, passages, words, nil) {
			if q.Passage < 0 || q.Passage > 1 || strings.TrimSpace(q.Text) == "" || strings.Contains(q.Text, "\n") {
				t.Fatalf("quote %+v", q)
			}
			if total += wordCount(q.Text); i > 0 && total > words {
				t.Fatalf("%d words, limit %d", total, words)
			}
		}
	})
}

func BenchmarkPick(b *testing.B) {
	passages := library(b, "warranty.md", "office.md", "stock.csv", "garantie.md", "prose.txt")
	p := NewPicker()
	b.ReportAllocs()
	for b.Loop() {
		p.Pick(b.Context(), "How long is the warranty of the lamp?", passages, 100, nil)
	}
}

func BenchmarkNewPicker(b *testing.B) {
	for b.Loop() {
		NewPicker()
	}
}
