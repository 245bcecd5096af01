package apptest_test

import (
	"net/http"
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
