package parse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"

	"github.com/klippa-app/go-pdfium"
	pdfiumerrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
)

const (
	wasmPages      = 256 << 20 / (64 << 10) // memory of the PDF library, in WebAssembly pages
	workerMemory   = 768 << 20              // at which the worker's Go runtime collects all it can
	outlineEntries = 10_000
	outlineDepth   = 12
)

// RunPDFWorker serves PDF files over a pair of pipes until stdin ends. It is
// the body of the hidden command that PDFPool starts: the library that reads
// the files runs in WebAssembly, in a process that may die without harm.
func RunPDFWorker(stdin io.Reader, stdout io.Writer) error {
	debug.SetMemoryLimit(workerMemory)
	limitProcess()
	var setup pdfSetup
	if err := readFrame(stdin, &setup); err != nil {
		return fmt.Errorf("reading the set-up: %w", err)
	}
	pool, err := startPDFium(setup.CacheDir)
	if err != nil {
		return fmt.Errorf("starting the PDF library: %w", err)
	}
	defer func() { _ = pool.Close() }()
	if err := writeFrame(stdout, pdfReply{Kind: "ready"}); err != nil {
		return err
	}
	for {
		var request pdfRequest
		if err := readFrame(stdin, &request); err == io.EOF {
			return nil
		} else if err != nil {
			return err
		}
		data := make([]byte, request.Size)
		if _, err := io.ReadFull(stdin, data); err != nil {
			return fmt.Errorf("reading the file: %w", err)
		}
		if err := servePDF(pool, request, data, stdout); err != nil {
			return err
		}
	}
}

// startPDFium compiles the PDF library, or takes it from the cache. The
// library sees no files and no network. An unusable cache costs time only.
func startPDFium(cacheDir string) (pdfium.Pool, error) {
	config := wazero.NewRuntimeConfig().WithMemoryLimitPages(wasmPages)
	if cacheDir != "" {
		if cache, err := wazero.NewCompilationCacheWithDir(cacheDir); err == nil {
			config = config.WithCompilationCache(cache)
		}
	}
	return webassembly.Init(webassembly.Config{
		MaxIdle: 1, MaxTotal: 1,
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: config,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
}

// servePDF answers one request. Its error means that the parent is gone; what
// is wrong with the file goes to the parent.
func servePDF(pool pdfium.Pool, request pdfRequest, data []byte, stdout io.Writer) error {
	lib, err := pool.GetInstanceWithContext(context.Background())
	if err != nil {
		return fmt.Errorf("starting the PDF library: %w", err)
	}
	// An instance that trapped fails to close; a new one is made in any case.
	defer func() { _ = lib.Close() }()
	r := pdfReader{lib: lib, request: request, out: stdout}
	err = r.read(data)
	var known *Error
	switch {
	case errors.Is(err, errParentGone):
		return err
	case errors.As(err, &known):
		reply := pdfReply{Kind: "error", Reason: known.Reason, Detail: known.Detail}
		if known.Cause != nil {
			reply.Cause = known.Cause.Error()
		}
		return writeFrame(stdout, reply)
	case err != nil:
		return writeFrame(stdout, pdfReply{Kind: "error", Reason: Crashed, Cause: err.Error(),
			Detail: "The PDF is damaged, or too complex to be read in the memory allowed."})
	}
	return writeFrame(stdout, pdfReply{Kind: "end"})
}

var errParentGone = errors.New("the parent process is gone")

// pdfReader reads one file in the worker.
type pdfReader struct {
	lib     pdfium.Pdfium
	request pdfRequest
	out     io.Writer
	doc     references.FPDF_DOCUMENT
	text    int64
}

func (r *pdfReader) send(reply pdfReply) error {
	if err := writeFrame(r.out, reply); err != nil {
		return fmt.Errorf("%w: %w", errParentGone, err)
	}
	return nil
}

func (r *pdfReader) read(data []byte) error {
	opened, err := r.lib.OpenDocument(&requests.OpenDocument{FileReader: bytes.NewReader(data), FileReaderSize: int64(len(data))})
	if err != nil {
		return explainPDF(err)
	}
	r.doc = opened.Document
	counted, err := r.lib.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: r.doc})
	if err != nil {
		return err
	}
	if counted.PageCount > r.request.Pages {
		return fail(TooLarge, "The PDF has %d pages, more than the limit of %d; split it into smaller files.", counted.PageCount, r.request.Pages)
	}
	open := pdfReply{Kind: "open", Pages: counted.PageCount, Meta: r.metadata(), Outline: r.outline()}
	if err := r.send(open); err != nil {
		return err
	}
	for i := range counted.PageCount {
		page, err := r.page(i)
		if err != nil {
			return err
		}
		if r.text > r.request.Text {
			return tooMuchText(r.request.Text)
		}
		if err := r.send(pdfReply{Kind: "page", Page: page}); err != nil {
			return err
		}
	}
	return nil
}

// explainPDF turns the library's error on opening into a sentence.
func explainPDF(err error) error {
	switch {
	case errors.Is(err, pdfiumerrors.ErrPassword):
		return because(err, Locked, "The PDF needs a password; save it without one.")
	case errors.Is(err, pdfiumerrors.ErrSecurity):
		return because(err, Locked, "The PDF is protected in a way that is not supported; save it without protection.")
	case errors.Is(err, pdfiumerrors.ErrFormat), errors.Is(err, pdfiumerrors.ErrFile), errors.Is(err, pdfiumerrors.ErrUnknown):
		return because(err, Damaged, "The file is damaged or is not a PDF.")
	}
	return err
}

// metadata returns the entries of the document's information dictionary.
func (r *pdfReader) metadata() map[string]string {
	meta := map[string]string{}
	for _, tag := range []string{"Title", "Author", "Subject", "Keywords", "CreationDate", "ModDate"} {
		found, err := r.lib.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: r.doc, Tag: tag})
		if err == nil && found.Value != "" {
			meta[tag] = clip(found.Value, 2000)
		}
	}
	return meta
}
