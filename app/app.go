// Package app composes the program: New builds every part in order and is the
// only code that knows them all; Run serves until it is told to stop.
package app

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"time"

	"syft-space/app/api"
	"syft-space/app/auth"
	"syft-space/app/catalog"
	"syft-space/app/config"
	"syft-space/app/space"
	"syft-space/providers/e5"
	"syft-space/storage"
	"syft-space/web"
)

// KernelEnv names the environment variable that forces the embedder's code path.
const KernelEnv = e5.KernelEnv

// Deps are what differs between a running program and a test.
type Deps struct {
	Clock      space.Clock
	IDs        space.IDs
	Logger     *slog.Logger
	Executable string // this program, started again to read PDF files
	Kernel     string // code path of the embedder, "" for the fastest
	// Embedder replaces the built-in one; nil uses it.
	Embedder space.Embedder
	// ReadTimeout is how long the body of a request is waited for that was
	// refused unread; 0 is half a minute.
	ReadTimeout time.Duration
}

// App is the whole program on one data folder.
type App struct {
	cfg        config.Config
	log        *slog.Logger
	runToken   string
	bodyWait   time.Duration // for the body of a request that was refused unread
	deps       api.Deps
	background []func(context.Context) error
	behind     []func(context.Context) error // write what requests leave to be written
	closers    []func() error                // run last to first
}

// New builds the program. Its errors are sentences for the person who starts it.
func New(ctx context.Context, cfg config.Config, d Deps) (_ *App, err error) {
	a := &App{cfg: cfg, log: d.Logger, runToken: auth.NewRunToken(), bodyWait: cmp.Or(d.ReadTimeout, readTimeout)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.Close())
		}
	}()
	if cfg.Database != "" {
		if err := storage.Recognise(ctx, cfg.Database); err != nil {
			return nil, err
		}
	}
	db, err := storage.Open(ctx, storage.Options{Dir: cfg.DataDir, Clock: d.Clock, IDs: d.IDs, Version: Version, Logger: d.Logger})
	if err != nil {
		return nil, err
	}
	a.onClose(db.Close)
	vault, err := storage.OpenVault(cfg.DataDir)
	if err != nil {
		return nil, err
	}
	settings, err := catalog.LoadSettings(ctx, db, seedValues(cfg))
	if err != nil {
		return nil, err
	}
	if names := settings.Overrides(seedValues(cfg)); len(names) > 0 {
		d.Logger.InfoContext(ctx, "settings that were stored count in place of the configuration", "settings", names)
	}
	b := &builder{App: a, Deps: d, db: db, vault: vault, settings: settings, browser: catalog.NewBrowser(cfg.Browse.Roots)}
	return a, b.build(ctx)
}

// Close releases everything in the opposite order of its making.
func (a *App) Close() error {
	var errs []error
	for i := len(a.closers) - 1; i >= 0; i-- {
		errs = append(errs, a.closers[i]())
	}
	a.closers = nil
	return errors.Join(errs...)
}

func (a *App) onClose(f func() error) { a.closers = append(a.closers, f) }

// handler makes the edge, once the address is known.
func (a *App) handler(url string) (http.Handler, error) {
	d := a.deps
	d.Options.LocalURL = url
	var err error
	if d.Dashboard, err = web.Handler(a.cfg.Server.BasePath); err != nil {
		return nil, err
	}
	if d.Docs, err = web.Docs(a.cfg.Server.BasePath); err != nil {
		return nil, err
	}
	return api.New(d), nil
}

// EmbedderKernel names the code path that the built-in embedder takes on this
// machine.
func EmbedderKernel() string { return e5.New(nil, e5.Options{Kernel: os.Getenv(KernelEnv)}).Kernel() }

func seedValues(c config.Config) catalog.Values {
	return catalog.Values{
		PublicURL: c.Server.PublicURL, CORSOrigins: c.Server.CORSOrigins,
		APIPerHour: c.Limits.APIPerHour, APIPerMinute: c.Limits.APIPerMinute,
		StoreQueryText: c.Privacy.StoreQueryText, Retention: c.Privacy.Retention,
	}
}
