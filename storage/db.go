// Package storage keeps everything that must outlast the process: one SQLite
// database in the data folder, and beside it the key that seals its secrets.
//
// There is one writer, which gathers waiting transactions into one commit, and
// a small pool of readers; see writer and pool. Each use case is one method
// and one transaction, and no transaction leaves this package. Every method
// takes the tenant whose rows it may see; the few that cross tenants stand in
// the files named system*.go.
package storage

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"sync"

	"syft-space/app/space"
)

// Names within the data folder.
const (
	databaseFile = "space.db"
	keyFile      = "secret.key"
	lockFile     = "space.lock"
	backupFolder = "backups"
)

// Options say how to open a data folder.
type Options struct {
	Dir     string       // the data folder; made with mode 0700 where it is missing
	Clock   space.Clock  // tells the time of what is written
	IDs     space.IDs    // makes the identifiers that storage itself gives out
	Version string       // of the program, for the names of copies and for error messages
	Logger  *slog.Logger // nil discards
}

// DB is an open data folder. It is safe for concurrent use.
type DB struct {
	dir    string
	id     string
	clock  space.Clock
	ids    space.IDs
	log    *slog.Logger
	lock   *folderLock
	writer *writer
	pool   *pool
	wdb    *sql.DB
	rdb    *sql.DB
	keys   touched

	sweeps     chan struct{} // holds a token while there is something to sweep
	stop       context.CancelFunc
	background sync.WaitGroup // the writer and the sweep
	behind     sync.WaitGroup // transactions that nobody waits for
	ending     sync.RWMutex   // guards ended, so that nothing joins behind once Close waits for it
	ended      bool
	closing    sync.Once
	closed     error
}

// Open opens the data folder for this process alone, brings the database to
// this program's version and finishes deletions that were cut short. Its
// errors are sentences for the person who starts the program.
func Open(ctx context.Context, o Options) (*DB, error) {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	db := &DB{dir: o.Dir, clock: o.Clock, ids: o.IDs, log: o.Logger, sweeps: make(chan struct{}, 1)}
	if err := db.open(ctx, o); err != nil {
		return nil, errors.Join(err, db.release())
	}
	var work context.Context
	work, db.stop = context.WithCancel(context.WithoutCancel(ctx))
	db.writer.start(&db.background)
	db.background.Go(func() { db.sweepLoop(work) })
	return db, nil
}

func (db *DB) open(ctx context.Context, o Options) (err error) {
	if err := makeFolder(o.Dir); err != nil {
		return err
	}
	if db.lock, err = lockFolder(filepath.Join(o.Dir, lockFile), o.Clock()); err != nil {
		return err
	}
	path := filepath.Join(o.Dir, databaseFile)
	state, err := inspect(ctx, path)
	if err != nil {
		return err
	}
	key, err := loadKey(o.Dir, state == stateOurs)
	if err != nil {
		return err
	}
	if db.wdb, err = connect(path, writerPragmas); err != nil {
		return err
	}
	db.wdb.SetMaxOpenConns(1)
	if err := db.migrate(ctx, o, state); err != nil {
		return openError(path, err)
	}
	if err := db.register(ctx, o, key); err != nil {
		return openError(path, err)
	}
	if db.writer, err = newWriter(ctx, db.wdb, db.clock); err != nil {
		return openError(path, err)
	}
	if db.rdb, err = connect(path, readerPragmas); err != nil {
		return err
	}
	db.rdb.SetMaxOpenConns(readers)
	db.pool, err = newPool(ctx, db.rdb)
	return openError(path, err)
}

// DatabaseID names this database for files derived from it. A restored
// database has another id than the one it was copied from.
func (db *DB) DatabaseID() string { return db.id }

// Dir returns the data folder.
func (db *DB) Dir() string { return db.dir }

// Close waits for the transactions under way, writes everything into the
// database file and gives the folder free. Calls after it fail.
func (db *DB) Close() error {
	db.closing.Do(func() {
		db.ending.Lock()
		db.ended = true
		db.ending.Unlock()
		db.stop()
		db.behind.Wait()
		db.writer.close()
		db.background.Wait()
		db.closed = db.release()
	})
	return db.closed
}

// release closes what is open, in the order that lets the last connection, the
// writer's, take the write-ahead log into the database file and remove it.
func (db *DB) release() error {
	var first error
	note := func(err error) {
		if first == nil {
			first = err
		}
	}
	if db.pool != nil {
		note(db.pool.close())
	}
	if db.rdb != nil {
		note(db.rdb.Close())
	}
	if db.writer != nil {
		note(db.writer.release())
	}
	if db.wdb != nil {
		note(db.wdb.Close())
	}
	if db.lock != nil {
		note(db.lock.release())
	}
	if first != nil {
		return fmt.Errorf("closing the data folder: %w", first)
	}
	return nil
}
