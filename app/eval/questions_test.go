package eval

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQuestionsAreReadWithTheirLines(t *testing.T) {
	t.Parallel()
	got, err := Read(strings.NewReader("\ufeff" + `{"question": "How long?", "expect": {"file": "a.md", "contains": "36\nmonths"}}

{"question": "Wo?", "expect": {"contains": "Lyon"}}` + "\r\n"))
	if err != nil {
		t.Fatal(err)
	}
	want := []Question{
		{1, "How long?", Expect{"a.md", "36\nmonths"}},
		{3, "Wo?", Expect{"", "Lyon"}},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestBadFilesAreRefusedWithTheLine(t *testing.T) {
	t.Parallel()
	good := `{"question": "q", "expect": {"file": "a"}}` + "\n"
	for name, test := range map[string]struct{ in, want string }{
		"empty":             {"\n\n", "there is no question"},
		"not JSON":          {good + "\nhello", "line 3: the line is not of the form"},
		"a list":            {`["q"]`, "line 1: the line is not of the form"},
		"a wrong type":      {`{"question": 7}`, "line 1: the line is not of the form"},
		"misspelt":          {`{"question": "q", "expect": {"file": "a", "contain": "x"}}`, `line 1: the line is not of the form {"question": "...", "expect": {"file": "...", "contains": "..."}}: json: unknown field "contain"`},
		"no question":       {good + `{"expect": {"file": "a"}}`, `line 2: "question" is missing or empty`},
		"blank question":    {`{"question": " ", "expect": {"file": "a"}}`, `line 1: "question" is missing or empty`},
		"no expectation":    {`{"question": "q"}`, `line 1: "expect" needs "file", "contains" or both`},
		"blank expectation": {`{"question": "q", "expect": {"contains": " \n"}}`, `line 1: "expect" needs "file", "contains" or both`},
		"two on a line":     {strings.TrimSpace(good) + good, "line 1: something stands after the object"},
		"too long a line":   {good + strings.Repeat("x", MaxLine+1), fmt.Sprintf("line 2: the line is longer than %d bytes", MaxLine)},
		"too many":          {strings.Repeat(good, MaxQuestions+1), fmt.Sprintf("line %d: there are more than", MaxQuestions+1)},
	} {
		if _, err := Read(strings.NewReader(test.in)); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: the error is %v, want %s", name, err, test.want)
		}
	}
}

func TestExpectationsMatchByFileAndWords(t *testing.T) {
	t.Parallel()
	passage := Passage{FileName: "warranty.md", FilePath: "handbook/en/warranty.md", Content: "Every lamp has\n  36 months."}
	for name, test := range map[string]struct {
		expect Expect
		want   bool
	}{
		"name":                      {Expect{File: "warranty.md"}, true},
		"path":                      {Expect{File: "handbook/en/warranty.md"}, true},
		"end of the path":           {Expect{File: "en/warranty.md"}, true},
		"end of the path, rooted":   {Expect{File: "/en/warranty.md"}, true},
		"half a name":               {Expect{File: "ranty.md"}, false},
		"another file":              {Expect{File: "shipping.md"}, false},
		"words over a line break":   {Expect{Contains: "lamp has 36"}, true},
		"a line break in the words": {Expect{Contains: "36\nmonths"}, true},
		"other words":               {Expect{Contains: "24 months"}, false},
		"right file, other words":   {Expect{"warranty.md", "24 months"}, false},
		"right words, other file":   {Expect{"shipping.md", "36 months"}, false},
		"both":                      {Expect{"warranty.md", "36 months"}, true},
	} {
		if got := test.expect.Matches(passage); got != test.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

func TestRankIsOfTheFirstMatch(t *testing.T) {
	t.Parallel()
	results := []Passage{{Content: "a"}, {Content: "b"}, {Content: "b c"}}
	for contains, want := range map[string]int{"a": 1, "b": 2, "c": 3, "d": 0} {
		if got := (Expect{Contains: contains}).Rank(results); got != want {
			t.Errorf("%s: %d, want %d", contains, got, want)
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add(`{"question": "q", "expect": {"file": "a", "contains": "b"}}` + "\n\n{}")
	f.Fuzz(func(t *testing.T, in string) {
		questions, err := Read(strings.NewReader(in))
		if (err == nil) == (len(questions) == 0) {
			t.Fatalf("%d questions with error %v", len(questions), err)
		}
		for _, q := range questions {
			if q.Line < 1 || strings.TrimSpace(q.Text) == "" || q.Expect == (Expect{}) {
				t.Fatalf("the question %+v was accepted", q)
			}
		}
	})
}
