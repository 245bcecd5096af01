package parse

import "golang.org/x/sys/unix"

// workerData is the most private memory that a PDF worker may take, in bytes:
// the library's 256 MiB, the file, and room for compiling the library.
const workerData = 2 << 30

// limitProcess bounds what this process may take of the machine. Failing to is
// no reason not to work: the worker has other limits, too.
func limitProcess() {
	_ = unix.Setrlimit(unix.RLIMIT_DATA, &unix.Rlimit{Cur: workerData, Max: workerData})
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
}
