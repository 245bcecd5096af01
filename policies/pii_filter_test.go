package policies_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/policies"
)

func (b *bench) filter() filterer { return b.types["pii_filter"].(filterer) }

// personal is an answer that names somebody twice.
func personal() space.Answer {
	return space.Answer{
		Text: "Write to ada@mail.example.",
		Documents: []space.Hit{{ID: "d_0", Content: "Call +49 30 1234567, or ada@mail.example", Metadata: map[string]any{
			"doc_id": "11111111-2222-4333-8444-555555555555", "next_chunk_id": "11111111-2222-4333-8444-555555555555_7",
			"ingested_at": "2026-01-31T12:00:00.123456Z", "from": "ada@mail.example", "headings": []string{"About ada@mail.example"},
			"properties": map[string]any{"to": []any{"ada@mail.example", 7.0}},
			"title":      "11111111-2222-4333-8444-555555555555 ada@mail.example", // no id, though it begins as one
			"file_type":  ".eml", "chunk_index": 3,
		}}},
	}
}

func TestPIIFilter(t *testing.T) {
	t.Parallel()
	const text, content = "Write to ada@mail.example.", "Call +49 30 1234567, or ada@mail.example"
	tests := []struct {
		name, config  string
		text, content string
		status        string
	}{
		{"both", `{}`, "Write to [EMAIL].", "Call [PHONE], or [EMAIL]", "applied"},
		{"the answer alone", `{"target":"summary"}`, "Write to [EMAIL].", content, "applied"},
		{"the passages alone", `{"target":"references"}`, text, "Call [PHONE], or [EMAIL]", "applied"},
		{"one detector", `{"detectors":["phone"]}`, text, "Call [PHONE], or ada@mail.example", "applied"},
		{"masked", `{"mode":"mask"}`, "Write to a***@***.", "Call ***67, or a***@***", "applied"},
		{"names by list", `{"detectors":["name"],"names":["Write"]}`, "[NAME] to ada@mail.example.", content, "applied"},
		{"not for this user", `{"applied_to":["b@x.y"]}`, text, content, "skipped"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t)
			answer := personal()
			got, entries, err := b.filter().Filter(t.Context(), b.call("a@x.y"), b.rules("pii_filter", tt.config), answer)
			if err != nil {
				t.Fatal(err)
			}
			if got.Text != tt.text || got.Documents[0].Content != tt.content || entries[0].Status != tt.status || entries[0].Kind != "transform" {
				t.Errorf("%q %q %+v", got.Text, got.Documents[0].Content, entries[0])
			}
			if diff := cmp.Diff(personal(), answer); diff != "" {
				t.Errorf("the index's own passages were changed\n%s", diff)
			}
		})
	}
}

func TestPIIFilterCleansMetadataAndLeavesIDs(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	got, entries, err := b.filter().Filter(t.Context(), b.call("a@x.y"), b.rules("pii_filter", `{}`), personal())
	if err != nil {
		t.Fatal(err)
	}
	want := personal().Documents[0].Metadata
	want["from"], want["headings"] = "[EMAIL]", []string{"About [EMAIL]"}
	want["title"] = "11111111-2222-4333-8444-555555555555 [EMAIL]"
	want["properties"] = map[string]any{"to": []any{"[EMAIL]", 7.0}}
	if diff := cmp.Diff(want, got.Documents[0].Metadata); diff != "" {
		t.Errorf("metadata (-want +got)\n%s", diff)
	}
	if found := entries[0].Details["found"]; fmt.Sprint(found) != "map[email:6 phone:1]" {
		t.Errorf("found %v", found)
	}
}

func TestSeveralPIIFiltersWorkInTurn(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	got, entries, err := b.filter().Filter(t.Context(), b.call("a@x.y"),
		b.rules("pii_filter", `{"detectors":["phone"],"mode":"mask"}`, `{"detectors":["email"]}`), personal())
	if err != nil || len(entries) != 2 || got.Documents[0].Content != "Call ***67, or [EMAIL]" {
		t.Errorf("%q %+v %v", got.Documents[0].Content, entries, err)
	}
}

func TestHashesAreThisSpacesOwn(t *testing.T) {
	t.Parallel()
	hash := func(key string) string {
		b := newBench(t, func(d *policies.Deps) { d.HashKey = []byte(key) })
		got, _, err := b.filter().Filter(t.Context(), b.call("a@x.y"), b.rules("pii_filter", `{"mode":"hash"}`), personal())
		if err != nil || !strings.HasPrefix(got.Text, "Write to [email:") {
			t.Errorf("%q %v", got.Text, err)
		}
		return got.Text
	}
	if hash("0123456789abcdef") == hash("another key 0123") {
		t.Error("two Spaces mark an address alike")
	}
}

func TestTheModelPass(t *testing.T) {
	t.Parallel()
	model := space.NewID()
	config := func(more string) string {
		return `{"model_id":"` + model.String() + `","target":"summary"` + more + `}`
	}
	tests := []struct {
		name, config string
		says         string
		fails        error
		text         string // "" means blocked
		status       string
	}{
		{"reads what the detectors left", config(""), " Write to [EMAIL], [REDACTED]. ", nil, "Write to [EMAIL], [REDACTED].", "applied"},
		{"fails, and blocks", config(""), "", errors.New("away"), "", "rejected"},
		{"says nothing, and blocks", config(""), " ", nil, "", "rejected"},
		{"fails, and lets pass", config(`,"on_error":"passthrough"`), "", errors.New("away"), "Write to [EMAIL].", "applied"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var got space.ChatRequest
			b := newBench(t, func(d *policies.Deps) {
				d.Ask = func(_ context.Context, tenant space.TenantID, id uuid.UUID, req space.ChatRequest) (string, error) {
					if id != model || tenant != space.RootTenant {
						t.Errorf("asked model %s of tenant %s", id, tenant)
					}
					got = req
					return tt.says, tt.fails
				}
			})
			rules := b.rules("pii_filter", tt.config)
			if b.filter().Splits(rules) {
				t.Error("a model needs the whole answer")
			}
			answer, entries, err := b.filter().Filter(t.Context(), b.call("a@x.y"), rules, personal())
			if entries[0].Status != tt.status {
				t.Errorf("entry %+v", entries[0])
			}
			if tt.text == "" {
				if kind, detail := told(err); kind != space.KindForbidden || detail != "Policy 'pii_filter' blocked response: the model that reads the answer failed" {
					t.Errorf("got %v", err)
				}
				return
			}
			if err != nil || answer.Text != tt.text {
				t.Errorf("%q %v", answer.Text, err)
			}
			if got.MaxTokens != 2048 || len(got.Messages) != 2 || got.Messages[1].Content != "Write to [EMAIL]." || got.Messages[0].Role != "system" {
				t.Errorf("asked %+v", got)
			}
		})
	}
}

func TestTheCallersLeavingIsNotTheModelsFailure(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	b := newBench(t, func(d *policies.Deps) {
		d.Ask = func(context.Context, space.TenantID, uuid.UUID, space.ChatRequest) (string, error) {
			cancel()
			return "", context.Canceled
		}
	})
	_, _, err := b.filter().Filter(ctx, b.call("a@x.y"), b.rules("pii_filter", `{"model_id":"`+space.NewID().String()+`"}`), personal())
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

func TestFilteredPiecesAreTheFilteredWhole(t *testing.T) {
	t.Parallel()
	b := newBench(t)
	rules := b.rules("pii_filter", `{"names":["Ada Lovelace"]}`, `{"detectors":["phone"],"mode":"mask"}`)
	if !b.filter().Splits(rules) {
		t.Fatal("detectors need no whole answer")
	}
	const text = "Ada Lovelace wrote. Call +49 30 1234567. Or ada@mail.example! She answers.\n\nAda\nLovelace"
	whole, _, err := b.filter().Filter(t.Context(), b.call("a@x.y"), rules, space.Answer{Text: text})
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	held, pieces := "", 0
	send := func(n int) {
		a, _, err := b.filter().Filter(t.Context(), b.call("a@x.y"), rules, space.Answer{Text: held[:n]})
		if err != nil {
			t.Fatal(err)
		}
		got.WriteString(a.Text)
		held = held[n:]
		pieces++
	}
	for _, r := range text {
		held += string(r)
		if n := b.filter().Split(rules, held); n > 0 {
			send(n)
		}
	}
	send(len(held))
	if got.String() != whole.Text || pieces < 3 {
		t.Errorf("in %d pieces %q\nwhole %q", pieces, got.String(), whole.Text)
	}
}

func TestPIIFilterConfigurations(t *testing.T) {
	t.Parallel()
	f := form(newBench(t).types["pii_filter"])
	for config, loc := range map[string]string{
		`{"target":"all"}`: "target", `{"mode":"erase"}`: "mode", `{"detectors":["ssn"]}`: "detectors",
		`{"model_id":"small"}`: "model_id", `{"max_tokens":0}`: "max_tokens", `{"on_error":"ignore"}`: "on_error",
		`{"names":"Ada"}`: "names", `{"names":["` + strings.Repeat("a", 201) + `"]}`: "names",
	} {
		_, problems, err := f.Seal([]byte(config), nil)
		if err != nil || len(problems) != 1 || problems[0].Loc[0] != loc {
			t.Errorf("%s: %+v %v", config, problems, err)
		}
	}
}
