// Command syft-space makes documents queryable without giving them away: one
// program with a catalog, a search index, an embedder and a dashboard.
package main

import (
	"context"
	_ "embed"
	"os"
	"os/signal"
	"syscall"

	"syft-space/app/cli"
)

//go:embed config.yaml
var defaults []byte

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := cli.Execute(ctx, os.Args[1:], defaults)
	stop()
	os.Exit(code)
}
