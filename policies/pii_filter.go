package policies

import (
	"context"
	"fmt"
	"log/slog"
	"sync"
	"unicode/utf8"

	"github.com/google/uuid"

	"syft-space/app/space"
	"syft-space/policies/pii"
)

const typePIIFilter = "pii_filter"

// piiFilterType hides personal data in answers.
type piiFilterType struct {
	ask func(ctx context.Context, tenant space.TenantID, model uuid.UUID, req space.ChatRequest) (string, error)
	key []byte
	log *slog.Logger
}

// piiFilterConfig says what to hide, where and how.
type piiFilterConfig struct {
	Target    string     `json:"target,omitempty" enum:"summary,references,both" default:"both" doc:"What to filter: the answer, the passages, or both"`
	Detectors []pii.Kind `json:"detectors,omitempty" enum:"email,phone,card,iban,ip,name" default:"email,phone,card,iban,ip,name" doc:"What to look for, on this computer"`
	Names     []string   `json:"names,omitempty" default:"[]" maxItems:"1000" doc:"The names that the detector 'name' looks for: whole words, whatever their case"`
	Mode      pii.Mode   `json:"mode,omitempty" enum:"redact,mask,hash" default:"redact" doc:"What stands instead: [EMAIL], a***@***, or a mark that is the same for the same value"`
	AppliedTo []string   `json:"applied_to,omitempty" default:"*" minItems:"1" doc:"Patterns of the addresses whose answers are filtered"`
	ModelID   *uuid.UUID `json:"model_id,omitempty" format:"uuid" doc:"A model that reads the text once more; without one nothing leaves this computer" example:"550e8400-e29b-41d4-a716-446655440000"`
	Prompt    string     `json:"prompt,omitempty" maxLength:"20000" doc:"What that model is told; empty is a prompt that replaces personal data by [REDACTED]" example:"Replace every name by [NAME]."`
	MaxTokens int        `json:"max_tokens,omitempty" minimum:"1" default:"2048" doc:"The longest text that the model may return, in tokens"`
	OnError   string     `json:"on_error,omitempty" enum:"block,passthrough" default:"block" doc:"What happens when the model fails: the answer is refused, or leaves as the detectors left it"`

	compile sync.Once
	finder  *pii.Finder
}

const (
	targetSummary    = "summary"
	targetReferences = "references"
	onErrorPass      = "passthrough"
)

// longestName bounds a name of the list, in characters.
const longestName = 200

// Validate bounds the names.
func (c *piiFilterConfig) Validate() []space.FieldError {
	var problems []space.FieldError
	for i, name := range c.Names {
		if utf8.RuneCountInString(name) > longestName {
			problems = append(problems, space.FieldError{
				Loc: []any{"names", i}, Type: "value_error.any_str.max_length",
				Msg: fmt.Sprintf("ensure this value has at most %d characters", longestName),
			})
		}
	}
	return problems
}

func (piiFilterType) Info() space.TypeInfo {
	return space.TypeInfo{Name: typePIIFilter, Description: "Hide personal data in answers", Icon: "eye-off", Enabled: true}
}

func (piiFilterType) NewConfig() any { return &piiFilterConfig{} }

// Publish shows that there is a filter, and what it looks for.
func (piiFilterType) Publish(config any) map[string]any {
	c := config.(*piiFilterConfig)
	return publicFields(c.AppliedTo, map[string]any{"target": c.Target, "detectors": c.Detectors, "mode": c.Mode})
}

// finds returns the finder, made when it is first needed.
func (c *piiFilterConfig) finds() *pii.Finder {
	c.compile.Do(func() { c.finder = pii.NewFinder(c.Detectors, c.Names) })
	return c.finder
}

// Filter applies every policy in turn.
func (t piiFilterType) Filter(ctx context.Context, call space.PolicyCall, rules []space.Rule, answer space.Answer) (space.Answer, []space.PolicyEntry, error) {
	entries := make([]space.PolicyEntry, 0, len(rules))
	for _, rule := range rules {
		c := rule.Config.(*piiFilterConfig)
		if !applies(c.AppliedTo, call.Sender) {
			entries = append(entries, because(entryFor(rule, kindTransform, statusSkipped), reasonNotApplied, textNotApplied))
			continue
		}
		f := filtering{t: t, c: c, tenant: call.Tenant, found: map[pii.Kind]int{}}
		filtered, err := f.answer(ctx, answer)
		entry := entryFor(rule, kindTransform, statusApplied)
		entry.Details = map[string]any{"target": c.Target, "mode": string(c.Mode), "found": f.found}
		if f.passed {
			entry = because(entry, reasonModelFailed, textModelPassed)
		}
		if err != nil {
			entry.Status = statusRejected
			return answer, append(entries, because(entry, reasonModelFailed, textModelFailed)), err
		}
		answer, entries = filtered, append(entries, entry)
	}
	return answer, entries, nil
}

// Splits reports whether no policy has a model read the answer, which needs
// the whole of it.
func (piiFilterType) Splits(rules []space.Rule) bool {
	for _, rule := range rules {
		if c := rule.Config.(*piiFilterConfig); c.ModelID != nil && c.Target != targetReferences {
			return false
		}
	}
	return true
}

// Split returns the length of the whole sentences at the beginning of text
// that every policy can filter by themselves.
func (piiFilterType) Split(rules []space.Rule, text string) int {
	n := len(text)
	for _, rule := range rules {
		n = min(n, rule.Config.(*piiFilterConfig).finds().Split(text))
	}
	return n
}

// filtering is one policy at work on one answer.
type filtering struct {
	t      piiFilterType
	c      *piiFilterConfig
	tenant space.TenantID
	found  map[pii.Kind]int
	passed bool // the model failed, and the text passed without it
}

func (f *filtering) answer(ctx context.Context, a space.Answer) (space.Answer, error) {
	var err error
	if f.c.Target != targetReferences {
		if a.Text, err = f.text(ctx, a.Text); err != nil {
			return a, err
		}
	}
	if f.c.Target == targetSummary {
		return a, nil
	}
	documents := make([]space.Hit, len(a.Documents))
	for i, hit := range a.Documents {
		if hit.Content, err = f.text(ctx, hit.Content); err != nil {
			return a, err
		}
		hit.Metadata = f.metadata(hit.Metadata)
		documents[i] = hit
	}
	if a.Documents != nil {
		a.Documents = documents
	}
	return a, nil
}

// text filters by the detectors, then by the model where there is one.
func (f *filtering) text(ctx context.Context, s string) (string, error) {
	s = f.detect(s)
	if f.c.ModelID == nil || s == "" {
		return s, nil
	}
	return f.model(ctx, s)
}

func (f *filtering) detect(s string) string {
	matches := f.c.finds().Find(s)
	for _, m := range matches {
		f.found[m.Kind]++
	}
	return pii.Replacer{Mode: f.c.Mode, Key: f.t.key}.Replace(s, matches)
}

// metadata filters the words in a passage's metadata. Ids, times and types
// hold no personal data and would be broken.
func (f *filtering) metadata(m map[string]any) map[string]any {
	if m == nil {
		return nil
	}
	out := make(map[string]any, len(m))
	for key, v := range m {
		out[key] = f.value(v)
	}
	return out
}

// value filters one value of metadata, at any depth.
func (f *filtering) value(v any) any {
	switch v := v.(type) {
	case string:
		if structural(v) {
			return v
		}
		return f.detect(v)
	case []string:
		words := make([]string, len(v))
		for i := range v {
			words[i] = f.detect(v[i])
		}
		return words
	case []any:
		list := make([]any, len(v))
		for i := range v {
			list[i] = f.value(v[i])
		}
		return list
	case map[string]any:
		return f.metadata(v)
	}
	return v
}
