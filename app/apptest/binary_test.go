package apptest_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"syft-space/app"
)

// binary builds the program once for all tests that run it as a user would.
var binary = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "syft-space-test")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "syft-space")
	out, err := exec.Command("go", "build", "-o", path, "syft-space").CombinedOutput()
	if err != nil {
		os.Stderr.Write(out)
	}
	return path, err
})

// program is one run of the binary.
type program struct {
	t   testing.TB
	cmd *exec.Cmd
	out *output
	end chan error
}

// output collects what a program prints; it is safe for concurrent use.
type output struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.Write(p)
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.b.String()
}

// start runs the binary with a data folder and a home of its own.
func start(t testing.TB, data, home string, args ...string) *program {
	t.Helper()
	path, err := binary()
	if err != nil {
		t.Fatal(err)
	}
	p := &program{t: t, cmd: exec.Command(path, append(args, "--data-dir", data)...), out: &output{}, end: make(chan error, 1)}
	p.cmd.Env = []string{"HOME=" + home, "PATH=" + os.Getenv("PATH")}
	p.cmd.Stdout, p.cmd.Stderr = p.out, p.out
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { p.end <- p.cmd.Wait() }()
	t.Cleanup(func() { _ = p.cmd.Process.Kill() })
	return p
}

// url waits until the program serves and returns its address.
func (p *program) url(data string) string {
	p.t.Helper()
	for range 2400 {
		if run, err := app.ReadRunFile(data); err == nil && run.PID == p.cmd.Process.Pid {
			return run.URL
		}
		select {
		case err := <-p.end:
			p.t.Fatalf("the program ended: %v\n%s", err, p.out)
		case <-time.After(25 * time.Millisecond):
		}
	}
	p.t.Fatalf("the program does not serve\n%s", p.out)
	return ""
}

// kill ends the program as a power cut would.
func (p *program) kill() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGKILL); err != nil {
		p.t.Fatal(err)
	}
	<-p.end
}

// stop ends the program as systemd and Ctrl+C would.
func (p *program) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	select {
	case err := <-p.end:
		if err != nil {
			p.t.Errorf("the program ended with %v\n%s", err, p.out)
		}
	case <-time.After(60 * time.Second):
		p.t.Errorf("the program does not end\n%s", p.out)
	}
}

// wait returns the exit code and what the program printed.
func (p *program) wait() (int, string) {
	p.t.Helper()
	select {
	case <-p.end:
	case <-time.After(60 * time.Second):
		p.t.Fatalf("the program does not end\n%s", p.out)
	}
	return p.cmd.ProcessState.ExitCode(), p.out.String()
}

// sleep is the pause between two looks at something that takes its time.
func sleep() { time.Sleep(25 * time.Millisecond) }
