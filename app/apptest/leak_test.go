package apptest_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"syft-space/app"
	"syft-space/app/apptest"
)

// TestNoSecretLeaks sets a secret wherever one can be set, has the binary do
// everything at its most talkative, and looks for the secrets in every answer,
// every log line, what its commands print, and every file it keeps.
func TestNoSecretLeaks(t *testing.T) {
	t.Parallel()
	h := newHunt(t)
	home, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	data, far := filepath.Join(home, "data"), gossip(t)
	admin, accounting := h.secret("the admin key"), h.secret("the accounting password")
	config := filepath.Join(home, "config.yaml")
	settings := fmt.Sprintf("auth: {admin_key: %s}\nlimits: {api_per_minute: 0, api_per_hour: 0}\nlog: {level: debug}\n"+
		"privacy: {store_query_text: true}\naccounting: {url: %s/text, email: a@example.org, password: %s}\n", admin, far, accounting)
	if err := os.WriteFile(config, []byte(settings), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, data, home, "serve", "--port", "0", "--config", config)
	l := &leaky{t: t, h: h, url: p.url(data), admin: admin, far: far, home: home}
	run, err := app.ReadRunFile(data)
	if err != nil {
		t.Fatal(err)
	}
	h.add("the token of the run", strings.TrimPrefix(run.Token, "run-"))
	l.connect()
	l.walk()
	for _, args := range [][]string{{"status"}, {"version", "--json"}, {"key", "list"}} {
		code, said := start(t, data, home, append(args, "--log-level", "debug")...).wait()
		if code != 0 {
			t.Errorf("%v: exit code %d: %s", args, code, said)
		}
		h.look(fmt.Sprintf("the output of %v", args), []byte(said))
	}
	h.folder(data)
	p.stop()
	h.folder(data)
	logged := p.out.String()
	h.look("the log", []byte(logged))
	if !strings.Contains(logged, "the model server") || h.looked < 1<<20 {
		t.Errorf("%d bytes were looked through, with a log of %d", h.looked, len(logged))
	}
}

// leaky is a Space full of secrets.
type leaky struct {
	t                     *testing.T
	h                     *hunt
	url, admin, far, home string
	endpoint              string // its id
	values                values
}

// send sends a request as the owner, unless a header says otherwise, and looks
// at the answer.
func (l *leaky) send(method, path string, body any, header ...string) apptest.Answer {
	l.t.Helper()
	sent, contentType := "", ""
	if body != nil {
		b, err := json.Marshal(body)
		if err != nil {
			l.t.Fatal(err)
		}
		sent, contentType = string(b), "application/json"
	}
	a := send(l.t, l.url+path, method, contentType, sent, append([]string{"Authorization: Bearer " + l.admin}, header...)...)
	l.h.answer(method+" "+path, a)
	return a
}

// make makes a thing and returns its id.
func (l *leaky) make(path string, body map[string]any) string {
	l.t.Helper()
	a := l.send("POST", path, body)
	if a.Status != http.StatusCreated {
		l.t.Fatalf("POST %s: %d %s", path, a.Status, a.Body)
	}
	var made thing
	a.JSON(l.t, &made)
	return made.ID
}

// connect sets secrets everywhere.
func (l *leaky) connect() {
	docs := filepath.Join(l.home, "docs")
	if err := os.MkdirAll(docs, 0o700); err != nil {
		l.t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "a.md"), []byte(warranty), 0o600); err != nil {
		l.t.Fatal(err)
	}
	dataset := l.make("/api/v1/datasets", map[string]any{"name": "docs", "dtype": "local_file", "configuration": map[string]any{
		"filePaths": []string{docs},
		"embedder":  map[string]any{"type": "openai", "model": "m", "base_url": l.far + "/text/v1", "api_key": l.h.secret("an embedder's key")},
	}})
	var endpoints, policies []string
	for _, way := range []string{"json", "text", "lie", "busy", "cut"} {
		model := l.make("/api/v1/models", map[string]any{"name": way, "dtype": "openai", "configuration": map[string]any{
			"model": "m", "base_url": l.far + "/" + way + "/v1", "api_key": l.h.secret("the key of the provider that answers with " + way),
		}})
		id := l.make("/api/v1/endpoints", map[string]any{
			"name": way, "slug": way, "dataset_id": dataset, "model_id": model, "published": true, "response_type": "summary",
		})
		endpoints, l.endpoint = append(endpoints, way), id
		if way == "lie" {
			policies = append(policies, l.make("/api/v1/policies", map[string]any{
				"name": "price", "policy_type": "accounting", "endpoint_id": id, "configuration": map[string]any{"price": 1},
			}))
		}
	}
	l.values = values{
		path: map[string][]string{
			"datasets/{name}": {"docs"}, "datasets/{id}": {dataset}, "chunks/{id}": {dataset + "_0"}, "models/{name}": slices.Clone(endpoints),
			"endpoints/{slug}": endpoints, "models/{id}": endpoints, "policies/{id}": policies, "tenants/{name}": {"root"},
			"types/{dtype}": {"openai"}, "actions/{action}": {"test", "fetch_available_models"}, "provisioners/{dtype}": {"local_file"},
		},
		body: map[string]any{"slug": "text", "endpoint": "text", "model": "text", "stream": true, "messages": "warranty", "api_per_minute": 0, "api_per_hour": 0},
		of:   map[string]map[string]any{},
	}
	l.everyType()
	l.credentials()
}

// everyType makes a thing of every type, with a secret in each place that the
// type's schema marks as one; what cannot be made is refused without telling.
func (l *leaky) everyType() {
	set := 0
	for _, what := range []string{"datasets", "models", "policies"} {
		var types []struct {
			Name   string
			Schema schemaDoc `json:"config_schema"`
		}
		l.send("GET", "/api/v1/"+what+"/types", nil).JSON(l.t, &types)
		for _, typ := range types {
			config := map[string]any{}
			for _, name := range secretsOf("", typ.Schema) {
				put(config, name, l.h.secret(typ.Name+"'s "+strings.Join(name, ".")))
				set++
			}
			for _, urls := range []string{"base_url", "http_url", "url"} {
				if _, ok := typ.Schema.Properties[urls]; ok {
					config[urls] = l.far + "/json"
				}
			}
			for name, p := range typ.Schema.Properties {
				if _, ok := config[name]; !ok && len(p.Examples) > 0 && !p.is("array") {
					config[name] = p.Examples[0]
				}
			}
			name := "every-" + typ.Name
			a := l.send("POST", "/api/v1/"+what, map[string]any{
				"name": name, "dtype": typ.Name, "policy_type": typ.Name, "endpoint_id": l.endpoint, "configuration": config,
			})
			if segment := what + "/{name}"; a.Status == http.StatusCreated && len(l.values.path[segment]) > 0 {
				l.values.path[segment] = append(l.values.path[segment], name)
			}
		}
	}
	if set < 2 { // of a local_file's embedder and of openai
		l.t.Errorf("only %d secrets are known to the types", set)
	}
}

// secretsOf returns the places of a schema's secrets. A map's values may be
// secrets too.
func secretsOf(name string, s schemaDoc) (places [][]string) {
	if s.WriteOnly {
		return [][]string{{}}
	}
	for property, schema := range s.Properties {
		for _, place := range secretsOf(property, schema) {
			places = append(places, append([]string{property}, place...))
		}
	}
	var each schemaDoc
	if json.Unmarshal(s.Values, &each) == nil && each.WriteOnly {
		places = append(places, []string{"X-Secret"})
	}
	return places
}

// put sets a value at a place below an object.
func put(object map[string]any, place []string, value string) {
	for _, name := range place[:len(place)-1] {
		child, ok := object[name].(map[string]any)
		if !ok {
			child = map[string]any{}
			object[name] = child
		}
		object = child
	}
	object[place[len(place)-1]] = value
}

// credentials uses every kind of credential, right and wrong.
func (l *leaky) credentials() {
	for _, scope := range []string{"query", "read", "admin"} {
		var k issued
		a := send(l.t, l.url+"/api/v1/keys", "POST", "application/json",
			fmt.Sprintf(`{"name": "n", "email": "a@example.org", "scopes": [%q]}`, scope), "Authorization: Bearer "+l.admin)
		a.JSON(l.t, &k)
		l.h.add("an API key", strings.TrimPrefix(k.Key, k.Prefix))
		l.values.path["keys/{id}"] = append(l.values.path["keys/{id}"], k.ID)
		for _, path := range []string{"/api/v1/models", "/api/v1/endpoints/text"} {
			l.send("GET", path, nil, "Authorization: Bearer "+k.Key)
		}
		l.send("POST", "/api/v1/endpoints/text/query", map[string]any{"messages": "x"}, "Authorization: Bearer "+k.Key)
	}
	a := send(l.t, l.url+"/api/v1/auth/session", "POST", "application/json", `{"admin_key": "`+l.admin+`"}`)
	cookie, _, _ := strings.Cut(a.Header.Get("Set-Cookie"), ";")
	_, token, _ := strings.Cut(cookie, "=")
	l.h.add("a session's token", token)
	l.send("GET", "/api/v1/models", nil, "Authorization: ", "Cookie: "+cookie)
	l.send("POST", "/api/v1/models", map[string]any{}, "Authorization: ", "Cookie: "+cookie)
	for name, wrong := range map[string]string{"a wrong admin key": "", "a wrong API key": "sk-", "a satellite token": "eyJh.e30."} {
		l.send("POST", "/api/v1/endpoints/text/query", map[string]any{"messages": "x"}, "Authorization: Bearer "+wrong+l.h.secret(name))
	}
	l.send("POST", "/api/v1/auth/session", map[string]any{"admin_key": l.h.secret("a wrong key at sign-in")})
	for _, stream := range []bool{false, true} {
		for _, slug := range l.values.path["endpoints/{slug}"] {
			l.send("POST", "/api/v1/endpoints/"+slug+"/query", map[string]any{
				"messages": "warranty", "stream": stream, "transaction_token": l.h.secret("a transaction token"),
			})
		}
	}
}

// walk calls every operation of the document: as it should be, and with
// secrets in broken bodies, so that refusals could tell them.
func (l *leaky) walk() {
	var d document
	l.send("GET", "/openapi.json", nil).JSON(l.t, &d)
	secret := l.h.secret("a secret in a broken body")
	broken := []string{
		`{"api_key": "` + secret + `"`, `"` + secret + `"`, `["` + secret + `"]`,
		`{"admin_key": ["` + secret + `"], "configuration": {"api_key": ["` + secret + `"]}, "transaction_token": {"a": "` + secret + `"}}`,
		`{"name": "x", "dtype": "openai", "policy_type": "access", "configuration": {"model": "", "api_key": "` + secret + `", "base_url": 5}}`,
	}
	for _, op := range d.operations() {
		if op.method == "DELETE" && !strings.HasSuffix(op.path, "}") {
			continue // not before everything was called
		}
		contentType, body := l.values.content(l.t, d, op)
		for _, path := range l.values.paths(l.t, op.path) {
			bodies := []string{body}
			if contentType == "application/json" {
				bodies = append(bodies, broken...)
			}
			for _, sent := range bodies {
				if op.OperationID == "sign-in" && !slices.Contains(broken, sent) {
					continue // five wrong keys would end the hunt
				}
				a := send(l.t, l.url+path+l.values.query(op), op.method, contentType, sent, "Authorization: Bearer "+l.admin)
				l.h.answer(op.method+" "+path, a)
				if a.Status == http.StatusTooManyRequests {
					l.t.Errorf("%s %s was not carried out: %s", op.method, path, a.Body)
				}
			}
		}
	}
}
