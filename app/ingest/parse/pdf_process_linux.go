package parse

import (
	"os/exec"
	"runtime"
	"syscall"
)

// startIsolated starts cmd as the leader of a process group of its own, which
// ends with this process. release must be called once cmd has ended.
func startIsolated(cmd *exec.Cmd) (release func(), err error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	started, ended := make(chan error), make(chan struct{})
	go func() {
		// Linux sends the signal when the thread ends that started cmd, so
		// that thread is kept for as long as cmd runs.
		runtime.LockOSThread()
		defer runtime.UnlockOSThread()
		started <- cmd.Start()
		<-ended
	}()
	if err := <-started; err != nil {
		close(ended)
		return nil, err
	}
	return func() { close(ended) }, nil
}

// killGroup ends cmd and whatever it started.
func killGroup(cmd *exec.Cmd) {
	_ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL)
}
