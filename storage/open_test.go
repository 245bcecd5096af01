package storage

import (
	"bytes"
	"context"
	"database/sql"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
)

func TestOpenMakesAFolderForItsOwnerAlone(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "a", "data")
	db := openAt(t, dir, newClock())
	for _, name := range []string{dir, filepath.Join(dir, keyFile)} {
		info, err := os.Stat(name)
		check(t, err)
		if runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has mode %v", name, info.Mode())
		}
	}
	if _, err := uuid.Parse(db.DatabaseID()); err != nil {
		t.Error(err)
	}
	tenant, err := db.Tenant(t.Context(), "root")
	check(t, err)
	if tenant.ID != root || !tenant.Active || tenant.CreatedAt.IsZero() {
		t.Errorf("the root tenant is %+v", tenant)
	}
}

func TestReopenedDatabaseKeepsItsIDAndWhatItHeld(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	db := openAt(t, dir, clock)
	d := addDataset(t, db, root, "notes")
	check(t, db.Close())
	check(t, db.Close()) // again does nothing
	if _, err := db.Dataset(t.Context(), root, "notes"); err == nil {
		t.Error("a closed database answers")
	}
	wantUnavailable(t, db.DeleteDataset(t.Context(), root, d.ID))
	for _, name := range []string{databaseFile + "-wal", databaseFile + "-shm"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Errorf("%s is left after Close", name)
		}
	}
	again := openAt(t, dir, clock)
	if again.DatabaseID() != db.DatabaseID() {
		t.Error("the id changed")
	}
	if got := must[any](t)(again.Dataset(t.Context(), root, "notes")); got == nil {
		t.Error("no dataset")
	}
}

func TestSecondOpenNamesTheProcessThatHoldsTheFolder(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	openAt(t, dir, newClock())
	_, err := Open(t.Context(), options(dir, newClock()))
	want := "the data folder " + dir + " is in use by process "
	if err == nil || !strings.HasPrefix(err.Error(), want) || !strings.Contains(err.Error(), "(started 2026-03-01T12:00:00Z)") {
		t.Errorf("error is %v, want %q…", err, want)
	}
}

func TestOpenRefusesWhatIsNotItsDatabase(t *testing.T) {
	t.Parallel()
	sqlFile := func(queries ...string) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			db, err := sql.Open("sqlite", path)
			check(t, err)
			defer db.Close()
			for _, q := range queries {
				_, err = db.Exec(q)
				check(t, err)
			}
		}
	}
	for name, tt := range map[string]struct {
		make func(*testing.T, string)
		want string
	}{
		"text": {func(t *testing.T, path string) {
			check(t, os.WriteFile(path, bytes.Repeat([]byte("hello "), 1000), 0o600))
		}, "is not a database"},
		"folder":  {func(t *testing.T, path string) { check(t, os.Mkdir(path, 0o700)) }, "is a folder"},
		"foreign": {sqlFile("CREATE TABLE x (y)"), "is the database of another program"},
		"marked":  {sqlFile("PRAGMA application_id = 7", "CREATE TABLE x (y)"), "is the database of another program"},
		"python":  {sqlFile("CREATE TABLE alembic_version (version_num)", "CREATE TABLE datasets (id)"), "the Python program syft-space"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			path := filepath.Join(dir, databaseFile)
			tt.make(t, path)
			before, _ := os.ReadFile(path)
			_, err := Open(t.Context(), options(dir, newClock()))
			if err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(err.Error(), path) {
				t.Errorf("error is %v, want %q and the path", err, tt.want)
			}
			if after, _ := os.ReadFile(path); !bytes.Equal(before, after) {
				t.Error("the file was changed")
			}
			if err := Recognise(t.Context(), path); err == nil {
				t.Error("it is recognised")
			}
		})
	}
}

func TestOpenGoesOnWhereAFirstOpenWasKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check(t, os.WriteFile(filepath.Join(dir, databaseFile), nil, 0o600))
	openAt(t, dir, newClock())
}

func TestDamagedDatabaseIsSaidToBeDamaged(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	check(t, openAt(t, dir, newClock()).Close())
	path := filepath.Join(dir, databaseFile)
	b, err := os.ReadFile(path)
	check(t, err)
	for i := 200; i < len(b); i++ {
		b[i] ^= 0x5a
	}
	check(t, os.WriteFile(path, b, 0o600))
	if _, err := Open(t.Context(), options(dir, newClock())); err == nil || !strings.Contains(err.Error(), "is damaged; restore a backup") {
		t.Errorf("error is %v", err)
	}
}

func TestNewerDatabaseIsRefusedWithBothVersions(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	o := options(dir, newClock())
	o.Version = "9.9.0"
	db, err := Open(t.Context(), o)
	check(t, err)
	check(t, db.write(t.Context(), func(tx *tx) error {
		_, err := tx.exec(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES (99, 1)`)
		return err
	}))
	check(t, db.Close())
	_, err = Open(t.Context(), options(dir, newClock()))
	if err == nil || !strings.Contains(err.Error(), "9.9.0") || !strings.Contains(err.Error(), "1.2.3") {
		t.Errorf("error is %v, want both versions", err)
	}
}

func TestUpgradeKeepsTheLastThreeCopies(t *testing.T) {
	t.Parallel()
	dir, clock := t.TempDir(), newClock()
	db := openAt(t, dir, clock)
	addDataset(t, db, root, "notes")
	for range 5 {
		clock.Add(time.Hour)
		check(t, copyBeforeUpgrade(t.Context(), db.wdbForTest(t), options(dir, clock), 1))
	}
	copies, err := filepath.Glob(filepath.Join(dir, backupFolder, "*.db"))
	check(t, err)
	if len(copies) != 3 || !strings.HasSuffix(copies[2], "before-upgrade-20260301T170000Z-to-1.2.3-format-1.db") {
		t.Errorf("copies are %v", copies)
	}
	copied, err := sql.Open("sqlite", copies[0])
	check(t, err)
	defer copied.Close()
	var n int
	check(t, copied.QueryRow("SELECT count(*) FROM datasets").Scan(&n))
	if n != 1 {
		t.Errorf("the copy has %d datasets", n)
	}
}

// wdbForTest is a connection beside the writer's.
func (db *DB) wdbForTest(t *testing.T) *sql.DB {
	t.Helper()
	other, err := connect(filepath.Join(db.dir, databaseFile), nil)
	check(t, err)
	t.Cleanup(func() { other.Close() })
	return other
}

func TestRestoredDatabaseHasTheOldRowsAndANewID(t *testing.T) {
	t.Parallel()
	dir, clock, backup := t.TempDir(), newClock(), filepath.Join(t.TempDir(), "backup")
	db := openAt(t, dir, clock)
	addDataset(t, db, root, "kept")
	vault := must[*Vault](t)(OpenVault(dir))
	sealed := must[string](t)(vault.Seal("a secret"))
	check(t, db.Backup(t.Context(), backup))
	if err := db.Backup(t.Context(), backup); err == nil {
		t.Error("a backup was overwritten")
	}
	addDataset(t, db, root, "lost")
	if err := Restore(t.Context(), options(dir, clock), backup); err == nil {
		t.Error("restored under an open database")
	}
	check(t, db.Close())
	check(t, Restore(t.Context(), options(dir, clock), backup))

	again := openAt(t, dir, clock)
	if again.DatabaseID() == db.DatabaseID() {
		t.Error("the id is the old one")
	}
	if _, err := again.Dataset(t.Context(), root, "kept"); err != nil {
		t.Error(err)
	}
	if _, err := again.Dataset(t.Context(), root, "lost"); err == nil {
		t.Error("what came after the backup is still there")
	}
	if plain := must[string](t)(must[*Vault](t)(OpenVault(dir)).Open(sealed)); plain != "a secret" {
		t.Errorf("opened %q", plain)
	}
	aside, err := filepath.Glob(filepath.Join(dir, backupFolder, "before-restore-*", databaseFile))
	check(t, err)
	if len(aside) != 1 {
		t.Errorf("set aside: %v", aside)
	}
	if err := Restore(t.Context(), options(t.TempDir(), clock), t.TempDir()); err == nil || !strings.Contains(err.Error(), "holds no backup") {
		t.Errorf("error is %v", err)
	}
}

// TestFolderThatCannotBeWritten runs itself again as a user without rights,
// because the owner of the tests may be root, whom nothing stops.
func TestFolderThatCannotBeWritten(t *testing.T) {
	if dir := os.Getenv("STORAGE_TEST_READ_ONLY"); dir != "" {
		_, err := Open(context.Background(), options(dir, newClock()))
		if err == nil || !strings.Contains(err.Error(), "cannot be written; make it writable for the user that runs this program") {
			t.Fatalf("error is %v", err)
		}
		return
	}
	t.Parallel()
	runAsNobody(t, "TestFolderThatCannotBeWritten", func(dir string) []string {
		return []string{"STORAGE_TEST_READ_ONLY=" + filepath.Join(dir, "data")}
	})
}
