package apptest_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestQueryRequestsThatAreRefused(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	slug := s.endpoint("", nil)
	type field = map[string]string // loc of a problem → its type
	for name, c := range map[string]struct {
		sent body
		want field
	}{
		"no messages":              {body{}, field{"body messages": "value_error.missing"}},
		"messages are null":        {body{"messages": nil}, field{"body messages": "type_error.none.not_allowed"}},
		"an empty string":          {body{"messages": ""}, field{"body messages": "value_error.any_str.min_length"}},
		"an empty list":            {body{"messages": []any{}}, field{"body messages": "value_error.list.min_items"}},
		"messages are a number":    {body{"messages": 5}, field{"body messages": "type_error.list"}},
		"an unknown role":          {body{"messages": []any{body{"role": "tool", "content": "x"}}}, field{"body messages 0 role": "type_error.enum"}},
		"a message without text":   {body{"messages": []any{body{"role": "user"}}}, field{"body messages 0 content": "value_error.missing"}},
		"a message that is a list": {body{"messages": []any{[]any{}}}, field{"body messages 0": "type_error.dict"}},
		"nothing from the user":    {body{"messages": []any{body{"role": "system", "content": "x"}}}, field{"body messages": "value_error"}},
		"too much text":            {body{"messages": strings.Repeat("x", 200_001)}, field{"body messages": "value_error.any_str.max_length"}},
		"too much text in all": {body{"messages": []any{body{"role": "user", "content": strings.Repeat("é", 100_001)}, body{"role": "user", "content": strings.Repeat("x", 100_000)}}},
			field{"body messages": "value_error.any_str.max_length"}},
		"numbers below their bounds": {body{"messages": "x", "similarity_threshold": -0.1, "limit": 0, "max_tokens": 0, "temperature": -1, "presence_penalty": -2.1, "frequency_penalty": -2.1},
			field{"body similarity_threshold": "value_error.number.not_ge", "body limit": "value_error.number.not_ge", "body max_tokens": "value_error.number.not_ge",
				"body temperature": "value_error.number.not_ge", "body presence_penalty": "value_error.number.not_ge", "body frequency_penalty": "value_error.number.not_ge"}},
		"numbers above their bounds": {body{"messages": "x", "similarity_threshold": 1.1, "limit": 101, "temperature": 2.1, "presence_penalty": 2.1, "frequency_penalty": 2.1},
			field{"body similarity_threshold": "value_error.number.not_le", "body limit": "value_error.number.not_le", "body temperature": "value_error.number.not_le",
				"body presence_penalty": "value_error.number.not_le", "body frequency_penalty": "value_error.number.not_le"}},
		"wrong types": {body{"messages": "x", "limit": "5", "include_metadata": "yes", "stop_sequences": "\n", "stream": 1, "extras": []any{}, "transaction_token": 1},
			field{"body limit": "type_error.integer", "body include_metadata": "type_error.bool", "body stop_sequences": "type_error.list", "body stream": "type_error.bool",
				"body extras": "type_error.dict", "body transaction_token": "type_error.str"}},
		"a stop sequence that is none": {body{"messages": "x", "stop_sequences": []any{1}}, field{"body stop_sequences 0": "type_error.str"}},
		"an unknown search mode":       {body{"messages": "x", "extras": body{"search": "magic"}}, field{"body extras search": "type_error.enum"}},
		"a search mode of a wrong type": {body{"messages": "x", "extras": body{"search": 1, "filters": "x"}},
			field{"body extras search": "type_error.str", "body extras filters": "type_error.dict"}},
		"a search mode beside another problem": {body{"messages": "x", "limit": 0, "extras": body{"search": "magic"}},
			field{"body limit": "value_error.number.not_ge", "body extras search": "type_error.enum"}},
		"unknown operators": {body{"messages": "x", "extras": body{"filters": body{"file_path": body{"like": "a"}, "file_type": body{"$ne": ".md"}}}},
			field{"body extras filters file_path": "value_error", "body extras filters file_type": "value_error"}},
		"an instant that is none": {body{"messages": "x", "extras": body{"filters": body{"ingested_at": body{"gte": "yesterday"}}}},
			field{"body extras filters ingested_at": "value_error"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var a struct {
				Detail []struct {
					Loc       []any
					Msg, Type string
				}
			}
			s.Must(http.StatusUnprocessableEntity, "POST", "/api/v1/endpoints/"+slug+"/query", c.sent, &a)
			got := field{}
			for _, d := range a.Detail {
				got[strings.Trim(fmt.Sprint(d.Loc), "[]")] = d.Type
				if d.Msg == "" {
					t.Errorf("%v has no message", d.Loc)
				}
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("problems (-want +got)\n%s", diff)
			}
		})
	}
}

func TestEndpointsThatDoNotAnswer(t *testing.T) {
	t.Parallel()
	s := openShop(t, nil, shelf)
	p := newProvider(t, speaks("never"))
	unpublished, archived := s.endpoint("", body{"published": false}), s.endpoint("", nil)
	s.change("UPDATE endpoints SET archived = 1 WHERE slug = ?", archived)
	noDataset, noModel := s.endpoint(s.model("openai", p), nil, policy{"accounting", body{"price": 1}}), s.endpoint(s.model("openai", p), nil, policy{"accounting", body{"price": 1}})
	gone := rawID("11111111-1111-4111-8111-111111111111")
	s.change("UPDATE endpoints SET dataset_id = ? WHERE slug = ?", gone, noDataset)
	s.change("UPDATE endpoints SET model_id = ? WHERE slug = ?", gone, noModel)
	for name, c := range map[string]struct {
		slug, path string
		status     int
		detail     string
	}{
		"unknown":               {"nothing", "query", 404, "Endpoint 'nothing' not found"},
		"unpublished":           {unpublished, "query", 403, "Endpoint is not published"},
		"archived":              {archived, "query", 410, "Endpoint is archived"},
		"dataset gone":          {noDataset, "query", 409, "Dataset not found"},
		"model gone":            {noModel, "query", 409, "Model not found"},
		"preview, model gone":   {noModel, "preview", 409, "Model not found"},
		"preview, unknown":      {"nothing", "preview", 404, "Endpoint 'nothing' not found"},
		"preview, unpublished":  {unpublished, "preview", 200, ""},
		"no such slug at all":   {"No-Such", "query", 404, "Endpoint 'No-Such' not found"},
		"streamed, unpublished": {unpublished, "query", 403, "Endpoint is not published"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var r reply
			sent := body{"messages": "x", "stream": strings.HasPrefix(name, "streamed")}
			s.Must(c.status, "POST", "/api/v1/endpoints/"+c.slug+"/"+c.path, sent, &r)
			if r.detail() != c.detail {
				t.Errorf("detail %q, want %q", r.detail(), c.detail)
			}
		})
	}
	t.Cleanup(func() {
		if p.times() > 0 {
			t.Error("a model was asked")
		}
	})
}
