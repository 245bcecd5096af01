package cli

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"syft-space/app"
	"syft-space/app/config"
	"syft-space/app/space"
)

func (e *env) serveCommand() *cobra.Command {
	return &cobra.Command{
		Use: "serve", Short: "Start the server (the default)", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.serve(cmd.Context()) },
	}
}

// serve runs the server until the context ends.
func (e *env) serve(ctx context.Context) (err error) {
	cfg, err := e.load()
	if err != nil {
		return err
	}
	program, err := e.open(ctx, cfg)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, program.Close()) }()
	return program.Run(ctx, func(url string) { e.greet(cfg, url) })
}

// open builds the program on the configured data folder.
func (e *env) open(ctx context.Context, cfg config.Config) (*app.App, error) {
	logger := newLogger(cfg.Log)
	slog.SetDefault(logger)
	self, err := os.Executable()
	if err != nil {
		return nil, fmt.Errorf("the program's own file is not known: %w", err)
	}
	return app.New(ctx, cfg, app.Deps{
		Clock: space.SystemClock, IDs: space.NewID, Logger: logger, Executable: self, Kernel: os.Getenv(app.KernelEnv),
	})
}

// greet says on a terminal what a person wants to know at the start.
func (e *env) greet(cfg config.Config, url string) {
	fmt.Fprintf(e.err, "Syft Space is ready: %s\n", url)
	if cfg.Auth.AdminKey == "" {
		fmt.Fprintln(e.err, "Open on this computer only: no admin key is set.")
	}
}

// newLogger writes text on a terminal and JSON elsewhere, unless told which.
func newLogger(c config.Log) *slog.Logger {
	options := &slog.HandlerOptions{Level: c.Level}
	text := c.Format == "text" || (c.Format == "auto" && term.IsTerminal(int(os.Stderr.Fd())))
	var handler slog.Handler = slog.NewJSONHandler(os.Stderr, options)
	if text {
		handler = slog.NewTextHandler(os.Stderr, options)
	}
	return slog.New(requestLog{handler})
}

// requestLog adds the id of the request that a line belongs to.
type requestLog struct{ slog.Handler }

// Handle implements slog.Handler.
func (h requestLog) Handle(ctx context.Context, r slog.Record) error {
	if id := space.RequestID(ctx); id != "" {
		r.AddAttrs(slog.String("request_id", id))
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs implements slog.Handler.
func (h requestLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return requestLog{h.Handler.WithAttrs(attrs)}
}

// WithGroup implements slog.Handler.
func (h requestLog) WithGroup(name string) slog.Handler { return requestLog{h.Handler.WithGroup(name)} }
