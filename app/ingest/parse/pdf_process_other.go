//go:build !linux

package parse

import "os/exec"

// startIsolated starts cmd. A worker starts no processes itself, and ends with
// its input.
func startIsolated(cmd *exec.Cmd) (release func(), err error) {
	return func() {}, cmd.Start()
}

// killGroup ends cmd.
func killGroup(cmd *exec.Cmd) { _ = cmd.Process.Kill() }
