package storage

import (
	"context"
	"database/sql"

	"syft-space/app/space"
)

// pool holds the connections that read, each with its prepared statements.
type pool struct {
	idle chan *conn
	done chan struct{}
	size int
}

func newPool(ctx context.Context, db *sql.DB) (*pool, error) {
	p := &pool{idle: make(chan *conn, readers), done: make(chan struct{})}
	for range readers {
		c, err := newConn(context.WithoutCancel(ctx), db)
		if err != nil {
			return p, err
		}
		p.idle <- c
		p.size++
	}
	return p, nil
}

// get waits for a free connection.
func (p *pool) get(ctx context.Context) (*conn, error) {
	select {
	case <-p.done:
		return nil, errClosed
	default:
	}
	select {
	case c := <-p.idle:
		return c, nil
	case <-p.done:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pool) put(c *conn) { p.idle <- c }

// close waits for the queries under way.
func (p *pool) close() error {
	close(p.done)
	var first error
	for range p.size {
		if err := (<-p.idle).close(); first == nil {
			first = err
		}
	}
	return first
}

// read runs do with one state of the database before its eyes.
func (db *DB) read(ctx context.Context, do func(*conn) error) (err error) {
	if err := ctx.Err(); err != nil {
		return refine(err)
	}
	c, err := db.pool.get(ctx)
	if err != nil {
		return refine(err)
	}
	defer db.pool.put(c)
	if _, err := c.run(ctx, "BEGIN DEFERRED"); err != nil {
		return refine(err)
	}
	defer func() {
		if _, end := c.run(ctx, "ROLLBACK"); err == nil {
			err = refine(end)
		}
	}()
	return refine(do(c))
}

// page reads a page of a list and the length of the whole list. The query ends
// with LIMIT and OFFSET.
func page[T any](ctx context.Context, db *DB, p space.Page, scan func(scanner) (T, error), count, query string, args ...any) (space.List[T], error) {
	var list space.List[T]
	err := db.read(ctx, func(c *conn) (err error) {
		if err = one(ctx, c, count, args, &list.Total); err != nil {
			return err
		}
		list.Items, err = all(ctx, c, scan, query, append(args[:len(args):len(args)], p.Limit, p.Skip)...)
		return err
	})
	return list, err
}
