package storage

import (
	"context"
	"database/sql"
	"errors"
)

// conn is one connection with the statements it has prepared. It is used by
// one goroutine at a time.
//
// Statements run without the caller's deadline: interrupting one would undo
// the transactions gathered with it, and costs a goroutine each. The rows of a
// query look at the context instead.
type conn struct {
	raw   *sql.Conn
	stmts map[string]*sql.Stmt
}

func newConn(ctx context.Context, db *sql.DB) (*conn, error) {
	raw, err := db.Conn(ctx)
	if err != nil {
		return nil, err
	}
	return &conn{raw: raw, stmts: map[string]*sql.Stmt{}}, nil
}

func (c *conn) close() error {
	for _, s := range c.stmts {
		s.Close()
	}
	return c.raw.Close()
}

// prepare returns the statement of query, which must be one of the constants
// of this package, so that there are only so many.
func (c *conn) prepare(ctx context.Context, query string) (*sql.Stmt, error) {
	if s, ok := c.stmts[query]; ok {
		return s, nil
	}
	s, err := c.raw.PrepareContext(ctx, query)
	if err != nil {
		return nil, err
	}
	c.stmts[query] = s
	return s, nil
}

// exec runs a statement and returns how many rows it changed.
func (c *conn) exec(ctx context.Context, query string, args ...any) (int, error) {
	result, err := c.run(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// insert runs a statement and returns the number of the row it inserted.
func (c *conn) insert(ctx context.Context, query string, args ...any) (int64, error) {
	result, err := c.run(ctx, query, args...)
	if err != nil {
		return 0, err
	}
	return result.LastInsertId()
}

func (c *conn) run(ctx context.Context, query string, args ...any) (sql.Result, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(ctx, args...)
}

func (c *conn) query(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	ctx = context.WithoutCancel(ctx)
	s, err := c.prepare(ctx, query)
	if err != nil {
		return nil, err
	}
	return s.QueryContext(ctx, args...)
}

// scanner is a row under the cursor.
type scanner interface{ Scan(dest ...any) error }

// errNone is what one returns where there is no row; callers turn it into the
// words of the contract.
var errNone = errors.New("no such row")

// one reads the first row of a query into dest.
func one(ctx context.Context, c *conn, query string, args []any, dest ...any) error {
	rows, err := c.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if !rows.Next() {
		if err := rows.Err(); err != nil {
			return err
		}
		return errNone
	}
	return rows.Scan(dest...)
}

// each calls visit with every row of a query, until it fails or ctx is done.
func each(ctx context.Context, c *conn, query string, args []any, visit func(scanner) error) error {
	rows, err := c.query(ctx, query, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := ctx.Err(); err != nil {
			return err
		}
		if err := visit(rows); err != nil {
			return err
		}
	}
	return rows.Err()
}

// all collects the rows of a query; the result is never nil.
func all[T any](ctx context.Context, c *conn, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	list := []T{}
	err := each(ctx, c, query, args, func(row scanner) error {
		item, err := scan(row)
		list = append(list, item)
		return err
	})
	return list, err
}
