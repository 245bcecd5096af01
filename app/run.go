package app

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sync/errgroup"

	"syft-space/app/config"
)

const (
	drain         = 10 * time.Second // running requests get so long at the end
	closing       = 5 * time.Second  // cancelled ones, to give money back
	headerTimeout = 10 * time.Second
	// readTimeout ends the wait for the body of a request that was refused
	// without reading it. Operations that read bodies set deadlines of their own,
	// and a body that was read has none: answers may take as long as they take.
	readTimeout = 30 * time.Second
	idleTimeout = 2 * time.Minute
	maxHeader   = 64 << 10
)

// Run serves until ctx ends. It listens at once; indexes load behind. ready is
// told the URL when requests are taken.
func (a *App) Run(ctx context.Context, ready func(url string)) error {
	listener, err := listen(a.cfg.Server)
	if err != nil {
		return err
	}
	url := localURL(a.cfg.Server, listener)
	handler, err := a.handler(url)
	if err != nil {
		listener.Close()
		return err
	}
	if err := a.writeRunFile(url); err != nil {
		listener.Close()
		return err
	}
	defer os.Remove(runFilePath(a.cfg.DataDir))
	// Requests outlive ctx by the time they are given to finish.
	requests, cancelRequests := context.WithCancel(context.WithoutCancel(ctx))
	defer cancelRequests()
	server := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTimeout, ReadTimeout: a.bodyWait, IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeader,
		BaseContext: func(net.Listener) context.Context { return requests },
		ErrorLog:    errorLog(a.log),
	}
	// What is written behind requests goes on until the last of them has ended.
	writing, endWriting := context.WithCancel(context.WithoutCancel(ctx))
	defer endWriting()
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			return fmt.Errorf("the server stopped: %w", err)
		}
		return nil
	})
	group.Go(func() error {
		<-ctx.Done()
		defer endWriting()
		return stop(server, cancelRequests)
	})
	group.Go(func() error { return trim(ctx) })
	for _, work := range a.behind {
		group.Go(func() error { return unlessStopped(writing, work(writing)) })
	}
	for _, work := range a.background {
		group.Go(func() error { return unlessStopped(ctx, work(ctx)) })
	}
	a.log.InfoContext(ctx, "ready", "url", url, "data_dir", a.cfg.DataDir, "version", Version)
	notify("READY=1")
	ready(url)
	debug.FreeOSMemory() // what only the start needed, routes and their description
	return group.Wait()
}

// unlessStopped drops what background work says of being cut short by the
// program's own end: that is no failure of the program.
func unlessStopped(ctx context.Context, err error) error {
	if ctx.Err() != nil && errors.Is(err, context.Canceled) {
		return nil
	}
	return err
}

// stop refuses new requests, lets running ones finish, and cancels those that
// do not; they close their charges before the data folder is closed.
func stop(server *http.Server, cancelRequests func()) error {
	notify("STOPPING=1")
	ctx, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	err := server.Shutdown(ctx)
	cancelRequests()
	if !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	last, cancel := context.WithTimeout(context.Background(), closing)
	defer cancel()
	if err := server.Shutdown(last); !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return server.Close()
}

func listen(c config.Server) (net.Listener, error) {
	address := net.JoinHostPort(c.Host, strconv.Itoa(c.Port))
	listener, err := net.Listen("tcp", address)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("port %d is in use by another program; choose another one with --port, or --port 0 for any", c.Port)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("port %d may not be used without more rights; choose one above 1023 with --port", c.Port)
	case errors.Is(err, syscall.EADDRNOTAVAIL):
		return nil, fmt.Errorf("this computer has no address %s to listen on; set another with --host", c.Host)
	case err != nil:
		return nil, fmt.Errorf("cannot listen on %s: %w", address, err)
	}
	return listener, nil
}

// localURL is how this computer reaches the server.
func localURL(c config.Server, l net.Listener) string {
	host := c.Host
	if ip := net.ParseIP(host); host == "" || (ip != nil && ip.IsUnspecified()) {
		host = "127.0.0.1"
	}
	_, port, _ := net.SplitHostPort(l.Addr().String())
	return "http://" + net.JoinHostPort(host, port) + c.BasePath
}

// RunFile tells other commands of this computer's user how to reach the Space
// that holds a data folder, with an owner credential for this run.
type RunFile struct {
	URL   string `json:"url"`
	PID   int    `json:"pid"`
	Token string `json:"token"`
}

func runFilePath(dataDir string) string { return filepath.Join(dataDir, "run.json") }

// ReadRunFile returns the run file of a data folder.
func ReadRunFile(dataDir string) (RunFile, error) {
	var r RunFile
	b, err := os.ReadFile(runFilePath(dataDir))
	if err != nil {
		return r, err
	}
	return r, json.Unmarshal(b, &r)
}

// writeRunFile replaces the run file whole, readable by its owner only.
func (a *App) writeRunFile(url string) error {
	b, err := json.Marshal(RunFile{URL: url, PID: os.Getpid(), Token: a.runToken})
	if err != nil {
		return err
	}
	path := runFilePath(a.cfg.DataDir)
	if err := os.WriteFile(path+".new", b, 0o600); err != nil {
		return fmt.Errorf("the data folder cannot be written: %w", err)
	}
	return os.Rename(path+".new", path)
}
