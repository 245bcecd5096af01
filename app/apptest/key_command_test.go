package apptest_test

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestTheKeyCommandIssuesListsAndRevokes(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	data := filepath.Join(home, "data")
	run := func(want int, args ...string) string {
		t.Helper()
		code, said := start(t, data, home, append([]string{"key"}, args...)...).wait()
		if code != want {
			t.Fatalf("key %v: exit code %d: %s", args, code, said)
		}
		return said
	}
	if said := run(1, "list"); !strings.Contains(said, "no Space is running") {
		t.Errorf("without a Space it says %s", said)
	}
	p := start(t, data, home, "serve", "--port", "0")
	url := p.url(data)
	call := func(key string) int {
		return send(t, url+"/api/v1/models", "GET", "", "", "Authorization: Bearer "+key).Status
	}
	said := run(0, "create", "Alice@example.org", "--name", "notebook", "--scope", "read", "--scope", "query", "--expires", "2999-01-01")
	key, _, _ := strings.Cut(said, "\n")
	if !strings.HasPrefix(key, "sk-") || !strings.Contains(said, "cannot be shown again") {
		t.Fatalf("it prints %s", said)
	}
	if status := call(key); status != http.StatusOK {
		t.Errorf("the key is answered with %d", status)
	}
	list := run(0, "list")
	for _, want := range []string{key[:9] + "…", "notebook", "alice@example.org", "read,query", "2999-01-01", "all"} {
		if !strings.Contains(list, want) {
			t.Errorf("the list is without %q:\n%s", want, list)
		}
	}
	if strings.Contains(list, key) {
		t.Error("the list shows the key")
	}
	for _, c := range []struct {
		said string
		args []string
	}{
		{"permitted: ", []string{"create", "bob@example.org", "--scope", "write"}},
		{"Endpoint 'nothing' not found", []string{"create", "bob@example.org", "--endpoint", "nothing"}},
		{"--expires is \"soon\"", []string{"create", "bob@example.org", "--expires", "soon"}},
		{"no such key", []string{"revoke", "sk-nobody"}},
	} {
		if said := run(1, c.args...); !strings.Contains(said, c.said) {
			t.Errorf("%v: it says %s", c.args, said)
		}
	}
	if said := run(0, "revoke", key[:9]+"…"); !strings.Contains(said, "Revoked "+key[:9]) {
		t.Errorf("it says %s", said)
	}
	if status := call(key); status != http.StatusUnauthorized {
		t.Errorf("the revoked key is answered with %d", status)
	}
	for range 2 {
		run(0, "create", "bob@example.org")
	}
	if said := run(1, "revoke", "bob@example.org"); !strings.Contains(said, "several keys") {
		t.Errorf("it says %s", said)
	}
	p.stop()
}

func TestCommandsActInATenant(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	data := filepath.Join(home, "data")
	config := filepath.Join(home, "config.yaml")
	if err := os.WriteFile(config, []byte("tenancy: {enabled: true}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, data, home, "serve", "--port", "0", "--config", config)
	a := send(t, p.url(data)+"/api/v1/tenants", "POST", "application/json", `{"name": "acme", "display_name": "Acme"}`)
	if a.Status != http.StatusCreated {
		t.Fatalf("%d %s", a.Status, a.Body)
	}
	for _, c := range []struct {
		has, hasNot string
		args        []string
	}{
		{"sk-", "", []string{"key", "create", "alice@example.org", "--tenant", "acme"}},
		{"alice@example.org", "", []string{"key", "list", "--tenant", "acme"}},
		{"KEY", "alice@example.org", []string{"key", "list"}}, // of the tenant root
		{"Syft Space", "", []string{"status"}},
		{"Tenant 'nobody' not found", "", []string{"key", "list", "--tenant", "nobody"}},
	} {
		_, said := start(t, data, home, c.args...).wait()
		if !strings.Contains(said, c.has) || c.hasNot != "" && strings.Contains(said, c.hasNot) {
			t.Errorf("%v: it says %s", c.args, said)
		}
	}
	p.stop()
}
