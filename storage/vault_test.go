package storage

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestVaultOpensWhatItSealed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	v := must[*Vault](t)(OpenVault(dir))
	for _, plain := range []string{"", "sk-123", strings.Repeat("ü", 5000)} {
		sealed := must[string](t)(v.Seal(plain))
		if !strings.HasPrefix(sealed, "sealed:v1:") || (plain != "" && strings.Contains(sealed, plain)) {
			t.Errorf("sealed is %q", sealed)
		}
		if again := must[string](t)(v.Seal(plain)); again == sealed {
			t.Error("the same text is sealed twice to the same value")
		}
		same := must[*Vault](t)(OpenVault(dir))
		if got := must[string](t)(same.Open(sealed)); got != plain {
			t.Errorf("opened %q, want %q", got, plain)
		}
	}
}

func TestVaultRefusesWhatItDidNotSeal(t *testing.T) {
	t.Parallel()
	v := must[*Vault](t)(OpenVault(t.TempDir()))
	other := must[*Vault](t)(OpenVault(t.TempDir()))
	sealed := must[string](t)(v.Seal("text"))
	for _, tt := range []struct{ value, want string }{
		{"text", "is not sealed"},
		{"sealed:v1:???", "is damaged"},
		{"sealed:v1:", "another key"},
		{sealed[:len(sealed)-4], "another key"},
	} {
		if _, err := v.Open(tt.value); err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%q: error is %v, want %q", tt.value, err, tt.want)
		}
	}
	if _, err := other.Open(sealed); err == nil || !strings.Contains(err.Error(), "sealed with another key than secret.key") {
		t.Errorf("error is %v", err)
	}
}

func TestKeyFileMustBeTheDatabasesOwn(t *testing.T) {
	t.Parallel()
	for name, tt := range map[string]struct {
		spoil func(path string) error
		want  string
	}{
		"missing": {os.Remove, "is missing, so the secrets in the database cannot be read; put back the secret.key"},
		"foreign": {func(path string) error { return os.WriteFile(path, make([]byte, 32), 0o600) }, "is not the key of this database"},
		"short":   {func(path string) error { return os.WriteFile(path, make([]byte, 31), 0o600) }, "holds 31 bytes instead of 32"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			check(t, openAt(t, dir, newClock()).Close())
			check(t, tt.spoil(filepath.Join(dir, keyFile)))
			_, err := Open(t.Context(), options(dir, newClock()))
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error is %v, want %q", err, tt.want)
			}
			if name == "foreign" {
				return // only the database tells that
			}
			if _, err := OpenVault(dir); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("the vault's error is %v, want %q", err, tt.want)
			}
		})
	}
}

func TestKeyFileIsClosedToOthersWhenOpened(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	must[*Vault](t)(OpenVault(dir))
	path := filepath.Join(dir, keyFile)
	check(t, os.Chmod(path, 0o644))
	must[*Vault](t)(OpenVault(dir))
	info := must[os.FileInfo](t)(os.Stat(path))
	if info.Mode().Perm() != 0o600 {
		t.Errorf("mode is %v", info.Mode())
	}
}
