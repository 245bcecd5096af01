package parse

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// pdfChild is a worker process.
type pdfChild struct {
	cmd    *exec.Cmd
	in     io.WriteCloser
	out    io.ReadCloser
	log    tail
	files  int
	retire *time.Timer // ends it when idle for long; set while it is idle
	end    sync.Once
	free   func() // called once the process has ended
}

// startPDFChild starts a worker and waits until it is ready. The worker gets
// none of our environment: it needs no secret.
func startPDFChild(ctx context.Context, command []string, cacheDir string) (*pdfChild, error) {
	c := &pdfChild{cmd: exec.Command(command[0], command[1:]...)}
	c.cmd.Env = []string{"LANG=C"}
	c.cmd.Stderr = &c.log
	var err error
	if c.in, err = c.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	if c.out, err = c.cmd.StdoutPipe(); err != nil {
		return nil, err
	}
	if c.free, err = startIsolated(c.cmd); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, workerStart)
	defer cancel()
	spare := c.killWhen(ctx)
	var ready pdfReply
	if err = writeFrame(c.in, pdfSetup{CacheDir: cacheDir}); err == nil {
		err = readFrame(c.out, &ready)
	}
	if err == nil && ready.Kind != "ready" {
		err = fmt.Errorf("the PDF worker said %q instead of being ready", ready.Kind)
	}
	if !spare() {
		err = ctx.Err()
	}
	if err != nil {
		c.kill()
		return nil, fmt.Errorf("%w; it last wrote: %s", err, c.log.String())
	}
	return c, nil
}

// brokenChild says that a worker can no longer be used.
type brokenChild struct {
	cause   error
	timeout time.Duration // the time it was given, if it took longer
}

func (b *brokenChild) Error() string { return "PDF worker: " + b.cause.Error() }

// explain returns the error of the file that the worker broke down over.
func (b *brokenChild) explain(ctx context.Context, c *pdfChild) error {
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case b.timeout > 0:
		return fail(TimedOut, "The PDF took longer than %s to read; split it into smaller files.", b.timeout.Round(time.Second))
	}
	return because(fmt.Errorf("%w; it last wrote: %s", b.cause, c.log.String()), Crashed,
		"The PDF reader broke down over this file; it may be damaged. Open it and save it again.")
}

// read has the worker read one file. The time allowed grows once the number of
// pages is known. An error that is no *brokenChild leaves the worker usable.
func (c *pdfChild) read(ctx context.Context, data []byte, limits Limits, visit func(pdfReply) error) (err error) {
	c.files++
	watched, cancel := context.WithCancel(ctx)
	defer cancel()
	spare := c.killWhen(watched)
	allowed := limits.PDFBase
	deadline := time.AfterFunc(allowed, cancel)
	defer deadline.Stop()
	broken := func(err error) error {
		b := &brokenChild{cause: err}
		if watched.Err() != nil && ctx.Err() == nil {
			b.timeout = allowed
		}
		return b
	}
	defer func() {
		if !spare() { // it is being killed, even if it just got to its end
			err = broken(watched.Err())
		}
	}()
	if err := writeFrame(c.in, pdfRequest{Size: int64(len(data)), Pages: limits.Pages, Text: limits.TextBytes}); err != nil {
		return broken(err)
	}
	if _, err := c.in.Write(data); err != nil {
		return broken(err)
	}
	var refused error // by visit; the rest is read on, so that the worker can be kept
	for {
		var reply pdfReply
		if err := readFrame(c.out, &reply); err != nil {
			return broken(err)
		}
		switch reply.Kind {
		case "end":
			return refused
		case "error":
			return &Error{Reason: reply.Reason, Detail: reply.Detail, Cause: causeOf(reply.Cause)}
		case "open":
			allowed = min(limits.PDFBase+time.Duration(reply.Pages)*limits.PDFPerPage, limits.PDFMax)
			deadline.Reset(allowed)
		}
		if refused == nil {
			refused = visit(reply)
		}
	}
}

func causeOf(text string) error {
	if text == "" {
		return nil
	}
	return errors.New(text)
}

// killWhen kills the worker when ctx ends, until the function it returns is
// called. That returns false if it is too late: the worker is being killed.
func (c *pdfChild) killWhen(ctx context.Context) (spare func() bool) {
	return context.AfterFunc(ctx, func() { killGroup(c.cmd) })
}

// kill ends the worker at once and waits for it.
func (c *pdfChild) kill() {
	killGroup(c.cmd)
	c.stop()
}

// stop ends an idle worker by closing its input, or kills it if it lingers.
func (c *pdfChild) stop() {
	c.end.Do(func() {
		c.in.Close()
		late := time.AfterFunc(5*time.Second, func() { killGroup(c.cmd) })
		defer late.Stop()
		_ = c.cmd.Wait() // how it ended is of no interest: the file's error says what matters
		c.free()
	})
}

// tail keeps the last of what is written to it.
type tail struct {
	mu   sync.Mutex
	kept []byte
}

func (t *tail) Write(p []byte) (int, error) {
	const most = 4 << 10
	t.mu.Lock()
	defer t.mu.Unlock()
	t.kept = append(t.kept, p...)
	if extra := len(t.kept) - most; extra > 0 {
		t.kept = append(t.kept[:0], t.kept[extra:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return strings.TrimSpace(string(t.kept))
}
