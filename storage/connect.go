package storage

import (
	"database/sql"
	"fmt"
	"net/url"
	"path/filepath"
	"runtime"
	"strings"

	"modernc.org/sqlite"
)

// applicationID marks a database file as one of this program's: "SySp".
const applicationID = 0x53795370

// readers is how many queries run at once.
const readers = 4

// commonPragmas hold for every connection. A page of 8 KiB holds five vectors
// of 384 components.
var commonPragmas = []string{"busy_timeout(5000)", "foreign_keys(1)", "temp_store(2)"}

// writerPragmas belong to the one connection that writes. The page size must
// come before the journal mode to have an effect on a new file. The log is
// taken into the database file every 2,000 pages (16 MiB), and shortened when
// a burst made it longer than 64 MiB.
var writerPragmas = []string{
	"page_size(8192)", "journal_mode(WAL)", "synchronous(2)", "cache_size(-32000)",
	"wal_autocheckpoint(2000)", "journal_size_limit(67108864)",
}

// readerPragmas belong to the connections that only read.
var readerPragmas = []string{"query_only(1)", "cache_size(-8000)"}

// connect makes a pool of connections to the file at path. Nothing is opened
// before the first use.
func connect(path string, pragmas []string, options ...string) (*sql.DB, error) {
	query := url.Values{"_pragma": append(append([]string{}, commonPragmas...), pragmas...)}
	query.Set("_txlock", "immediate")
	query.Set("_dqs", "0")
	for _, o := range options {
		key, value, _ := strings.Cut(o, "=")
		query.Set(key, value)
	}
	connector, err := sqlite.NewConnector(fileURL(path) + "?" + query.Encode())
	if err != nil {
		return nil, fmt.Errorf("the path of the database %s cannot be used: %w", path, err)
	}
	return sql.OpenDB(connector), nil
}

// fileURL writes path as SQLite wants it: with slashes, a drive letter after a
// slash, and everything that could be taken for a query escaped.
func fileURL(path string) string {
	path = filepath.ToSlash(path)
	if runtime.GOOS == "windows" && !strings.HasPrefix(path, "/") {
		path = "/" + path
	}
	return "file:" + (&url.URL{Path: path}).EscapedPath()
}
