package parse

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"
)

const (
	workerStart = 2 * time.Minute  // for a first start on a slow machine, which compiles the library
	workerIdle  = 90 * time.Second // after which an unused worker ends
	workerFiles = 200              // after which a worker is replaced, whatever it may have leaked
)

// PDFWorker is the argument with which a binary runs RunPDFWorker.
const PDFWorker = "pdf-worker"

// PDFConfig says how PDF workers are run.
type PDFConfig struct {
	Command  []string // runs RunPDFWorker on its pipes; empty: this binary with the argument PDFWorker
	CacheDir string   // of compiled code, made if need be; "" compiles at each start, for about two seconds
	Workers  int      // most at a time; 0 means one
}

// PDFPool runs child processes that read PDF files. A worker is kept for the
// next file; one that crashes, or takes too long, costs only the file in hand.
type PDFPool struct {
	config PDFConfig
	slots  chan struct{} // one for each file in work

	mu     sync.Mutex
	idle   []*pdfChild
	closed bool
}

// NewPDFPool returns a pool; it starts no process before the first file.
func NewPDFPool(config PDFConfig) *PDFPool {
	return &PDFPool{config: config, slots: make(chan struct{}, max(config.Workers, 1))}
}

// Close ends the idle workers, and those at work when their file is done.
func (p *PDFPool) Close() {
	p.mu.Lock()
	idle := p.idle
	p.idle, p.closed = nil, true
	p.mu.Unlock()
	for _, c := range idle {
		c.stop()
	}
}

// read has a worker read a PDF and calls visit with its replies of the kinds
// "open" and "page".
func (p *PDFPool) read(ctx context.Context, data []byte, limits Limits, visit func(pdfReply) error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	select {
	case p.slots <- struct{}{}:
		defer func() { <-p.slots }()
	case <-ctx.Done():
		return ctx.Err()
	}
	child, err := p.take(ctx)
	if err != nil {
		return err
	}
	err = child.read(ctx, data, limits, visit)
	var broken *brokenChild
	if errors.As(err, &broken) {
		child.kill()
		return broken.explain(ctx, child)
	}
	p.release(child)
	return err
}

// take returns an idle worker or starts one.
func (p *PDFPool) take(ctx context.Context) (*pdfChild, error) {
	p.mu.Lock()
	if p.closed {
		p.mu.Unlock()
		return nil, errors.New("the PDF workers are stopped")
	}
	for len(p.idle) > 0 {
		child := p.idle[len(p.idle)-1]
		p.idle = p.idle[:len(p.idle)-1]
		if child.retire.Stop() { // else it is being stopped for idleness
			p.mu.Unlock()
			return child, nil
		}
	}
	p.mu.Unlock()
	return p.start(ctx)
}

func (p *PDFPool) start(ctx context.Context) (*pdfChild, error) {
	command := p.config.Command
	if len(command) == 0 {
		self, err := os.Executable()
		if err != nil {
			return nil, fmt.Errorf("finding this program's own file: %w", err)
		}
		command = []string{self, PDFWorker}
	}
	child, err := startPDFChild(ctx, command, p.config.CacheDir)
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, because(err, Crashed, "The PDF reader could not be started; see the log.")
	}
	return child, nil
}

// release keeps a worker for the next file, for a while.
func (p *PDFPool) release(child *pdfChild) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || child.files >= workerFiles {
		go child.stop()
		return
	}
	child.retire = time.AfterFunc(workerIdle, func() {
		p.mu.Lock()
		for i, c := range p.idle {
			if c == child {
				p.idle = append(p.idle[:i], p.idle[i+1:]...)
				break
			}
		}
		p.mu.Unlock()
		child.stop()
	})
	p.idle = append(p.idle, child)
}
