package apptest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// stream asks for a stream, and expects one.
func (s *shop) stream(slug string, fields body) reply {
	s.t.Helper()
	sent := chatBody(slug, fields)
	sent["stream"] = true
	return reply{Answer: s.Must(http.StatusOK, "POST", chatPath, sent, nil)}
}

func TestAStreamedChat(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	for _, usage := range []bool{false, true} {
		t.Run(fmt.Sprintf("usage %v", usage), func(t *testing.T) {
			t.Parallel()
			slug := s.endpoint(s.model("openai", newProvider(t, speaks("36", " months"))), nil)
			list := frames(t, s.stream(slug, body{"stream_options": body{"include_usage": usage}}))
			var shape []string
			for _, f := range list {
				if f["object"] != "chat.completion.chunk" || f["model"] != slug || f["id"] != list[0]["id"] || f["created"] != list[0]["created"] {
					t.Errorf("a chunk is %v", f)
				}
				said, _ := json.Marshal(f["choices"])
				sum := string(said)
				if u, there := f["usage"]; there && u == nil {
					sum += " usage null"
				} else if there {
					sum += " usage"
				}
				if f["references"] != nil && f["policy_metadata"] != nil {
					sum += " references"
				}
				shape = append(shape, sum)
			}
			chunk := func(delta, reason string) string {
				return `[{"delta":{` + delta + `},"finish_reason":` + reason + `,"index":0,"logprobs":null}]`
			}
			want := []string{
				chunk(`"content":"","role":"assistant"`, "null"), chunk(`"content":"36"`, "null"), chunk(`"content":" months"`, "null"), chunk("", `"stop"`),
			}
			if usage {
				for i := range want {
					want[i] += " usage null"
				}
				want = append(want, "[] usage")
			}
			want[len(want)-1] += " references"
			if diff := cmp.Diff(want, shape); diff != "" {
				t.Errorf("chunks (-want +got)\n%s", diff)
			}
		})
	}
}

func TestAStreamThatBreaksSaysSoInOpenAIsWords(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint(s.model("openai", newProvider(t, func(w http.ResponseWriter, r *http.Request) {
		talk(w, r, "36")
		panic(http.ErrAbortHandler) // the connection breaks
	})), nil, policy{"accounting", body{"price": 1}})
	list := frames(t, s.stream(slug, nil))
	last, _ := json.Marshal(list[len(list)-1])
	var r refused
	if err := json.Unmarshal(last, &r); err != nil {
		t.Fatal(err)
	}
	if r.Error.Message == "" || r.Error.Message != r.Detail || r.Error.Type != "server_error" || r.Policies == nil {
		t.Errorf("the last frame is %s", last)
	}
	if accounts := balance(t, s.Data, slug); accounts["held"] != 0 || accounts["owner"] != 0 {
		t.Errorf("the accounts are %v", accounts)
	}
}
