package apptest_test

import (
	"bytes"
	"image"
	"image/png"
	"mime/multipart"
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// part is one field of a form; file names a file.
type part struct{ name, file, content string }

// form encodes fields as a browser does, and returns the header that goes with
// them.
func form(t *testing.T, parts ...part) (body, header string) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		to, err := w.CreateFormField(p.name)
		if p.file != "" {
			to, err = w.CreateFormFile(p.name, p.file)
		}
		if err != nil {
			t.Fatal(err)
		}
		if _, err := to.Write([]byte(p.content)); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String(), "Content-Type: " + w.FormDataContentType()
}

func TestFeedbackIsKeptHere(t *testing.T) {
	t.Parallel()
	s := apptest.New(t, apptest.Options{})
	var picture bytes.Buffer
	if err := png.Encode(&picture, image.NewGray(image.Rect(0, 0, 8, 8))); err != nil {
		t.Fatal(err)
	}
	category, description := part{"category", "", "bug"}, part{"description", "", "The picture is upside down"}
	for name, c := range map[string]struct {
		parts  []part
		status int
		has    []string
	}{
		"the least":               {[]part{category, description}, 200, []string{`"success":true`, "kept on this Space", `"ticket_id":"`}},
		"everything":              {[]part{category, description, {"page_url", "", "http://localhost:8080/datasets"}, {"screenshot", "a.png", picture.String()}}, 200, []string{`"success":true`}},
		"a wrong name":            {[]part{category, description, {"screenshot", "a.exe", picture.String()}}, 200, nil}, // the content counts
		"nothing":                 {[]part{{"other", "", "x"}}, 422, []string{`{"loc":["body","category"],"msg":"field required","type":"value_error.missing"}`, `["body","description"]`}},
		"blank":                   {[]part{{"category", "", " "}, {"description", "", "\n"}}, 422, []string{`["body","category"]`, `["body","description"]`, "min_length"}},
		"too long":                {[]part{{"category", "", strings.Repeat("x", 101)}, {"description", "", strings.Repeat("x", 10001)}}, 422, []string{"at most 100 characters", "at most 10000 characters"}},
		"an address that is none": {[]part{category, description, {"page_url", "", "javascript:alert(1)"}}, 422, []string{`["body","page_url"]`}},
		"no picture":              {[]part{category, description, {"screenshot", "a.png", "<svg onload=alert(1)>"}}, 422, []string{`["body","screenshot"]`, "text/plain by its content"}},
		"an empty picture":        {[]part{category, description, {"screenshot", "a.png", ""}}, 422, []string{`["body","screenshot"]`}},
		"two pictures":            {[]part{category, description, {"screenshot", "a.png", picture.String()}, {"screenshot", "b.png", picture.String()}}, 422, []string{`["body","screenshot"]`}},
		"a large picture":         {[]part{category, description, {"screenshot", "a.png", picture.String() + strings.Repeat("x", 5<<20)}}, 413, []string{"at most 5242880 are taken"}},
		"a very large picture":    {[]part{category, description, {"screenshot", "a.png", strings.Repeat("x", 7<<20)}}, 413, []string{"too large"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			body, header := form(t, c.parts...)
			a := s.Send("POST", "/api/v1/feedback", body, header)
			if a.Status != c.status {
				t.Errorf("status %d: %s", a.Status, a.Body)
			}
			for _, want := range c.has {
				if !strings.Contains(a.Body, want) {
					t.Errorf("no %s in %s", want, a.Body)
				}
			}
		})
	}
	if a := s.Send("POST", "/api/v1/feedback", map[string]any{"category": "bug"}); a.Status != 422 || !strings.Contains(a.Body, "multipart/form-data") {
		t.Errorf("JSON: %d %s", a.Status, a.Body)
	}
	if a := s.Send("POST", "/api/v1/feedback", "--x\r\nbroken", "Content-Type: multipart/form-data; boundary=x"); a.Status != 422 {
		t.Errorf("a broken form: %d %s", a.Status, a.Body)
	}
}
