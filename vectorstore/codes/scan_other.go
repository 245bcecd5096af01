//go:build !amd64

package codes

// vectorScanners returns nothing: the compiler's population count is good
// enough on these processors.
func vectorScanners() []scanner { return nil }
