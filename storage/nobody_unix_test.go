//go:build unix

package storage

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// runAsNobody runs a test of this binary in a process without rights to the
// folder dir/data.
func runAsNobody(t *testing.T, name string, env func(dir string) []string) {
	t.Helper()
	if os.Getuid() != 0 {
		t.Skip("only root can take rights away from a process")
	}
	dir, err := os.MkdirTemp("", "storage-test-") // its parent is open to everybody, unlike t.TempDir's
	check(t, err)
	t.Cleanup(func() { os.RemoveAll(dir) })
	check(t, os.Chmod(dir, 0o755))
	check(t, os.Mkdir(filepath.Join(dir, "data"), 0o555))
	binary, err := os.ReadFile(os.Args[0])
	check(t, err)
	check(t, os.WriteFile(filepath.Join(dir, "test"), binary, 0o755))
	cmd := exec.Command(filepath.Join(dir, "test"), "-test.run=^"+name+"$")
	cmd.Env = append(os.Environ(), env(dir)...)
	cmd.Dir = dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 65534, Gid: 65534}}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}
