package eval

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of a file of questions.
const (
	MaxQuestions = 10_000
	MaxLine      = 64 << 10 // bytes
)

// Question is one line of a file of questions.
type Question struct {
	Line   int    `json:"line"` // in its file, from 1
	Text   string `json:"question"`
	Expect Expect `json:"expect"`
}

// Expect says which passage answers a question. At least one field is set; a
// passage must fit all that are.
type Expect struct {
	File     string `json:"file,omitempty"`     // a file's name, its path, or the end of its path
	Contains string `json:"contains,omitempty"` // words of the passage; any white space equals any other
}

// Passage is what a search returned, as far as an expectation looks at it.
type Passage struct {
	FileName, FilePath, Content string
}

// Matches reports whether the passage is the expected one.
func (e Expect) Matches(p Passage) bool {
	if e.File != "" && e.File != p.FileName && e.File != p.FilePath && !strings.HasSuffix(p.FilePath, "/"+strings.TrimPrefix(e.File, "/")) {
		return false
	}
	return strings.Contains(oneSpaced(p.Content), oneSpaced(e.Contains))
}

// Rank is the place of the first expected passage, from 1, or 0 where none is.
func (e Expect) Rank(results []Passage) int {
	for i, p := range results {
		if e.Matches(p) {
			return i + 1
		}
	}
	return 0
}

func oneSpaced(s string) string { return strings.Join(strings.Fields(s), " ") }

// Read reads questions, one JSON object a line; empty lines are skipped. An
// error names the line. Unknown fields are refused, because a misspelt
// "contains" would make every passage of a file right.
func Read(r io.Reader) ([]Question, error) {
	lines := bufio.NewScanner(r)
	lines.Buffer(nil, MaxLine)
	var out []Question
	n := 0
	for lines.Scan() {
		n++
		line := lines.Bytes()
		if n == 1 {
			line = bytes.TrimPrefix(line, []byte("\ufeff"))
		}
		if len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(out) == MaxQuestions {
			return nil, fmt.Errorf("line %d: there are more than %d questions; split the file", n, MaxQuestions)
		}
		q, err := parse(line)
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n, err)
		}
		q.Line = n
		out = append(out, q)
	}
	switch err := lines.Err(); {
	case errors.Is(err, bufio.ErrTooLong):
		return nil, fmt.Errorf("line %d: the line is longer than %d bytes", n+1, MaxLine)
	case err != nil:
		return nil, fmt.Errorf("after line %d: %w", n, err)
	case len(out) == 0:
		return nil, errors.New(`there is no question; write one a line, such as {"question": "How long is the warranty?", "expect": {"file": "warranty.md"}}`)
	}
	return out, nil
}

func parse(line []byte) (Question, error) {
	var in struct {
		Question string
		Expect   Expect
	}
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&in); err != nil {
		return Question{}, fmt.Errorf(`the line is not of the form {"question": "...", "expect": {"file": "...", "contains": "..."}}: %w`, err)
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return Question{}, errors.New("something stands after the object; write one question a line")
	}
	switch {
	case strings.TrimSpace(in.Question) == "":
		return Question{}, errors.New(`"question" is missing or empty`)
	case in.Expect.File == "" && strings.TrimSpace(in.Expect.Contains) == "":
		return Question{}, errors.New(`"expect" needs "file", "contains" or both`)
	}
	return Question{Text: in.Question, Expect: in.Expect}, nil
}
