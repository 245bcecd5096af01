// Package cli is the command line: one file per command. A command that needs
// the data goes through the running Space's API where one holds the data
// folder, and starts one for itself where none does.
package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"syft-space/app/config"
	"syft-space/app/ingest/parse"
	"syft-space/app/space"
)

// env is what commands share.
type env struct {
	defaults []byte
	flags    globalFlags
	out, err io.Writer
}

// globalFlags are understood by every command.
type globalFlags struct {
	config, dataDir, host, logLevel, url, tenant string
	port                                         int
	changed                                      func(string) bool
}

// Execute runs a command line and returns the exit code. Errors are one
// sentence on standard error.
func Execute(ctx context.Context, args []string, defaults []byte) int {
	e := &env{defaults: defaults, out: os.Stdout, err: os.Stderr}
	root := e.root()
	root.SetArgs(args)
	root.SetOut(e.out)
	root.SetErr(e.err)
	if err := root.ExecuteContext(ctx); err != nil {
		if ctx.Err() != nil && errors.Is(err, context.Canceled) {
			return 130 // as shells report an interrupt
		}
		fmt.Fprintln(e.err, "syft-space: "+firstLine(sentence(err)))
		return 1
	}
	return 0
}

func (e *env) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "syft-space",
		Short: "Make documents queryable without giving them away",
		Long: "A Syft Space answers questions about your documents, with sources, on this computer.\n\n" +
			"  syft-space quickstart ~/Documents   index a folder, ask a question, open the dashboard\n" +
			"  syft-space                          start the server",
		Args: cobra.NoArgs, SilenceUsage: true, SilenceErrors: true,
		RunE: func(cmd *cobra.Command, _ []string) error { return e.serve(cmd.Context()) },
	}
	root.CompletionOptions.HiddenDefaultCmd = true
	f := root.PersistentFlags()
	f.StringVar(&e.flags.config, "config", "", "settings file (default: config.yaml in the data folder)")
	f.StringVar(&e.flags.dataDir, "data-dir", "", "data folder (default: the platform's)")
	f.StringVar(&e.flags.host, "host", "", "address to listen on (default 127.0.0.1)")
	f.IntVar(&e.flags.port, "port", 0, "port to listen on (default 8080)")
	f.StringVar(&e.flags.logLevel, "log-level", "", "debug, info, warn or error (default info)")
	f.StringVar(&e.flags.url, "url", "", "talk to the Space at this URL, with the key in SYFT_ADMIN_API_KEY")
	f.StringVar(&e.flags.tenant, "tenant", space.RootTenantName, "tenant to act in, while tenancy is switched on")
	e.flags.changed = func(name string) bool { return changed(f, name) }
	root.AddCommand(e.serveCommand(), e.quickstartCommand(), e.askCommand(), e.evalCommand(), e.statusCommand(), e.keyCommand(), e.mcpCommand(), e.versionCommand(), pdfWorkerCommand())
	return root
}

func changed(f *pflag.FlagSet, name string) bool {
	flag := f.Lookup(name)
	return flag != nil && flag.Changed
}

// load reads the settings, flags included.
func (e *env) load() (config.Config, error) {
	set := map[string]any{}
	for name, key := range map[string]string{"data-dir": "data_dir", "host": "server.host", "log-level": "log.level"} {
		if e.flags.changed(name) {
			set[key] = map[string]string{"data-dir": e.flags.dataDir, "host": e.flags.host, "log-level": e.flags.logLevel}[name]
		}
	}
	if e.flags.changed("port") {
		set["server.port"] = e.flags.port
	}
	return config.Load(config.Options{Defaults: e.defaults, File: e.flags.config, Flags: set, Getenv: os.Getenv})
}

// pdfWorkerCommand is the child process that reads PDF files.
func pdfWorkerCommand() *cobra.Command {
	return &cobra.Command{
		Use: parse.PDFWorker, Hidden: true, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return parse.RunPDFWorker(os.Stdin, os.Stdout)
		},
	}
}

// sentence is what a person should read of an error. Its cause is for the log.
func sentence(err error) string {
	var known *space.Error
	if errors.As(err, &known) && known.Kind != space.KindInternal {
		return known.Detail
	}
	return err.Error()
}

// firstLine keeps an error to one line.
func firstLine(s string) string {
	line, _, _ := strings.Cut(strings.TrimSpace(s), "\n")
	return line
}
