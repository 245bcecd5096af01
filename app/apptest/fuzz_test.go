package apptest_test

import (
	"strings"
	"testing"

	"syft-space/app/apptest"
)

// FuzzQueryBody sends any bytes as a query: whatever they are, the answer is
// one that the document describes, and never a failure of the program.
func FuzzQueryBody(f *testing.F) {
	for _, seed := range []string{
		`{"messages":"How long is the warranty?"}`,
		`{"messages":[{"role":"user","content":"x"}],"limit":100,"temperature":2,"stop_sequences":[],"stream":true}`,
		`{"messages":"x","extras":{"search":"lexical","filters":{"file_type":".md","ingested_at":{"gte":"2026-01-01","lt":"x"}}}}`,
		`{"messages":"x","messages":5}`, `{"messages":"\ud800"}`, `{"messages":"x","limit":1e400}`, `{"MESSAGES":"x"}`,
		`[[[[`, "\xff\xfe{\x00", "\xef\xbb\xbf{}", `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	s := apptest.New(f, apptest.Options{})
	s.Write("warranty.md", warranty)
	makeEndpoint(f, s)
	f.Fuzz(func(t *testing.T, body []byte) {
		a := s.With(t).Send("POST", "/api/v1/endpoints/docs/query", string(body))
		if a.Status >= 500 || machinery.MatchString(a.Body) && !strings.Contains(string(body), "json") {
			t.Errorf("%q is answered %d %s", body, a.Status, a.Body)
		}
	})
}
