package apptest_test

import (
	"database/sql"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite"
)

// TestWhatCannotStartSaysWhy runs the binary into everything that may be wrong
// with its surroundings: one clear sentence, and an exit code that is not 0.
func TestWhatCannotStartSaysWhy(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { taken.Close() })
	port := fmt.Sprint(taken.Addr().(*net.TCPAddr).Port)
	for name, c := range map[string]struct {
		prepare func(t *testing.T, data string)
		args    []string
		want    []string
	}{
		"port in use":          {nil, []string{"serve", "--port", port}, []string{"port " + port, "--port"}},
		"no such path":         {nil, []string{"quickstart", "/no/such/folder"}, []string{"/no/such/folder", "does not exist"}},
		"open to the world":    {nil, []string{"serve", "--host", "0.0.0.0"}, []string{"SYFT_ADMIN_API_KEY"}},
		"unknown command":      {nil, []string{"sevre"}, []string{"sevre"}},
		"unknown flag":         {nil, []string{"serve", "--prot", "1"}, []string{"--prot"}},
		"nothing runs":         {nil, []string{"status"}, []string{"no Space is running", "syft-space"}},
		"no settings file":     {nil, []string{"serve", "--config", "/no/such/file.yaml"}, []string{"/no/such/file.yaml"}},
		"a file as the folder": {asFile, []string{"serve", "--port", "0"}, []string{"folder"}},
		"not a database":       {damaged, []string{"serve", "--port", "0"}, []string{"space.db"}},
		"from a newer version": {newer, []string{"serve", "--port", "0"}, []string{"newer"}},
		"the key file is gone": {keyless, []string{"serve", "--port", "0"}, []string{"secret.key"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			data := filepath.Join(home, "data")
			if c.prepare != nil {
				c.prepare(t, data)
			}
			code, said := start(t, data, home, c.args...).wait()
			if code == 0 {
				t.Error("the exit code is 0")
			}
			for _, want := range c.want {
				if !strings.Contains(said, want) {
					t.Errorf("it says %q, without %q", said, want)
				}
			}
			if lines := strings.Count(strings.TrimSpace(said), "\n"); lines > 0 {
				t.Errorf("it says more than one sentence:\n%s", said)
			}
		})
	}
}

func asFile(t *testing.T, data string) {
	if err := os.WriteFile(data, []byte("I am a file"), 0o600); err != nil {
		t.Fatal(err)
	}
}

// grown makes a data folder as a run of the program leaves it.
func grown(t *testing.T, data string) {
	p := start(t, data, t.TempDir(), "serve", "--port", "0")
	p.url(data)
	p.stop()
}

func damaged(t *testing.T, data string) {
	grown(t, data)
	if err := os.WriteFile(filepath.Join(data, "space.db"), []byte(strings.Repeat("no database ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
}

func keyless(t *testing.T, data string) {
	grown(t, data)
	if err := os.Remove(filepath.Join(data, "secret.key")); err != nil {
		t.Fatal(err)
	}
}

func newer(t *testing.T, data string) {
	grown(t, data)
	db, err := sql.Open("sqlite", filepath.Join(data, "space.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("INSERT INTO goose_db_version (version_id, is_applied) VALUES (99999, 1)"); err != nil {
		t.Fatal(err)
	}
}

func TestASecondProcessSaysWhoHoldsTheData(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	data := filepath.Join(home, "data")
	first := start(t, data, home, "serve", "--port", "0")
	first.url(data)
	code, said := start(t, data, home, "serve", "--port", "0").wait()
	if code == 0 || !strings.Contains(said, fmt.Sprint(first.cmd.Process.Pid)) {
		t.Errorf("exit code %d: %s", code, said)
	}
	first.stop()
	if _, err := os.Stat(filepath.Join(data, "run.json")); err == nil {
		t.Error("run.json stays after the program's end")
	}
}

func TestQuickstartAnswersAndFindsWhatItMade(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	data, docs := filepath.Join(home, "data"), filepath.Join(home, "My Papers")
	if err := os.MkdirAll(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(docs, "warranty.md"), []byte(warranty), 0o600); err != nil {
		t.Fatal(err)
	}
	p := start(t, data, home, "quickstart", docs, "--port", "0", "--question", "How long is the warranty of a lamp?")
	p.url(data)
	waitForOutput(t, p, "Open http://")
	for _, want := range []string{"36 months", "[1] warranty.md", "curl -s http://127.0.0.1:", "/api/v1/endpoints/my-papers/query"} {
		if !strings.Contains(p.out.String(), want) {
			t.Errorf("quickstart does not print %q:\n%s", want, p.out)
		}
	}
	again := start(t, data, home, "quickstart", docs, "--question", "When does the workshop open?")
	code, said := again.wait()
	if code != 0 || !strings.Contains(said, "half past eight") || !strings.Contains(said, "goes on serving") {
		t.Errorf("quickstart beside a running Space: exit code %d\n%s", code, said)
	}
	code, said = start(t, data, home, "ask", "How long are bulbs covered?").wait()
	if code != 0 || !strings.Contains(said, "12 months") {
		t.Errorf("ask: exit code %d\n%s", code, said)
	}
	code, said = start(t, data, home, "status").wait()
	if code != 0 || !strings.Contains(said, "my-papers: 1 of 1 files") {
		t.Errorf("status: exit code %d\n%s", code, said)
	}
	p.stop()
}

func TestQuickstartOnAnEmptyFolderSaysSo(t *testing.T) {
	t.Parallel()
	home := t.TempDir()
	data, docs := filepath.Join(home, "data"), filepath.Join(home, "empty")
	if err := os.MkdirAll(docs, 0o700); err != nil {
		t.Fatal(err)
	}
	p := start(t, data, home, "quickstart", docs, "--port", "0")
	p.url(data)
	waitForOutput(t, p, "Open http://")
	if !strings.Contains(p.out.String(), "no document") {
		t.Errorf("it prints:\n%s", p.out)
	}
	p.stop()
}

func waitForOutput(t *testing.T, p *program, want string) {
	t.Helper()
	for range 1200 {
		if strings.Contains(p.out.String(), want) {
			return
		}
		sleep()
	}
	t.Fatalf("it never prints %q:\n%s", want, p.out)
}
