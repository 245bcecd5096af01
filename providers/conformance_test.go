package providers

import (
	"encoding/json"
	"net/http"
	"reflect"
	"strings"
	"testing"

	"syft-space/app/schema"
	"syft-space/app/space"
)

// plainVault seals nothing; the schema engine's own tests do.
type plainVault struct{}

func (plainVault) Seal(s string) (string, error) { return s, nil }
func (plainVault) Open(s string) (string, error) { return s, nil }

// TestTypesConform checks what every type of model must do.
func TestTypesConform(t *testing.T) {
	t.Parallel()
	f := serve(t, map[string]http.HandlerFunc{
		chatPath:       events(delta("Hello."), finished("stop"), usageEvent, "[DONE]"),
		"/v1/models":   sendsJSON(200, `{"data":[{"id":"m"}]}`),
		"/api/chat":    ndjson(said("Hello."), over("stop", 4)),
		"/api/version": sendsJSON(200, `{"version":"0.17.4"}`),
		"/api/show":    shows(`["completion"]`, 8192),
	})
	configs := map[string]string{
		"openai":     `{"model":"m","base_url":"` + f.URL + `/v1"}`,
		"ollama":     `{"model":"m","base_url":"` + f.URL + `"}`,
		"extractive": `{}`,
	}
	for _, typ := range All(Deps{Limits: quick()}) {
		info := typ.Info()
		t.Run(info.Name, func(t *testing.T) {
			t.Parallel()
			if info.Name == "" || info.Description == "" || info.Icon == "" || !info.Enabled {
				t.Errorf("incomplete info %+v", info)
			}
			checkConfig(t, typ.NewConfig())
			form := schema.NewForm(typ.NewConfig, plainVault{})
			stored, problems, err := form.Seal(json.RawMessage(configs[info.Name]), nil)
			if err != nil || len(problems) > 0 {
				t.Fatalf("configuration: %v, %v", problems, err)
			}
			config, err := form.Open(stored)
			if err != nil {
				t.Fatal(err)
			}
			model, err := typ.Open(config)
			if err != nil {
				t.Fatal(err)
			}
			checkModel(t, model)
			if _, err := typ.Open(&struct{}{}); err == nil {
				t.Error("a configuration of another type is accepted")
			}
		})
	}
}

// checkConfig wants a pointer to a struct whose fields the form can show:
// named, described and optional, secrets hidden.
func checkConfig(t *testing.T, config any) {
	t.Helper()
	v := reflect.TypeOf(config)
	if v.Kind() != reflect.Pointer || v.Elem().Kind() != reflect.Struct {
		t.Fatalf("a configuration is a pointer to a struct, not %v", v)
	}
	for i := range v.Elem().NumField() {
		field := v.Elem().Field(i)
		if field.Tag.Get("doc") == "" || !strings.HasSuffix(field.Tag.Get("json"), ",omitempty") {
			t.Errorf("%s needs a doc, and a json tag with omitempty", field.Name)
		}
		secret := strings.Contains(strings.ToLower(field.Name), "key")
		if secret != (field.Type == reflect.TypeFor[space.Secret]()) {
			t.Errorf("%s: secrets, and only they, are of the type space.Secret", field.Name)
		}
	}
}

// checkModel lets a model answer twice at once.
func checkModel(t *testing.T, model Model) {
	t.Helper()
	if n := model.ContextWindow(background(t)); n < 256 {
		t.Errorf("a context window of %d tokens", n)
	}
	if c, ok := model.(Checker); !ok {
		t.Error("no health check")
	} else if message, err := c.Check(background(t)); err != nil || message == "" {
		t.Errorf("check: %q, %v", message, err)
	}
	done := make(chan space.ChatResult)
	for range 2 {
		go func() {
			var pieces []string
			got, err := model.Chat(background(t), line("Hi"), collect(&pieces))
			if err != nil {
				t.Error(err)
			}
			if strings.Join(pieces, "") != got.Text {
				t.Errorf("emitted %q, returned %q", pieces, got.Text)
			}
			done <- got
		}()
	}
	for range 2 {
		got := <-done
		if got.Text == "" || got.FinishReason == "" || got.Model == "" || got.Usage.TotalTokens == 0 {
			t.Errorf("incomplete result %+v", got)
		}
	}
}

func TestConfigurationsAreRefusedWithTheirField(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		typ, config, field string
	}{
		{"openai", `{"model":"m"}`, "api_key"},
		{"openai", `{"model":"m","base_url":"localhost:8080"}`, "base_url"},
		{"openai", `{"model":"m","base_url":"http://user:pw@x/v1"}`, "base_url"},
		{"openai", `{"model":"m","base_url":"http://x/v1?key=1"}`, "base_url"},
		{"openai", `{"model":"m","base_url":"http://x","context_window":1}`, "context_window"},
		{"ollama", `{"model":"m","base_url":"ftp://x"}`, "base_url"},
		{"ollama", `{"model":"m","keep_alive":"soon"}`, "keep_alive"},
		{"ollama", `{"model":"m","num_ctx":1}`, "num_ctx"},
	} {
		for _, typ := range All(Deps{}) {
			if typ.Info().Name != tt.typ {
				continue
			}
			_, problems, err := schema.NewForm(typ.NewConfig, plainVault{}).Seal(json.RawMessage(tt.config), nil)
			if err != nil || len(problems) != 1 || len(problems[0].Loc) != 1 || problems[0].Loc[0] != tt.field {
				t.Errorf("%s %s: problems %+v, %v; want one at %s", tt.typ, tt.config, problems, err, tt.field)
			}
		}
	}
	for _, typ := range All(Deps{}) {
		if typ.Info().Name == "extractive" {
			continue
		}
		_, err := typ.Open(typ.NewConfig())
		if e := wantFault(t, err, space.KindInvalid, "model: the name of a model is needed"); len(e.Fields) != 1 {
			t.Errorf("%s: fields %v", typ.Info().Name, e.Fields)
		}
	}
}

func TestKeepAliveIsReadAsOllamaDoes(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{"10m": `"10m0s"`, "300": `"5m0s"`, "0": `"0s"`, "-1": "-1"} {
		d, err := (&OllamaConfig{KeepAlive: in}).keepAlive()
		if err != nil {
			t.Errorf("%q: %v", in, err)
			continue
		}
		if b, _ := json.Marshal(d); string(b) != want {
			t.Errorf("%q is sent as %s, want %s", in, b, want)
		}
	}
}
