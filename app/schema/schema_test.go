package schema_test

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/schema"
	"syft-space/app/space"
)

// vault turns secrets around, which is enough to see who sealed what.
type vault struct{}

func (vault) Seal(plain string) (string, error) {
	return "sealed:" + base64.StdEncoding.EncodeToString([]byte(plain)), nil
}

func (vault) Open(sealed string) (string, error) {
	rest, ok := strings.CutPrefix(sealed, "sealed:")
	if !ok {
		return "", errors.New("not sealed")
	}
	b, err := base64.StdEncoding.DecodeString(rest)
	return string(b), err
}

type inner struct {
	Strategy string `json:"strategy,omitempty" default:"structure" enum:"structure,lines"`
	Size     int    `json:"size,omitempty" default:"200" minimum:"10"`
}

type server struct {
	URL string       `json:"base_url,omitempty"`
	Key space.Secret `json:"api_key,omitempty"`
}

type config struct {
	Address string                  `json:"http_url,omitempty"`
	Server  server                  `json:"embedder,omitempty"`
	Model   string                  `json:"model" minLength:"1"`
	Key     space.Secret            `json:"api_key,omitempty"`
	Headers map[string]space.Secret `json:"headers,omitempty"`
	Inner   inner                   `json:"chunking,omitempty"`
	Watch   bool                    `json:"watch,omitempty" default:"true"`
	Tags    []string                `json:"tags,omitempty"`
}

func (c *config) Prepare(raw map[string]any) {
	if old, ok := raw["old_model"]; ok {
		raw["model"] = old
	}
}

func (c *config) Validate() []space.FieldError {
	if c.Model == "forbidden" {
		return []space.FieldError{{Loc: []any{"model"}, Msg: "not this one", Type: "value_error"}}
	}
	return nil
}

func newForm() *schema.Form { return schema.NewForm(func() any { return &config{} }, vault{}) }

func TestSealFillsDefaultsDropsUnknownKeysAndSealsSecrets(t *testing.T) {
	t.Parallel()
	sealed, problems, err := newForm().Seal(json.RawMessage(
		`{"model":"m","api_key":"sk-secret","headers":{"X-Key":"deep"},"nobody":"knows","chunking":null}`), nil)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	var got map[string]any
	if err := json.Unmarshal(sealed, &got); err != nil {
		t.Fatal(err)
	}
	want := map[string]any{
		"model": "m", "watch": true, "api_key": "sealed:c2stc2VjcmV0", "headers": map[string]any{"X-Key": "sealed:ZGVlcA=="},
		"chunking": map[string]any{"strategy": "structure", "size": 200.0},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestOpenReturnsTheSecretsAndMaskHidesThem(t *testing.T) {
	t.Parallel()
	f := newForm()
	sealed, _, err := f.Seal(json.RawMessage(`{"model":"m","api_key":"sk-0123456789abcdef","headers":{"a":"short"}}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := f.Open(sealed)
	if err != nil {
		t.Fatal(err)
	}
	if got := opened.(*config).Key.Reveal(); got != "sk-0123456789abcdef" {
		t.Errorf("opened key %q", got)
	}
	masked := string(f.Mask(sealed))
	if strings.Contains(masked, "sk-01") || strings.Contains(masked, "short") || !strings.Contains(masked, "********cdef") {
		t.Errorf("masked form %s", masked)
	}
}

func TestAMaskedSecretMeansUnchanged(t *testing.T) {
	t.Parallel()
	f := newForm()
	old, _, err := f.Seal(json.RawMessage(`{"model":"m","api_key":"sk-0123456789abcdef"}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	kept, problems, err := f.Seal(f.Mask(old), old)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	if diff := cmp.Diff(string(old), string(kept)); diff != "" {
		t.Error(diff)
	}
	_, problems, err = f.Seal(json.RawMessage(`{"model":"m","headers":{"a":"********"}}`), old)
	if err != nil || len(problems) != 1 {
		t.Fatalf("a mask without a secret behind it: problems %v, err %v", problems, err)
	}
	if diff := cmp.Diff([]any{"headers", "a"}, problems[0].Loc); diff != "" {
		t.Error(diff)
	}
}

func TestAStoredSecretStaysWithItsAddress(t *testing.T) {
	t.Parallel()
	f := newForm()
	old, problems, err := f.Seal(json.RawMessage(`{"model":"m","http_url":"http://a","api_key":"k","headers":{"h":"v"},"embedder":{"base_url":"http://b","api_key":"k"}}`), nil)
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	for name, c := range map[string]struct {
		patch string
		want  []string // where secrets are refused
	}{
		"another field":                 {`{"model":"n"}`, nil},
		"the same addresses":            {`{"http_url":"http://a","embedder":{"base_url":"http://b","api_key":"********"}}`, nil},
		"an address":                    {`{"http_url":"http://c"}`, []string{"[api_key]", "[embedder api_key]", "[headers h]"}},
		"no address":                    {`{"http_url":null}`, []string{"[api_key]", "[embedder api_key]", "[headers h]"}},
		"an address with new secrets":   {`{"http_url":"http://c","api_key":"n","headers":{"h":"n"},"embedder":{}}`, nil},
		"an address of an inner object": {`{"embedder":{"base_url":"http://c","api_key":"********"}}`, []string{"[embedder api_key]"}},
		"an inner address alone":        {`{"embedder":{"base_url":"http://c"}}`, nil}, // whose secret went
		"another address without":       {`{"http_url":"http://c","api_key":"","headers":{},"embedder":null}`, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems, err := f.Merge(old, json.RawMessage(c.patch))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range problems {
				if p.Type != space.TypeMasked {
					t.Errorf("a problem is %+v", p)
				}
				got = append(got, fmt.Sprint(p.Loc))
			}
			slices.Sort(got)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestMergeIsShallowAndKeepsSecrets(t *testing.T) {
	t.Parallel()
	f := newForm()
	old, _, _ := f.Seal(json.RawMessage(`{"model":"m","api_key":"sk-0123456789abcdef","chunking":{"size":50},"tags":["a"]}`), nil)
	merged, problems, err := f.Merge(old, json.RawMessage(`{"old_model":"n","chunking":{"strategy":"lines"},"tags":null}`))
	if err != nil || len(problems) > 0 {
		t.Fatal(problems, err)
	}
	opened, err := f.Open(merged)
	if err != nil {
		t.Fatal(err)
	}
	want := &config{Model: "n", Key: "sk-0123456789abcdef", Inner: inner{"lines", 200}, Watch: true}
	if diff := cmp.Diff(want, opened); diff != "" {
		t.Error(diff)
	}
}

func TestProblemsHaveTheContractsShape(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		sent string
		want []space.FieldError
	}{
		"missing":    {`{}`, []space.FieldError{{Loc: []any{"model"}, Msg: "field required", Type: "value_error.missing"}}},
		"too short":  {`{"model":""}`, []space.FieldError{{Loc: []any{"model"}, Msg: "ensure this value has at least 1 characters", Type: "value_error.any_str.min_length"}}},
		"wrong type": {`{"model":5}`, []space.FieldError{{Loc: []any{"model"}, Msg: "value is not a valid string", Type: "type_error.str"}}},
		"null":       {`{"model":null}`, []space.FieldError{{Loc: []any{"model"}, Msg: "field required", Type: "value_error.missing"}}},
		"nested": {`{"model":"m","chunking":{"size":3,"strategy":"x"},"tags":[1]}`, []space.FieldError{
			{Loc: []any{"chunking", "size"}, Msg: "ensure this value is greater than or equal to 10", Type: "value_error.number.not_ge"},
			{Loc: []any{"chunking", "strategy"}, Msg: "value is not a valid enumeration member; permitted: 'structure', 'lines'", Type: "type_error.enum"},
			{Loc: []any{"tags", 0}, Msg: "value is not a valid string", Type: "type_error.str"},
		}},
		"own check":     {`{"model":"forbidden"}`, []space.FieldError{{Loc: []any{"model"}, Msg: "not this one", Type: "value_error"}}},
		"not an object": {`[1]`, []space.FieldError{{Loc: []any{}, Msg: "value is not a valid dict", Type: "type_error.dict"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, problems, err := newForm().Seal(json.RawMessage(c.sent), nil)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.want, problems); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestJSONSchemaMarksSecrets(t *testing.T) {
	t.Parallel()
	var s struct {
		Properties map[string]struct {
			Format    string
			WriteOnly bool
			Default   any
		}
	}
	if err := json.Unmarshal(newForm().JSONSchema(), &s); err != nil {
		t.Fatal(err)
	}
	if p := s.Properties["api_key"]; p.Format != "password" || !p.WriteOnly {
		t.Errorf("api_key in the schema: %+v", p)
	}
	if p := s.Properties["watch"]; p.Default != true {
		t.Errorf("watch in the schema: %+v", p)
	}
}

func TestLocationTakesPathsApart(t *testing.T) {
	t.Parallel()
	for path, want := range map[string][]any{
		"body":                     {"body"},
		"body.messages[2].role":    {"body", "messages", 2, "role"},
		"query.limit":              {"query", "limit"},
		"body.grid[1][0]":          {"body", "grid", 1, 0},
		"body.configuration.model": {"body", "configuration", "model"},
	} {
		if diff := cmp.Diff(want, schema.Location(path)); diff != "" {
			t.Errorf("%s: %s", path, diff)
		}
	}
}

func TestATypeWithoutFieldsKeepsNothingThatIsSent(t *testing.T) {
	t.Parallel()
	f := schema.NewForm(func() any { return &struct{}{} }, vault{})
	got, problems, err := f.Seal(json.RawMessage(`{"api_key": "sent by mistake"}`), nil)
	if err != nil || len(problems) > 0 || string(got) != "{}" {
		t.Errorf("stored %s, %v, %v", got, problems, err)
	}
}
