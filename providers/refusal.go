package providers

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"syft-space/app/space"
)

// refusal is a server's answer of 400 or more, or an error that it sent inside
// an answer of 200. What the server wrote is for telling kinds of failure
// apart and, shortened, for the log; it is never shown to a caller.
type refusal struct {
	status     int    // 0 inside an answer of 200 that names none
	kind       string // OpenAI's type
	code       string
	param      string
	message    string
	retryAfter time.Duration // 0 where the server did not say
}

// Error is for the log.
func (r *refusal) Error() string {
	parts := []string{fmt.Sprintf("the server answered with status %d", r.status)}
	for _, p := range [...]struct{ name, value string }{{"type", r.kind}, {"code", r.code}, {"param", r.param}, {"message", r.message}} {
		if p.value != "" {
			parts = append(parts, p.name+" "+strconv.Quote(shorten(p.value, 200)))
		}
	}
	return strings.Join(parts, ", ")
}

// without returns r with a key of ours masked in the server's words: whole,
// before Error shortens them and could leave a part of it.
func (r *refusal) without(key string) *refusal {
	clean := *r
	for _, words := range []*string{&clean.kind, &clean.code, &clean.param, &clean.message} {
		*words = strings.ReplaceAll(*words, key, space.SecretMask)
	}
	return &clean
}

// says reports whether the server's words hold one of the phrases, which are
// in lower case.
func (r *refusal) says(phrases ...string) bool {
	words := strings.ToLower(r.kind + "\n" + r.code + "\n" + r.message)
	for _, p := range phrases {
		if strings.Contains(words, p) {
			return true
		}
	}
	return false
}

// flexible is a JSON string, or any other JSON value as it stands.
type flexible string

// UnmarshalJSON implements json.Unmarshaler.
func (f *flexible) UnmarshalJSON(b []byte) error {
	var s string
	switch {
	case json.Unmarshal(b, &s) == nil:
		*f = flexible(s)
	default:
		*f = flexible(b)
	}
	return nil
}

// errorBody holds the shapes in which servers describe an error: OpenAI's
// object, Ollama's and TEI's plain text, FastAPI's detail, vLLM's fields.
type errorBody struct {
	Error   json.RawMessage `json:"error"`
	Detail  flexible        `json:"detail"`
	Message flexible        `json:"message"`
	Type    flexible        `json:"type"`
	Param   flexible        `json:"param"`
	Code    flexible        `json:"code"`
}

// readRefusal takes apart the body of a refusal. What is no JSON is dropped:
// it is the page of some proxy.
func readRefusal(body []byte) *refusal {
	var e errorBody
	if json.Unmarshal(body, &e) != nil {
		var list []errorBody // Gemini's compatible API wraps it in a list
		if json.Unmarshal(body, &list) != nil || len(list) == 0 {
			return &refusal{}
		}
		e = list[0]
	}
	if r, ok := innerError(e.Error); ok {
		return r
	}
	r := &refusal{kind: string(e.Type), code: plain(e.Code), param: plain(e.Param), message: string(e.Message)}
	if r.message == "" {
		r.message = string(e.Detail)
	}
	return r
}

// errorIn looks for an error in what a server sent as a success.
func errorIn(body []byte) (r *refusal, ok bool) {
	var e struct {
		Error json.RawMessage `json:"error"`
	}
	_ = json.Unmarshal(body, &e) // what is no object holds no error either
	return innerError(e.Error)
}

// innerError reads the value of the key "error"; ok is false where it says
// that there is none.
func innerError(raw json.RawMessage) (r *refusal, ok bool) {
	switch v := strings.TrimSpace(string(raw)); v {
	case "", "null", `""`, "{}", "false":
		return nil, false
	}
	var text string
	if json.Unmarshal(raw, &text) == nil {
		return &refusal{message: text}, true
	}
	var e errorBody
	if json.Unmarshal(raw, &e) != nil {
		return &refusal{}, true
	}
	r = &refusal{kind: string(e.Type), code: plain(e.Code), param: plain(e.Param), message: string(e.Message)}
	if n, err := strconv.Atoi(r.code); err == nil && n >= 400 && n < 600 {
		r.status = n // llama.cpp and OpenRouter repeat the status here
	}
	return r, true
}

func plain(f flexible) string {
	if f == "null" {
		return ""
	}
	return string(f)
}

// retryAfter reads the header of that name, seconds or a date (RFC 9110,
// section 10.2.3), and returns 0 where there is none or it is past.
func retryAfter(h http.Header, now time.Time) time.Duration {
	v := h.Get("Retry-After")
	if n, err := strconv.ParseFloat(v, 64); err == nil && n > 0 && n < 1e6 {
		return time.Duration(n * float64(time.Second))
	}
	if at, err := http.ParseTime(v); err == nil && at.After(now) {
		return at.Sub(now)
	}
	return 0
}

// shorten returns the first n bytes of s or a little less, on one line.
func shorten(s string, n int) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) <= n {
		return s
	}
	return strings.ToValidUTF8(s[:n], "") + "..."
}
