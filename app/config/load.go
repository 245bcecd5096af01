package config

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/go-viper/mapstructure/v2"
	"github.com/spf13/viper"
)

// upstream maps our keys to the environment variables of OpenMined's Syft
// Space, which keep working. Ours win where both are set.
var upstream = map[string]string{
	"server.host":            "SYFT_HOST",
	"server.port":            "SYFT_PORT",
	"server.public_url":      "SYFT_PUBLIC_URL",
	"auth.admin_key":         "SYFT_ADMIN_API_KEY",
	"hub.url":                "SYFT_DEFAULT_MARKETPLACE_URL",
	"hub.heartbeat_enabled":  "SYFT_HEARTBEAT_ENABLED",
	"hub.heartbeat_interval": "SYFT_HEALTH_CHECK_INTERVAL",
	"tenancy.enabled":        "SYFT_ENABLE_MULTI_TENANCY",
	"tenancy.default_tenant": "SYFT_DEFAULT_TENANT_NAME",
	"log.level":              "SYFT_LOG_LEVEL",
	"query.chat_timeout":     "SYFT_CHAT_TIMEOUT_SECONDS",
}

// Options say where settings come from.
type Options struct {
	Defaults []byte         // the embedded config.yaml
	File     string         // the owner's file; "" looks for config.yaml in the data folder
	Flags    map[string]any // settings given on the command line, by key
	Getenv   func(string) string
}

// Load reads and checks the settings. Its errors are sentences that name the
// key, where it was set and what it takes.
func Load(o Options) (Config, error) {
	v := viper.New()
	v.SetConfigType("yaml")
	if err := v.ReadConfig(bytes.NewReader(o.Defaults)); err != nil {
		return Config{}, fmt.Errorf("the built-in settings: %w", err)
	}
	known := map[string]bool{}
	for _, k := range v.AllKeys() {
		known[k] = true
	}
	env := environment(v.AllKeys(), o.Getenv)
	dir, err := dataDir(o, env)
	if err != nil {
		return Config{}, err
	}
	if err := mergeFile(v, o.File, dir, known); err != nil {
		return Config{}, err
	}
	for k, value := range env {
		v.Set(k, value)
	}
	for k, value := range o.Flags {
		v.Set(k, value)
	}
	var c Config
	if err := v.Unmarshal(&c, viper.DecodeHook(decodeHook())); err != nil {
		return Config{}, decodeError(err)
	}
	if c.DataDir == "" {
		c.DataDir = dir
	}
	if c.DataDir, err = filepath.Abs(expandHome(c.DataDir)); err != nil {
		return Config{}, fmt.Errorf("the data folder: %w", err)
	}
	if path := expandHome(o.Getenv("SYFT_SQLITE_DB_PATH")); path != "" {
		if path, err = filepath.Abs(path); err != nil {
			return Config{}, fmt.Errorf("SYFT_SQLITE_DB_PATH: %w", err)
		}
		if filepath.Dir(path) == c.DataDir {
			c.Database = path
		}
	}
	if err := c.complete(); err != nil {
		return Config{}, err
	}
	return c, c.Validate()
}

// environment returns the settings that environment variables give.
func environment(keys []string, getenv func(string) string) map[string]any {
	set := map[string]any{}
	for _, k := range keys {
		name := "SYFT_" + strings.ToUpper(strings.ReplaceAll(k, ".", "_"))
		if value := getenv(name); value != "" {
			set[k] = value
		} else if alias, ok := upstream[k]; ok {
			if value := getenv(alias); value != "" {
				set[k] = value
			}
		}
	}
	if path := getenv("SYFT_SQLITE_DB_PATH"); path != "" && set["data_dir"] == nil {
		set["data_dir"] = filepath.Dir(path)
	}
	return set
}

// dataDir is the data folder as far as flags, environment and platform say.
func dataDir(o Options, env map[string]any) (string, error) {
	for _, source := range []map[string]any{o.Flags, env} {
		if dir, ok := source["data_dir"].(string); ok && dir != "" {
			return dir, nil
		}
	}
	return platformDataDir(o.Getenv)
}

// platformDataDir is where the platform wants programs to keep data: the XDG
// base directory specification, Apple's and Microsoft's guidelines.
func platformDataDir(getenv func(string) string) (string, error) {
	const name = "syft-space"
	if runtime.GOOS == "linux" {
		if dir := getenv("XDG_DATA_HOME"); filepath.IsAbs(dir) {
			return filepath.Join(dir, name), nil
		}
	}
	if runtime.GOOS == "windows" {
		if dir := getenv("LOCALAPPDATA"); dir != "" {
			return filepath.Join(dir, name), nil
		}
	}
	home, err := os.UserHomeDir()
	if err != nil {
		return "", errors.New("the data folder is not known: set HOME, or name a folder with --data-dir")
	}
	if runtime.GOOS == "darwin" {
		return filepath.Join(home, "Library", "Application Support", name), nil
	}
	return filepath.Join(home, ".local", "share", name), nil
}

// mergeFile lays the owner's file over the defaults. A file that was named
// must exist; one in the data folder need not.
func mergeFile(v *viper.Viper, named, dir string, known map[string]bool) error {
	path := named
	if path == "" {
		path = filepath.Join(dir, "config.yaml")
	}
	data, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && named == "" {
		return nil
	}
	if err != nil {
		return fmt.Errorf("the settings file cannot be read: %w", err)
	}
	own := viper.New()
	own.SetConfigType("yaml")
	if err := own.ReadConfig(bytes.NewReader(data)); err != nil {
		return fmt.Errorf("the settings file %s is not valid YAML: %w", path, err)
	}
	for _, k := range own.AllKeys() {
		if !known[k] {
			return fmt.Errorf("the settings file %s has an unknown key %q; config.yaml in the source lists all keys", path, k)
		}
		v.Set(k, own.Get(k))
	}
	return nil
}

func decodeHook() mapstructure.DecodeHookFunc {
	return mapstructure.ComposeDecodeHookFunc(
		levelHook,
		mapstructure.TextUnmarshallerHookFunc(),
		durationHook,
		listHook,
	)
}

// levelHook reads Python's names of log levels too, as upstream's variable has them.
func levelHook(_, to reflect.Type, data any) (any, error) {
	if name, ok := data.(string); ok && to == reflect.TypeFor[slog.Level]() {
		switch strings.ToUpper(name) {
		case "WARNING":
			return "WARN", nil
		case "CRITICAL", "FATAL":
			return "ERROR", nil
		}
	}
	return data, nil
}

// durationHook reads Go's notation, and a bare number as seconds.
func durationHook(_, to reflect.Type, data any) (any, error) {
	if to != reflect.TypeFor[time.Duration]() {
		return data, nil
	}
	s := strings.TrimSpace(fmt.Sprint(data))
	if seconds, err := strconv.ParseFloat(s, 64); err == nil {
		return time.Duration(seconds * float64(time.Second)), nil
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return nil, fmt.Errorf("%q is not a duration such as 90s, 10m or 24h", s)
	}
	return d, nil
}

// listHook reads a list from one string, as environment variables give it:
// separated by commas, or as JSON where an item has white space that counts.
func listHook(from, to reflect.Type, data any) (any, error) {
	if from.Kind() != reflect.String || to.Kind() != reflect.Slice {
		return data, nil
	}
	out := []string{}
	if text := data.(string); strings.HasPrefix(text, "[") {
		if err := json.Unmarshal([]byte(text), &out); err != nil {
			return nil, fmt.Errorf("%q is neither a JSON list of strings nor a list separated by commas", text)
		}
		return out, nil
	}
	for part := range strings.SplitSeq(data.(string), ",") {
		if part = strings.TrimSpace(part); part != "" {
			out = append(out, part)
		}
	}
	return out, nil
}

// decodeError turns mapstructure's list of problems into one sentence.
func decodeError(err error) error {
	lines := strings.Split(err.Error(), "\n")
	return fmt.Errorf("a setting has a wrong value: %s", strings.TrimSpace(lines[len(lines)-1]))
}

func expandHome(path string) string {
	if path == "~" || strings.HasPrefix(path, "~/") {
		if home, err := os.UserHomeDir(); err == nil {
			return filepath.Join(home, path[1:])
		}
	}
	return path
}
