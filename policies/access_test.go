package policies_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"syft-space/app/space"
	"syft-space/policies"
)

func TestAccess(t *testing.T) {
	t.Parallel()
	const (
		notAllowed = "User does not match any allowed pattern"
		blocked    = "Policy 'access' blocked request: "
	)
	tests := []struct {
		name     string
		configs  []string
		sender   string
		detail   string // "" means allowed
		statuses []string
	}{
		{"nobody named, everybody allowed", []string{`{}`}, "a@example.org", "", []string{"applied"}},
		{"allowed by a pattern", []string{`{"allowed_users":["*@example.org"]}`}, "a@example.org", "", []string{"applied"}},
		{"case does not count", []string{`{"allowed_users":["*@Example.ORG"]}`}, "A@example.org", "", []string{"applied"}},
		{"not allowed", []string{`{"allowed_users":["*@example.org"]}`}, "a@example.com", blocked + notAllowed, []string{"rejected"}},
		{"the whole address must match", []string{`{"allowed_users":["example.org"]}`}, "a@example.org", blocked + notAllowed, []string{"rejected"}},
		{"a denied match always denies", []string{`{"allowed_users":["bob@example.org"],"denied_users":["b*"]}`}, "bob@example.org",
			blocked + "User matches denied pattern 'b*'", []string{"rejected"}},
		{"denied without a list of the allowed", []string{`{"denied_users":["x@y.z","*@example.com"]}`}, "a@example.com",
			blocked + "User matches denied pattern '*@example.com'", []string{"rejected"}},
		{"not denied", []string{`{"denied_users":["*@example.com"]}`}, "a@example.org", "", []string{"applied"}},
		{"of several, one that allows is enough", []string{`{"allowed_users":["x@y.z"]}`, `{"allowed_users":["a@*"]}`}, "a@example.org",
			"", []string{"skipped", "applied"}},
		{"of several, none allows", []string{`{"allowed_users":["x@y.z"]}`, `{"allowed_users":["b@*"]}`}, "a@example.org",
			blocked + notAllowed, []string{"rejected", "rejected"}},
		{"of several, one denies by a denied match", []string{`{}`, `{"denied_users":["a@*"]}`, `{"allowed_users":["a@*"]}`}, "a@example.org",
			blocked + "User matches denied pattern 'a@*'", []string{"applied", "rejected", "applied"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			entries, err := b.types["access"].(gate).Admit(t.Context(), b.call(tt.sender), b.rules("access", tt.configs...))
			if kind, detail := told(err); detail != tt.detail || err != nil && kind != space.KindForbidden {
				t.Errorf("got %v, want %q", err, tt.detail)
			}
			if diff := cmp.Diff(tt.statuses, statuses(entries)); diff != "" {
				t.Errorf("statuses (-want +got)\n%s", diff)
			}
			for _, e := range entries {
				if (e.Status == "rejected" || e.Status == "skipped") && (e.ReasonCode == nil || e.Reason == nil) {
					t.Errorf("entry without a reason: %+v", e)
				}
				if e.Kind != "access" || e.PolicyType != "access" {
					t.Errorf("entry %+v", e)
				}
			}
		})
	}
}

func TestPublishingNamesNobody(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	tests := []struct {
		typ, config string
		want        map[string]any
	}{
		{"access", `{"allowed_users":["ada@example.org"],"denied_users":["eve@example.org"]}`, map[string]any{}},
		{"rate_limit", `{"limit":"5/m"}`, map[string]any{"limit": "5/m", "scope": "per_user", "applied_to": []string{"*"}}},
		{"rate_limit", `{"limit":"5/m","applied_to":["ada@example.org"]}`, map[string]any{"limit": "5/m", "scope": "per_user"}},
		{"accounting", `{"price":0.25,"applied_to":["ada@example.org"],"budget":{"amount":1,"period":"day"}}`,
			map[string]any{"price": 0.25, "currency": "USD", "pricing_mode": "per_call"}},
		{"accounting", `{"price":0}`, map[string]any{"price": 0.0, "currency": "USD", "pricing_mode": "per_call", "applied_to": []string{"*"}}},
	}
	for _, tt := range tests {
		got := b.types[tt.typ].(policies.Publishable).Publish(b.rule(tt.typ, tt.config).Config)
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s %s (-want +got)\n%s", tt.typ, tt.config, diff)
		}
	}
	filter := b.types["pii_filter"].(policies.Publishable).Publish(b.rule("pii_filter", `{"names":["Ada"],"applied_to":["ada@example.org"]}`).Config)
	for _, key := range []string{"names", "applied_to", "model_id", "prompt"} {
		if _, ok := filter[key]; ok {
			t.Errorf("pii_filter publishes %s: %v", key, filter)
		}
	}
}
