package app

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"syft-space/app/config"
	"syft-space/app/space"
)

// SYFT_SQLITE_DB_PATH of upstream names a file, whose folder becomes ours.
func TestAStrangeDatabaseIsRefusedByName(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "app.db")
	if err := os.WriteFile(path, []byte(strings.Repeat("something else ", 1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := New(t.Context(), config.Config{DataDir: filepath.Dir(path), Database: path},
		Deps{Clock: space.SystemClock, IDs: space.NewID, Logger: slog.New(slog.DiscardHandler)})
	if err == nil || !strings.Contains(err.Error(), path) {
		t.Errorf("the error is %v", err)
	}
	if left, _ := filepath.Glob(filepath.Join(filepath.Dir(path), "*")); len(left) != 1 {
		t.Errorf("files %v were made beside it", left)
	}
}
