package apptest_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// scenario is one row of the contract: a request, what must be answered, and
// what must hold afterwards. Whether the answer has exactly the documented
// keys is checked for every request by the harness itself.
type scenario struct {
	name   string
	do     string // "POST /api/v1/datasets"
	body   any    // a string is sent as it is
	header []string
	status int
	is     string   // the whole answer, as JSON
	has    []string // parts of the answer
	hasNot []string
	sets   map[string]string // headers of the answer; "" must not be there
	after  func(t *testing.T, s *apptest.Space)
}

// play runs scenarios one after the other, because they build on each other.
func play(t *testing.T, s *apptest.Space, scenarios []scenario) {
	t.Helper()
	for _, c := range scenarios {
		t.Run(c.name, func(t *testing.T) {
			method, path, _ := strings.Cut(c.do, " ")
			a := s.Send(method, path, c.body, c.header...)
			if a.Status != c.status {
				t.Fatalf("%s: status %d, want %d: %s", c.do, a.Status, c.status, a.Body)
			}
			if c.is != "" && compact(a.Body) != compact(c.is) {
				t.Errorf("the answer is\n%s\nwant\n%s", compact(a.Body), compact(c.is))
			}
			for _, want := range c.has {
				if !strings.Contains(a.Body, want) {
					t.Errorf("the answer is without %s: %s", want, a.Body)
				}
			}
			for _, unwanted := range c.hasNot {
				if strings.Contains(a.Body, unwanted) {
					t.Errorf("the answer holds %s: %s", unwanted, a.Body)
				}
			}
			for name, want := range c.sets {
				if got := a.Header.Get(name); got != want {
					t.Errorf("header %s is %q, want %q", name, got, want)
				}
			}
			if c.after != nil {
				c.after(t, s)
			}
		})
	}
}

func compact(s string) string {
	var b bytes.Buffer
	if json.Compact(&b, []byte(s)) != nil {
		return s
	}
	return b.String()
}

// detail is an error whose detail is a sentence.
func detail(s string) string {
	b, _ := json.Marshal(map[string]string{"detail": s})
	return string(b)
}

// invalid is a validation error; each problem is "loc|msg|type" with loc as JSON.
func invalid(problems ...string) string {
	var list []string
	for _, p := range problems {
		part := strings.SplitN(p, "|", 3)
		msg, _ := json.Marshal(part[1])
		list = append(list, `{"loc":`+part[0]+`,"msg":`+string(msg)+`,"type":"`+part[2]+`"}`)
	}
	return `{"detail":[` + strings.Join(list, ",") + `]}`
}

// as decodes what a GET answers.
func as[T any](s *apptest.Space, path string) (v T) {
	s.Must(200, "GET", path, nil, &v)
	return v
}
