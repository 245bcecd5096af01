package app

import (
	"log"
	"log/slog"
	"net"
	"os"
)

// notify tells systemd about a change of state (sd_notify(3)); without systemd
// it does nothing.
func notify(state string) {
	socket := os.Getenv("NOTIFY_SOCKET")
	if socket == "" {
		return
	}
	conn, err := net.Dial("unixgram", socket)
	if err != nil {
		return
	}
	defer conn.Close()
	_, _ = conn.Write([]byte(state)) // systemd then waits for its own time-out
}

// errorLog takes what net/http has to say, which is about broken connections.
func errorLog(l *slog.Logger) *log.Logger { return slog.NewLogLogger(l.Handler(), slog.LevelDebug) }
