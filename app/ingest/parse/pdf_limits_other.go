//go:build !linux

package parse

// limitProcess does nothing where the system has no limit on private memory;
// the limits of the library and of the Go runtime remain.
func limitProcess() {}
