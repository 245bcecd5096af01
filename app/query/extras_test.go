package query_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/query"
	"syft-space/app/space"
)

func parse(t *testing.T, extras string) (space.SearchMode, []space.Filter, []space.FieldError) {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(extras), &v); err != nil {
		t.Fatal(err)
	}
	return query.ParseExtras(v)
}

func TestParseExtras(t *testing.T) {
	t.Parallel()
	tests := []struct {
		extras  string
		mode    space.SearchMode
		filters []space.Filter
	}{
		{`{}`, "hybrid", nil},
		{`null`, "hybrid", nil},
		{`{"search":null,"filters":null,"theirs":1}`, "hybrid", nil},
		{`{"search":"lexical"}`, "lexical", nil},
		{`{"search":"vector","filters":{}}`, "vector", nil},
		{`{"filters":{"file_type":".pdf","pages":12,"draft":false}}`, "hybrid",
			[]space.Filter{{Key: "draft", Equal: false}, {Key: "file_type", Equal: ".pdf"}, {Key: "pages", Equal: 12.0}}},
		{`{"filters":{"file_path":{"prefix":"a/"}}}`, "hybrid", []space.Filter{{Key: "file_path", Prefix: "a/"}}},
		{`{"filters":{"ingested_at":{"gte":"2026-01-31","lt":"2026-02-01T00:00:00+01:00"}}}`, "hybrid",
			[]space.Filter{{Key: "ingested_at", GTE: "2026-01-31", LT: "2026-02-01T00:00:00+01:00"}}},
		{`{"filters":{"pages":{"gt":1,"lte":9.5}}}`, "hybrid", []space.Filter{{Key: "pages", GT: 1.0, LTE: 9.5}}},
	}
	for _, tt := range tests {
		t.Run(tt.extras, func(t *testing.T) {
			t.Parallel()
			mode, filters, problems := parse(t, tt.extras)
			if mode != tt.mode || len(problems) > 0 {
				t.Errorf("mode %q, problems %v", mode, problems)
			}
			if diff := cmp.Diff(tt.filters, filters); diff != "" {
				t.Errorf("filters (-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseExtrasSaysWhatIsWrongWhere(t *testing.T) {
	t.Parallel()
	at := func(loc ...any) []any { return append([]any{"body", "extras"}, loc...) }
	const notATime = "value is not a date (2026-01-31) or a time (2026-01-31T12:00:00Z)"
	tests := []struct {
		extras string
		want   []space.FieldError
	}{
		{`{"search":"fuzzy"}`, []space.FieldError{{Loc: at("search"), Type: "type_error.enum",
			Msg: "value is not a valid enumeration member; permitted: 'hybrid', 'vector', 'lexical'"}}},
		{`{"search":3}`, []space.FieldError{{Loc: at("search"), Msg: "value is not a valid string", Type: "type_error.str"}}},
		{`{"filters":[]}`, []space.FieldError{{Loc: at("filters"), Msg: "value is not a valid dict", Type: "type_error.dict"}}},
		{`{"filters":{"a":{"like":"x"},"b":null,"c":{},"d":[1]},"search":""}`, []space.FieldError{
			{Loc: at("search"), Msg: "value is not a valid enumeration member; permitted: 'hybrid', 'vector', 'lexical'", Type: "type_error.enum"},
			{Loc: at("filters", "a"), Msg: "unknown operator 'like'; permitted: 'prefix', 'gte', 'gt', 'lte', 'lt'", Type: "value_error"},
			{Loc: at("filters", "b"), Msg: "value is not a string, a number or a boolean", Type: "value_error"},
			{Loc: at("filters", "c"), Msg: "a filter needs a value or an operator: prefix, gte, gt, lte, lt", Type: "value_error"},
			{Loc: at("filters", "d"), Msg: "value is not a string, a number or a boolean", Type: "value_error"},
		}},
		{`{"filters":{"":"x"}}`, []space.FieldError{{Loc: at("filters", ""), Msg: "a filter's key must not be empty", Type: "value_error"}}},
		{`{"filters":{"p":{"prefix":""}}}`, []space.FieldError{{Loc: at("filters", "p"), Msg: "'prefix' needs a string that is not empty", Type: "value_error"}}},
		{`{"filters":{"p":{"prefix":"a","lt":"b"}}}`, []space.FieldError{{Loc: at("filters", "p"), Msg: "'prefix' stands alone", Type: "value_error"}}},
		{`{"filters":{"p":{"gt":1,"gte":1}}}`, []space.FieldError{{Loc: at("filters", "p"), Msg: "give 'gte' or 'gt', not both", Type: "value_error"}}},
		{`{"filters":{"p":{"lt":1,"lte":1}}}`, []space.FieldError{{Loc: at("filters", "p"), Msg: "give 'lte' or 'lt', not both", Type: "value_error"}}},
		{`{"filters":{"p":{"gt":true}}}`, []space.FieldError{{Loc: at("filters", "p"), Msg: "'gt' needs a number or a string", Type: "value_error"}}},
		{`{"filters":{"ingested_at":"yesterday"}}`, []space.FieldError{{Loc: at("filters", "ingested_at"), Msg: notATime, Type: "value_error"}}},
		{`{"filters":{"ingested_at":{"gt":5}}}`, []space.FieldError{{Loc: at("filters", "ingested_at"), Msg: notATime, Type: "value_error"}}},
	}
	for _, tt := range tests {
		t.Run(tt.extras, func(t *testing.T) {
			t.Parallel()
			_, _, problems := parse(t, tt.extras)
			if diff := cmp.Diff(tt.want, problems); diff != "" {
				t.Errorf("problems (-want +got)\n%s", diff)
			}
		})
	}
}

func TestParseExtrasBoundsTheFilters(t *testing.T) {
	t.Parallel()
	many := map[string]any{}
	for i := range 21 {
		many[strings.Repeat("k", i+1)] = "v"
	}
	if _, _, problems := query.ParseExtras(map[string]any{"filters": many}); len(problems) != 1 {
		t.Errorf("problems %v", problems)
	}
}

func FuzzParseExtras(f *testing.F) {
	f.Add(`{"search":"hybrid","filters":{"file_path":{"prefix":"a/"},"n":{"gte":1,"lt":2}}}`)
	f.Add(`{"filters":{"ingested_at":{"gte":"2026-01-31"}}}`)
	f.Fuzz(func(t *testing.T, body string) {
		var extras map[string]any
		if json.Unmarshal([]byte(body), &extras) != nil {
			return
		}
		mode, filters, problems := query.ParseExtras(extras)
		switch mode {
		case space.SearchHybrid, space.SearchVector, space.SearchLexical:
		default:
			t.Errorf("mode %q", mode)
		}
		for _, p := range problems {
			if p.Loc[0] != "body" || p.Loc[1] != "extras" || p.Msg == "" || p.Type == "" {
				t.Errorf("problem %+v", p)
			}
		}
		for _, f := range filters {
			operators := 0
			for _, set := range []bool{f.Equal != nil, f.Prefix != "", f.GTE != nil || f.GT != nil || f.LTE != nil || f.LT != nil} {
				if set {
					operators++
				}
			}
			if operators != 1 || f.Key == "" {
				t.Errorf("filter %+v has not exactly one operator", f)
			}
		}
	})
}
