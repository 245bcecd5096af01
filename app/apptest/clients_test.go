package apptest_test

import (
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"syft-space/app/apptest"
)

// TestSeedClients runs the clients of the API's introduction as they are
// printed there, which fixes the port. Where their languages are installed is
// said by SYFT_PYTHON (with requests) and SYFT_NODE; .ci/lanes/clients.sh sets
// them.
func TestSeedClients(t *testing.T) {
	python, node := os.Getenv("SYFT_PYTHON"), os.Getenv("SYFT_NODE")
	if python == "" || node == "" {
		t.Skip("SYFT_PYTHON and SYFT_NODE are not set; the lane of the seeds' clients sets them")
	}
	if l, err := net.Listen("tcp", "127.0.0.1:8080"); err != nil {
		t.Fatal("the clients talk to port 8080, which is in use")
	} else {
		l.Close()
	}
	esbuild, err := filepath.Abs("../../web/ui/node_modules/.bin/esbuild")
	if err != nil {
		t.Fatal(err)
	}
	script := filepath.Join(t.TempDir(), "client.mjs")
	if out, err := exec.Command(esbuild, "testdata/clients/client.ts", "--format=esm", "--outfile="+script).CombinedOutput(); err != nil {
		t.Fatalf("esbuild: %v\n%s", err, out)
	}
	for name, command := range map[string]*exec.Cmd{
		"python":     exec.Command(python, "testdata/clients/client.py"),
		"typescript": exec.Command(node, script),
	} {
		t.Run(name, func(t *testing.T) {
			s := apptest.New(t, apptest.Options{Settings: map[string]any{"server.port": 8080}})
			if out, err := command.CombinedOutput(); err != nil {
				t.Fatalf("%v\n%s", err, out)
			}
			var made struct{ Name, DType string }
			s.Must(http.StatusOK, http.MethodGet, "/api/v1/datasets/my-docs", nil, &made)
			if made.Name != "my-docs" || made.DType != "local_file" {
				t.Errorf("the client made %+v", made)
			}
		})
	}
}
