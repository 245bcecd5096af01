package policies_test

import (
	"encoding/json"
	"log/slog"
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/schema"
	"syft-space/app/space"
	"syft-space/policies"
)

func quiet() *slog.Logger { return slog.New(slog.DiscardHandler) }

type plainVault struct{}

func (plainVault) Seal(s string) (string, error) { return s, nil }
func (plainVault) Open(s string) (string, error) { return s, nil }

func form(t policies.Type) *schema.Form { return schema.NewForm(t.NewConfig, plainVault{}) }

func TestEveryTypeConforms(t *testing.T) {
	t.Parallel()
	want := []string{"access", "rate_limit", "accounting", "pii_filter"}
	var got []string
	for _, typ := range policies.All(policies.Deps{Clock: space.SystemClock, IDs: space.NewID, Log: quiet()}) {
		info := typ.Info()
		got = append(got, info.Name)
		if info.Description == "" || info.Icon == "" || !info.Enabled {
			t.Errorf("%s: the dashboard needs a description and an icon, got %+v", info.Name, info)
		}
		if typ.NewConfig() == typ.NewConfig() {
			t.Errorf("%s: NewConfig hands out one struct twice", info.Name)
		}
		if len(form(typ).JSONSchema()) < len(`{"properties":{}}`) {
			t.Errorf("%s: no JSON Schema to draw a form from", info.Name)
		}
		if _, ok := typ.(policies.Publishable); !ok {
			t.Errorf("%s: endpoints with this policy could not be published", info.Name)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("types in the order in which they run (-want +got)\n%s", diff)
	}
}

func TestDefaultsAreFilledIn(t *testing.T) {
	t.Parallel()
	tests := []struct{ typ, sent, want string }{
		{"access", `{}`, `{"allowed_users":[],"denied_users":[]}`},
		{"rate_limit", `{"limit":"5/m"}`, `{"limit":"5/m","scope":"per_user","applied_to":["*"]}`},
		{"rate_limit", `{"rate":"5/d","scope":"global"}`, `{"limit":"5/d","scope":"global","applied_to":["*"]}`},
		{"accounting", `{"price":0.1}`, `{"price":0.1,"currency":"USD","pricing_mode":"per_call","applied_to":["*"]}`},
		{"accounting", `{"price":1,"budget":{"amount":5,"period":"day"}}`,
			`{"price":1,"currency":"USD","pricing_mode":"per_call","applied_to":["*"],"budget":{"amount":5,"period":"day"}}`},
		{"pii_filter", `{}`, `{"target":"both","detectors":["email","phone","card","iban","ip","name"],"names":[],"mode":"redact",
			"applied_to":["*"],"max_tokens":2048,"on_error":"block"}`},
	}
	types := byName(policies.Deps{Clock: space.SystemClock, IDs: space.NewID, Log: quiet()})
	for _, tt := range tests {
		t.Run(tt.typ+tt.sent, func(t *testing.T) {
			t.Parallel()
			f := form(types[tt.typ])
			config, problems, err := f.Seal(json.RawMessage(tt.sent), nil)
			if err != nil || len(problems) > 0 {
				t.Fatalf("refused: %v %v", problems, err)
			}
			var got, want any
			_ = json.Unmarshal(config, &got)
			_ = json.Unmarshal([]byte(tt.want), &want)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("stored (-want +got)\n%s", diff)
			}
			if _, err := f.Open(config); err != nil {
				t.Errorf("what is stored cannot be opened: %v", err)
			}
		})
	}
}

func byName(d policies.Deps) map[string]policies.Type {
	out := map[string]policies.Type{}
	for _, t := range policies.All(d) {
		out[t.Info().Name] = t
	}
	return out
}
