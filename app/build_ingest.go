package app

import (
	"path/filepath"
	"sync"

	"syft-space/app/config"
	"syft-space/app/ingest"
	"syft-space/app/ingest/parse"
	"syft-space/app/text"
	"syft-space/vectorstore/codes"
)

func (b *builder) buildIngest() {
	pool := parse.NewPDFPool(parse.PDFConfig{
		Command: []string{b.Executable, parse.PDFWorker}, CacheDir: filepath.Join(b.cfg.DataDir, "cache", "wasm"), Workers: b.cfg.Ingest.Workers,
	})
	b.onClose(func() error { pool.Close(); return nil })
	b.ingest = ingest.New(ingest.Deps{
		Store: b.db, Plan: b.plan, Embedder: b.openEmbedder, CountTokens: b.Embedder.CountTokens, Analyse: analyse(), Analysis: text.Version,
		Coder: coder, Changed: b.index.Changed, Parser: parse.New(parse.Deps{Limits: limits(b.cfg.Ingest), PDF: pool}),
		Clock: b.Clock, IDs: b.IDs, Logger: b.Logger, Workers: b.cfg.Ingest.Workers, Rescan: b.cfg.Ingest.RescanInterval,
		Uploads: filepath.Join(b.cfg.DataDir, "uploads"),
	})
	b.background = append(b.background, b.ingest.Run)
}

// analyse returns the encoded terms of a passage: its title and heading path
// count with its text.
func analyse() func(title string, headings []string, passage string) []byte {
	pool := sync.Pool{New: func() any { return new(text.Analyzer) }}
	return func(title string, headings []string, passage string) []byte {
		a := pool.Get().(*text.Analyzer)
		defer pool.Put(a)
		return a.Encode(nil, append([]string{title, passage}, headings...)...)
	}
}

// coder returns the function that makes one-bit codes around a centre.
func coder(centre []float32) (func([]float32) []byte, error) {
	encoder, err := codes.NewEncoder(centre)
	if err != nil {
		return nil, err
	}
	return func(v []float32) []byte { return encoder.Encode(make([]byte, 0, encoder.Size()), v) }, nil
}

// limits are the bounds of a file, as configured.
func limits(c config.Ingest) parse.Limits {
	l := parse.DefaultLimits()
	l.FileBytes, l.TextBytes, l.Pages = c.MaxFileBytes, c.MaxTextBytes, c.MaxPages
	l.ArchiveEntries, l.ArchiveBytes, l.ArchiveRatio = c.MaxArchiveEntries, c.MaxArchiveBytes, int64(c.MaxArchiveRatio)
	l.Depth = c.MaxXMLDepth
	return l
}
