//go:build !amd64 && !arm64

package kernel

// vectorPaths finds none.
func vectorPaths() []Path { return nil }
