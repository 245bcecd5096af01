package config_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"syft-space/app/config"
)

func load(t *testing.T, file string, env map[string]string, flags map[string]any) (config.Config, error) {
	t.Helper()
	defaults, err := os.ReadFile("../../config.yaml")
	if err != nil {
		t.Fatal(err)
	}
	path := ""
	if file != "" {
		path = filepath.Join(t.TempDir(), "config.yaml")
		if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if flags == nil {
		flags = map[string]any{}
	}
	if _, ok := flags["data_dir"]; !ok && env["SYFT_DATA_DIR"] == "" && env["SYFT_SQLITE_DB_PATH"] == "" {
		flags["data_dir"] = t.TempDir()
	}
	return config.Load(config.Options{Defaults: defaults, File: path, Flags: flags, Getenv: func(k string) string { return env[k] }})
}

func TestDefaultsAreValid(t *testing.T) {
	t.Parallel()
	c, err := load(t, "", nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Host != "127.0.0.1" || c.Server.Port != 8080 || c.Limits.APIPerHour != 1000 ||
		c.Ingest.RescanInterval != 10*time.Minute || len(c.Query.DefaultStopSequences) != 1 || c.Query.DefaultStopSequences[0] != "\n" {
		t.Errorf("defaults: %+v", c)
	}
	if c.Ingest.Workers < 1 || c.Embedder.Threads < 1 || len(c.Browse.Roots) != 1 {
		t.Errorf("what depends on the machine was not filled in: %+v", c)
	}
}

func TestFlagsWinOverEnvironmentOverFile(t *testing.T) {
	t.Parallel()
	file := "server:\n  port: 1111\n  public_url: https://file.example\nlimits:\n  api_per_hour: 5\n"
	env := map[string]string{"SYFT_SERVER_PORT": "2222", "SYFT_PORT": "3333", "SYFT_LIMITS_API_PER_HOUR": "7"}
	c, err := load(t, file, env, map[string]any{"server.port": 4444})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Port != 4444 || c.Limits.APIPerHour != 7 || c.Server.PublicURL != "https://file.example" {
		t.Errorf("port %d, per hour %d, URL %s", c.Server.Port, c.Limits.APIPerHour, c.Server.PublicURL)
	}
}

func TestUpstreamNamesWorkAndOursWin(t *testing.T) {
	t.Parallel()
	c, err := load(t, "", map[string]string{
		"SYFT_HOST": "0.0.0.0", "SYFT_ADMIN_API_KEY": "k", "SYFT_CHAT_TIMEOUT_SECONDS": "90", "SYFT_HEALTH_CHECK_INTERVAL": "45",
		"SYFT_ENABLE_MULTI_TENANCY": "true", "SYFT_LOG_LEVEL": "WARNING", "SYFT_PORT": "1", "SYFT_SERVER_PORT": "9",
		"SYFT_SQLITE_DB_PATH": "/somewhere/app.db",
	}, map[string]any{})
	if err != nil {
		t.Fatal(err)
	}
	if c.Server.Host != "0.0.0.0" || c.Query.ChatTimeout != 90*time.Second || c.Hub.HeartbeatInterval != 45*time.Second ||
		!c.Tenancy.Enabled || c.Server.Port != 9 || c.DataDir != "/somewhere" || c.Database != "/somewhere/app.db" || c.Log.Level.String() != "WARN" {
		t.Errorf("%+v", c)
	}
}

func TestWrongSettingsAreNamed(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		file string
		env  map[string]string
		want string
	}{
		"unknown key":          {"server:\n  prot: 1\n", nil, `unknown key "server.prot"`},
		"not YAML":             {"server: [", nil, "not valid YAML"},
		"open to the world":    {"", map[string]string{"SYFT_SERVER_HOST": "0.0.0.0"}, "SYFT_ADMIN_API_KEY"},
		"port out of range":    {"", map[string]string{"SYFT_SERVER_PORT": "99999"}, "server.port is 99999"},
		"port not a number":    {"", map[string]string{"SYFT_SERVER_PORT": "abc"}, "wrong value"},
		"duration":             {"", map[string]string{"SYFT_QUERY_CHAT_TIMEOUT": "soon"}, "not a duration"},
		"public URL":           {"", map[string]string{"SYFT_PUBLIC_URL": "space.example"}, "https://space.example.org"},
		"negative limit":       {"limits:\n  api_per_hour: -1\n", nil, "limits.api_per_hour is -1"},
		"proxy":                {"server:\n  trusted_proxies: [nonsense]\n", nil, "trusted_proxies"},
		"half an account":      {"accounting:\n  url: https://pay.example.org\n  email: a@b.c\n", nil, "payments need all three"},
		"status of rate limit": {"compat:\n  rate_limit_status: 200\n", nil, "429 or 403"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := load(t, c.file, c.env, nil)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that says %q", err, c.want)
			}
		})
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	t.Parallel()
	c, err := load(t, "", map[string]string{"SYFT_AUTH_ADMIN_KEY": "geheim"}, nil)
	if err != nil {
		t.Fatal(err)
	}
	if s := c.Auth.AdminKey.String() + strings.Join(strings.Fields(c.Auth.AdminKey.GoString()), ""); strings.Contains(s, "geheim") {
		t.Errorf("the admin key prints as %s", s)
	}
}
