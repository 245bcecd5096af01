//go:build amd64 && !linux

package kernel

// tilesAllowed reports that AMX's tile registers are not used here: how a
// program is given them is known of Linux only.
func tilesAllowed() bool { return false }
